import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ConfigError, type Config } from './config.js';

/** What a TLS listener for devices goes by, as PEM. */
export interface TlsFiles {
  readonly certificate: string | Buffer;
  readonly key: string | Buffer;
  /** Who signs client certificates; left out: none is asked for. */
  readonly clientCa?: string | Buffer;
  /** Client certificates that were revoked; needs `clientCa`. */
  readonly clientCrl?: string | Buffer;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads the files that the settings name for TLS, and tries them; null when they name none.
 * @throws ConfigError naming every file that cannot be read or used, and nothing of what is in it
 */
export async function readTlsFiles(settings: Config['mqtt']): Promise<TlsFiles | null> {
  const { tlsCertFile, tlsKeyFile, tlsCaFile, tlsCrlFile } = settings;
  const faults: string[] = [];
  const read = async (name: string, file: string | null, what: string, use: (content: Buffer) => unknown): Promise<Buffer | undefined> => {
    if (file === null) return undefined;
    try {
      const content = await readFile(file);
      if (!fits(() => use(content))) faults.push(`${name} names a file that is not ${what}`);
      return content;
    } catch (error) {
      faults.push(`${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
      return undefined;
    }
  };
  const certificate = await read('VARDE_MQTT_TLS_CERT', tlsCertFile, 'a certificate in PEM', (cert) => createSecureContext({ cert }));
  const key = await read('VARDE_MQTT_TLS_KEY', tlsKeyFile, 'a private key in PEM without a pass phrase', (pem) =>
    createSecureContext({ key: pem }),
  );
  const clientCa = await read('VARDE_MQTT_TLS_CA', tlsCaFile, 'a certificate in PEM', useAuthorities);
  const clientCrl = await read('VARDE_MQTT_TLS_CRL', tlsCrlFile, 'a revocation list in PEM', (crl) => createSecureContext({ crl }));
  if (
    faults.length === 0 &&
    certificate !== undefined &&
    key !== undefined &&
    !fits(() => createSecureContext({ cert: certificate, key }))
  ) {
    faults.push('VARDE_MQTT_TLS_KEY names a file that is not the key of VARDE_MQTT_TLS_CERT');
  }
  if (faults.length > 0) throw new ConfigError(faults);
  if (certificate === undefined || key === undefined) return null;
  return { certificate, key, ...(clientCa && { clientCa }), ...(clientCrl && { clientCrl }) };
}

/** The library of TLS passes over what it cannot read in a list of authorities, and would then trust nobody. */
function useAuthorities(content: Buffer): void {
  const found = content.toString('latin1').match(CERTIFICATE);
  if (found === null) throw new TypeError('no certificate');
  for (const pem of found) new X509Certificate(pem);
}

function fits(use: () => unknown): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CERTIFICATES } from '../../../test/certificates.js';
import { readConfig } from './config.js';
import { readTlsFiles } from './tls-files.js';

const { authority, server, bySanUri, revocation } = CERTIFICATES;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'varde-tls-'));
  const der = Buffer.from(authority.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const files = {
    cert: server.cert,
    key: server.key,
    ca: authority,
    crl: revocation,
    otherKey: bySanUri.key,
    hello: 'hello',
    der,
    empty: '',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});

afterAll(() => rm(folder, { recursive: true }));

const read = (names: { cert?: string; key?: string; ca?: string; crl?: string }) => {
  const file = (name: string | undefined): string => (name === undefined ? '' : join(folder, name));
  const { mqtt } = readConfig({
    VARDE_MQTT_TLS_CERT: file(names.cert),
    VARDE_MQTT_TLS_KEY: file(names.key),
    VARDE_MQTT_TLS_CA: file(names.ca),
    VARDE_MQTT_TLS_CRL: file(names.crl),
  });
  return readTlsFiles(mqtt);
};
const RIGHT = { cert: 'cert', key: 'key', ca: 'ca', crl: 'crl' };

test('files that fit are read', async () => {
  expect(await read({})).toBeNull();
  expect(await read({ cert: 'cert', key: 'key' })).toEqual({ certificate: Buffer.from(server.cert), key: Buffer.from(server.key) });
  expect(await read(RIGHT)).toMatchObject({ clientCa: Buffer.from(authority), clientCrl: Buffer.from(revocation) });
});

test.each([
  [{ cert: 'hello' }, 'VARDE_MQTT_TLS_CERT names a file that is not a certificate in PEM'],
  [{ key: 'cert' }, 'VARDE_MQTT_TLS_KEY names a file that is not a private key in PEM without a pass phrase'],
  [{ key: 'otherKey' }, 'VARDE_MQTT_TLS_KEY names a file that is not the key of VARDE_MQTT_TLS_CERT'],
  [{ ca: 'hello' }, 'VARDE_MQTT_TLS_CA names a file that is not a certificate in PEM'],
  [{ ca: 'der' }, 'VARDE_MQTT_TLS_CA names a file that is not a certificate in PEM'],
  [{ crl: 'empty' }, 'VARDE_MQTT_TLS_CRL names a file that is not a revocation list in PEM'],
  [{ crl: 'der' }, 'VARDE_MQTT_TLS_CRL names a file that is not a revocation list in PEM'],
  [{ crl: 'gone' }, 'VARDE_MQTT_TLS_CRL names a file that cannot be read (ENOENT)'],
])('%j is a fault of the settings, and says nothing of what is in the file', async (wrong, fault) => {
  await expect(read({ ...RIGHT, ...wrong })).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining(fault) as string,
  });
});

test('every fault is named at once', async () => {
  const { message } = (await read({ cert: 'hello', key: 'gone', ca: 'der', crl: 'empty' }).catch(
    (error: Error) => error as Error,
  )) as Error;
  for (const name of ['_CERT', '_KEY', '_CA', '_CRL']) expect(message).toContain(`VARDE_MQTT_TLS${name} names`);
});

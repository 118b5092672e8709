import type { PeerCertificate } from 'node:tls';
import type { Connect, ReturnCode } from './connect.js';
import type { RefusalReason } from './refusal.js';

/** Who a connection belongs to: one gateway (or a device that connects by itself) of one tenant. */
export interface Identity {
  tenant: string;
  clientId: string;
}

/** What a connection shows to prove who it is; the secret is what came as password. */
export type Claim = Identity & ({ by: 'secret'; secret: Buffer } | { by: 'certificate'; fingerprint256: string });

/** A claim, or why there is none and the code the device is answered with. */
export type ClaimResult = { ok: true; claim: Claim } | { ok: false; reason: RefusalReason; returnCode: ReturnCode };

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const URI = /^varde:\/\/([^/]+)\/([^/]+)$/;

/** One string per identity. No name holds a slash, so two identities never share a key. */
export const keyOf = ({ tenant, clientId }: Identity): string => `${tenant}/${clientId}`;

/** Reads `tenant/clientId` (letters, digits, dot, underscore, hyphen; 1 to 64 each); `null` when it is not that. */
export function readIdentity(text: string): Identity | null {
  const [tenant, clientId, ...rest] = text.split('/');
  if (!tenant || !clientId || rest.length > 0 || !NAME.test(tenant) || !NAME.test(clientId)) return null;
  return { tenant, clientId };
}

/**
 * The identity in a client certificate: the subject alternative name `URI:varde://{tenant}/{clientId}`, or else the common name
 * `{tenant}/{clientId}`. The certificate must already have been verified against our authority.
 */
export function readCertificate(certificate: PeerCertificate): Identity | null {
  for (const name of (certificate.subjectaltname ?? '').split(', ')) {
    const uri = name.startsWith('URI:') ? URI.exec(name.slice(4)) : null;
    if (uri) return readIdentity(`${uri[1]}/${uri[2]}`);
  }
  const commonName: unknown = certificate.subject?.CN;
  return typeof commonName === 'string' ? readIdentity(commonName) : null;
}

/**
 * Binds a CONNECT to an identity. By secret: the user name is `{tenant}/{clientId}` and the client id is that same client id. By
 * certificate: the certificate names it, and user name and client id must agree where they are given. An empty client id is
 * allowed with a clean session, and the server then assigns the only one that fits [MQTT-3.1.3-6].
 */
export function claimOf(connect: Connect, certificate: PeerCertificate | null): ClaimResult {
  const named = connect.userName === null ? null : readIdentity(connect.userName);
  if (connect.userName !== null && !named) return { ok: false, reason: 'user-name', returnCode: 4 };
  const proven = certificate ? readCertificate(certificate) : null;
  if (certificate && !proven) return { ok: false, reason: 'certificate-not-trusted', returnCode: 5 };
  const identity = proven ?? named;
  if (!identity) return { ok: false, reason: 'user-name', returnCode: 4 };
  if (proven && named && keyOf(proven) !== keyOf(named)) return { ok: false, reason: 'user-name', returnCode: 4 };
  if (connect.clientId !== '' && connect.clientId !== identity.clientId) return { ok: false, reason: 'client-id', returnCode: 2 };
  if (certificate) return { ok: true, claim: { ...identity, by: 'certificate', fingerprint256: certificate.fingerprint256 } };
  if (!connect.password) return { ok: false, reason: 'credential-wrong', returnCode: 4 };
  return { ok: true, claim: { ...identity, by: 'secret', secret: connect.password } };
}

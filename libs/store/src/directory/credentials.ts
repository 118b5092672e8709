import type { EntityManager } from 'typeorm';
import { Conflict, found, refuseFaults } from './illegal.js';
import { hashSecret, makeSecret } from './secret.js';

/** Who may connect: a gateway, or a device that connects by itself, under its client id. */
export interface CredentialOwner {
  readonly communityId: number;
  readonly clientId: string;
}

/** A credential just made, with the only showing of its secret. */
export interface MadeCredential {
  readonly id: number;
  readonly clientId: string;
  /** 43 characters of base64url. */
  readonly secret: string;
}

/** One line of the list of credentials; never the secret or what is kept of it. */
export interface CredentialLine extends CredentialOwner {
  readonly id: number;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** What the broker needs to check a password. */
export interface ClientCredentials {
  readonly communityId: number;
  /** HMAC-SHA-256 of each secret in force, 32 bytes each; two while one replaces the other. */
  readonly secrets: readonly { readonly credentialId: number; readonly hmac: Buffer }[];
}

const CLIENT_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** While a secret is replaced the old and the new one are valid together. */
const IN_FORCE_MAX = 2;
/** How long the old one stays in force when the new one is not used. */
const REPLACED_MS = 24 * 3_600_000;

/**
 * Makes a credential. A client that has one gets a second, so that it can be changed without a break: the first ends when the second is used,
 * or a day later. A third is refused.
 * @param secretKey the installation's VARDE_SECRET
 * @throws Invalid client id; NotFound community; Conflict two are already in force; KeyTooShort
 */
export async function saveCredential(
  manager: EntityManager,
  owner: CredentialOwner,
  secretKey: string,
  now: Date,
): Promise<MadeCredential> {
  const { communityId, clientId } = owner;
  refuseFaults([!CLIENT_ID.test(clientId) && 'a client id has 1 to 64 letters, digits, dots, hyphens or underscores']);
  const secret = makeSecret();
  return manager.transaction(async (tx) => {
    // The community's row is the lock: two who make a credential for one client at once must not both count one.
    const communities = await tx.query<unknown[]>(`select id from community where id = $1 for no key update`, [communityId]);
    found(communities, 'community', communityId);
    const inForce = await tx.query<unknown[]>(
      `select id from credential where community_id = $1 and client_id = $2 and revoked_at is null`,
      [communityId, clientId],
    );
    if (inForce.length >= IN_FORCE_MAX) {
      throw new Conflict(`${clientId} already has ${IN_FORCE_MAX} credentials in force; revoke one first`);
    }
    const rows = await tx.query<{ id: number }[]>(
      `insert into credential (community_id, client_id, secret_hmac, created_at) values ($1, $2, $3, $4) returning id`,
      [communityId, clientId, hashSecret(secretKey, secret), now],
    );
    return { id: found(rows, 'credential', clientId).id, clientId, secret };
  });
}

/** Ends a credential; connections made with it are the broker's to close. @throws NotFound credential in force */
export async function revokeCredential(manager: EntityManager, credentialId: number, now: Date): Promise<CredentialOwner> {
  const [rows] = await manager.query<[{ community_id: number; client_id: string }[], number]>(
    `update credential set revoked_at = $2 where id = $1 and revoked_at is null returning community_id, client_id`,
    [credentialId, now],
  );
  const row = found(rows, 'credential in force', credentialId);
  return { communityId: row.community_id, clientId: row.client_id };
}

/** Ends the credentials that this one was made to replace: it is in use. Connections made with them are the broker's to close. */
export async function revokeReplacedBy(manager: EntityManager, credentialId: number, now: Date): Promise<void> {
  await manager.query(
    `update credential old set revoked_at = $2 from credential used
     where used.id = $1 and old.community_id = used.community_id and old.client_id = used.client_id and old.id < used.id and old.revoked_at is null`,
    [credentialId, now],
  );
}

/** Ends the credentials of which a new one was made a day ago, whether or not that one has been used. */
export async function revokeLongReplaced(manager: EntityManager, now: Date): Promise<void> {
  await manager.query(
    `update credential old set revoked_at = $1 where old.revoked_at is null and exists (
       select from credential made where made.community_id = old.community_id and made.client_id = old.client_id and made.id > old.id
         and made.revoked_at is null and made.created_at <= $2)`,
    [now, new Date(now.getTime() - REPLACED_MS)],
  );
}

/**
 * The credentials in force of one client, for the broker at CONNECT: one indexed read.
 * @param communityCode the tenant of the topics
 * @returns null when the community is unknown or the client has none in force
 */
export async function readCredentials(manager: EntityManager, communityCode: string, clientId: string): Promise<ClientCredentials | null> {
  const rows = await manager.query<{ id: number; community_id: number; secret_hmac: Buffer }[]>(
    `select c.id, c.community_id, c.secret_hmac from credential c join community m on m.id = c.community_id
     where m.code = $1 and c.client_id = $2 and c.revoked_at is null`,
    [communityCode, clientId],
  );
  const [first] = rows;
  if (first === undefined) return null;
  return { communityId: first.community_id, secrets: rows.map((row) => ({ credentialId: row.id, hmac: row.secret_hmac })) };
}

/** Every credential, newest first within each client; of one client when `clientId` is given. */
export async function readCredentialLines(manager: EntityManager, clientId: string | null): Promise<CredentialLine[]> {
  return manager.query<CredentialLine[]>(
    `select id, community_id as "communityId", client_id as "clientId", created_at as "createdAt", revoked_at as "revokedAt"
     from credential where $1::text is null or client_id = $1 order by client_id, id desc`,
    [clientId],
  );
}

import type { EntityManager } from 'typeorm';

/** A client one of whose credentials was revoked. */
export interface RevokedClient {
  readonly credentialId: number;
  readonly tenant: string;
  readonly clientId: string;
}

/**
 * Clients one of whose credentials was revoked at `since` or later: their connections are to be ended. A revocation is seen when it is committed,
 * and dated by the clock of whoever revoked: ask from a while back, and act once on each credential.
 */
export async function readRevokedClients(manager: EntityManager, since: Date): Promise<RevokedClient[]> {
  return manager.query<RevokedClient[]>(
    `select c.id as "credentialId", m.code as tenant, c.client_id as "clientId"
     from credential c join community m on m.id = c.community_id where c.revoked_at >= $1`,
    [since],
  );
}

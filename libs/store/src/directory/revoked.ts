import type { EntityManager } from 'typeorm';

/** Clients one of whose credentials was revoked after `since`: their connections are to be ended. */
export async function readRevokedClients(manager: EntityManager, since: Date): Promise<{ tenant: string; clientId: string }[]> {
  const rows: { code: string; client_id: string }[] = await manager.query(
    `select distinct m.code, c.client_id from credential c join community m on m.id = c.community_id where c.revoked_at >= $1`,
    [since],
  );
  return rows.map((row) => ({ tenant: row.code, clientId: row.client_id }));
}

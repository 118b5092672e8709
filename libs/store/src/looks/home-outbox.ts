import type { EntityManager } from 'typeorm';

/** A table of what homes are to be sent. */
export type HomeTable = 'home_ask' | 'home_advice';

/** A page of what is due to be sent to homes. */
export interface DuePage {
  /** Only what has fallen due since; null: all. */
  readonly since: Date | null;
  readonly afterId: number;
  readonly limit: number;
}

/** Notified in the transaction that leaves something to be sent to a home. */
export const HOME_ASK_CHANNEL = 'varde_home';

/** Wakes the senders with the commit. */
export async function wakeHomeSenders(tx: EntityManager): Promise<void> {
  await tx.query(`select pg_notify($1, '')`, [HOME_ASK_CHANNEL]);
}

/**
 * Takes those of these rows that are still due, until `againAt`: two senders never hold the same one, and one that is neither confirmed nor
 * said to be sent by then is sent again, with the same id; a home shows it once.
 * @returns the ids taken
 */
export async function claimForHomes(
  manager: EntityManager,
  table: HomeTable,
  ids: readonly number[],
  { now, againAt }: { readonly now: Date; readonly againAt: Date },
): Promise<number[]> {
  if (ids.length === 0) return [];
  const [rows]: [{ id: string }[], number] = await manager.query(
    `update ${table} set next_try_at = $3, attempts = attempts + 1, sent_at = coalesce(sent_at, $2)
     where id in (
       select id from ${table} where id = any($1::bigint[]) and next_try_at <= $2 order by id for update skip locked
     ) returning id`,
    [ids, now, againAt],
  );
  return rows.map(({ id }) => Number(id));
}

/**
 * Where no home confirms: these, taken until `takenUntil`, have reached the broker that keeps them for it, and are not sent again. What has
 * fallen due for another reason meanwhile, because it was withdrawn, stays due.
 */
export async function saveSentToHomes(manager: EntityManager, table: HomeTable, ids: readonly number[], takenUntil: Date): Promise<void> {
  if (ids.length === 0) return;
  await manager.query(`update ${table} set next_try_at = null where id = any($1::bigint[]) and next_try_at = $2`, [ids, takenUntil]);
}

import type { EntityManager } from 'typeorm';
import { MIGRATIONS } from '../migrations/all.js';
import { readForgets } from '../server/forgets.js';

/** A patient due, or with a reading nobody has looked at, for longer than this has not been looked at in time (DESIGN promise 6). */
export const BEHIND_MS = 60_000;

/** SQL for since when somebody waits for a look, if it was before `before`; least() passes over nulls. */
export const waitingSince = (before: string): string =>
  `(select least((select min(due_at) from patient_watch where due_at < ${before}), (select min(arrived_at) from arrival where arrived_at < ${before})))`;

/** Whether the database can serve, as the health pages tell it. Reading it fails when the database is away. */
export interface Readiness {
  /** Migrations of this program that the database does not have. */
  readonly missingMigrations: readonly string[];
  /** Since when somebody waits for a look that is a minute late; null: the watchers keep up. */
  readonly watchBehindSince: Date | null;
  /** Settings of the server by which it may forget what devices were told is safe. */
  readonly forgets: readonly string[];
}

/** Asks the database what readiness depends on. */
export async function readReadiness(manager: EntityManager, now: Date): Promise<Readiness> {
  const rows = await manager.query<{ name: string }[]>(`select name from migration`);
  const applied = new Set(rows.map(({ name }) => name));
  return {
    missingMigrations: MIGRATIONS.map((Made) => new Made().name).filter((name) => !applied.has(name)),
    watchBehindSince: await readWaitingSince(manager, new Date(now.getTime() - BEHIND_MS)),
    forgets: await readForgets(manager),
  };
}

/** Since when the patient who has waited longest waits for a look, if that is before `before`; null when nobody does. */
export async function readWaitingSince(manager: EntityManager, before: Date): Promise<Date | null> {
  const [row] = await manager.query<{ since: Date | null }[]>(`select ${waitingSince('$1')} as since`, [before]);
  return row?.since ?? null;
}

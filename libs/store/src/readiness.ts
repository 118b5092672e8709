import type { EntityManager } from 'typeorm';
import { MIGRATIONS } from './migrations/all.js';
import { BEHIND_MS } from './worklist.js';

/** Whether the database can serve, as the health pages tell it. Reading it fails when the database is away. */
export interface Readiness {
  /** Migrations of this program that the database does not have. */
  readonly missingMigrations: readonly string[];
  /** Since when somebody waits for a look that is a minute late; null: the watchers keep up. */
  readonly watchBehindSince: Date | null;
}

/** Asks the database what readiness depends on. */
export async function readReadiness(manager: EntityManager, now: Date): Promise<Readiness> {
  const rows = await manager.query<{ name: string }[]>(`select name from migration`);
  const applied = new Set(rows.map(({ name }) => name));
  const [due] = await manager.query<{ since: Date | null }[]>(`select min(due_at) as since from patient_watch where due_at < $1`, [
    new Date(now.getTime() - BEHIND_MS),
  ]);
  return {
    missingMigrations: MIGRATIONS.map((Made) => new Made().name).filter((name) => !applied.has(name)),
    watchBehindSince: due?.since ?? null,
  };
}

import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Database } from './database.js';
import { MIGRATIONS } from '../migrations/all.js';
import { withoutHurry } from './unanswered.js';

/** A hand-written change of the schema; its name is kept in the database once it has been applied. */
export type Migration = new () => MigrationInterface;

/** The database was migrated by a newer version of the program. */
export class DatabaseIsNewer extends Error {
  override readonly name = 'DatabaseIsNewer';

  constructor(unknown: readonly string[]) {
    super(`the database was made by a newer version of this program (it has ${unknown.join(', ')}); start that version`);
  }
}

// One arbitrary number that all processes of the program share.
const LOCK = 7_662_001;

/**
 * Applies what is missing, in one transaction. Any number of processes may call it at the same time: one applies, the
 * others wait. The lock is the transaction's, never the session's: the embedded engine's clients share one session.
 * Returns the names that were applied by this call.
 */
export async function migrate(database: Database, all: readonly Migration[] = MIGRATIONS): Promise<readonly string[]> {
  const migrations = all.map((Made) => new Made());
  return withoutHurry(database.dataSource, (runner) => underLock(runner, () => applyMissing(runner, migrations)));
}

/** One transaction that only one process of the program is in at a time. */
export async function underLock<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await runner.startTransaction('READ COMMITTED');
  try {
    await runner.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const result = await work();
    await runner.commitTransaction();
    return result;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  }
}

async function applyMissing(runner: QueryRunner, migrations: readonly MigrationInterface[]): Promise<string[]> {
  await runner.query(`
    create table if not exists migration (
      name text primary key,
      applied_at timestamptz not null
    )`);
  const rows: { name: string }[] = await runner.query('select name from migration');
  const done = new Set(rows.map(({ name }) => name));
  const known = new Set(migrations.map(nameOf));
  const unknown = [...done].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseIsNewer(unknown);
  const missing = migrations.filter((migration) => !done.has(nameOf(migration)));
  for (const migration of missing) {
    await migration.up(runner);
    await runner.query('insert into migration (name, applied_at) values ($1, now())', [nameOf(migration)]);
  }
  return missing.map(nameOf);
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}

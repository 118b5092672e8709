import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Database } from './database.js';
import type { Log } from './log.js';
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
// Whoever waits for a heavy lock holds up everybody who comes after: a backup may read for an hour, and readings must not wait for it.
const LOCK_WAIT_MS = 2_000;
const LOCK_NOT_AVAILABLE = '55P03';
const AGAIN_S = 5;

/**
 * Applies what is missing, in one transaction. Any number of processes may call it at the same time: one applies, the
 * others wait. The lock is the transaction's, never the session's: the embedded engine's clients share one session.
 * While somebody reads a table that is to be changed, it lets go of everything and tries again: without the change the program cannot start,
 * and what runs goes on. Returns the names that were applied by this call.
 */
export async function migrate(database: Database, log: Log, all: readonly Migration[] = MIGRATIONS): Promise<readonly string[]> {
  const migrations = all.map((Made) => new Made());
  return withoutHurry(database.dataSource, (runner) => underLock(runner, () => applyMissing(runner, log, migrations)));
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

/** From here on the transaction waits for no lock for long; who waits for longer has an error that `isLockNotAvailable`. */
export async function waitBriefly(runner: QueryRunner): Promise<void> {
  await runner.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
}

/** Whether a statement was given up because somebody else held for long what it needed. */
export function isLockNotAvailable(error: unknown): boolean {
  return (error as { code?: string }).code === LOCK_NOT_AVAILABLE;
}

async function applyMissing(runner: QueryRunner, log: Log, migrations: readonly MigrationInterface[]): Promise<string[]> {
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
  const names = missing.map(nameOf);
  while (!(await applyUnlessLocked(runner, missing))) {
    log.warn({ migrations: names }, 'somebody reads a table that is to be changed, a backup perhaps; the start waits for its end');
    // Still under the lock of migrations: of many processes that start, one at a time tries, so that work is held up seldom.
    await runner.query(`select pg_sleep(${AGAIN_S})`);
  }
  return names;
}

/** False when a lock was not to be had in time; then nothing has been applied and no table is held. */
async function applyUnlessLocked(runner: QueryRunner, missing: readonly MigrationInterface[]): Promise<boolean> {
  await runner.query('savepoint before_migrations');
  try {
    await waitBriefly(runner);
    for (const migration of missing) {
      await migration.up(runner);
      await runner.query('insert into migration (name, applied_at) values ($1, now())', [nameOf(migration)]);
    }
    return true;
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    await runner.query('rollback to savepoint before_migrations');
    return false;
  }
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}

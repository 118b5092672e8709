import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPolicies, migrate, openDatabase, type Database, type Log } from '@varde/store';
import pg from 'pg';
import { ServiceProcess } from '../service-process.js';
import type { Result } from './result.js';

/** How the benchmarks are run; every one reads what concerns it. */
export interface Run {
  /** Small sizes: to see that everything works, not to measure. */
  readonly isTrial: boolean;
  readonly pairs: number;
  readonly seconds: number;
  readonly devices: number | null;
  readonly perSec: number | null;
  /** Waits for a quiet machine before each measurement; answers the share of idle processor time. */
  readonly quiet: () => Promise<number>;
  /** Tells how far it is, for people. */
  readonly say: (sentence: string) => void;
  readonly server: Server;
}

/** One benchmark. */
export type Bench = (run: Run) => Promise<Result[]>;

/** The server on which databases are made. */
export interface Server {
  readonly url: string;
  stop(): void;
}

/** Nothing is said by the store; the figures are. */
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The native server: the one of VARDE_TEST_DATABASE_URL, or a private one that is started, and stopped again if it did not run before. */
export function startServer(): Server {
  const given = process.env['VARDE_TEST_DATABASE_URL'] ?? '';
  if (given !== '') return { url: given, stop: () => undefined };
  const scripts = scriptsFolder();
  const dir = process.env['VARDE_TEST_NATIVE_DIR'] ?? join(tmpdir(), 'varde-native');
  const ranBefore = existsSync(join(dir, 'data', 'postmaster.pid'));
  const lines = execFileSync(join(scripts, 'start'), [dir], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const url = lines.trim().split('\n').at(-1) ?? '';
  return { url, stop: () => (ranBefore ? undefined : void execFileSync(join(scripts, 'stop'), [dir], { stdio: 'ignore' })) };
}

function scriptsFolder(): string {
  // The program runs from dist; the scripts stay where they are.
  const folder = join(import.meta.dirname, '..', '..', '..', 'test', 'native');
  if (!existsSync(folder)) throw new Error(`there is no ${folder}`);
  return folder;
}

/** A migrated database of the benchmark's own on the server; `close` drops it. */
export interface BenchDatabase {
  readonly database: Database;
  readonly url: string;
  close(): Promise<void>;
}

/** Makes a database. */
export async function openBenchDatabase(server: Server): Promise<BenchDatabase> {
  const name = `varde_bench_${randomBytes(6).toString('hex')}`;
  await asAdministrator(server, `create database ${name} encoding 'UTF8' template template0`);
  const drop = (): Promise<void> => asAdministrator(server, `drop database if exists ${name} with (force)`);
  const url = server.url.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${name}`);
  try {
    const database = await openDatabase({ databaseUrl: url, dataDir: '', log: silent });
    await migrate(database, silent);
    await applyPolicies(database, silent);
    const close = async (): Promise<void> => {
      await database.close();
      await drop();
    };
    return { database, url, close };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function asAdministrator(server: Server, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Limits that stop one address, which the whole load comes from here. */
const LIMITS = {
  VARDE_MQTT_MESSAGES_PER_SEC_MAX: '100000',
  VARDE_MQTT_CONNECTS_PER_SEC_MAX: '100000',
  VARDE_MQTT_CONNECTIONS_MAX: '20000',
  VARDE_MQTT_CONNECT_TIMEOUT_MS: '60000',
};

/**
 * Starts a process of the service.
 * VARDE_BENCH_NODE_OPTIONS goes to it as NODE_OPTIONS, for whoever wants to see where the time goes.
 */
export function startService(databaseUrl: string, roles: string): Promise<ServiceProcess> {
  const nodeOptions = process.env['VARDE_BENCH_NODE_OPTIONS'];
  return ServiceProcess.start({ databaseUrl, roles, env: { ...LIMITS, ...(nodeOptions ? { NODE_OPTIONS: nodeOptions } : {}) } });
}

/** Broker with ingest in one process and a watcher in another, over a database of their own. */
export interface Spine {
  readonly bench: BenchDatabase;
  readonly intake: ServiceProcess;
  readonly watch: ServiceProcess;
}

/** Runs a piece of work on a spine and ends everything, whatever happens. */
export async function withSpine<T>(run: Run, work: (spine: Spine) => Promise<T>): Promise<T> {
  const bench = await openBenchDatabase(run.server);
  const started: ServiceProcess[] = [];
  try {
    const intake = await startService(bench.url, 'broker,ingest');
    started.push(intake);
    const watch = await startService(bench.url, 'watch');
    started.push(watch);
    const result = await work({ bench, intake, watch });
    for (const { log } of started) if (log !== '') run.say(`the service wrote: ${log.slice(0, 600)}`);
    return result;
  } finally {
    await Promise.all(started.map((service) => service.stop()));
    await bench.close();
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Arrivals nobody has looked at, and patients whose clock has run out. */
export async function countUnlooked(database: Database): Promise<number> {
  const [row] = await database.dataSource.query<{ n: number }[]>(
    `select (select count(*) from arrival)::int + (select count(*) from patient_watch where due_at <= now())::int as n`,
  );
  return row?.n ?? 0;
}

/** Waits until nobody is left to be looked at, at most so long; answers how long it took. @throws when somebody is */
export async function waitUntilLooked(database: Database, longestMs: number): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    const left = await countUnlooked(database);
    if (left === 0) return performance.now() - startedMs;
    if (performance.now() - startedMs > longestMs) throw new Error(`${left} arrivals or patients wait for a look after ${longestMs} ms`);
    await pause(20);
  }
}

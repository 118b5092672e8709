import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@varde/store';
import type { Log } from '../apps/varde/src/log.js';
import { lookAtDue, type WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { isNative, testLog } from './engine.js';
import { minutes, obs, openTestIngest, spotCheck, type TestHome } from './ingest-rig.js';

/** Folder of the native server of the tests, whose programs make and bring back backups; empty: there is none. */
export const NATIVE_DIR = isNative ? (process.env['VARDE_TEST_NATIVE_DIR'] ?? '') : '';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/installation.md'), 'utf8');
const FENCED = /^ *```(?:sh|sql|ini)\n([\s\S]*?)^ *```$/gm;

/** The lines of the one block of `docs/installation.md` that has this word; with `line`, only those that begin with it. */
export function written(word: string, line = ''): string {
  const blocks = [...PAGE.matchAll(FENCED)].map(([, block = '']) => block).filter((block) => block.includes(word));
  expect(blocks).toHaveLength(1);
  const lines = (blocks[0] ?? '').split('\n').map((each) => each.trim());
  return lines.filter((each) => each.startsWith(line)).join('\n');
}

/** Runs commands with the programs of the native server. */
export function runNative(commands: string): void {
  const PATH = `${join(NATIVE_DIR, 'tree/usr/lib/postgresql/17/bin')}:${process.env['PATH'] ?? ''}`;
  execFileSync('sh', ['-e', '-c', commands], { env: { ...process.env, PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Saturations of a patient in need, by when they were measured. */
export const LOW = spotCheck(minutes(0), { spo2: 80 });
/** The same again, three minutes later. */
export const LOW_AGAIN = spotCheck(minutes(3), { spo2: 80 });
/** What no backup has. */
export const AFTER = spotCheck(minutes(6), { spo2: 80 });

/** Looks at whoever is due. */
export async function lookAt(of: Database, catalogue: WatcherParts['catalogue'], now: Date): Promise<void> {
  await lookAtDue({ database: of, catalogue, batch: 50, log: testLog as unknown as Log }, now);
}

/** One act of measuring, as a gateway sends it and is answered. */
export interface Sending {
  readonly to: Database;
  readonly home: TestHome;
  readonly act: ReturnType<typeof spotCheck>;
}

/** Sends an act and looks at it; answers what the gateway was told. */
export async function send({ to, home, act }: Sending, catalogue: WatcherParts['catalogue'], lookedAt: Date): Promise<string | undefined> {
  const { ingest } = openTestIngest(to, { checkCredentials: false });
  const ack = await ingest.take(obs(home, [act]));
  await ingest.stop();
  await lookAt(to, catalogue, lookedAt);
  return ack?.results[0]?.status;
}

/** What there is of a patient's days. */
export interface Lived {
  readonly readings: readonly unknown[];
  readonly episodes: readonly Record<string, unknown>[];
  readonly findings: readonly unknown[];
}

/** All of it, as it is stored. */
export async function readLived({ dataSource }: Database): Promise<Lived> {
  return {
    readings: await dataSource.query(`select * from reading order by observed_at, metric`),
    episodes: await dataSource.query(`select * from episode order by id`),
    findings: await dataSource.query(`select * from finding order by id`),
  };
}

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, saveCredential, saveDevice, savePatient, savePerson, saveWearer, startEmbedded } from '@varde/store';
import type { Database, EmbeddedEngine, Viewer } from '@varde/store';
import { encodeObs } from '@varde/wire';
import { leaveOutQuestions, makeOneUnitCommunity, NO_PASSWORD } from '../community.js';
import { copyTestDataDir, isNative, openTestDatabase, testLog } from '../engine.js';
import { LeanClient, readyPublish, type ReadyPublish } from '../lean-client.js';
import { DRILL_SECRET } from '../service-process.js';

/** A database that can be killed while a service works on it. */
export interface DrillDatabase {
  readonly database: Database;
  readonly url: string;
  /** As by a crash; resolves when the killing is done. It comes back by itself (embedded) or by `start` (native). */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const NATIVE_DIR = process.env['VARDE_TEST_NATIVE_DIR'] ?? '';
const NATIVE_SCRIPTS = join(import.meta.dirname, '..', 'native');

/** Opens a database of the drill's own on the engine that the tests run on. */
export async function openDrillDatabase(): Promise<DrillDatabase> {
  if (isNative) {
    const { database, url, close } = await openTestDatabase();
    const kill = async (): Promise<void> => {
      if (NATIVE_DIR === '') return void (await terminateBackends(database));
      execFileSync(join(NATIVE_SCRIPTS, 'stop'), [NATIVE_DIR, '--now'], { stdio: 'ignore' });
      execFileSync(join(NATIVE_SCRIPTS, 'start'), [NATIVE_DIR], { stdio: 'ignore' });
    };
    return { database, url, kill, close };
  }
  const dataDir = await copyTestDataDir();
  const engine = await startEmbedded({ dataDir, log: testLog });
  const database = await openDatabase({ databaseUrl: engine.url, dataDir: '', log: testLog });
  return {
    database,
    url: engine.url,
    kill: async () => killEngine(engine),
    close: async () => {
      await database.close();
      await engine.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function terminateBackends(database: Database): Promise<void> {
  await database.dataSource
    .query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
    .catch(() => undefined);
}

function killEngine(engine: EmbeddedEngine): void {
  if (engine.pid !== null) process.kill(engine.pid, 'SIGKILL');
}

/** One simulated home of a drill: a gateway of its own with one oximeter, worn by one patient. */
export interface DrillHome {
  readonly tenant: string;
  readonly clientId: string;
  readonly secret: string;
  readonly device: string;
  readonly patientId: number;
}

/** A ladder whose steps follow each other within seconds. */
export const QUICK_LADDER_MIN = [0, 0.05, 0.1, 0.15, 0.2];

/**
 * Founds a community and its homes; `ladderMin` are the times of a ladder that all severities climb, and an acknowledgement runs out
 * after `acknowledgementMin`.
 */
export async function foundHomes(
  database: Database,
  count: number,
  ladderMin: readonly number[] = [0, 600],
  acknowledgementMin = 480,
): Promise<DrillHome[]> {
  const { manager } = database.dataSource;
  const [now, since] = [new Date(), new Date(Date.now() - 90 * 86_400_000)];
  const tenant = `drill-${randomUUID().slice(0, 8)}`;
  const { communityId, unitId } = await makeOneUnitCommunity(manager, tenant, { ladderMin, acknowledgementMin }, since);
  const homes: DrillHome[] = [];
  for (let index = 0; index < count; index++) {
    const patient = { communityId, name: `Patient ${index}`, birthYear: null, zone: 'Europe/Oslo', unitIds: [unitId], pathwayId: null };
    const patientId = await savePatient(manager, { ...patient, programmes: ['copd'] }, since);
    await leaveOutQuestions(manager, patientId);
    const device = `OX${index}`;
    const deviceId = await saveDevice(manager, { communityId, name: device, kind: 'pulse-oximeter', model: null }, since);
    await saveWearer(manager, { deviceId, userSlot: null, patientId, from: since }, now);
    const clientId = `gw-${index}`;
    const { secret } = await saveCredential(manager, { communityId, clientId }, DRILL_SECRET, now);
    homes.push({ tenant, clientId, secret, device, patientId });
  }
  return homes;
}

/** A lean client signed in as the home's gateway; it reconnects and sends again until it is told to stop. */
export function clientOf(home: DrillHome, port: number, window = 20): LeanClient {
  const { tenant, clientId, secret } = home;
  return new LeanClient({ port, tenant, clientId, secret, window, clean: true });
}

/** One saturation reading, ready to be published; the device prints Oslo wall time with an offset, so the time is exact. */
export function spo2Message(home: DrillHome, spo2Percent: number, at: Date, key?: string): ReadyPublish {
  const payload = encodeObs({
    messageId: randomUUID(),
    sentAt: at,
    device: { id: home.device, idType: 'serial', kind: 'pulse-oximeter' },
    readings: [
      {
        ...(key === undefined ? {} : { key }),
        kind: 'pulse-oximetry',
        deviceTime: at.toISOString(),
        gatewayTime: at,
        measurements: [{ type: 'spo2', value: spo2Percent, unit: '%' }],
      },
    ],
  });
  return readyPublish(`varde/v1/${home.tenant}/${home.clientId}/dev/${home.device}/obs`, Buffer.from(payload));
}

/** Tries until it holds, or fails with what was last wrong. */
export async function eventually(what: string, holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  let last: unknown = 'it did not hold';
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await pause(100);
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A nurse of every unit there is. */
export async function hireNurse({ dataSource }: Database): Promise<Viewer> {
  const units = await dataSource.query<{ id: number }[]>('select id from unit');
  const who = { username: 'nora', name: 'Nora', roles: ['nurse'] as const, unitIds: units.map(({ id }) => id) };
  return { ...who, personId: await savePerson(dataSource.manager, { ...who, passwordHash: NO_PASSWORD }, new Date()) };
}

/** The number `n` that a query answers in its only row. */
export async function readCount({ dataSource }: Database, sql: string, values: unknown[] = []): Promise<number> {
  const [row] = await dataSource.query<{ n: number }[]>(sql, values);
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row.n;
}

/** Numbers that look random and are the same for the same seed, which is in the name of the drill and so in every failure. */
export function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

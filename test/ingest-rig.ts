import { randomUUID } from 'node:crypto';
import { saveDevice, saveWearer, type Database } from '@varde/store';
import { encodeObs, type Ack, type OutgoingReading } from '@varde/wire';
import { Registry } from 'prom-client';
import type { Delivery } from '../apps/varde/src/ingest/delivery.js';
import { createIngest, type Ingest, type IngestDeps } from '../apps/varde/src/ingest/ingest.js';
import { makeTestCommunity, makeTestPatient, type TestCommunity } from './community.js';
import { openTestDatabase, testLog, type TestDatabase } from './engine.js';

/** One patient with one device, worn since the day before `NOW`. */
export interface TestHome {
  readonly community: TestCommunity;
  readonly patientId: number;
  readonly deviceId: number;
  readonly device: string;
  readonly gateway: string;
}

/** The moment that tests of ingest begin at. */
export const NOW = new Date('2026-03-02T08:00:00.000Z');

/** `NOW` and some minutes. */
export const minutes = (count: number): Date => new Date(NOW.getTime() + count * 60_000);

/** A home in a community of its own. */
export async function makeTestHome(database: Database, code: string): Promise<TestHome> {
  const { manager } = database.dataSource;
  const community = await makeTestCommunity(manager, code, minutes(-3 * 1440));
  return addTestHome(database, community, '1');
}

/** One more home in a community. */
export async function addTestHome(database: Database, community: TestCommunity, name: string): Promise<TestHome> {
  const { manager } = database.dataSource;
  const patientId = await makeTestPatient(manager, community, minutes(-3 * 1440));
  const device = `OX-${name}`;
  const { communityId } = community;
  const deviceId = await saveDevice(manager, { communityId, name: device, kind: 'pulse-oximeter', model: null }, minutes(-2 * 1440));
  await saveWearer(manager, { deviceId, userSlot: null, patientId, from: minutes(-1440) }, minutes(-1440));
  return { community, patientId, deviceId, device, gateway: `gw-${name}` };
}

/** Ingest as the service opens it, with what it published. */
export interface TestIngest {
  readonly ingest: Ingest;
  readonly metrics: Registry;
  readonly published: { readonly tenant: string; readonly clientId: string; readonly ack: Ack }[];
}

/** Opens ingest on a database. */
export function openTestIngest(database: Pick<Database, 'dataSource'>, options: Partial<IngestDeps> = {}): TestIngest {
  const metrics = new Registry();
  const published: { tenant: string; clientId: string; ack: Ack }[] = [];
  const publishAck = (tenant: string, clientId: string, ack: Ack): void => void published.push({ tenant, clientId, ack });
  const ingest = createIngest({ database, log: testLog, metrics, publishAck, now: () => NOW, ...options });
  return { ingest, metrics, published };
}

/** Ingest on a database of a spec's own. */
export interface OwnIngest extends TestIngest {
  readonly database: Database;
}

/** Opens both before the tests of the file or `describe` it is called in, and ends them after. What it answers may be asked from the first hook on. */
export function testIngest(): OwnIngest {
  let opened: { readonly db: TestDatabase; readonly room: TestIngest } | undefined;
  beforeAll(async () => {
    const db = await openTestDatabase();
    opened = { db, room: openTestIngest(db.database) };
  });
  afterAll(async () => {
    await opened?.room.ingest.stop();
    await opened?.db.close();
  });
  const now = () => {
    if (opened === undefined) throw new Error('the ingest of a test is opened by its hooks');
    return opened;
  };
  return {
    get database() {
      return now().db.database;
    },
    get ingest() {
      return now().room.ingest;
    },
    get metrics() {
      return now().room.metrics;
    },
    get published() {
      return now().room.published;
    },
  };
}

/** Local wall time in Oslo in winter, as a device prints it. */
export const wall = (at: Date): string => new Date(at.getTime() + 3_600_000).toISOString().slice(0, 19);

/** One live spot check: 93 % and a pulse of 72 unless said otherwise. */
export function spotCheck(at: Date, change: Partial<OutgoingReading> & { spo2?: number; pulse?: number } = {}): OutgoingReading {
  const { spo2 = 93, pulse = 72, ...rest } = change;
  return {
    kind: 'pulse-oximetry',
    deviceTime: wall(at),
    gatewayTime: new Date(at.getTime() + 2_000),
    measurements: [
      { type: 'spo2', value: spo2, unit: '%' },
      { type: 'pulse', value: pulse, unit: '/min' },
    ],
    ...rest,
  };
}

/** One weighing in kilograms. */
export function weighing(at: Date, kg: number, change: Partial<OutgoingReading> = {}): OutgoingReading {
  const measurements = [{ type: 'weight', value: kg, unit: 'kg' }] as const;
  return { kind: 'weight', deviceTime: wall(at), gatewayTime: new Date(at.getTime() + 2_000), measurements, ...change };
}

/** What a message may be made of besides its readings. */
export interface MessageChange {
  readonly messageId?: string;
  readonly device?: string;
  readonly idType?: 'serial' | 'mac' | 'eui64';
  readonly gateway?: string;
  readonly tenant?: string;
  readonly receivedAt?: Date;
  readonly sentAt?: Date;
  readonly clock?: { readonly reading: string; readonly readAt: Date; readonly notSet?: boolean };
  readonly batteryPercent?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
}

/** A message of readings from a home, received three seconds after its newest reading. */
export function obs(home: TestHome, readings: readonly OutgoingReading[], change: MessageChange = {}): Delivery {
  const newestMs = Math.max(...readings.map((reading) => reading.gatewayTime.getTime()), NOW.getTime() - 1440 * 60_000);
  const { tenant = home.community.code, gateway = home.gateway, device = home.device } = change;
  const receivedAt = change.receivedAt ?? new Date(newestMs + 1_000);
  const payload = encodeObs({
    messageId: change.messageId ?? randomUUID(),
    sentAt: change.sentAt ?? new Date(receivedAt.getTime() - 200),
    device: {
      id: device,
      idType: change.idType ?? 'serial',
      ...(change.clock && { clock: change.clock }),
      ...(change.batteryPercent !== undefined && { batteryPercent: change.batteryPercent }),
    },
    readings,
  });
  return {
    ...bare(home, `dev/${device}/obs`, payload, receivedAt),
    tenant,
    clientId: gateway,
    topic: `varde/v1/${tenant}/${gateway}/dev/${device}/obs`,
    retain: change.retain ?? false,
    dup: change.dup ?? false,
  };
}

/** Any bytes on a topic below the home's gateway. */
export function bare(home: TestHome, rest: string, payload: Uint8Array | string, receivedAt: Date = NOW): Delivery {
  const tenant = home.community.code;
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const topic = `varde/v1/${tenant}/${home.gateway}/${rest}`;
  return { tenant, clientId: home.gateway, topic, payload: bytes, retain: false, dup: false, qos: 1, receivedAt };
}

/** What is stored of a home's readings, oldest first. */
export function readStored(
  database: Pick<Database, 'dataSource'>,
  home: TestHome,
): Promise<
  { metric: string; value: number; observedAt: Date; doubt: string | null; conflict: boolean; patientId: number; timeQuality: string }[]
> {
  return database.dataSource.query(
    `select r.metric, r.value, r.observed_at as "observedAt", r.doubt, m.conflict, r.patient_id as "patientId", m.time_quality as "timeQuality"
     from reading r join measurement m on m.id = r.measurement_id where m.device_id = $1 order by r.observed_at, m.id, r.metric`,
    [home.deviceId],
  );
}

/** What was refused below a home's gateways, oldest first. */
export function readKept(
  database: Pick<Database, 'dataSource'>,
  home: TestHome,
): Promise<
  {
    id: number;
    reason: string;
    parked: boolean;
    payload: Buffer;
    times: number;
    state: string;
    note: string | null;
    patientId: number | null;
    index: number;
  }[]
> {
  return database.dataSource.query(
    `select id::int, reason, parked, payload, times_received as times, state, settled_note as note, patient_id as "patientId",
       measurement_index as index from refused where topic like 'varde/v1/' || $1 || '/%' order by id`,
    [home.community.code],
  );
}

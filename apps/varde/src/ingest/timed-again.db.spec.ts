import { effectiveTime, type TimeEvidence } from '@varde/wire';
import { testDatabase } from '../../../../test/engine.js';
import {
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  spotCheck,
  wall,
  type MessageChange,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';
import type { Delivery } from './delivery.js';

interface Row {
  device_time: string | null;
  gateway_time: Date;
  sent_at: Date;
  received_at: Date;
  observed_at: Date;
  time_quality: string;
  time_rule_version: number;
  from_memory: boolean;
  detail: {
    clockNotSet?: boolean;
    clockPair?: { reading?: string; readAt?: string; setByGateway?: boolean; notSet?: boolean };
    gatewaySynced?: boolean;
    gatewayOffsetMs?: number;
  } | null;
}

/** What is stored of an act, as what its time was derived from. */
function evidenceOf({ detail, ...row }: Row): TimeEvidence {
  const { clockPair, gatewaySynced, gatewayOffsetMs = null, clockNotSet = false } = detail ?? {};
  const { reading = null, readAt, setByGateway = false, notSet = false } = clockPair ?? {};
  return {
    measurement: { deviceTime: row.device_time, gatewayTime: row.gateway_time, stored: row.from_memory, clockNotSet },
    deviceClock: clockPair ? { reading, readAt: readAt === undefined ? null : new Date(readAt), setByGateway, notSet } : null,
    gatewayClock: gatewaySynced === undefined ? null : { synced: gatewaySynced, source: null, lastSync: null },
    sentAt: row.sent_at,
    receivedAt: row.received_at,
    gatewayOffsetMs,
    zone: 'Europe/Oslo',
    deviceEarliest: minutes(-368 * 1440),
  };
}

describe('the time of an act can be derived again from what is stored with it', () => {
  const db = testDatabase();
  let room: TestIngest;
  let counted = 0;

  beforeAll(() => {
    room = openTestIngest(db.database);
  });
  afterAll(() => room.ingest.stop());

  /** As `obs`, from a gateway that says whether its clock is set. */
  function said(home: TestHome, synced: boolean | null, reading: Parameters<typeof obs>[1][number], change: MessageChange): Delivery {
    const delivery = obs(home, [reading], change);
    if (synced === null) return delivery;
    const message = JSON.parse(Buffer.from(delivery.payload).toString()) as object;
    return { ...delivery, payload: Buffer.from(JSON.stringify({ ...message, gateway: { clock: { synced } } })) };
  }

  const slow = (at: Date, min: number): Date => new Date(at.getTime() - min * 60_000);
  const pair = (aheadMin: number, more: object = {}): MessageChange => ({
    clock: { reading: wall(minutes(aheadMin)), readAt: NOW, ...more },
  });

  test.each<[string, { synced?: boolean; offMin?: number; stored?: boolean; printed?: Date | null; change?: MessageChange }]>([
    ['printed, live', {}],
    ['from memory by a pair of clocks', { stored: true, printed: minutes(-90), change: pair(-63) }],
    ['from memory, the clock set before', { stored: true, printed: minutes(-90), change: pair(0, { setByGateway: true }) }],
    ['from memory, the clock never set', { stored: true, printed: minutes(-90), change: pair(-63, { notSet: true }) }],
    ['by a gateway that is slow', { offMin: 40, printed: null }],
    ['by a gateway that is slow and says it is not', { offMin: 40, printed: null, synced: true }],
    ['by one that says so', { offMin: 40, printed: null, synced: false }],
    ['by a pair that such a one read', { offMin: 40, synced: false, stored: true, printed: minutes(-90), change: pair(-63) }],
  ])('%s', async (_, { synced = null, offMin = 0, stored = false, printed = NOW, change = {} }) => {
    const home = await makeTestHome(db.database, `timed${++counted}`);
    for (const table of ['wearer', 'enrolment'])
      await db.manager.query(`update ${table} set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-10 * 1440)]);
    for (const minute of [-20, -10, 0]) {
      const at = minutes(minute);
      const { deviceTime: _printed, ...undated } = spotCheck(at, { gatewayTime: slow(at, offMin), spo2: 94 - minute / 10 });
      const last = { ...undated, ...(stored && { stored }), ...(printed && { deviceTime: wall(printed) }) };
      const sent = { receivedAt: minutes(minute + 0.1), sentAt: slow(minutes(minute + 0.05), offMin) };
      await room.ingest.take(said(home, synced, minute === 0 ? last : undated, { ...sent, ...(minute === 0 && change) }));
    }
    const rows = await db.manager.query<Row[]>('select * from measurement where device_id = $1 order by id', [home.deviceId]);
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const { observedAt, timeQuality, ruleVersion } = effectiveTime(evidenceOf(row));
      expect([observedAt, timeQuality, ruleVersion]).toEqual([row.observed_at, row.time_quality, row.time_rule_version]);
    }
  });
});

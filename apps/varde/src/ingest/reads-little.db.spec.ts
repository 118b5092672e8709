import type { OutgoingReading } from '@varde/wire';
import { isNative, testDatabase } from '../../../../test/engine.js';
import {
  addTestHome,
  makeTestHome,
  minutes,
  obs,
  openTestIngest,
  spotCheck,
  weighing,
  type TestHome,
} from '../../../../test/ingest-rig.js';
import { rowsRead } from '../../../../test/rows-read.js';

const STORED = 20_000;
const TABLES = ['measurement', 'reading', 'refused'];
/** More than the five for which a connection plans a prepared statement anew. */
const MESSAGES = 12;

const db = testDatabase();
let home: TestHome;
beforeAll(async () => {
  if (!isNative) return;
  home = await makeTestHome(db.database, 'lite');
  const other = await addTestHome(db.database, home.community, 'other');
  await db.manager.query(
    `insert into measurement (device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality, time_rule_version,
       received_at, from_memory, quality, client_id)
     select $1, 'pulse-oximetry', n::text, '', 'spo2', $2, at, 'device', 1, at, false, 'ok', 'gw'
     from generate_series(1, ${STORED}) n cross join lateral (select $3::timestamptz - n * interval '1 minute' as at) t`,
    [other.deviceId, other.patientId, minutes(0)],
  );
  await db.manager.query(`insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
    select patient_id, 'spo2', observed_at, id, 95, received_at from measurement`);
  await db.manager.query(
    `insert into refused (received_at, last_received_at, community_id, client_id, topic, payload, digest, measurement_index, reason, detail, parked)
     select $2, $2, $1, 'gw', 't', '', decode(md5(n::text), 'hex'), 0, 'too-long', '', false from generate_series(1, ${STORED}) n`,
    [home.community.communityId, minutes(0)],
  );
  await db.manager.query('analyze measurement, reading, refused');
});

/** The embedded engine keeps no counts of what it reads. */
const counted = isNative ? test : test.skip;

/** One after another, so that each is a batch of its own. */
async function take(message: (at: Date) => ReturnType<typeof obs>): Promise<void> {
  const { ingest } = openTestIngest(db.database);
  for (let n = 1; n <= MESSAGES; n++) await ingest.take(message(minutes(n)));
  await ingest.stop();
}

function withoutItsTime(at: Date): OutgoingReading {
  const { deviceTime: _, ...rest } = spotCheck(at);
  return rest;
}

counted.each<[string, (at: Date) => ReturnType<typeof obs>]>([
  ['ordinary messages', (at) => obs(home, [spotCheck(at)])],
  ['messages without a device time', (at) => obs(home, [withoutItsTime(at)])],
  ['messages that are refused', (at) => obs(home, [spotCheck(at, { spo2: 30 })])],
  ['messages of a device nobody knows', (at) => obs(home, [weighing(at, 80)], { device: 'unknown' })],
])('%s are kept without reading through what is stored', async (_, message) => {
  expect(await rowsRead(db.database, TABLES, () => take(message))).toBeLessThan(STORED);
});

counted('a question that does read through it is counted', async () => {
  const slow = () => db.manager.query(`select count(*) from measurement where time_quality <> 'device'`);
  expect(await rowsRead(db.database, TABLES, slow)).toBeGreaterThanOrEqual(STORED);
});

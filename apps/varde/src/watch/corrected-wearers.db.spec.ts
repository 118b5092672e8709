import { endWearer, saveWearer } from '@varde/store';
import { makeTestPatient } from '../../../../test/community.js';
import { isNative, openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { makeTestHome, minutes, obs, openTestIngest, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import type { QueryRunner } from 'typeorm';
import { openCatalogue } from '../catalogue.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { lookAtDue, type WatcherParts } from './watcher.js';

describe('a wearer corrected backwards', () => {
  let db: TestDatabase;
  let parts: WatcherParts;
  let ingest: Ingest;
  let homes = 0;

  beforeAll(async () => {
    db = await openTestDatabase();
    parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
    ingest = openTestIngest(db.database, { checkCredentials: false }).ingest;
  });
  afterAll(async () => {
    await ingest.stop();
    await db.close();
  });

  const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);
  const manager = () => db.database.dataSource.manager;
  const readingsOf = (patientId: number) =>
    query<{ value: number; doubt: string | null }>(
      `select value, doubt from reading where patient_id = $1 and metric = 'spo2' order by observed_at`,
      [patientId],
    );
  const severities = async (patientId: number) =>
    (
      await query<{ severity: string }>(`select severity from episode where patient_id = $1 and 'respiratory' = any(domains) order by id`, [
        patientId,
      ])
    ).map(({ severity }) => severity);
  const notes = (patientId: number) =>
    query<{ reason_en: string }>(
      `select s.reason_en from episode_step s join episode e on e.id = s.episode_id where e.patient_id = $1 and s.kind = 'noted' order by s.id`,
      [patientId],
    );

  async function twoPatients(): Promise<{ home: TestHome; other: number; wearerId: number }> {
    const home = await makeTestHome(db.database, `w${++homes}`);
    const other = await makeTestPatient(manager(), home.community, minutes(-3 * 1440));
    const [wearer] = await query<{ id: number }>(`select id from wearer where patient_id = $1`, [home.patientId]);
    return { home, other, wearerId: wearer?.id ?? 0 };
  }

  test('readings move to who wore the device, in one transaction; both are looked at again, and both histories say so', async () => {
    const { home, other, wearerId } = await twoPatients();
    for (const at of [-120, -60, -5]) await ingest.take(obs(home, [spotCheck(minutes(at), { spo2: at === -5 ? 80 : 95 })]));
    await lookAtDue(parts, minutes(0));
    expect(await severities(home.patientId)).toEqual(['critical']);

    await endWearer(manager(), wearerId, minutes(-90), minutes(1));
    expect((await readingsOf(home.patientId)).map(({ doubt }) => doubt)).toEqual([null, 'wearer-unsure', 'wearer-unsure']);
    await saveWearer(manager(), { deviceId: home.deviceId, userSlot: null, patientId: other, from: minutes(-90) }, minutes(2));
    expect(await readingsOf(home.patientId)).toEqual([{ value: 95, doubt: null }]);
    expect(await readingsOf(other)).toEqual([
      { value: 95, doubt: null },
      { value: 80, doubt: null },
    ]);
    await lookAtDue(parts, minutes(3));
    expect(await severities(other)).toEqual(['critical']);
    expect(await notes(home.patientId)).toEqual([{ reason_en: '2 measurements were moved away: another patient wore the device' }]);
    const [watch] = await query<{ last: string }>(`select last_observed ->> 'spo2' as last from patient_watch where patient_id = $1`, [
      home.patientId,
    ]);
    expect(watch?.last).toBe(minutes(-120).toISOString());
    expect(
      await query(`select distinct (detail ->> 'movedFromPatient')::int as was from measurement where patient_id = $1`, [other]),
    ).toEqual([{ was: home.patientId }]);
  });

  test('daily medians of both are made anew', async () => {
    const { home, other, wearerId } = await twoPatients();
    await query(`update wearer set from_at = from_at - interval '10 days' where id = $1`, [wearerId]);
    await query(`update enrolment set from_at = from_at - interval '10 days' where patient_id = any($1)`, [[home.patientId, other]]);
    for (const day of [5, 4, 3]) await ingest.take(obs(home, [spotCheck(minutes(-day * 1440), { spo2: 90 + day })]));
    await lookAtDue(parts, minutes(0));
    const days = async (patientId: number) =>
      (
        await query<{ median: number }>(`select median from day_median where patient_id = $1 and metric = 'spo2' order by day`, [patientId])
      ).map(({ median }) => median);
    expect([await days(home.patientId), await days(other)]).toEqual([[95, 94, 93], []]);
    await endWearer(manager(), wearerId, minutes(-4.5 * 1440), minutes(1));
    await saveWearer(manager(), { deviceId: home.deviceId, userSlot: null, patientId: other, from: minutes(-4.5 * 1440) }, minutes(2));
    await lookAtDue(parts, minutes(3));
    expect([await days(home.patientId), await days(other)]).toEqual([[95], [94, 93]]);
  });

  test('given back to who wore it all along, its readings are of use again at once, and the daily medians with them', async () => {
    const { home, wearerId } = await twoPatients();
    await query(`update wearer set from_at = from_at - interval '10 days' where id = $1`, [wearerId]);
    await query(`update enrolment set from_at = from_at - interval '10 days' where patient_id = $1`, [home.patientId]);
    for (const day of [5, 4, 3]) await ingest.take(obs(home, [spotCheck(minutes(-day * 1440), { spo2: 90 + day })]));
    await ingest.take(obs(home, [spotCheck(minutes(-5), { spo2: 80 })]));
    await endWearer(manager(), wearerId, minutes(-4.5 * 1440), minutes(1));
    await lookAtDue(parts, minutes(1));
    const days = () =>
      query<{ median: number }>(`select median from day_median where patient_id = $1 and metric = 'spo2' order by day`, [home.patientId]);
    expect([await severities(home.patientId), await days()]).toEqual([[], [{ median: 95 }]]);
    const given = { deviceId: home.deviceId, userSlot: null, patientId: home.patientId, from: minutes(-4.5 * 1440) };
    await saveWearer(manager(), given, minutes(2));
    await lookAtDue(parts, minutes(3));
    expect(await severities(home.patientId)).toEqual(['critical']);
    expect(await days()).toEqual([{ median: 95 }, { median: 94 }, { median: 93 }]);
  });

  test('a wearer who begins and ends now moves and doubts nothing', async () => {
    const { home, other, wearerId } = await twoPatients();
    await ingest.take(obs(home, [spotCheck(minutes(-5))]));
    await endWearer(manager(), wearerId, minutes(1), minutes(1));
    await saveWearer(manager(), { deviceId: home.deviceId, userSlot: null, patientId: other, from: minutes(1) }, minutes(1));
    expect([(await readingsOf(home.patientId)).map(({ doubt }) => doubt), await readingsOf(other)]).toEqual([[null], []]);
  });

  // The embedded engine has one connection: nothing happens beside a transaction.
  const whenNative = isNative ? test : test.skip;

  whenNative('a reading that is stored while the device is taken back is doubted too', async () => {
    const { home, wearerId } = await twoPatients();
    await ingest.take(obs(home, [spotCheck(minutes(-30))]));
    const { runner, released } = await hold(`select from directory_version for update`);
    const ending = endWearer(manager(), wearerId, minutes(-90), minutes(1));
    await until(
      async () => (await query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length > 0,
    );
    const ack = await ingest.take(obs(home, [spotCheck(minutes(-5))]));
    expect(ack?.results[0]?.status).toBe('stored');
    await runner.commitTransaction();
    await Promise.all([released(), ending]);
    expect((await readingsOf(home.patientId)).map(({ doubt }) => doubt)).toEqual(['wearer-unsure', 'wearer-unsure']);
  });

  whenNative('what was being stored for the last wearer when the device was given to another moves to that one', async () => {
    const { home, other, wearerId } = await twoPatients();
    await ingest.take(obs(home, [spotCheck(minutes(-30)), spotCheck(minutes(-5))]));
    await endWearer(manager(), wearerId, minutes(-90), minutes(1));
    const later = `patient_id = ${home.patientId} and observed_at = '${minutes(-5).toISOString()}'`;
    await query(`create table aside as select * from reading where ${later}`);
    await query(`create table acts_aside as select * from measurement where ${later}`);
    for (const table of ['reading', 'measurement']) await query(`delete from ${table} where ${later}`);
    const { runner, released } = await hold(`insert into measurement overriding system value select * from acts_aside`);
    await runner.query(`insert into reading select * from aside`);
    const saving = saveWearer(manager(), { deviceId: home.deviceId, userSlot: null, patientId: other, from: minutes(-90) }, minutes(2));
    await until(async () => (await query(`select from wearer where patient_id = $1`, [other])).length > 0);
    await runner.commitTransaction();
    await Promise.all([released(), saving]);
    expect([await readingsOf(home.patientId), (await readingsOf(other)).map(({ doubt }) => doubt)]).toEqual([[], [null, null]]);
  });

  /** A transaction that has done something and stays open. */
  async function hold(sql: string): Promise<{ runner: QueryRunner; released: () => Promise<void> }> {
    const runner = db.database.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(sql);
    return { runner, released: () => runner.release() };
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  }
});

import { inTransaction, readBlind, readCaughtUp, readPatientsWaiting, saveBlind } from '../index.js';
import { testDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const seconds = (count: number): Date => new Date(NOW.getTime() + count * 1_000);

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(source());
});
beforeEach(async () => {
  for (const table of ['blindness', 'reading']) await query(`delete from ${table}`);
});

const source = () => db.database.dataSource;
const manager = () => source().manager;
const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => source().query(sql, values);

test('what was late is counted: readings held up, patients looked at late, what still waits', async () => {
  const patientId = small.patients.first;
  const reading = (observedAt: Date, receivedAt: Date): Promise<unknown> =>
    query(`insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at) values ($1, 'spo2', $2, 1, 95, $3)`, [
      patientId,
      observedAt,
      receivedAt,
    ]);
  await reading(seconds(-600), seconds(-599));
  await reading(seconds(30), seconds(130));
  await reading(seconds(60), seconds(62));
  await inTransaction(source(), (tx) => saveBlind(tx, { part: 'broker', subject: '', why: 'silent', since: NOW }, NOW));
  const [blind] = await readBlind(manager());
  if (!blind) throw new Error('nothing is blind');
  const ended = { ...blind, to: seconds(120) };
  expect(await readCaughtUp(manager(), [ended], seconds(140))).toEqual({
    ...{ readingsLate: 2, patientsLate: 0, noticesLate: 0, stillWaiting: 0, homesUntold: 0, noticesGivenUp: 0 },
  });
  expect(await readCaughtUp(manager(), [{ ...ended, part: 'watch' }], seconds(140))).toMatchObject({ readingsLate: 1 });
  await query(`insert into arrival (patient_id, observed_from, arrived_at) values ($1, $2, $2)`, [patientId, seconds(30)]);
  expect(await readPatientsWaiting(manager(), seconds(140))).toBe(1);
  expect(await readCaughtUp(manager(), [{ ...ended, patientsWaiting: 3 }], seconds(140))).toMatchObject({
    patientsLate: 3,
    stillWaiting: 1,
  });
  await query('delete from arrival');
});

test('of many gateways each patient is counted over the stretch of their own, and who measures through two of them once', async () => {
  const { first, second } = small.patients;
  for (const [patientId, observedAt, receivedAt] of [
    [first, seconds(30), seconds(130)],
    // Its own gateway had been back for long.
    [second, seconds(110), seconds(112)],
    [second, seconds(10), seconds(62)],
  ] as const) {
    await query(
      `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at) values ($1, 'pulse', $2, 1, 70, $3)`,
      [patientId, observedAt, receivedAt],
    );
  }
  const gateway = { part: 'gateway', patientsWaiting: 0 } as const;
  const gateways = [
    { ...gateway, since: NOW, to: seconds(120), patientIds: [first] },
    { ...gateway, since: seconds(20), to: seconds(121), patientIds: [first] },
    { ...gateway, since: NOW, to: seconds(60), patientIds: [second] },
  ];
  expect(await readCaughtUp(manager(), gateways, seconds(140))).toMatchObject({ readingsLate: 2 });
  expect(await readCaughtUp(manager(), gateways, seconds(140), [small.units.south])).toMatchObject({ readingsLate: 0 });
});

test('what homes were to be told and became of no use before it was sent is lost', async () => {
  const { first } = small.patients;
  const ask = (key: string, answerBy: Date, sentAt: Date | null, settledAt: Date | null = null): Promise<unknown> =>
    query(
      `insert into home_ask (patient_id, key, community_id, client_id, device_name, metrics, rest_minutes, times, text_nb, text_en, asked_at,
         answer_by, sent_at, settled_at) values ($1, $2, $3, 'gw', 'OX', '{spo2}', 5, 1, 'Mål', 'Measure', $4, $5, $6, $7)`,
      [first, key, small.communityId, seconds(-600), answerBy, sentAt, settledAt],
    );
  const advice = (key: string, ofUseUntil: Date, clientId: string | null, withdrawnAt: Date | null = null): Promise<unknown> =>
    query(
      `insert into home_advice (patient_id, key, kind, text_nb, text_en, answers, must_answer, community_id, client_id, device_name,
         advised_at, of_use_until, withdrawn_at) values ($1, $2, 'critical', 'Ring 113', 'Call 113', '{}', false, $3, $4, 'T', $5, $6, $7)`,
      [first, key, small.communityId, clientId, seconds(-600), ofUseUntil, withdrawnAt],
    );
  await ask('lost', seconds(60), null);
  await ask('sent', seconds(60), seconds(-500));
  await ask('measured anyway', seconds(60), null, seconds(30));
  await ask('still of use', seconds(200), null);
  await advice('lost', seconds(60), 'gw');
  await advice('no home known', seconds(60), null);
  await advice('taken back', seconds(60), 'gw', seconds(30));
  await advice('before', seconds(-60), 'gw');
  await inTransaction(source(), (tx) => saveBlind(tx, { part: 'homes', subject: '', why: 'silent', since: NOW }, NOW));
  const [blind] = await readBlind(manager());
  if (!blind) throw new Error('nothing is blind');
  const ended = { ...blind, to: seconds(120) };
  expect(await readCaughtUp(manager(), [ended], seconds(140))).toMatchObject({ homesUntold: 2, stillWaiting: 0 });
  expect(await readCaughtUp(manager(), [{ ...ended, patientIds: [small.patients.second] }], seconds(140))).toMatchObject({
    homesUntold: 0,
  });
  for (const table of ['home_ask', 'home_advice']) await query(`delete from ${table}`);
});

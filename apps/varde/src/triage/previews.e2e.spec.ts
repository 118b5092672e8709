import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let nora: Asker;
let siri: Asker;

beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  nora = await api.signIn('nora');
  siri = await api.signIn('siri');
  await db.database.dataSource.query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
     select $1, 'spo2', at, row_number() over (), 87, at from generate_series(now() - interval '20 days', now(), interval '8 hours') at`,
    [small.patients.first],
  );
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

const CHANGE = { kind: 'limit', ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 86 };
const ofFirst = (body: unknown) => nora.ask('POST', `/api/patients/${small.patients.first}/preview`, body);

test('a limit is previewed with what it would have done, and nothing is changed by it', async () => {
  const { status, body } = await jsonOf(await ofFirst({ changes: [CHANGE], days: 28 }));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    patientId: small.patients.first,
    days: 28,
    before: { findings: expect.any(Number) },
    new: expect.any(Array),
  });
  expect(body.measuredDays).toBeGreaterThan(18);
  expect(body.people.en).toContain('what people did');
  expect(await db.database.dataSource.query(`select * from personal_limit`)).toEqual([]);
  expect(await db.database.dataSource.query(`select * from finding`)).toEqual([]);
});

test.each([
  ['no change', { changes: [] }],
  ['a rule without the parameter', { changes: [{ ...CHANGE, parameter: 'nothing' }] }],
  ['a value no physician may set', { changes: [{ ...CHANGE, value: 12 }] }],
  ['a value that is not there', { changes: [{ kind: 'limit', ruleId: CHANGE.ruleId, parameter: CHANGE.parameter }] }],
  ['a reference there is not', { changes: [{ kind: 'reference', key: 'shoe-size', value: 43 }] }],
  ['fewer days than must be shown', { changes: [CHANGE], days: 7 }],
])('%s is refused with a reason', async (_what, body) => {
  const answer = await jsonOf(await ofFirst(body));
  expect(answer).toMatchObject({ status: 400, body: { errors: expect.arrayContaining([expect.anything()]) } });
});

test('a rule there is not, and a patient of others, are not found', async () => {
  expect((await ofFirst({ changes: [{ ...CHANGE, ruleId: 'no.such.rule' }] })).status).toBe(404);
  expect((await siri.ask('POST', `/api/patients/${small.patients.first}/preview`, { changes: [CHANGE] })).status).toBe(404);
});

test('a default of a unit is previewed for everybody it follows, and only who asked sees it', async () => {
  const question = { unitId: small.units.north, changes: [{ ...CHANGE, kind: 'unit_limit' }], days: 28 };
  const started = await jsonOf(await nora.ask('POST', '/api/previews', question));
  expect(started).toMatchObject({ status: 202, body: { state: 'running', result: null } });
  expect(started.body).toMatchObject({ unitId: small.units.north, changes: [{ kind: 'unit_limit', parameter: 'target_low', value: 86 }] });
  const path = `/api/previews/${started.body.id}`;
  expect((await siri.ask('GET', path)).status).toBe(404);
  expect((await nora.ask('GET', '/api/previews/1')).status).toBe(404);
  let job = await jsonOf(await nora.ask('GET', path));
  while (job.body.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    job = await jsonOf(await nora.ask('GET', path));
  }
  expect(job.body).toMatchObject({ state: 'done', result: { failed: [], patientsChanged: expect.any(Number) } });
  expect(job.body.done).toBe(job.body.total);
  expect((await siri.ask('POST', '/api/previews', question)).status).toBe(404);
});

test('a job that runs can be cancelled', async () => {
  const question = { unitId: small.units.north, changes: [{ ...CHANGE, kind: 'unit_limit' }] };
  const { body } = await jsonOf(await nora.ask('POST', '/api/previews', question));
  expect((await jsonOf(await nora.ask('DELETE', `/api/previews/${body.id}`))).body.state).toBe('cancelled');
});

test('when nothing can be shown, through no fault of the change, it may be made all the same and its history says so', async () => {
  const patient = `/api/patients/${small.patients.first}`;
  const setZone = (zone: string) =>
    db.database.dataSource.query(`update patient set zone = $1 where id = $2`, [zone, small.patients.first]);
  const pia = await api.signIn('pia');
  await setZone('Nowhere/At_All');
  const refused = await jsonOf(await pia.ask('POST', `${patient}/preview`, { changes: [CHANGE] }));
  await setZone('Europe/Oslo');
  expect(refused).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining('cannot be worked out'), previewId: expect.any(Number), previewUntil: expect.any(String) },
  });
  const { ruleId, parameter, value } = CHANGE;
  const limit = { ruleId, parameter, value, reason: 'he lives at 87', expectedVersion: 0 };
  expect((await pia.ask('POST', `${patient}/limits`, limit)).status).toBe(422);
  const set = await jsonOf(await pia.ask('POST', `${patient}/limits`, { ...limit, previewId: refused.body.previewId }));
  expect(set.status).toBe(201);
  const [kept] = (await jsonOf(await pia.ask('GET', `${patient}/limits`))).body;
  expect(kept).toMatchObject({ value, shown: { effect: { patients: 0, notShown: 1, measuredDays: 0 } } });
});

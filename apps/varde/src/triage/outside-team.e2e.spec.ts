import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';
import { previewIdOf } from '../../../../test/shown.js';

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let nora: Asker;
let siri: Asker;
let episode: string;
/** Ids in paths of what is there to be changed. */
let ids: Readonly<Record<'patient' | 'south' | 'north' | 'device' | 'wearer' | 'task' | 'proposal', number>>;

const LIMIT = { ruleId: 'copd.spo2.critical', parameter: 'limit' };
const BEYOND = { kind: 'limit', ...LIMIT, value: 82 };

beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  const sql = <T>(text: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query<T[]>(text, values);
  // Every clinical role: what is refused is refused for the team, not for the role.
  await sql(`update person set roles = '{nurse,physician,team_lead}' where username = 'siri'`);
  // Step 2 of the staircase: they advise each other. A version of a pathway never changes, so its guard rests meanwhile.
  const [pair] = await sql<{ ids: number[] }>(
    `select array_agg(organisation_id order by organisation_id) as ids from unit where id = any($1)`,
    [[small.units.north, small.units.south]],
  );
  await sql(`alter table pathway disable trigger pathway_stays`);
  await sql(`update pathway set cooperations = $1`, [JSON.stringify([{ organisationIds: pair?.ids, step: 2, programme: null }])]);
  await sql(`alter table pathway enable trigger pathway_stays`);
  api = await openTriageApi(db.database);
  [nora, siri] = [await api.signIn('nora'), await api.signIn('siri')];
  const [odd, pia] = [await api.signIn('odd'), await api.signIn('pia')];
  const episodeId = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(Date.now() - 600_000)));
  episode = `/api/episodes/${episodeId}`;
  const patient = small.patients.first;
  const register = async (name: string): Promise<number> =>
    (await jsonOf(await odd.ask('POST', '/api/devices', { communityId: small.communityId, name, kind: 'pulse-oximeter' }))).body.id;
  const worn = await register('worn');
  const wearer = (await jsonOf(await nora.ask('POST', `/api/devices/${worn}/wearers`, { patientId: patient }))).body.id;
  const previewId = await previewIdOf(pia, patient, BEYOND);
  const beyond = { ...LIMIT, value: 82, reason: 'lives at 84', expectedVersion: 0, previewId };
  const proposal = (await jsonOf(await pia.ask('POST', `/api/patients/${patient}/limits`, beyond))).body.proposal.id;
  const [task] = await sql<{ id: string }>(
    `insert into task (patient_id, unit_id, for_role, key, kind, reason_nb, reason_en, raised_at, by_look)
     values ($1, $2, 'nurse', 'k', 'reference-missing', 'x', 'x', $3, true) returning id`,
    [patient, small.units.north, new Date()],
  );
  const { north, south } = small.units;
  ids = { patient, north, south, device: await register('free'), wearer, task: Number(task?.id), proposal };
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

/** Every write about a patient that is no answer to what the unit was asked. */
const WRITES: readonly (readonly [method: string, path: string, body?: () => unknown])[] = [
  ['PUT', 'patients/:patient/team', () => ({ unitIds: [ids.north, ids.south] })],
  ['PUT', 'patients/:patient/responsibility', () => ({ municipalityId: null, responsibleUnitId: null })],
  ['POST', 'patients/:patient/move', () => ({ municipalityId: 1, unitIds: [ids.south], reason: 'ny adresse' })],
  ['POST', 'patients/:patient/enrolments', () => ({ programme: 'copd' })],
  ['DELETE', 'patients/:patient/enrolments/copd'],
  ['PUT', 'patients/:patient/schedule', () => ({ times: [] })],
  ['POST', 'patients/:patient/end', () => ({})],
  [
    ...(['POST', 'patients/:patient/limits'] as const),
    () => ({ ruleId: 'copd.spo2.critical', parameter: 'limit', value: 84, reason: 'x', expectedVersion: 0 }),
  ],
  ['POST', 'patients/:patient/limits/1/end', () => ({})],
  ['POST', 'patients/:patient/references', () => ({ key: 'dry-weight', value: 70, reason: 'x', expectedVersion: 0 })],
  ['POST', 'patients/:patient/references/1/end', () => ({})],
  ['POST', 'patients/:patient/pauses', () => ({ kind: 'holiday', to: new Date(Date.now() + 3_600_000), reason: 'x' })],
  ['POST', 'patients/:patient/pauses/1/end', () => ({})],
  ['POST', 'patients/:patient/plan-texts', () => ({ key: 'green', nb: 'Fint.', en: 'Fine.', reason: 'x', expectedVersion: 0 })],
  ['POST', 'patients/:patient/plan-texts/1/end', () => ({})],
  ['POST', 'patients/:patient/goals', () => ({ words: 'x' })],
  ['POST', 'patients/:patient/goals/1/end', () => ({ outcome: 'changed' })],
  ['POST', 'patients/:patient/measuring-days', () => ({ daysAWeek: 2, reason: 'x', expectedVersion: 0 })],
  ['POST', 'patients/:patient/measuring-days/1/end', () => ({})],
  ['POST', 'patients/:patient/review-dates', () => ({ reviewOn: '2027-01-01', reason: 'x', expectedVersion: 0 })],
  ['POST', 'patients/:patient/review-dates/1/end', () => ({})],
  [
    ...(['POST', 'patients/:patient/treatment-limits'] as const),
    () => ({ fromSeverity: 'red', unitId: ids.south, decision: 'x', contact: 'x', reason: 'x', reviewBy: new Date(), expectedVersion: 0 }),
  ],
  ['POST', 'patients/:patient/treatment-limits/1/end', () => ({})],
  ['POST', 'patients/:patient/answers', () => ({ key: 'a-key-of-its-own', questionnaire: 'daily', items: { dyspnoea_worse: false } })],
  ['POST', 'patients/:patient/observations', () => ({ key: 'another-key', values: [{ metric: 'spo2', value: 92 }] })],
  ['POST', 'devices/:device/wearers', () => ({ patientId: ids.patient })],
  ['POST', 'wearers/:wearer/end', () => ({})],
  ['POST', 'tasks/:task/done', () => ({ outcome: 'x' })],
  ['POST', 'tasks/:task/dismiss', () => ({ outcome: 'x' })],
  ['POST', 'proposals/:proposal/approve', () => ({})],
  ['POST', 'proposals/:proposal/decline', () => ({ reason: 'x' })],
];

const READS = [
  'patients/:patient',
  'patients/:patient/plan',
  'patients/:patient/limits',
  'patients/:patient/pauses',
  'patients/:patient/rules',
];

const pathOf = (path: string): string => `/api/${path.replace(/:(\w+)/g, (_, name: keyof typeof ids) => String(ids[name]))}`;

/** The status of every write, by whoever is of no team of the patient. */
async function statuses(): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {};
  for (const [method, path, body] of WRITES) {
    const { status, body: said } = await jsonOf(await siri.ask(method, pathOf(path), body?.()));
    told[`${method} ${path}`] = status === 403 && !/units of the team/.test(said.detail) ? said.detail : status;
  }
  return told;
}

const allAre = (status: number) => Object.fromEntries(WRITES.map(([method, path]) => [`${method} ${path}`, status]));

test('whoever was never asked is told of no such patient', async () => {
  expect(await statuses()).toEqual(allAre(404));
});

test('a unit with a waiting question reads, notes and answers, and changes nothing else', async () => {
  expect((await nora.ask('POST', `${episode}/advice`, { unitId: ids.south, question: 'mer oksygen?' })).status).toBe(200);
  expect(await statuses()).toEqual(allAre(403));
  for (const path of READS) expect([path, (await siri.ask('GET', pathOf(path))).status]).toEqual([path, 200]);
  expect((await jsonOf(await siri.ask('GET', '/api/tasks'))).body).toMatchObject([{ state: 'open' }, { state: 'open' }]);
  expect((await siri.ask('POST', `${episode}/note`, { note: 'ser på det' })).status).toBe(200);
  expect((await siri.ask('POST', `${episode}/advice/1/answer`, { answer: 'ja' })).status).toBe(200);
  expect(await statuses()).toEqual(allAre(404));
});

test('a unit with a waiting offer does neither, until it accepts and is of the team', async () => {
  await nora.ask('POST', `${episode}/offer`, { unitId: ids.south, reason: 'flytter snart', answerMin: 20 });
  expect(await statuses()).toEqual(allAre(403));
  for (const path of READS) expect([path, (await siri.ask('GET', pathOf(path))).status]).toEqual([path, 200]);
  expect((await siri.ask('POST', `${episode}/accept`, {})).status).toBe(200);
  expect((await siri.ask('POST', pathOf('wearers/:wearer/end'), {})).status).toBe(200);
  expect((await siri.ask('POST', pathOf('tasks/:task/done'), { outcome: 'gjort' })).status).toBe(200);
  const previewId = await previewIdOf(siri, ids.patient, BEYOND);
  expect((await siri.ask('POST', pathOf('proposals/:proposal/approve'), { previewId })).status).toBe(200);
  const dry = { key: 'dry-weight', value: 70 };
  const shown = await previewIdOf(siri, ids.patient, { kind: 'reference', ...dry });
  const target = { ...dry, reason: 'veid', expectedVersion: 0, previewId: shown };
  expect((await siri.ask('POST', pathOf('patients/:patient/references'), target)).status).toBe(201);
});

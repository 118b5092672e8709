import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { previewIdOf } from '../../../../test/shown.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

/** `change_control`: a change shows what it would have done on the patient's last 28 days before it is saved. */

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let pia: Asker;
let nora: Asker;
let patient = '';

beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  [pia, nora] = [await api.signIn('pia'), await api.signIn('nora')];
  patient = `/api/patients/${small.patients.first}`;
  await db.database.dataSource.query(
    `insert into enrolment (patient_id, programme, from_at) select id, 'copd', now() - interval '60 days' from patient`,
  );
  await db.database.dataSource.query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
     select $1, 'spo2', at + n * interval '15 minutes', 2 * row_number() over () + n, 87, at + n * interval '15 minutes'
     from generate_series(now() - interval '26 days', now() - interval '1 hour', interval '1 day') at, generate_series(0, 1) n`,
    [small.patients.first],
  );
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

const TARGET = { ruleId: 'copd.spo2.below_target', parameter: 'target_low' };
const LIMIT = { ...TARGET, value: 86, reason: 'lives at 87' };
const CHANGE = { kind: 'limit', ...TARGET, value: 86 };
const preview = async (who: Asker, change: object, path = patient) =>
  (await jsonOf(await who.ask('POST', `${path}/preview`, { changes: [change], days: 28 }))).body;
const set = async (body: object, path = patient) => jsonOf(await pia.ask('POST', `${path}/limits`, body));
const newest = async () => (await jsonOf(await nora.ask('GET', `${patient}/limits`))).body[0];

test('what was shown is what is kept with the limit, and it did show something', async () => {
  const shown = await preview(pia, CHANGE);
  expect(shown.before.episodesPerWeek).toBeGreaterThan(shown.after.episodesPerWeek);
  expect(shown.measuredDays).toBeGreaterThan(20);
  expect(await set({ ...LIMIT, expectedVersion: 0, previewId: shown.previewId })).toMatchObject({ status: 201 });
  const fates = (fate: string): number => shown.known.filter((each: { fate: string }) => each.fate === fate).length;
  expect((await newest()).shown).toEqual({
    id: shown.previewId,
    shownAt: shown.to,
    effect: {
      ...{
        days: 28,
        patients: 1,
        notShown: 0,
        measuredDays: shown.measuredDays,
        changedDays: shown.changedDays.length,
        new: shown.new.length,
      },
      episodesPerWeek: [shown.before.episodesPerWeek, shown.after.episodesPerWeek],
      noticesPerWeek: [shown.before.noticesPerWeek, shown.after.noticesPerWeek],
      ...{ missed: fates('missed'), missedGrave: 0, earlier: fates('earlier'), later: fates('later') },
      ...{ milder: fates('milder'), graver: fates('graver') },
    },
  });
  // The plan is another one now: an old preview, or the same one twice, shows what is no more.
  const again = await set({ ...LIMIT, expectedVersion: 1, previewId: shown.previewId });
  expect(again).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/has been used: ask for a preview of this change/) } });
});

test.each<[string, () => Promise<unknown>, number, RegExp]>([
  ['none', () => Promise.resolve(undefined), 422, /not been shown .* ask for a preview of this change, \{"kind":"limit".*"value":85\}/],
  ['of somebody else', () => previewIdOf(nora, small.patients.first, { ...CHANGE, value: 85 }), 422, /given no preview/],
  ['of another value', () => previewIdOf(pia, small.patients.first, { ...CHANGE, value: 84 }), 422, /shows another change/],
  ['of another patient', () => previewIdOf(pia, small.patients.second, { ...CHANGE, value: 85 }), 422, /given no preview/],
  ['there is not', () => Promise.resolve(999_999), 422, /given no preview/],
  ['of a plan before it changed', stalePreview, 409, /the care plan has changed since/],
  ['that is no id', () => Promise.resolve('abc'), 400, /./],
])('a limit with a preview %s is not saved, and it is said what to do', async (_what, given, status, detail) => {
  const version = (await newest()).version;
  const told = await set({ ...LIMIT, value: 85, expectedVersion: version, previewId: await given() });
  expect(told).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } });
  expect((await newest()).version).toBe(version);
});

async function stalePreview(): Promise<unknown> {
  const previewId = await previewIdOf(pia, small.patients.first, { ...CHANGE, value: 85 });
  // A nurse at night needs no preview to pause a measurement; it changes the plan.
  const pause = { kind: 'holiday', to: new Date(Date.now() + 3_600_000), reason: 'sover' };
  expect((await nora.ask('POST', `${patient}/pauses`, pause)).status).toBe(201);
  return previewId;
}

test('several changes at once are shown, but none of them alone', async () => {
  const changes = [CHANGE, { kind: 'programme', programme: 'hf', enrolled: true }];
  const { body } = await jsonOf(await pia.ask('POST', `${patient}/preview`, { changes }));
  expect(body).toMatchObject({ previewId: null, previewUntil: null, effect: { patients: 1 } });
});

test('an urgent, temporary limit of somebody who has measured nothing is shown what there is, and saved', async () => {
  const path = `/api/patients/${small.patients.second}`;
  const shown = await preview(pia, CHANGE, path);
  expect(shown).toMatchObject({ measuredDays: 0, effect: { episodesPerWeek: [expect.any(Number), expect.any(Number)] } });
  const validTo = new Date(Date.now() + 3 * 86_400_000);
  const saved = await set({ ...LIMIT, validTo, expectedVersion: 0, previewId: shown.previewId }, path);
  expect(saved).toMatchObject({ status: 201, body: { limit: { value: 86, validTo: validTo.toISOString() } } });
});

test('NEWS2 scale 2, and a programme that ends, are shown first too', async () => {
  const scale = { key: 'news2-scale-2', value: 1 };
  const order = { ...scale, reason: 'hyperkapnisk svikt', expectedVersion: 0 };
  expect((await pia.ask('POST', `${patient}/references`, order)).status).toBe(422);
  const previewId = await previewIdOf(pia, small.patients.first, { kind: 'reference', ...scale });
  expect(await jsonOf(await pia.ask('POST', `${patient}/references`, { ...order, previewId }))).toMatchObject({
    ...{ status: 201, body: { shown: { id: previewId, effect: { days: 28 } } } },
  });
  expect((await pia.ask('DELETE', `${patient}/enrolments/copd`)).status).toBe(422);
  const ending = await previewIdOf(pia, small.patients.first, { kind: 'programme', programme: 'copd', enrolled: false });
  expect((await pia.ask('DELETE', `${patient}/enrolments/copd?previewId=${ending}`)).status).toBe(204);
});

test('the description of the API says what to bring, and what is answered without it', async () => {
  const { body } = await jsonOf(await pia.ask('GET', '/docs-json'));
  const path = body.paths['/api/patients/{id}/limits'].post;
  expect(path.responses).toMatchObject({ 409: { description: expect.any(String) }, 422: { description: expect.any(String) } });
  expect(body.components.schemas.NewLimitDto.properties.previewId.description).toMatch(/the previewId you were given/);
  expect(body.components.schemas.KeptLimitDto.properties).toHaveProperty('shown');
});

import { changeSchedule, saveEnrolment } from '@varde/store';
import { runCommand } from '../../../../test/command-line.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { showTestChange } from '../../../../test/shown.js';
import { anEpisode, PASSWORD, saveAnEpisode, saveSmallCommunity, SINCE, type SmallCommunity } from '../../../../test/small-community.js';
import { openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

let db: TestDatabase;
let api: TriageApi;
let small: SmallCommunity;
let nora: Asker;
let siri: Asker;
let tove: Asker;
let made = 0;
const HOUR_MS = 3_600_000;
const key = (): string => `k-${++made}`;
const ago = (hours: number): string => new Date(Math.floor(Date.now() / 1000) * 1000 - hours * HOUR_MS).toISOString();
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(sql, values);

beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  const { manager } = db.database.dataSource;
  for (const programme of ['copd', 'hf'] as const) {
    const change = { kind: 'programme', programme, enrolled: true } as const;
    const previewId = await showTestChange(manager, { patientId: small.patients.first, unitId: null, personId: null, change }, SINCE);
    await saveEnrolment(manager, { patientId: small.patients.first, programme, personId: null, previewId }, SINCE);
  }
  api = await openTriageApi(db.database);
  [nora, siri, tove] = await Promise.all([api.signIn('nora'), api.signIn('siri'), api.signIn('tove')]);
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

async function post(path: string, body: unknown, who = nora): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await who.ask('POST', `/api/patients/${small.patients.first}/${path}`, body);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
async function get<T>(path: string, who = nora): Promise<T> {
  const answer = await who.ask('GET', `/api/patients/${small.patients.first}/${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}
interface Told {
  questionnaire: string;
  plannedAt: string | null;
  answeredAt: string | null;
  answeredBy: string;
  observedAt: string;
  note: { nb: string; en: string } | null;
  items: { code: string; question: { nb: string } | null; answer: unknown }[];
  scores: { metric: string; value: number }[];
  questions: { code: string; nb: string; en: string }[];
}

test('answers by telephone are kept once with their scores, and wake a watcher', async () => {
  const entry = {
    ...{ key: key(), questionnaire: 'daily', answeredAt: ago(2), answeredBy: 'patient' },
    items: { dyspnoea_worse: true, dyspnoea_vas: 6, contact_request: false },
  };
  const first = await post('answers', entry);
  expect(first).toEqual({
    status: 200,
    body: { status: 'stored', measurementId: expect.any(Number), readings: [{ metric: 'dyspnoea-vas', value: 6, doubt: null }] },
  });
  expect(await post('answers', entry)).toEqual({ status: 200, body: { ...first.body, status: 'duplicate' } });
  expect(await post('answers', { ...entry, items: { dyspnoea_worse: false } })).toMatchObject({ status: 409 });
  expect(await query(`select 1 from arrival where patient_id = $1`, [small.patients.first])).toHaveLength(1);
  const [kept] = await query<{ quality: string; doubt: string | null; time_quality: string }>(
    `select m.quality, r.doubt, m.time_quality from measurement m join reading r on r.measurement_id = m.id where m.id = $1`,
    [first.body['measurementId']],
  );
  expect(kept).toEqual({ quality: 'manual', doubt: null, time_quality: 'device' });
  const [told] = await get<Told[]>('answers');
  expect(told).toMatchObject({ questionnaire: 'daily', answeredBy: 'patient', observedAt: entry.answeredAt });
  expect(told?.items.find(({ code }) => code === 'dyspnoea_vas')).toMatchObject({
    answer: 6,
    question: { nb: expect.stringContaining('tungpustet') },
  });
  expect(told?.scores).toEqual([{ metric: 'dyspnoea-vas', value: 6, doubt: null }]);
});

test('a visit: observations of every kind, pressures lying and standing', async () => {
  const values = [
    { metric: 'respiratory-rate', value: 22 },
    { metric: 'temperature', value: 37.4 },
    { metric: 'spo2', value: 93 },
    { metric: 'pulse', value: 92 },
    { metric: 'systolic', value: 128 },
    { metric: 'diastolic', value: 78 },
    { metric: 'o2-flow', value: 0 },
  ];
  const sitting = { key: key(), observedAt: ago(1), values };
  expect(await post('observations', sitting)).toMatchObject({ status: 200, body: { status: 'stored' } });
  expect(await post('observations', sitting)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  const standing = await post('observations', { key: key(), standing: true, values: values.slice(4, 6) });
  expect(standing.body['readings']).toEqual([
    { metric: 'systolic-standing', value: 128, doubt: null },
    { metric: 'diastolic-standing', value: 78, doubt: null },
  ]);
  const stored = await query<{ metric: string }>(
    `select metric from reading where patient_id = $1 and metric <> 'dyspnoea-vas' order by metric`,
    [small.patients.first],
  );
  expect(stored).toHaveLength(9);
  const visit = { key: key(), questionnaire: 'visit', items: { consciousness: 'A', on_oxygen: false, new_confusion: false } };
  expect(await post('answers', visit)).toMatchObject({ status: 200, body: { status: 'stored', readings: [] } });
});

test.each<[string, string, object, number]>([
  ['an unknown questionnaire', 'answers', { questionnaire: 'sleep', items: { a: true } }, 400],
  ['a version that is not there', 'answers', { questionnaire: 'daily', version: 9, items: { fall: true } }, 400],
  ['an unknown question', 'answers', { questionnaire: 'daily', items: { itch: true } }, 400],
  ['a wrong answer', 'answers', { questionnaire: 'daily', items: { dyspnoea_vas: 11 } }, 400],
  ['no answer at all', 'answers', { questionnaire: 'daily', items: {} }, 400],
  ['a visit that the patient answers', 'answers', { questionnaire: 'visit', answeredBy: 'patient', items: { consciousness: 'A' } }, 400],
  ['tomorrow', 'answers', { questionnaire: 'daily', answeredAt: ago(-24), items: { fall: true } }, 400],
  ['before the follow-up', 'answers', { questionnaire: 'daily', answeredAt: '2001-01-01T00:00:00Z', items: { fall: true } }, 400],
  ['a key that is none', 'answers', { key: 'a b', questionnaire: 'daily', items: { fall: true } }, 400],
  ['an impossible value', 'observations', { values: [{ metric: 'spo2', value: 130 }] }, 400],
  [
    'swapped pressures',
    'observations',
    {
      values: [
        { metric: 'systolic', value: 70 },
        { metric: 'diastolic', value: 120 },
      ],
    },
    400,
  ],
  [
    'one metric twice',
    'observations',
    {
      values: [
        { metric: 'spo2', value: 93 },
        { metric: 'spo2', value: 94 },
      ],
    },
    400,
  ],
  ['nothing', 'observations', { values: [] }, 400],
  ['a score by hand', 'observations', { values: [{ metric: 'news2-score', value: 3 }] }, 400],
])('%s is told and nothing is kept', async (_name, path, body, status) => {
  const before = await query(`select (select count(*) from measurement) as kept, (select count(*) from refused) as refused`);
  expect(await post(path, { key: key(), ...body })).toMatchObject({ status, body: { status } });
  expect(await query(`select (select count(*) from measurement) as kept, (select count(*) from refused) as refused`)).toEqual(before);
});

test('a doubtful value is kept and said to be doubtful', async () => {
  const entered = await post('observations', { key: key(), values: [{ metric: 'spo2', value: 66 }] });
  expect(entered.body['readings']).toEqual([{ metric: 'spo2', value: 66, doubt: 'unusually-low' }]);
});

test('questions are the union of the programmes, each once, in both languages, with what is due today', async () => {
  const { manager } = db.database.dataSource;
  const weekdays = [1, 2, 3, 4, 5, 6, 7];
  await changeSchedule(manager, small.patients.first, [{ metric: 'questionnaire:weekly', atLocal: '23:59', weekdays }], new Date(0));
  const told = await get<Told[]>('questions');
  const daily = told.find(({ questionnaire }) => questionnaire === 'daily');
  const codes = daily?.questions.map(({ code }) => code) ?? [];
  expect(codes).toEqual(expect.arrayContaining(['dyspnoea_worse', 'swelling_worse', 'contact_request']));
  expect(codes).not.toContain('breathlessness_worse');
  expect(new Set(codes).size).toBe(codes.length);
  expect(daily?.questions.every(({ nb, en }) => nb !== '' && en !== '')).toBe(true);
  expect(daily).toMatchObject({ plannedAt: null });
  const due = await get<Told[]>('questions?due=true');
  expect(due.map(({ questionnaire }) => questionnaire)).toEqual(['weekly']);
  await post('answers', { key: key(), questionnaire: 'weekly', items: { cat_total: 18, mmrc: '2' } });
  expect(await get<Told[]>('questions?due=true')).toEqual([]);
});

test('a CAT score two points over its baseline is noted beside the answer, and is no episode', async () => {
  const noted = async () => (await get<Told[]>('answers')).find(({ scores }) => scores.some(({ metric }) => metric === 'cat-score'))?.note;
  expect(await noted()).toBeNull();
  await query(
    `insert into day_median (patient_id, metric, day, median, highest, readings)
     select $1, 'cat-score', current_date - back, 16, 16, 1 from unnest(array[7, 14, 21, 28]) as back`,
    [small.patients.first],
  );
  expect(await noted()).toEqual({
    nb: expect.stringContaining('CAT-skår 18 poeng er 2 poeng over personlig utgangsverdi 16 poeng ('),
    en: expect.stringContaining('CAT score 18 points is 2 points above the personal baseline of 16 points ('),
  });
  expect(await query(`select 1 from episode where patient_id = $1`, [small.patients.first])).toEqual([]);
});

test('a schedule asks known questionnaires beside measurements, and no others', async () => {
  const path = `/api/patients/${small.patients.first}/schedule`;
  const time = (metric: string): object => ({ metric, atLocal: '08:00', weekdays: [1, 3, 5] });
  const put = async (...metrics: string[]): Promise<number> => (await nora.ask('PUT', path, { times: metrics.map(time) })).status;
  expect(await put('spo2', 'questionnaire:daily', 'questionnaire:exact')).toBe(204);
  const planned = await query<{ metric: string }>(
    `select metric from scheduled_measurement where patient_id = $1 and to_at is null order by metric`,
    [small.patients.first],
  );
  expect(planned.map(({ metric }) => metric)).toEqual(['questionnaire:daily', 'questionnaire:exact', 'spo2']);
  expect(await put('questionnaire:sleep')).toBe(400);
  expect(await put('mood')).toBe(400);
});

test('what is agreed for an open episode is said to be, and asked for only then', async () => {
  const { first } = small.patients;
  const put = async (onlyInEpisode: unknown): Promise<number> => {
    const weekdays = [1, 2, 3, 4, 5, 6, 7];
    const times = [
      { metric: 'spo2', atLocal: '08:00', weekdays },
      { metric: 'questionnaire:exact', atLocal: '23:59', weekdays, onlyInEpisode },
    ];
    return (await nora.ask('PUT', `/api/patients/${first}/schedule`, { times })).status;
  };
  expect(await put('yes')).toBe(400);
  expect(await put(true)).toBe(204);
  interface Shown {
    schedule: { metric: string; onlyInEpisode: boolean }[];
    closelyFollowedFrom: string | null;
  }
  const shown = async (): Promise<Shown> => (await (await nora.ask('GET', `/api/patients/${first}`)).json()) as Shown;
  const planned = async () => (await get<Told[]>('questions')).find(({ questionnaire }) => questionnaire === 'exact')?.plannedAt ?? null;
  const { schedule } = await shown();
  expect(schedule.map(({ metric, onlyInEpisode }) => [metric, onlyInEpisode])).toEqual([
    ['spo2', false],
    ['questionnaire:exact', true],
  ]);
  expect([await planned(), (await shown()).closelyFollowedFrom]).toEqual([null, null]);
  const openedAt = new Date(Date.now() - HOUR_MS);
  await saveAnEpisode(db.database.dataSource, anEpisode(small, openedAt));
  expect(await planned()).not.toBeNull();
  expect((await shown()).closelyFollowedFrom).toBe(openedAt.toISOString());
});

test('whose a weight is can be answered for the patient, over the API and the command line, and is shown beside the reading', async () => {
  const { first } = small.patients;
  const weighed = await post('observations', { key: key(), observedAt: ago(3), values: [{ metric: 'weight', value: 80 }] });
  const about = weighed.body['measurementId'] as number;
  const say = (items: object, answeredAt = ago(1)) =>
    post('answers', { key: key(), questionnaire: 'weight', answeredBy: 'patient', answeredAt, items });
  expect(await say({ weight_id: about + 1_000, weight_is_mine: true })).toMatchObject({ status: 404 });
  expect(await say({ weight_is_mine: true })).toMatchObject({ status: 400 });
  expect(await say({ weight_id: about, weight_is_mine: true }, ago(4))).toMatchObject({ status: 400 });
  await query(`delete from arrival where patient_id = $1`, [first]);
  expect(await say({ weight_id: about, weight_is_mine: true })).toMatchObject({ status: 200 });
  const [arrival] = await query<{ observed_from: Date }>(`select observed_from from arrival where patient_id = $1`, [first]);
  expect(arrival?.observed_from.getTime()).toBeLessThan(Date.now() - 2 * HOUR_MS);
  const shown = async (): Promise<unknown> => {
    const { points } = await get<{ points: { whose: unknown }[] }>(`readings?metric=weight&from=${ago(24)}`);
    return points.at(-1)?.whose;
  };
  expect(await shown()).toMatchObject({ isMine: true, answeredBy: 'patient' });
  const readInput = (): Promise<string> => Promise.resolve(PASSWORD);
  const said = await runCommand(db.url, `weight whose ${about} no --by nora --password-stdin`, { readInput });
  expect(said).toMatchObject({ code: 0, said: `Weighing ${about} of patient ${first} is not the patient's and is left out.` });
  expect(await shown()).toMatchObject({ isMine: false });
  expect((await runCommand(db.url, `reading list ${first}`)).said).toContain('not own');
});

test('only who follows the patient may see and enter, and a team lead only sees', async () => {
  const body = { key: key(), questionnaire: 'daily', items: { fall: true } };
  expect(await post('answers', body, siri)).toMatchObject({ status: 404 });
  expect(await post('answers', body, tove)).toMatchObject({ status: 403 });
  expect((await siri.ask('GET', `/api/patients/${small.patients.first}/answers`)).status).toBe(404);
  expect((await siri.ask('GET', `/api/patients/${small.patients.first}/questions`)).status).toBe(404);
  expect((await get<Told[]>('answers', tove)).length).toBeGreaterThan(1);
});

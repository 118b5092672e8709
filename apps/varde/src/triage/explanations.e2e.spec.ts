import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity } from '../../../../test/small-community.js';
import { openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

let db: TestDatabase;
let api: TriageApi;
let nora: Asker;
let siri: Asker;
let path: string;
beforeAll(async () => {
  db = await openTestDatabase();
  const small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  nora = await api.signIn('nora');
  siri = await api.signIn('siri');
  const id = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(Date.now() - 600_000)));
  await db.database.dataSource.query(
    `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids, limits,
       reason_nb, reason_en, episode_id)
     select patient_id, 'copd.spo2.below_target', 1, 'respiratory', 'fire', 'red', 'm:1', opened_at, opened_at, opened_at, '{}', '[]', 'lav', 'low', id
     from episode where id = $1 on conflict do nothing`,
    [id],
  );
  await db.database.dataSource.query(
    `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids, limits,
       reason_nb, reason_en, episode_id)
     select patient_id, 'copd.spo2.drop_large', 1, 'respiratory', 'fire', 'red', 'm:2', opened_at, opened_at, opened_at, '{}', '[]', 'fall', 'drop', null
     from episode where id = $1`,
    [id],
  );
  path = `/api/episodes/${id}/explanation`;
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

const body = async (answer: Response) => JSON.parse(await answer.text()) as Record<string, unknown>;

test('an episode is explained in the language that is asked for, Norwegian when none is', async () => {
  const english = await nora.ask('GET', `${path}?lang=en`);
  expect(english.status).toBe(200);
  expect(await body(english)).toMatchObject({
    language: 'en',
    whyOwner: [expect.any(String)],
    findings: [{ ruleId: 'copd.spo2.below_target', title: "Saturation below the patient's own lower target" }],
    toldNobody: [{ ruleId: 'copd.spo2.drop_large', ruleVersion: 1, limits: [], readings: [] }],
    notFired: [],
    text: expect.arrayContaining(['Why', 'Found, told to nobody']),
  });
  expect(await body(await nora.ask('GET', path))).toMatchObject({ language: 'nb', text: expect.arrayContaining(['Hvorfor']) });
});

test('an unknown language is refused, and who may not see the patient finds nothing', async () => {
  expect((await nora.ask('GET', `${path}?lang=de`)).status).toBe(400);
  expect((await siri.ask('GET', path)).status).toBe(404);
});

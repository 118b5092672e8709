import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

let db: TestDatabase;
let api: TriageApi;
let nora: Asker;
let siri: Asker;
let odd: Asker;
let episodeId: number;
beforeAll(async () => {
  db = await openTestDatabase();
  const small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  [nora, siri, odd] = [await api.signIn('nora'), await api.signIn('siri'), await api.signIn('odd')];
  episodeId = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(Date.now() - 600_000)));
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});

test('what a nurse closes is in the hit rate at once, beside the budget, for those who may see the patient', async () => {
  const rate = async (asker: Asker, query = '') => jsonOf(await asker.ask('GET', `/api/hit-rate${query}`));
  expect((await rate(nora)).body).toMatchObject({ lines: [], budget: { redPerPatientWeekMean: 0.1 } });
  expect((await nora.ask('POST', `/api/episodes/${episodeId}/close`, { outcome: 'seen_by_gp' })).status).toBe(200);
  const expected = { episodes: 1, hits: 1, share: 1, minutesMedian: null };
  expect((await rate(nora)).body.lines).toMatchObject([{ key: 'copd.spo2.below_target', ...expected }]);
  expect((await rate(nora, '?by=unit')).body.lines).toMatchObject([{ name: 'Oppfølging Nordvik', ...expected }]);
  expect((await rate(nora, '?by=patient')).body.lines).toMatchObject([{ name: 'Første Oppdiktet', ...expected }]);
  expect((await rate(siri)).body.lines).toEqual([]);
  expect((await rate(odd)).status).toBe(403);
  for (const query of ['?by=weather', '?from=yesterday', '?limit=0', '?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z'])
    expect((await rate(nora, query)).status).toBe(400);
});

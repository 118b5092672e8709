import { DEFAULT_DEADLINES, DEFAULT_PATHWAY } from '@varde/routing';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

const MINUTE_MS = 60_000;
const ROUTES = ['info', 'yellow', 'red', 'critical'].map((severity) => ({
  ...{ severity, first: ['dho'], acknowledgementMin: 7 },
  ladder: severity === 'info' ? [] : [{ afterMin: 0, openingHoursClock: false, careLevel: 'dho', to: 'dho' }],
}));

describe('pathways over HTTP', () => {
  let db: TestDatabase;
  let small: SmallCommunity;
  let api: TriageApi;
  let tove: Asker;
  let nora: Asker;
  let path: string;
  const versions = async () => (await jsonOf(await nora.ask('GET', path))).body.map(({ version }: { version: number }) => version);

  beforeAll(async () => {
    db = await openTestDatabase();
    small = await saveSmallCommunity(db.database.dataSource);
    api = await openTriageApi(db.database);
    [tove, nora] = [await api.signIn('tove'), await api.signIn('nora')];
    path = `/api/communities/${small.communityId}/pathways`;
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await db.close();
  });

  test('a team lead saves the next version, from what is read, and an open episode keeps its own ladder, times and deadlines', async () => {
    const episode = anEpisode(small, new Date(Date.now() - MINUTE_MS));
    const episodeId = await saveAnEpisode(db.database.dataSource, episode);
    const deadlines = { ...DEFAULT_DEADLINES, handoverMin: { ...DEFAULT_DEADLINES.handoverMin, red: 3 } };
    const next = { pathwayId: small.pathwayId, seenVersion: 1, name: 'Felles', routes: ROUTES, deadlines, reason: 'raskere svar' };
    expect(await jsonOf(await tove.ask('POST', `${path}/check`, next))).toEqual({ status: 200, body: [] });
    expect(await jsonOf(await tove.ask('POST', path, next))).toEqual({
      status: 201,
      body: { id: small.pathwayId, version: 2, warnings: [] },
    });
    const [newest] = (await jsonOf(await nora.ask('GET', path))).body;
    expect(newest).toMatchObject({ version: 2, routes: ROUTES, deadlines, reason: 'raskere svar', savedByPersonId: small.people.tove });
    // An offer for longer than the new version allows: the episode is on the old one.
    const offer = { unitId: small.units.south, reason: 'flytter', answerMin: 20 };
    const offered = await jsonOf(await nora.ask('POST', `/api/episodes/${episodeId}/offer`, offer));
    expect(offered).toMatchObject({ body: { pathwayVersion: 1, nextStepAt: episode.nextStepAt?.toISOString() } });
    const waitsMs = Date.parse(offered.body.offer.deadlineAt) - Date.parse(offered.body.offer.offeredAt);
    expect(waitsMs).toBe(20 * MINUTE_MS);
    const taken = await jsonOf(await nora.ask('POST', `/api/episodes/${episodeId}/acknowledge`, {}));
    const heldMs = Date.parse(taken.body.acknowledgementEndsAt) - Date.parse(taken.body.acknowledgedAt);
    expect(heldMs).toBe(240 * MINUTE_MS);
  });

  test('what leads to nobody is refused with the way that shows it, and nothing is saved', async () => {
    const before = await versions();
    await db.database.dataSource.query(`update unit set opening_hours = $1 where id = any($2)`, [
      JSON.stringify([{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }]),
      [small.units.north, small.units.south, small.units.clinic],
    ]);
    const next = { pathwayId: small.pathwayId, name: 'Felles', routes: ROUTES };
    const refused = await jsonOf(await tove.ask('POST', path, next));
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toContainEqual({
      field: '',
      problem: expect.stringMatching(/, red, Monday 00:00: dho closed -> nobody \(130.5 hours of every week/) as string,
    });
    const checked = await jsonOf(await tove.ask('POST', `${path}/check`, { ...next, routes: DEFAULT_PATHWAY.routes }));
    expect(checked.body).toContainEqual({
      ...{ blocking: false, where: expect.stringContaining('red, Monday 00:00') as string },
      problem: expect.stringContaining('emergency advice to the patient') as string,
    });
    expect(await versions()).toEqual(before);
  });

  test.each([
    ['written from an old version', { seenVersion: 1 }, 409],
    ['of no such pathway', { pathwayId: 9_999 }, 404],
    ['of a severity that is none', { routes: [{ ...ROUTES[0], severity: 'purple' }] }, 400],
    ['with a field that is none', { more: 1 }, 400],
  ])('one %s is refused', async (_, change, status) => {
    const next = { pathwayId: small.pathwayId, name: 'Felles', routes: DEFAULT_PATHWAY.routes, ...change };
    expect((await tove.ask('POST', path, next)).status).toBe(status);
  });

  test('a team lead of another community may not', async () => {
    const [other] = await db.database.dataSource.query<{ id: number }[]>(
      `insert into community (code, name) values ('annet', 'Et annet') returning id`,
    );
    const next = { name: 'Deres', routes: DEFAULT_PATHWAY.routes };
    expect((await tove.ask('POST', `/api/communities/${other?.id}/pathways`, next)).status).toBe(403);
    expect((await (await api.signIn('ada')).ask('POST', `/api/communities/${other?.id}/pathways`, next)).status).toBe(201);
  });
});

import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { jsonOf, openTriageApi, type Asker, type TriageApi } from '../../../../test/triage-api.js';

let db: TestDatabase;
let small: SmallCommunity;
let api: TriageApi;
let nora: Asker;
let pia: Asker;
let siri: Asker;
let path: string;
let episodeId: number;
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  api = await openTriageApi(db.database);
  [nora, pia, siri] = [await api.signIn('nora'), await api.signIn('pia'), await api.signIn('siri')];
}, 60_000);
afterAll(async () => {
  await api.close();
  await db.close();
});
beforeEach(async () => {
  await db.database.dataSource.query(
    `truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, reading cascade`,
  );
  await db.database.dataSource.query(`delete from team_unit where patient_id = $1 and unit_id = $2`, [
    small.patients.first,
    small.units.south,
  ]);
  episodeId = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(Date.now() - 600_000)));
  path = `/api/episodes/${episodeId}`;
});

const offer = () => nora.ask('POST', `${path}/offer`, { unitId: small.units.south, reason: 'flytter snart', answerMin: 20 });
const lists = async (who: Asker) => (await jsonOf(await who.ask('GET', '/api/handovers'))).body;

test('an offer is seen by the unit it is made to, accepted there, and its fate is seen by the giver', async () => {
  expect((await jsonOf(await siri.ask('GET', '/api/worklist'))).body.total).toBe(0);
  expect((await jsonOf(await offer())).body).toMatchObject({ ownerUnitId: small.units.north, offer: { toUnitId: small.units.south } });
  expect((await lists(siri)).offered).toMatchObject([{ episodeId, fromUnit: 'Oppfølging Nordvik', reason: 'flytter snart', fate: null }]);
  const seen = (await jsonOf(await siri.ask('GET', `/api/worklist?unit=${small.units.south}`))).body;
  expect(seen.rows).toMatchObject([
    { episodes: [{ id: episodeId, offer: { toUnit: 'Oppfølging Sørvik' }, ownerUnit: 'Oppfølging Nordvik' }] },
  ]);
  expect((await jsonOf(await siri.ask('POST', `${path}/accept`, {}))).body).toMatchObject({ ownerUnitId: small.units.south, offer: null });
  expect((await lists(nora)).given).toMatchObject([{ episodeId, fate: 'accepted', endedBy: 'Navn siri', ownerUnit: 'Oppfølging Sørvik' }]);
  expect(await lists(siri)).toMatchObject({ offered: [], given: [] });
  const story = (await jsonOf(await nora.ask('GET', path))).body;
  expect(story).toMatchObject({ ownerUnit: 'Oppfølging Sørvik', acknowledgedBy: 'Navn siri', offers: [{ fate: 'accepted' }] });
});

test('whoever loses a race is told how it stands', async () => {
  await offer();
  await nora.ask('POST', `${path}/recall`, { reason: 'bedre' });
  const late = await jsonOf(await siri.ask('POST', `${path}/accept`, {}));
  expect(late).toMatchObject({
    status: 409,
    body: { now: { ownerUnitId: small.units.north, state: 'waiting', lastOffer: { fate: 'recalled' } } },
  });
  await offer();
  await siri.ask('POST', `${path}/accept`, {});
  const taken = await jsonOf(await nora.ask('POST', `${path}/acknowledge`, {}));
  expect(taken).toMatchObject({ status: 403, body: { now: { ownerUnit: 'Oppfølging Sørvik', acknowledgedBy: 'Navn siri' } } });
});

test('an offer is declined with a reason; it needs one', async () => {
  await offer();
  expect((await siri.ask('POST', `${path}/decline`, { reason: ' ' })).status).toBe(400);
  expect((await jsonOf(await siri.ask('POST', `${path}/decline`, { reason: 'fullt' }))).body).toMatchObject({ offer: null });
  expect((await lists(nora)).given).toMatchObject([{ fate: 'declined', answer: 'fullt' }]);
});

test('the owner’s people put it back, and it waits for its next step again; the clinic may not', async () => {
  const [clinician] = await db.database.dataSource.query<{ id: number }[]>(
    `insert into person (username, name, password_hash, roles, created_at)
     select 'lise', 'Navn lise', password_hash, '{nurse}', created_at from person where username = 'nora' returning id`,
  );
  await db.database.dataSource.query(`insert into person_unit (person_id, unit_id) values ($1, $2)`, [clinician?.id, small.units.clinic]);
  const lise = await api.signIn('lise');
  expect((await jsonOf(await nora.ask('POST', `${path}/acknowledge`, {}))).body).toMatchObject({ nextStepAt: null });
  expect(await jsonOf(await lise.ask('POST', `${path}/release`, {}))).toMatchObject({
    status: 403,
    body: { now: { state: 'acknowledged', acknowledgedBy: 'Navn nora' } },
  });
  expect(await jsonOf(await nora.ask('POST', `${path}/release`, { note: 'rakk det ikke' }))).toMatchObject({
    status: 200,
    body: { ownerUnitId: small.units.north, acknowledgedAt: null, nextStepAt: expect.any(String) },
  });
});

test('it is given to a colleague, and the worklist shows to whom', async () => {
  expect((await nora.ask('POST', `${path}/assign`, { personId: small.people.siri })).status).toBe(404);
  expect((await nora.ask('POST', `${path}/assign`, { personId: small.people.pia })).status).toBe(200);
  const list = (await jsonOf(await pia.ask('GET', '/api/worklist'))).body;
  expect(list.rows).toMatchObject([{ episodes: [{ assignedTo: 'Navn pia', state: 'waiting', offer: null, questions: [] }] }]);
});

test('what the step of the staircase does not allow is refused with why', async () => {
  const asked = await jsonOf(await nora.ask('POST', `${path}/advice`, { unitId: small.units.clinic, question: 'mer oksygen?' }));
  expect(asked).toMatchObject({ status: 409, body: { detail: expect.stringContaining('step 1') } });
  const moved = await jsonOf(await nora.ask('POST', `${path}/move`, { unitId: small.units.clinic, reason: 'felles' }));
  expect(moved).toMatchObject({ status: 403, body: { detail: expect.stringContaining('offer it instead') } });
});

test('what has been critical is proposed closed by one and closed by another', async () => {
  const critical = anEpisode(small, new Date(), { domains: ['fluid'], severity: 'critical' });
  const own = `/api/episodes/${await saveAnEpisode(db.database.dataSource, critical)}`;
  expect((await jsonOf(await nora.ask('POST', `${own}/close`, { outcome: 'admitted' }))).body).toMatchObject({
    closedAt: null,
    closeProposed: { outcome: 'admitted' },
  });
  expect((await nora.ask('POST', `${own}/close`, { outcome: 'admitted' })).status).toBe(409);
  expect((await jsonOf(await pia.ask('GET', own))).body).toMatchObject({ closeProposedBy: 'Navn nora' });
  expect((await jsonOf(await pia.ask('POST', `${own}/close`, { outcome: 'admitted' }))).body.closedAt).not.toBeNull();
});

test('a patient moves to the municipality that lives on the other side; a team lead does it, with a reason', async () => {
  const { dataSource } = db.database;
  await dataSource.query(
    `update organisation set kind = 'municipality' where id in (select organisation_id from unit where id = any($1))`,
    [[small.units.north, small.units.south]],
  );
  const rows = await dataSource.query<{ id: number }[]>(`select organisation_id as id from unit where id = $1`, [small.units.south]);
  const body = { municipalityId: rows[0]?.id, unitIds: [small.units.south], reason: 'ny adresse' };
  const way = `/api/patients/${small.patients.first}/move`;
  const tove = await api.signIn('tove');
  expect((await nora.ask('POST', way, body)).status).toBe(403);
  expect((await tove.ask('POST', way, { ...body, reason: '' })).status).toBe(400);
  expect(await jsonOf(await tove.ask('POST', way, body))).toMatchObject({
    ...{ status: 200, body: { episodes: [{ id: episodeId, ownerUnitId: small.units.south }] } },
  });
  expect((await tove.ask('POST', way, body)).status).toBe(404);
  expect((await jsonOf(await siri.ask('GET', path))).body).toMatchObject({ ownerUnit: 'Oppfølging Sørvik' });
});

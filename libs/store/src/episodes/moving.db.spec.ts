import { testDatabase, whileTaking } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { changeTeam } from '../directory/teams.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readEpisodeStory } from './episode-story.js';
import type { PersonAct } from './person-act.js';
import { movePatient, type Moving } from './moving.js';
import { readWorklistChanges } from './stream.js';

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let siri: Viewer;
let municipalities: { readonly north: number; readonly south: number };
const OPENED = new Date('2026-03-02T08:00:00Z');
const NOW = new Date('2026-03-02T08:30:00Z');
const sql = <T = unknown>(text: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(text, values);
const organisationOf = async (unitId: number): Promise<number> =>
  (await sql<{ id: number }>(`select organisation_id as id from unit where id = $1`, [unitId]))[0]?.id ?? 0;

beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  siri = viewerOf(small.people.siri, [small.units.south]);
  municipalities = { north: await organisationOf(small.units.north), south: await organisationOf(small.units.south) };
  await sql(`update organisation set kind = 'municipality' where id = any($1)`, [Object.values(municipalities)]);
});
beforeEach(async () => {
  await sql(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, task cascade`);
  await sql(`update unit set webhook_url = null`);
  await sql(`delete from team_unit where patient_id = $1`, [small.patients.first]);
  await sql(`insert into team_unit (patient_id, unit_id) select $1, unnest($2::int[])`, [
    small.patients.first,
    [small.units.north, small.units.clinic],
  ]);
  await sql(`update patient set municipality_id = $2, responsible_unit_id = null where id = $1`, [
    small.patients.first,
    municipalities.north,
  ]);
});

const open = (given = {}) => saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, given));
const saveTask = () =>
  sql(
    `insert into task (patient_id, unit_id, for_role, key, kind, reason_nb, reason_en, raised_at, by_look)
     values ($1, $2, 'nurse', 'k', 'reference-missing', 'x', 'x', $3, true)`,
    [small.patients.first, small.units.north, OPENED],
  );
const story = (viewer: Viewer, id: number) => readEpisodeStory(db.manager, viewer, id, NOW);
const move = (given: Partial<Moving> = {}, now = NOW) => {
  const moving = { patientId: small.patients.first, municipalityId: municipalities.south, responsibleUnitId: null, reason: 'ny adresse' };
  const whole = { ...moving, unitIds: [small.units.south, small.units.clinic], ...given };
  return inTransaction(db.database.dataSource, (tx) => movePatient(tx, nora, whole, now));
};

test('takes history, open episodes and tasks along: the new municipality owns them, the old one sees nothing any more', async () => {
  const id = await open();
  await saveTask();
  await inTransaction(db.database.dataSource, (tx) =>
    changeEpisode(tx, nora, { episodeId: id, seenVersion: null, act: { kind: 'acknowledge' } }, OPENED),
  );
  const { episodes } = await move();
  expect(episodes).toMatchObject([{ ownerUnitId: small.units.south, acknowledgedAt: null, ladderStartedAt: NOW, nextStepAt: NOW }]);
  const { steps, episode, notices } = await story(siri, id);
  expect(episode).toEqual(episodes[0]);
  expect(steps.map(({ kind }) => kind)).toEqual(['opened', 'finding', 'acknowledged', 'owner_changed']);
  expect(steps.at(-1)?.reason.en).toBe('The owner is now Oppfølging Sørvik: ny adresse');
  const told = notices.filter(({ cause }) => cause === 'owner_changed').map(({ unitId }) => unitId);
  expect(told.sort()).toEqual([small.units.north, small.units.south]);
  await expect(story(nora, id)).rejects.toMatchObject({ name: 'NotFound' });
  expect(await sql(`select unit_id from task where key = 'k'`)).toEqual([{ unit_id: small.units.south }]);
});

test.each([true, false])('the stream tells the units that come in, and those that see the patient no more (open: %s)', async (isOpen) => {
  if (isOpen) await open();
  const before = (await readWorklistChanges(db.database.dataSource, 0, 10)).length;
  await move();
  const { north, south, clinic } = small.units;
  const changes = (await readWorklistChanges(db.database.dataSource, 0, 10)).slice(before);
  const sides = changes.map(({ unitId, seenByUnitIds }) => [unitId, seenByUnitIds]);
  expect(sides).toEqual([...(isOpen ? [[south, [south, clinic]]] : []), [null, [south, clinic]], [north, [north, south, clinic]]]);
});

test('tells both sides also when nothing is open, the old one without a name', async () => {
  expect(await move()).toEqual({ episodes: [] });
  expect(await sql(`select patient_id, unit_id, kind, reason_en from task order by id`)).toEqual([
    {
      ...{ patient_id: small.patients.first, unit_id: small.units.south, kind: 'patient-moved' },
      reason_en: 'Has moved here from Nordvik kommune: go through the plan, the limits and what is open',
    },
    {
      ...{ patient_id: null, unit_id: small.units.north, kind: 'patient-moved' },
      reason_en: `Patient ${small.patients.first} has moved to Sørvik kommune and is no longer followed from here`,
    },
  ]);
  expect(await sql(`select municipality_id from patient where id = $1`, [small.patients.first])).toEqual([
    { municipality_id: municipalities.south },
  ]);
});

test('an owner that is in the new team too stays; offers that wait end', async () => {
  const mine = await open({ ownerUnitId: small.units.clinic });
  const offered = await open({ domains: ['fluid'] });
  const act = { kind: 'offer', toUnitId: small.units.clinic, reason: 'x', answerMin: null, informedUnitIds: [] } as const;
  await inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, nora, { episodeId: offered, seenVersion: null, act }, NOW));
  const { episodes } = await move();
  expect(episodes).toMatchObject([
    { id: mine, ownerUnitId: small.units.clinic },
    { id: offered, ownerUnitId: small.units.south, offer: null },
  ]);
  expect(await sql(`select fate from handover`)).toEqual([{ fate: 'moved' }]);
});

test('units that leave get no value of the patient any more, only that they have left', async () => {
  const { north, south, clinic } = small.units;
  await sql(`update unit set webhook_url = 'https://epj.example/varde' where id = any($1)`, [[north, clinic]]);
  const id = await open();
  const act: PersonAct = { kind: 'offer', toUnitId: clinic, reason: 'SpO2 86 %', answerMin: null, informedUnitIds: [] };
  await inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, nora, { episodeId: id, seenVersion: null, act }, OPENED));
  const waiting = () => sql(`select unit_id as unit, cause from notice where next_try_at is not null order by id`);
  expect(await waiting()).toEqual([
    { unit: north, cause: 'opened' },
    { unit: clinic, cause: 'offered' },
  ]);
  await move({ unitIds: [south] });
  expect(await waiting()).toEqual([
    { unit: north, cause: 'owner_changed' },
    { unit: clinic, cause: 'owner_changed' },
  ]);
});

test('nor does a unit that is taken out of the team; whom an offer has let in from outside goes on being told', async () => {
  const { north, south, clinic } = small.units;
  await sql(`update unit set webhook_url = 'https://epj.example/varde' where id = any($1)`, [[north, south, clinic]]);
  await sql(`update patient set municipality_id = null where id = $1`, [small.patients.first]);
  const id = await open();
  const does = (act: PersonAct) =>
    inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, nora, { episodeId: id, seenVersion: null, act }, OPENED));
  const offerTo = (toUnitId: number) => does({ kind: 'offer', toUnitId, reason: 'x', answerMin: null, informedUnitIds: [] });
  for (const unitId of [south, clinic]) {
    await offerTo(unitId);
    await does({ kind: 'recall', reason: 'y' });
  }
  await offerTo(south);
  const waiting = () => sql(`select unit_id as unit, cause from notice where next_try_at is not null order by id`);
  const others = { opened: { unit: north, cause: 'opened' }, recalled: { unit: south, cause: 'recalled' } };
  const offered = { unit: south, cause: 'offered' };
  expect(await waiting()).toEqual([others.opened, others.recalled, { unit: clinic, cause: 'recalled' }, offered]);
  await changeTeam(db.manager, small.patients.first, [north], NOW);
  expect(await waiting()).toEqual([others.opened, others.recalled, offered]);
  const [{ given_up_at: givenUpAt } = { given_up_at: null }] = await sql<{ given_up_at: Date | null }>(
    `select given_up_at from notice where unit_id = $1 and cause = 'recalled' and channel = 'webhook'`,
    [clinic],
  );
  expect(givenUpAt).toEqual(NOW);
  // Nor does whoever was asked miss how it ended when the team changes later.
  await does({ kind: 'recall', reason: 'y' });
  await changeTeam(db.manager, small.patients.first, [north, clinic], NOW);
  expect(await waiting()).toEqual([others.opened, others.recalled, others.recalled]);
});

test('is one transaction: a failure at its end leaves everything as it was', async () => {
  await open();
  await saveTask();
  const everything = () =>
    Promise.all(
      ['patient', 'team_unit', 'patient_watch', 'patient_log', 'task', 'episode', 'episode_step', 'notice', 'worklist_change'].map(
        (table) => sql(`select * from ${table} order by 1, 2`),
      ),
    );
  const before = await everything();
  await whileTaking(db.database, { table: 'episode_step', condition: `kind <> 'owner_changed'` }, async () => {
    await expect(move()).rejects.toThrow(/taken_by_the_test/);
  });
  expect(await everything()).toEqual(before);
});

test('what cannot be done is refused before anything is written', async () => {
  const id = await open();
  await expect(move({ unitIds: [small.units.north, small.units.clinic] })).rejects.toMatchObject({ name: 'Invalid' });
  await expect(move({ municipalityId: municipalities.north })).rejects.toMatchObject({ name: 'Conflict' });
  await expect(move({ reason: ' ' })).rejects.toMatchObject({ name: 'Invalid' });
  await expect(move({ municipalityId: 9_999 })).rejects.toMatchObject({ name: 'NotFound' });
  expect((await story(nora, id)).episode).toMatchObject({ ownerUnitId: small.units.north, version: 1 });
});

// Whom the ladder has called takes a waiting episode by acknowledging it; everybody whom that leaves is told.
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readEpisodesForLook } from './episode-rows.js';
import { readEpisodeStory } from './episode-story.js';
import type { PersonAct } from './person-act.js';
import { readWorklist } from './worklist.js';

const OPENED = new Date('2026-03-02T08:00:00Z');
const DAY_MIN = 24 * 60;
const at = (minute: number): Date => new Date(OPENED.getTime() + minute * 60_000);

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
/** Works in the clinic, which is of the team and does not own the episode. */
let lise: Viewer;
let id: number;
const sql = <T = unknown>(text: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(text, values);
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  lise = viewerOf(small.people.pia, [small.units.clinic], ['physician']);
});
beforeEach(async () => {
  await sql(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change cascade`);
  id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED));
});

const does = (viewer: Viewer, act: PersonAct, now = at(10)) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId: id, seenVersion: null, act }, now));
const stored = async () => (await readEpisodesForLook(db.manager, [small.patients.first], at(10))).get(small.patients.first)?.[0];
const call = (unitId: number, minute: number) =>
  sql(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at)
     values ($1::bigint, $1::bigint || '/escalated/' || $2::int || '-' || $3::text, 'worklist', 'escalated', 'red', $2::int, 'x', 'x', $3::timestamptz)`,
    [id, unitId, at(minute)],
  );
const listed = async (now: Date) => {
  const question = { unitId: small.units.clinic, includeInfo: false, offset: 0, limit: 10 };
  return (await readWorklist(db.manager, lise, question, now)).total;
};
const REFUSED = 'only its people may acknowledge';

test('takes it: the owner moves, and the one before is told', async () => {
  await expect(does(lise, { kind: 'acknowledge' })).rejects.toThrow(REFUSED);
  await call(small.units.clinic, 5);
  const taken = await does(lise, { kind: 'acknowledge' });
  expect(taken).toMatchObject({ ownerUnitId: small.units.clinic, acknowledgedByPersonId: lise.personId, nextStepAt: null });
  expect(await stored()).toEqual(taken);
  const { steps } = await readEpisodeStory(db.manager, nora, id, at(10));
  expect(steps.slice(-2)).toMatchObject([{ kind: 'owner_changed' }, { kind: 'acknowledged' }]);
});

test('the word of it goes out to those it leaves, and not to who has it now', async () => {
  const { north, south, clinic } = small.units;
  await does(nora, { kind: 'offer', toUnitId: south, reason: 'x', answerMin: null, informedUnitIds: [] });
  await call(clinic, 5);
  await sql(`update unit set webhook_url = 'https://epj.example/varde' where id = any($1)`, [[north, south, clinic]]);
  await does(lise, { kind: 'acknowledge' });
  const told = await sql(
    `select unit_id, next_try_at is not null as goes_out from notice where episode_id = $1 and cause = 'owner_changed' and channel = 'webhook' order by 1`,
    [id],
  );
  expect(told).toEqual([
    { unit_id: north, goes_out: true },
    { unit_id: south, goes_out: true },
    { unit_id: clinic, goes_out: false },
  ]);
  await sql(`update unit set webhook_url = null`);
});

test('by the ladder before, a day ago, or while somebody has it: takes nothing', async () => {
  await call(small.units.clinic, 10 - DAY_MIN);
  expect(await listed(at(10))).toBe(0);
  await expect(does(lise, { kind: 'acknowledge' })).rejects.toThrow(REFUSED);
  await call(small.units.clinic, 5);
  await does(nora, { kind: 'acknowledge' });
  await expect(does(lise, { kind: 'acknowledge' }, at(11))).rejects.toThrow(REFUSED);
});

test('by the ladder that still runs, however long ago: over a weekend it has called nobody since', async () => {
  await call(small.units.clinic, 0);
  const monday = at(3 * DAY_MIN);
  expect(await listed(monday)).toBe(1);
  expect(await does(lise, { kind: 'acknowledge' }, monday)).toMatchObject({ ownerUnitId: small.units.clinic });
});

import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { changePersonActive } from '../directory/person-active.js';
import type { Viewer } from '../directory/sessions.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readEpisodeStory } from './episode-story.js';
import type { PersonAct } from './person-act.js';

const OPENED = new Date('2026-03-02T08:00:00Z');
const at = (minute: number): Date => new Date(OPENED.getTime() + minute * 60_000);

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let pia: Viewer;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
});

const save = (patientId: number) => saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { patientId }));
const does = (viewer: Viewer, episodeId: number, act: PersonAct) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId, seenVersion: null, act }, at(5)));
const due = async (patientId: number): Promise<Date | null> =>
  (await db.database.dataSource.query(`select due_at from patient_watch where patient_id = $1`, [patientId]))[0]?.due_at ?? null;

test('what somebody has whose account is closed is in the queue at once, and so is what they were given', async () => {
  const held = await save(small.patients.first);
  await does(nora, held, { kind: 'acknowledge' });
  const given = await save(small.patients.second);
  await does(pia, given, { kind: 'acknowledge' });
  await does(pia, given, { kind: 'assign', toPersonId: nora.personId });
  await db.database.dataSource.query(`update patient_watch set due_at = null`);

  await changePersonActive(db.manager, nora.personId, false, at(20));

  const story = await readEpisodeStory(db.manager, pia, held, at(20));
  expect(story.episode).toMatchObject({ ownerUnitId: small.units.north, acknowledgedAt: null, ladderStepsTaken: 0, nextStepAt: at(20) });
  expect(story.steps.at(-1)).toMatchObject({
    kind: 'acknowledgement_ran_out',
    byPersonId: null,
    reason: {
      nb: 'Den som hadde den, har sluttet: kontoen er stengt. Hendelsen er i køen og ikke tildelt noen',
      en: 'Whoever had it has left: the account is closed. The episode is in the queue and given to nobody',
    },
  });
  expect(story.notices.at(-1)).toMatchObject({ cause: 'acknowledgement_ran_out', unitId: small.units.north, queuedAt: at(20) });
  expect(await due(small.patients.first)).toEqual(at(20));
  const other = await readEpisodeStory(db.manager, pia, given, at(20));
  expect(other.episode).toMatchObject({ acknowledgedByPersonId: pia.personId, assignedToPersonId: null });
  const logged = await db.database.dataSource.query(
    `select also::json ->> 'kind' as kind from patient_log where kind = 'act' and at = $1`,
    [at(20)],
  );
  expect(logged).toEqual([{ kind: 'leave' }, { kind: 'leave' }]);

  // Once more changes nothing; nor does whoever has nothing.
  await changePersonActive(db.manager, nora.personId, true, at(21));
  await changePersonActive(db.manager, nora.personId, false, at(22));
  expect((await readEpisodeStory(db.manager, pia, held, at(22))).episode.version).toBe(story.episode.version);
});

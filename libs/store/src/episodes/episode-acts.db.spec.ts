import { IllegalMove } from '@varde/alerts';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { changeEpisode } from './episode-acts.js';
import { saveNoticesDelivered, saveNoticesRead } from './episode-notices.js';
import { readEpisodesForLook, readSnoozes } from './episode-rows.js';
import { readEpisodeStory } from './episode-story.js';
import { StaleEpisode } from './episodes.js';
import type { EpisodeAct } from './person-act.js';
import { NotFound } from '../directory/illegal.js';
import { inTransaction } from '../server/in-transaction.js';
import type { Viewer } from '../directory/sessions.js';
import { readWorklistChanges } from './stream.js';

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let siri: Viewer;
let id: number;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  siri = viewerOf(small.people.siri, [small.units.south]);
});
beforeEach(async () => {
  await db.database.dataSource.query(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change cascade`);
  await db.database.dataSource.query(`update patient_watch set due_at = null`);
  id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { severity: 'yellow' }));
});

const OPENED = new Date('2026-03-02T08:00:00Z');
const NOW = new Date('2026-03-02T08:10:00Z');
const UNTIL = new Date('2026-03-03T08:00:00Z');
const RULE = 'copd.spo2.below_target';

const act = (viewer: Viewer, given: EpisodeAct['act'], seenVersion: number | null = null, now = NOW) =>
  inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, viewer, { episodeId: id, seenVersion, act: given }, now));
const story = () => readEpisodeStory(db.manager, nora, id, NOW);

test('acknowledging stops the ladder, accepts the notices of the unit, and has the patient looked at again', async () => {
  await act(nora, { kind: 'acknowledge' });
  const { episode, acknowledgedBy, notices, steps } = await story();
  expect(episode).toMatchObject({ acknowledgedByPersonId: nora.personId, nextStepAt: null, version: 2 });
  expect(episode.acknowledgementEndsAt).toEqual(new Date('2026-03-02T12:10:00Z'));
  expect(acknowledgedBy).toBe('Navn nora');
  expect(notices).toMatchObject([{ channel: 'worklist', sentAt: OPENED, acceptedAt: NOW }]);
  expect(steps.at(-1)).toMatchObject({ kind: 'acknowledged', by: 'Navn nora' });
  const due = await db.database.dataSource.query(`select due_at from patient_watch where patient_id = $1`, [small.patients.first]);
  expect(due).toEqual([{ due_at: NOW }]);
});

test('acknowledging twice within a minute is the same as once; later it holds as long again; another takes over', async () => {
  const first = await act(nora, { kind: 'acknowledge' });
  expect(await act(nora, { kind: 'acknowledge' }, 1, new Date(NOW.getTime() + 60_000))).toEqual(first);
  await expect(act(nora, { kind: 'acknowledge' }, 1, UNTIL)).rejects.toThrow(StaleEpisode);
  expect((await story()).episode).toEqual(first);
  const later = new Date(NOW.getTime() + 61_000);
  const again = await act(nora, { kind: 'acknowledge' }, 2, later);
  expect(again).toMatchObject({ version: 3, acknowledgementEndsAt: new Date('2026-03-02T12:11:01Z') });
  const pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
  expect(await act(pia, { kind: 'acknowledge' })).toMatchObject({ acknowledgedByPersonId: pia.personId, version: 4 });
});

test('an acknowledgement ends with the shift', async () => {
  const { dataSource } = db.database;
  await dataSource.query(`update unit set roster_kept = true where id = $1`, [small.units.north]);
  await dataSource.query(`insert into duty (unit_id, person_id, kind, from_at, to_at, entered_at) values ($1, $2, 'shift', $3, $4, $3)`, [
    ...[small.units.north, nora.personId],
    ...[OPENED, new Date('2026-03-02T08:45:00Z')],
  ]);
  expect(await act(nora, { kind: 'acknowledge' })).toMatchObject({ acknowledgementEndsAt: new Date('2026-03-02T08:45:00Z') });
  await dataSource.query(`delete from duty`);
  await dataSource.query(`update unit set roster_kept = false`);
});

test('a message that has not got through is stopped when somebody has it', async () => {
  await db.database.dataSource.query(
    `insert into notice (episode_id, key, channel, cause, severity, unit_id, text_nb, text_en, queued_at, next_try_at)
     values ($1, 'k', 'webhook', 'opened', 'red', $2, '', '', $3, $3)`,
    [id, small.units.clinic, OPENED],
  );
  await act(nora, { kind: 'acknowledge' });
  const { notices } = await story();
  expect(notices.find(({ channel }) => channel === 'webhook')).toMatchObject({ givenUpAt: NOW, acceptedAt: null });
});

test('nobody of another municipality can touch or see it, and is not told that it is there', async () => {
  await expect(act(siri, { kind: 'acknowledge' })).rejects.toThrow(NotFound);
  await expect(readEpisodeStory(db.manager, siri, id, NOW)).rejects.toThrow(NotFound);
  expect((await story()).episode.version).toBe(1);
});

test('closing keeps outcome and words, and what is closed cannot be closed again', async () => {
  await act(nora, { kind: 'close', outcome: 'treated_at_home', note: 'snakket med pasienten' });
  expect((await story()).episode).toMatchObject({ outcome: 'treated_at_home', closedByPersonId: nora.personId, closedAt: NOW });
  await expect(act(nora, { kind: 'close', outcome: 'admitted', note: '' })).rejects.toThrow(IllegalMove);
  await expect(act(nora, { kind: 'acknowledge' })).rejects.toThrow(IllegalMove);
});

test('acting on a version that is no longer there is refused', async () => {
  await act(nora, { kind: 'note', note: 'ringt' }, 1);
  await expect(act(nora, { kind: 'note', note: 'ringt igjen' }, 1)).rejects.toThrow(StaleEpisode);
});

test('a snooze is kept per rule with end and reason, replaced by the next one, and can be undone', async () => {
  await act(nora, { kind: 'snooze', ruleId: RULE, until: UNTIL, note: 'avtalt med lege' });
  const shorter = new Date('2026-03-02T12:00:00Z');
  await act(nora, { kind: 'snooze', ruleId: RULE, until: shorter, note: 'likevel kortere' });
  const running = await readSnoozes(db.manager, [small.patients.first], NOW);
  expect(running.get(small.patients.first)).toMatchObject([{ ruleId: RULE, severity: 'yellow', until: shorter }]);
  expect((await story()).snoozes).toMatchObject([{ ruleId: RULE, until: shorter, by: 'Navn nora' }]);
  await act(nora, { kind: 'undo_snooze', ruleId: RULE });
  expect((await readSnoozes(db.manager, [small.patients.first], NOW)).size).toBe(0);
  await expect(act(nora, { kind: 'undo_snooze', ruleId: RULE })).rejects.toThrow(IllegalMove);
  await expect(act(nora, { kind: 'snooze', ruleId: 'no.such', until: UNTIL, note: 'x' })).rejects.toThrow(IllegalMove);
});

test('every act is told to those who follow the worklist', async () => {
  await act(nora, { kind: 'acknowledge' });
  await act(nora, { kind: 'snooze', ruleId: RULE, until: UNTIL, note: 'x' });
  await act(nora, { kind: 'undo_snooze', ruleId: RULE });
  await act(nora, { kind: 'close', outcome: 'admitted', note: '' });
  const changes = await readWorklistChanges(db.database.dataSource, 0, 100);
  expect(changes.map(({ kind }) => kind)).toEqual(['opened', 'changed', 'snoozed', 'snooze_undone', 'closed']);
});

test('delivered and read are kept apart, for the units they were sent to', async () => {
  const { manager } = db.database.dataSource;
  await saveNoticesDelivered(manager, [{ episodeId: id, unitIds: [small.units.south] }], NOW);
  expect((await story()).notices).toMatchObject([{ deliveredAt: null, readAt: null }]);
  await saveNoticesDelivered(manager, [{ episodeId: id, unitIds: [small.units.north, small.units.north] }], NOW);
  await saveNoticesRead(manager, nora, id, UNTIL);
  expect((await story()).notices).toMatchObject([{ deliveredAt: NOW, readAt: UNTIL, acceptedAt: null }]);
});

test('two persons at the same moment: one after the other, and the same problem is never two', async () => {
  const pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
  const answers = await Promise.allSettled([
    act(nora, { kind: 'close', outcome: 'admitted', note: '' }),
    act(pia, { kind: 'close', outcome: 'seen_by_gp', note: '' }),
  ]);
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const stored = await readEpisodesForLook(db.manager, [small.patients.first], NOW);
  expect(stored.get(small.patients.first)).toMatchObject([{ version: 2 }]);
});

test('two who acknowledge at the same moment: the second takes over from the first, and both are told who has it', async () => {
  const pia = viewerOf(small.people.pia, [small.units.north], ['physician']);
  const both = await Promise.all([nora, pia].map((viewer) => act(viewer, { kind: 'acknowledge' })));
  const { episode, steps } = await story();
  const acknowledged = steps.filter(({ kind }) => kind === 'acknowledged');
  expect(acknowledged.map(({ by }) => by).sort()).toEqual(['Navn nora', 'Navn pia']);
  const last = both.find(({ version }) => version === 3);
  expect(episode).toEqual(last);
  expect(acknowledged.at(-1)?.by).toBe(episode.acknowledgedByPersonId === nora.personId ? 'Navn nora' : 'Navn pia');
});

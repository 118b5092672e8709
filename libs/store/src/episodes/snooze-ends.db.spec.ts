import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import type { Viewer } from '../directory/sessions.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readSnoozes } from './episode-rows.js';
import { readEpisodeStory } from './episode-story.js';
import type { EpisodeAct } from './person-act.js';
import { tellEndedSnoozes } from './snooze-ends.js';
import { readTasks } from './tasks.js';

const OPENED = new Date('2026-03-02T08:00:00Z');
const NOW = new Date('2026-03-02T08:10:00Z');
const UNTIL = new Date('2026-03-03T08:00:00Z');
const RULE = 'copd.spo2.below_target';

describe('the end of a snooze', () => {
  const db = testDatabase();
  let small: SmallCommunity;
  let nora: Viewer;
  let id = 0;
  const sql = (text: string, values: unknown[] = []) => db.database.dataSource.query<Record<string, unknown>[]>(text, values);
  const act = (given: EpisodeAct['act'], at = NOW) =>
    inTransaction(db.database.dataSource, (tx) => changeEpisode(tx, nora, { episodeId: id, seenVersion: null, act: given }, at));
  const snooze = () => act({ kind: 'snooze', ruleId: RULE, until: UNTIL, note: 'avtalt med lege' });
  const tell = (at = UNTIL) => inTransaction(db.database.dataSource, (tx) => tellEndedSnoozes(tx, at));
  const notices = async () => {
    const story = await readEpisodeStory(db.manager, nora, id, UNTIL);
    return story.notices.filter(({ cause }) => cause === 'snooze_ended').map(({ channel, unitId, text }) => [channel, unitId, text.en]);
  };
  const tasks = async () => {
    const rows = await readTasks(db.manager, nora, {
      unitId: null,
      forRole: 'nurse',
      patientId: small.patients.first,
      state: 'open',
      limit: 50,
    });
    return rows.filter(({ kind }) => kind === 'snooze-ended').map(({ reason }) => reason.en);
  };
  const fires = (at: Date) =>
    sql(
      `insert into finding (patient_id, rule_id, rule_version, domain, result, severity, anchor, at, received_at, judged_at, reading_ids, limits, reason_nb, reason_en)
       values ($1, $2, 1, 'respiratory', 'fire', 'yellow', $4, $3, $3, $3, '{}', '[]', 'SpO2 84 %', 'SpO2 84 %')`,
      [small.patients.first, RULE, at, `m:${at.getTime()}`],
    );

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
    nora = viewerOf(small.people.nora, [small.units.north]);
  });
  beforeEach(async () => {
    await sql(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, task cascade`);
    id = await saveAnEpisode(db.database.dataSource, anEpisode(small, OPENED, { severity: 'yellow' }));
  });

  test('is told to the owner, once, when the rule still stands in the open episode', async () => {
    await snooze();
    expect(await tell(new Date(UNTIL.getTime() - 1))).toBe(0);
    const told = await Promise.all([tell(), tell()]);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await notices()).toEqual([['worklist', small.units.north, `${RULE} may tell again: it was kept quiet and still stands`]]);
    expect(await sql(`select kind from worklist_change order by id desc limit 1`)).toEqual([{ kind: 'changed' }]);
    expect(await tell(new Date(UNTIL.getTime() + 60_000))).toBe(0);
  });

  test('is a task when nothing is open and the rule fired while it was kept quiet, with how often and the last', async () => {
    await snooze();
    await act({ kind: 'close', outcome: 'treated_at_home', note: 'ringt' });
    await fires(new Date('2026-03-02T20:00:00Z'));
    await fires(new Date('2026-03-03T07:00:00Z'));
    expect(await tell()).toBe(1);
    // Whether it still stands nobody knows: no episode is open to say so.
    expect(await tasks()).toEqual([`${RULE} may tell again: it was kept quiet (it fired 2 times meanwhile). Last: SpO2 84 %`]);
  });

  test('is told to the owner when the rule fired unheard, after its signal was clear and the episode had become milder', async () => {
    await snooze();
    await sql(`update episode set signals = jsonb_set(jsonb_set(signals, '{0,standing}', 'false'), '{0,clearedAt}', $1)`, [
      JSON.stringify('2026-03-02T12:00:00.000Z'),
    ]);
    await fires(new Date('2026-03-02T11:00:00Z'));
    expect(await tell()).toBe(0);
    await sql(`update snooze set end_told_at = null`);
    await fires(new Date('2026-03-02T20:00:00Z'));
    await sql(`update finding set episode_id = $1`, [id]);
    expect(await tell()).toBe(0);
    await sql(`update snooze set end_told_at = null`);
    await sql(`update finding set episode_id = null`);
    expect(await tell()).toBe(1);
    expect(await notices()).toEqual([
      ['worklist', small.units.north, `${RULE} may tell again: it was kept quiet (it fired 2 times meanwhile). Last: SpO2 84 %`],
    ]);
  });

  test('is nobody told of when the rule is clear, when it has been silent, or when the snooze was undone', async () => {
    await snooze();
    await sql(`update episode set signals = jsonb_set(signals, '{0,standing}', 'false')`);
    expect(await tell()).toBe(0);
    await sql(`update snooze set end_told_at = null`);
    await act({ kind: 'close', outcome: 'treated_at_home', note: 'ringt' });
    expect(await tell()).toBe(0);
    await sql(`update snooze set end_told_at = null, undone_at = $1`, [NOW]);
    await fires(new Date('2026-03-02T20:00:00Z'));
    expect(await tell()).toBe(0);
    expect([await notices(), await tasks()]).toEqual([[], []]);
  });

  test('and a snooze is of one patient: another one is not kept quiet by it', async () => {
    await snooze();
    const running = await readSnoozes(db.manager, [small.patients.first, small.patients.second], NOW);
    expect([...running.keys()]).toEqual([small.patients.first]);
  });
});

import { makeTestCommunity, makeTestPatient, makeTestPerson, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, type SmallCommunity } from '../../../../test/small-community.js';
import { saveEpisodeChanges } from '../episodes/episodes.js';
import { readTasks } from '../episodes/tasks.js';
import { readAdvice } from '../looks/home-advice.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeTeam } from './teams.js';
import { tellPauses } from './pause-telling.js';
import { endPause, readPauses, savePause } from './pauses.js';

const HOUR_MS = 3_600_000;
/** Monday 12 January 2026, 09:00 in Oslo. */
const NOW = new Date('2026-01-12T09:00:00+01:00');
const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);

describe('those whom a pause concerns are told', () => {
  const db = testDatabase();
  let community: TestCommunity;
  let nurse = 0;
  const tell = (at: Date) => inTransaction(db.database.dataSource, (tx) => tellPauses(tx, at));
  const patient = async () => {
    const id = await makeTestPatient(db.manager, community, NOW);
    await changeTeam(db.manager, id, [community.dhoId, community.gpId], NOW);
    return id;
  };
  const pause = (patientId: number, from: number, to: number) =>
    savePause(
      db.manager,
      { patientId, kind: 'admission', from: hours(from), to: hours(to), reason: 'lung ward', setByPersonId: nurse, hoursMax: 72 },
      NOW,
    );
  const lines = async (patientId: number) => {
    const viewer = { unitIds: [community.dhoId, community.gpId] };
    const tasks = await readTasks(db.manager, viewer, { unitId: null, forRole: null, patientId, state: 'open', limit: 50 });
    return tasks.filter(({ kind }) => kind === 'pause').map(({ unit, forRole, reason }) => `${unit} (${forRole}): ${reason.en}`);
  };
  const home = async (patientId: number) =>
    (await readAdvice(db.manager, patientId)).map(({ text, withdrawnAt }) => [text.en, withdrawnAt === null]);

  beforeAll(async () => {
    community = await makeTestCommunity(db.manager, 'pauses', NOW);
    nurse = await makeTestPerson(db.manager, 'nora', 'nurse', NOW);
  });

  test('when it begins, a day before it ends, and when it has ended: every unit of the team, and the home; each once', async () => {
    const patientId = await patient();
    await pause(patientId, 2, 74);
    await tell(hours(1));
    expect([await lines(patientId), await home(patientId)]).toEqual([[], []]);

    expect(await tell(hours(2))).toBe(1);
    expect(await tell(hours(3))).toBe(0);
    const began =
      'Paused (admission) until Thursday 15 January at 11:00: measurements and questionnaires are not expected. Red and critical rules run on.';
    expect(await lines(patientId)).toEqual([`Follow-up (nurse): ${began}`, `GP (physician): ${began}`]);
    expect(await home(patientId)).toEqual([
      [
        'You need not measure until Thursday 15 January at 11:00. You may measure if you like. If you get worse, do as agreed in your plan, or call 116117. When life is in danger: call 113.',
        true,
      ],
    ]);

    await tell(hours(55));
    expect(await lines(patientId)).toHaveLength(2);
    await tell(hours(56));
    const soon =
      'The pause (admission) ends Thursday 15 January at 11:00: measurements are expected again from then on. Prolong it, or arrange it with the patient.';
    expect(await lines(patientId)).toEqual([`Follow-up (nurse): ${soon}`, `GP (physician): ${soon}`]);
    expect((await home(patientId)).map(([, stands]) => stands)).toEqual([true, false]);

    await tell(hours(74));
    const ended = 'The pause (admission) has ended Thursday 15 January at 11:00: measurements are expected again as planned.';
    expect(await lines(patientId)).toEqual([`Follow-up (nurse): ${ended}`, `GP (physician): ${ended}`]);
    expect((await home(patientId))[0]).toEqual([
      'The pause from measuring has ended. Measure as usual again. If you get worse, do as agreed in your plan, or call 116117. When life is in danger: call 113.',
      true,
    ]);
    expect(await tell(hours(75))).toBe(0);
    await tell(hours(98));
    expect(await lines(patientId)).toEqual([]);
  });

  test('that an episode is open, instead of the usual days, for as long as the patient is followed closely', async () => {
    const patientId = await patient();
    const small = { patients: { first: patientId }, units: { north: community.dhoId }, pathwayId: community.pathwayId } as SmallCommunity;
    const open = anEpisode(small, hours(2), { severity: 'yellow' });
    const id = await saveAnEpisode(db.database.dataSource, open);
    const followed = /An episode of yours is still open: measure (from then on|again) as agreed for times like this, until you are told/;
    await pause(patientId, 0, 8);
    await tell(hours(1));
    await tell(hours(7));
    await tell(hours(8));
    expect((await home(patientId)).map(([text]) => followed.exec(String(text))?.[1])).toEqual(['again', 'from then on', undefined]);
    await pause(patientId, 9, 17);
    await tell(hours(10));
    const signals = open.signals.map((signal) => ({ ...signal, standing: false, clearedAt: hours(11) }));
    const episode = { ...open, id, signals, clearedAt: hours(11), version: 2 };
    const change = { episode, steps: [], findings: [], notices: [] };
    await inTransaction(db.database.dataSource, (tx) => saveEpisodeChanges(tx, [{ patientId, change }], hours(11)));
    await tell(hours(17));
    expect((await home(patientId))[0]?.[0]).toContain('The pause from measuring has ended. Measure as usual again.');
  });

  test('that another pause follows at once does not end for anybody, whichever was entered first', async () => {
    const [first, second] = [await patient(), await patient()];
    await pause(first, 0, 10);
    await pause(first, 10, 20);
    await pause(second, 10, 20);
    await pause(second, 0, 10);
    await tell(hours(0));
    // A quarter of its time before the end nothing is said of it.
    expect(await tell(hours(8))).toBe(0);
    expect(await tell(hours(10))).toBe(2);
    expect(await tell(hours(10))).toBe(0);
    for (const id of [first, second]) {
      expect((await lines(id)).map((line) => line.split(':', 2).join())).toEqual([
        'Follow-up (nurse), Paused (admission) until Tuesday 13 January at 05',
        'GP (physician), Paused (admission) until Tuesday 13 January at 05',
      ]);
      expect((await home(id)).map(([text, stands]) => [String(text).slice(0, 30), stands])).toEqual([
        ['You need not measure until Tue', true],
        ['You need not measure until Mon', false],
      ]);
    }
    await endPause(
      db.manager,
      { patientId: first, pauseId: (await readPauses(db.manager, first))[0]?.id ?? 0, byPersonId: nurse },
      hours(12),
    );
    expect(await tell(hours(12))).toBe(1);
    expect((await home(first))[0]?.[0]).toContain('has ended');
  });

  test('the end is told of after all when the pause that was to follow is taken back', async () => {
    const id = await patient();
    await pause(id, 0, 10);
    const next = await pause(id, 10, 20);
    await tell(hours(0));
    await endPause(db.manager, { patientId: id, pauseId: next.id, byPersonId: nurse }, hours(9));
    expect(await tell(hours(9))).toBe(1);
    expect((await home(id))[0]?.[0]).toContain('ends Monday 12 January at 19:00');
    expect(await tell(hours(10))).toBe(1);
  });

  test('one that a person ends early, and none that was taken back before it began', async () => {
    const [early, never] = [await patient(), await patient()];
    const running = await pause(early, 0, 48);
    const ahead = await pause(never, 10, 20);
    await tell(hours(1));
    await endPause(db.manager, { patientId: early, pauseId: running.id, byPersonId: nurse }, hours(2));
    await endPause(db.manager, { patientId: never, pauseId: ahead.id, byPersonId: nurse }, hours(2));
    expect(await tell(hours(2))).toBe(1);
    expect((await lines(early))[0]).toContain('has ended Monday 12 January at 11:00');
    await tell(hours(12));
    expect([await lines(never), await home(never)]).toEqual([[], []]);
  });

  test('however many pauses run that nothing is due of', async () => {
    const patientId = await patient();
    await db.manager.query(
      `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at)
       select $1, 'other', $2, $3, 'many', $4, $2 from generate_series(1, 120)`,
      [patientId, hours(1000), hours(1100), nurse],
    );
    // More than are told of at a time are told in the next turns.
    expect([await tell(hours(1000)), await tell(hours(1000)), await tell(hours(1000))]).toEqual([100, 20, 0]);
    const late = await patient();
    await db.manager.query(
      `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at) values ($1, 'other', $2, $3, 'late', $4, $2)`,
      [late, hours(1001), hours(1005), nurse],
    );
    expect(await tell(hours(1001))).toBe(1);
    // A quarter of its four hours before the end, and at the end.
    expect([await tell(new Date(hours(1004).getTime() - 1)), await tell(hours(1004)), await tell(hours(1004.5))]).toEqual([0, 1, 0]);
    expect([await tell(hours(1005)), await tell(hours(1006))]).toEqual([1, 0]);
    expect((await home(late)).map(([, stands]) => stands)).toEqual([true, false, false]);
  });

  test('once by two who ask at the same time; and the worklist is told of a change', async () => {
    const patientId = await patient();
    await pause(patientId, 0, 10);
    const changes = async () =>
      (await db.manager.query<unknown[]>(`select from worklist_change where patient_id = $1 and kind = 'changed'`, [patientId])).length;
    const before = await changes();
    const told = await Promise.all([tell(hours(1)), tell(hours(1))]);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await changes()).toBe(before + 1);
    expect(await home(patientId)).toHaveLength(1);
  });
});

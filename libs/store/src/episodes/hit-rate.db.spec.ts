import type { Outcome, PersonOutcome } from '@varde/alerts';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { Invalid } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { inTransaction } from '../server/in-transaction.js';
import { changeEpisode } from './episode-acts.js';
import { readHitRate, type HitRateQuestion } from './hit-rate.js';
import { raiseRuleReviews } from './rule-reviews.js';
import { closeTask, readTasks } from './tasks.js';

const HOUR_MS = 3_600_000;
const OPENED_MS = Date.parse('2026-03-02T08:00:00Z');
const PERIOD = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-29T00:00:00Z'), limit: 100 };
const RULE = 'copd.spo2.below_target';

let db: TestDatabase;
let small: SmallCommunity;
let nora: Viewer;
let tove: Viewer;
let siri: Viewer;
beforeAll(async () => {
  db = await openTestDatabase();
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  tove = viewerOf(small.people.tove, [small.units.north], ['team_lead']);
  siri = viewerOf(small.people.siri, [small.units.south]);
}, 60_000);
afterAll(() => db.close());
beforeEach(() =>
  db.database.dataSource.query(`truncate episode, episode_domain, episode_step, finding, notice, snooze, worklist_change, task cascade`),
);

/** An episode that was taken after half an hour and closed two hours later. */
async function closed(outcome: PersonOutcome, dayOffset = 0, patientId = small.patients.first): Promise<number> {
  const openedMs = OPENED_MS + dayOffset * 24 * HOUR_MS;
  const id = await saveAnEpisode(db.database.dataSource, anEpisode(small, new Date(openedMs), { patientId }));
  const act = (given: Parameters<typeof changeEpisode>[2]['act'], atMs: number) =>
    inTransaction(db.database.dataSource, (tx) =>
      changeEpisode(tx, nora, { episodeId: id, seenVersion: null, act: given }, new Date(atMs)),
    );
  await act({ kind: 'acknowledge' }, openedMs + HOUR_MS / 2);
  await act({ kind: 'close', outcome, note: '' }, openedMs + 2.5 * HOUR_MS);
  return id;
}

const ask = (viewer: Viewer, by: HitRateQuestion['by'], change: Partial<HitRateQuestion> = {}) =>
  readHitRate(db.database.dataSource.manager, viewer, { by, ...PERIOD, ...change });

test('an outcome counts the moment the episode is closed: by rule, by patient and by unit', async () => {
  await closed('treated_at_home');
  await closed('false_measurement', 5);
  await closed('technical_fixed', 10, small.patients.second);
  const counts = { episodes: 3, findings: 3, hits: 1, misses: 1, technical: 1, settled: 0, share: 0.5, minutesMedian: 120 };
  expect((await ask(nora, 'rule')).lines).toEqual([{ key: RULE, name: null, ...counts }]);
  expect((await ask(nora, 'unit')).lines).toEqual([{ key: String(small.units.north), name: 'Oppfølging Nordvik', ...counts }]);
  expect((await ask(nora, 'patient')).lines).toMatchObject([
    { name: 'Første Oppdiktet', episodes: 2, share: 0.5 },
    { name: 'Andre Oppdiktet', episodes: 1, technical: 1, share: null },
  ]);
  await closed('admitted', 15);
  expect((await ask(nora, 'rule')).lines).toMatchObject([{ hits: 2, share: 2 / 3 }]);
});

test('the load is over all patients that are followed, those without an episode too', async () => {
  await closed('admitted');
  await closed('no_action_needed', 5);
  const { load } = await ask(nora, 'unit');
  expect(load).toEqual({
    patients: 2,
    yellowPerPatientWeekMedian: 0,
    yellowPerPatientWeekP95: 0,
    // Two red episodes, two patients, four weeks.
    redPerPatientWeekMean: 0.25,
    shareOfRedWithAction: 0.5,
  });
});

test('what was red or critical and fell while somebody had it counts as what it was', async () => {
  const { dataSource } = db.database;
  const red = await closed('admitted');
  const critical = await closed('no_action_needed', 5);
  const signals = (severity: string) => `jsonb_set(signals, '{0,severity}', '"${severity}"')`;
  await dataSource.query(`update episode set severity = 'yellow' where id = $1`, [red]);
  await dataSource.query(`update episode set severity = 'yellow', signals = ${signals('critical')} where id = $1`, [critical]);
  const yellow = await closed('treated_at_home', 10, small.patients.second);
  await dataSource.query(`update episode set severity = 'yellow', signals = ${signals('yellow')} where id = $1`, [yellow]);
  const { load } = await ask(nora, 'unit');
  expect(load).toEqual({
    patients: 2,
    // One yellow episode of one of two patients, four weeks.
    yellowPerPatientWeekMedian: 0.125,
    yellowPerPatientWeekP95: expect.closeTo(0.2375, 6) as number,
    redPerPatientWeekMean: 0.25,
    shareOfRedWithAction: 0.5,
  });
});

test('who was followed for a week of four is counted for that week', async () => {
  const { dataSource } = db.database;
  await closed('admitted');
  const until = (at: string | null) => dataSource.query(`update patient set monitored_to = $2 where id = $1`, [small.patients.first, at]);
  await until('2026-03-08T00:00:00Z');
  try {
    // One in a week, and none in four of another patient.
    expect((await ask(nora, 'unit')).load).toMatchObject({ patients: 2, redPerPatientWeekMean: 0.5 });
    // An end that lies ahead of the period changes nothing.
    await until('2027-01-01T00:00:00Z');
    expect((await ask(nora, 'unit')).load).toMatchObject({ patients: 2, redPerPatientWeekMean: 0.125 });
  } finally {
    await until(null);
  }
});

test('nobody sees what became of the patients of another municipality, and a period has an end', async () => {
  await closed('admitted');
  expect(await ask(siri, 'rule')).toMatchObject({ lines: [], load: { patients: 1, redPerPatientWeekMean: 0, shareOfRedWithAction: null } });
  expect((await ask(nora, 'rule', { from: new Date('2026-03-10T00:00:00Z') })).lines).toEqual([]);
  await expect(ask(nora, 'rule', { to: PERIOD.from })).rejects.toThrow(Invalid);
  await expect(ask(nora, 'rule', { from: new Date('1990-01-01T00:00:00Z') })).rejects.toThrow(Invalid);
});

/** So many closed episodes of one outcome at once, as copies of a closed one. */
async function many(episodeId: number, count: number, outcome: Outcome, at: Date): Promise<void> {
  await db.database.dataSource.query(
    `insert into episode (patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, acknowledged_at,
       acknowledged_by_person_id, closed_at, closed_by_person_id, outcome, pathway_id, pathway_version, ladder_started_at, version)
     select patient_id, domains, severity, signals, opened_at, last_signal_at, owner_unit_id, acknowledged_at, acknowledged_by_person_id,
       $3, closed_by_person_id, $4, pathway_id, pathway_version, ladder_started_at, version
     from episode cross join generate_series(1, $2::int) where id = $1`,
    [episodeId, count, at, outcome],
  );
}

const review = (at: Date) => inTransaction(db.database.dataSource, (tx) => raiseRuleReviews(tx, at));
const tasks = () =>
  readTasks(db.database.dataSource.manager, tove, { unitId: null, forRole: 'programme_lead', patientId: null, state: 'open', limit: 10 });

test('a rule that is hardly ever right becomes one task for the programme lead, and another only after as many new alerts', async () => {
  const id = await closed('no_action_needed');
  const later = new Date('2026-03-20T00:00:00Z');
  await many(id, 28, 'no_action_needed', later);
  // What settled by itself was judged by nobody.
  await many(id, 50, 'settled', later);
  expect(await review(later)).toBe(0);
  await many(id, 1, 'false_measurement', later);
  expect(await review(later)).toBe(1);
  expect(await review(later)).toBe(0);
  const [task] = await tasks();
  expect(task).toMatchObject({ kind: 'rule-review', ruleId: RULE, unitId: small.units.north, patientId: null, forRole: 'programme_lead' });
  expect(task?.reason.nb).toContain('0 av 30');
  const closedAt = new Date('2026-03-21T00:00:00Z');
  await closeTask(db.database.dataSource.manager, tove, { taskId: task?.id ?? 0, state: 'done', outcome: 'grensen er drøftet' }, closedAt);
  expect(await review(closedAt)).toBe(0);
  await many(id, 30, 'no_action_needed', new Date('2026-03-22T00:00:00Z'));
  expect(await review(new Date('2026-03-23T00:00:00Z'))).toBe(1);
});

test('a review changes nothing by itself: no limit, no switch, no plan', async () => {
  const { dataSource } = db.database;
  const state = async (): Promise<unknown> =>
    dataSource.query(
      `select (select count(*) from personal_limit) as limits, (select count(*) from unit_limit) as unit_limits,
         (select count(*) from rule_switch) as switches, (select count(*) from snooze) as snoozes,
         (select array_agg(plan_version order by id) from patient) as plans`,
    );
  const before = await state();
  const id = await closed('no_action_needed');
  const later = new Date('2026-03-20T00:00:00Z');
  await many(id, 29, 'no_action_needed', later);
  expect(await review(later)).toBe(1);
  expect(await state()).toEqual(before);
});

test('a rule that is right often enough is left alone', async () => {
  const id = await closed('treated_at_home');
  await many(id, 1, 'admitted', new Date('2026-03-20T00:00:00Z'));
  await many(id, 38, 'no_action_needed', new Date('2026-03-20T00:00:00Z'));
  expect(await review(new Date('2026-03-21T00:00:00Z'))).toBe(0);
});

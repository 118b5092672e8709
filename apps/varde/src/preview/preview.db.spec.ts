import { asRecorded, rehearse, summariseDay, type Preview, type Rehearsed } from '@varde/look';
import { dayNumberOf, findForm } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import { SEVERITIES } from '@varde/rules';
import { readHistories, readPlans, unpackHistory } from '@varde/store';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { openTestIngest, type TestHome } from '../../../../test/ingest-rig.js';
import { CHANGES, END, liveThrough, START } from '../../../../test/lived-weeks.js';
import { openCatalogue, openQuestionnaires } from '../catalogue.js';
import type { Ingest } from '../ingest/ingest.js';
import type { Log } from '../log.js';
import { PreviewJobs } from './jobs.js';
import { PreviewPool } from './pool.js';
import { answerPreview, readPreviewQuestions } from './question.js';
import type { WatcherParts } from '../watch/watcher.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let db: TestDatabase;
let parts: WatcherParts;
let ingest: Ingest;
/** With a nurse who acts now and then. */
let home: TestHome;
/** The same days, and everything is closed on some of them: as they are, and with `CHANGES` from the first day. */
let asIs: TestHome;
let changed: TestHome;
beforeAll(async () => {
  db = await openTestDatabase();
  parts = { database: db.database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
  ingest = openTestIngest(db.database, { checkCredentials: false, findForm: findForm(await openQuestionnaires()) }).ingest;
  ({ home, asIs, changed } = await liveThrough(parts, ingest));
}, 600_000);
afterAll(async () => {
  await ingest.stop();
  await db.close();
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.database.dataSource.query(sql, values);

let lived: Promise<Rehearsed> | undefined;

/** The same weeks from what is stored, with what people did. */
const rehearsed = (): Promise<Rehearsed> => (lived ??= rehearseWeeks());

async function rehearseWeeks(): Promise<Rehearsed> {
  const { manager } = db.database.dataSource;
  const { catalogue } = parts;
  const { patientId } = home;
  const agreed = (await readPlans(manager, [patientId], END)).get(patientId)!;
  const packed = (await readHistories(manager, [patientId], { from: START, to: END, ...catalogue })).get(patientId)!;
  const { acts, episodes: known, ...history } = unpackHistory(packed);
  return rehearse({
    ...history,
    ...{ episodes: [], recorded: [], from: START, to: END, people: asRecorded(known, acts) },
    agreement: {
      ...{ catalogue, plan: agreed.plan, team: agreed.team, pathway: agreed.pathway ?? DEFAULT_PATHWAY },
      ...{ frozenPathways: [], snoozes: history.snoozes },
    },
  });
}

test('a rehearsal of what is stored comes to the findings the running service came to, at the same looks', async () => {
  const stored = await query<{
    rule: string;
    anchor: string;
    result: string;
    severity: string;
    judged: Date;
    reason: string;
    cause: string;
  }>(
    `select rule_id as rule, anchor, result, severity, judged_at as judged, reason_en as reason, coalesce(cause, '') as cause
     from finding where patient_id = $1`,
    [home.patientId],
  );
  const told: typeof stored = (await rehearsed()).findings.map(({ finding, judgedAt }) => ({
    ...{ rule: finding.ruleId, anchor: finding.anchor, result: finding.result, severity: finding.severity },
    ...{ judged: judgedAt, reason: finding.reason.en, cause: finding.cause ?? '' },
  }));
  expect(stored.length).toBeGreaterThan(50);
  // Who was silent is told as it was then: the patient, the gateway, the battery of the device, and we.
  expect([...new Set(stored.map(({ cause }) => cause))].sort()).toEqual(['', 'device', 'gateway', 'patient', 'service']);
  const byKey = (a: (typeof stored)[number], b: (typeof stored)[number]): number =>
    a.judged.getTime() - b.judged.getTime() || (`${a.rule} ${a.anchor}` < `${b.rule} ${b.anchor}` ? -1 : 1);
  expect(told.sort(byKey)).toEqual(stored.sort(byKey));
});

test('among them what was missing on a day planned only because of an episode', async () => {
  const [missing] = await query<{ extra: number }>(
    `select count(*)::int as extra from finding where patient_id = $1 and rule_id = 'gen.silence.reminder'
       and extract(isodow from substring(anchor from 3)::timestamptz) not in (1, 4)`,
    [home.patientId],
  );
  expect(missing?.extra).toBeGreaterThan(0);
});

test('and to the same episodes, with the same history of each', async () => {
  const stored = await query<Record<string, unknown>>(
    `select domains, severity, opened_at, last_signal_at, cleared_at, closed_at, outcome, relapses, ladder_steps_taken,
       (select array_agg(s.kind order by s.id) from episode_step s where s.episode_id = e.id) as steps,
       (select count(*)::int from notice n where n.episode_id = e.id and n.channel = 'worklist') as notices
     from episode e where patient_id = $1 order by id`,
    [home.patientId],
  );
  const { episodes, actsLeftOut } = await rehearsed();
  const told = episodes.map(({ episode, steps, notices }) => ({
    ...{ domains: episode.domains, severity: episode.severity, opened_at: episode.openedAt, last_signal_at: episode.lastSignalAt },
    ...{ cleared_at: episode.clearedAt, closed_at: episode.closedAt, outcome: episode.outcome, relapses: episode.relapses },
    ladder_steps_taken: episode.ladderStepsTaken,
    steps: steps.map(({ kind }) => kind),
    notices: notices.length,
  }));
  expect(stored.length).toBeGreaterThan(3);
  expect(stored.some(({ outcome }) => outcome === 'treated_at_home')).toBe(true);
  expect(told).toEqual(stored);
  expect(actsLeftOut).toBe(0);
  expect(episodes.flatMap(({ steps }) => steps).some(({ kind }) => kind === 'close_proposed')).toBe(true);
});

test('a day is summarised by the database as a rehearsal does', async () => {
  const days = await query<{ metric: string; day: string; median: number; highest: number; readings: number }>(
    `select metric, day::text, median, highest, readings from day_median where patient_id = $1`,
    [home.patientId],
  );
  const packed = (await readHistories(db.database.dataSource.manager, [home.patientId], { from: START, to: END, ...parts.catalogue })).get(
    home.patientId,
  )!;
  expect(days.length).toBeGreaterThan(60);
  const { readings, afterExercise } = unpackHistory(packed);
  expect(afterExercise.size).toBeGreaterThan(10);
  const atRest = readings.filter(({ measurementId, doubt }) => doubt === null && !afterExercise.has(measurementId));
  for (const { metric, day, ...summary } of days) {
    const values = atRest
      .filter((each) => each.metric === metric && new Date(each.observedAt.getTime() + HOUR_MS).toISOString().startsWith(day))
      .map(({ value }) => value);
    expect(summariseDay(metric as 'spo2', dayNumberOf(day), values)).toMatchObject(summary);
  }
});

describe('what a preview says of a change', () => {
  const FROM = new Date(END.getTime() - 28 * DAY_MS);
  let told: Preview;
  beforeAll(async () => {
    const asked = { changes: CHANGES, days: 28, to: END };
    const [question] = await readPreviewQuestions(db.database.dataSource.manager, parts.catalogue, [asIs.patientId], asked);
    told = answerPreview(parts.catalogue, question!);
  });

  /** What the service has come to for a patient, counted as a preview counts. */
  async function amountsOf({ patientId }: TestHome): Promise<object> {
    const ofPatient = 'episode_id in (select id from episode where patient_id = $1)';
    const [amounts] = await query(
      `select (select count(*)::int from finding where patient_id = $1 and result like 'fire%' and judged_at between $2 and $3) as findings,
         (select count(*)::int from episode_step where ${ofPatient} and kind in ('opened', 'relapsed') and at between $2 and $3) as episodes,
         (select count(*)::int from notice where ${ofPatient} and channel = 'worklist' and queued_at between $2 and $3) as notices,
         (select count(*)::int from episode_step where ${ofPatient} and kind = 'told_patient' and at between $2 and $3)
           + (select count(*)::int from home_advice where patient_id = $1 and episode_id is null and advised_at between $2 and $3) as advice,
         (select count(distinct (at at time zone 'Europe/Oslo')::date)::int from finding
          where patient_id = $1 and result = 'not_evaluable' and judged_at between $2 and $3) as "notEvaluableDays"`,
      [patientId, FROM, END],
    );
    return amounts as object;
  }

  /** The gravest that the service has found of each day. */
  async function coloursOf({ patientId }: TestHome): Promise<Map<string, string>> {
    const rows = await query<{ day: string; colour: number }>(
      `select (at at time zone 'Europe/Oslo')::date::text as day, max(array_position($4::text[], severity)) as colour from finding
       where patient_id = $1 and result like 'fire%' and at between $2 and $3 group by 1`,
      [patientId, FROM, END, SEVERITIES],
    );
    return new Map(rows.map(({ day, colour }) => [day, SEVERITIES[colour - 1] ?? '']));
  }

  test('rests on answers, weight, pressure, references, a limit of the unit, a pause and what is kept quiet', async () => {
    const found = await query<{ rule: string }>(
      `select distinct rule_id as rule from finding where patient_id = $1 and result like 'fire%' and judged_at between $2 and $3`,
      [asIs.patientId, FROM, END],
    );
    const rules = ['hf.symptoms.new', 'hf.weight.above_dry', 'hf.weight.gain_3d', 'hf.sbp.low', 'gen.news2.high', 'gen.pulse.high'];
    expect(found.map(({ rule }) => rule)).toEqual(expect.arrayContaining(rules));
    const [kept] = await query<{ quiet: number; missed: number }>(
      `select (select count(*)::int from snooze where patient_id = $1) as quiet,
         (select count(*)::int from finding f join pause p using (patient_id) where patient_id = $1 and domain = 'silence'
            and rule_id = 'gen.silence.reminder' and f.at between p.from_at and p.to_at) as missed`,
      [home.patientId],
    );
    expect(kept).toEqual({ quiet: 1, missed: 0 });
  });

  test('is what the service comes to that lives with the change, beside one that does not', async () => {
    expect(told.before).toMatchObject(await amountsOf(asIs));
    expect(told.after).toMatchObject(await amountsOf(changed));
    expect(told.after).not.toEqual(told.before);
  });

  test('day by day', async () => {
    const [were, are] = [await coloursOf(asIs), await coloursOf(changed)];
    const days = [...new Set([...were.keys(), ...are.keys()])].sort();
    const otherwise = days
      .map((day) => ({ day, before: were.get(day) ?? 'none', after: are.get(day) ?? 'none' }))
      .filter(({ before, after }) => before !== after);
    expect(otherwise.length).toBeGreaterThan(2);
    expect(told.changedDays).toEqual(otherwise.map((day) => expect.objectContaining(day)));
  });

  /** An episode that the service has opened, and what it has found in it: areas, and the acts of measuring or times they hang on. */
  interface Lived {
    readonly at: Date;
    readonly isInPeriod: boolean;
    readonly found: readonly string[];
  }
  const lived = ({ patientId }: TestHome): Promise<Lived[]> =>
    query(
      `select opened_at as at, opened_at between $2 and $3 as "isInPeriod", array(
         select f.domain || ' ' || coalesce(m.kind || m.observed_at, f.anchor) from finding f left join measurement m on f.anchor = 'm:' || m.id
         where f.episode_id = e.id and f.result like 'fire%') as found
       from episode e where patient_id = $1 order by opened_at, id`,
      [patientId, FROM, END],
    );
  const isOne = (one: Lived, other: Lived): boolean => one.found.some((each) => other.found.includes(each));
  const minuteOf = (at: Date): number => Math.round(at.getTime() / MINUTE_MS);

  test('episode by episode', async () => {
    const [were, are] = [await lived(asIs), await lived(changed)];
    const fates = were
      .filter(({ isInPeriod }) => isInPeriod)
      .map((was) => {
        const later = are.filter((is) => isOne(was, is)).map(({ at }) => minuteOf(at) - minuteOf(was.at));
        return { at: minuteOf(was.at), laterMin: later.sort((a, b) => Math.abs(a) - Math.abs(b))[0] ?? null };
      });
    expect(told.known.map(({ openedAt, laterMin }) => ({ at: minuteOf(openedAt), laterMin }))).toEqual(fates);
    const only = are.filter((is) => is.isInPeriod && !were.some((was) => isOne(was, is)));
    expect(told.new.map(({ openedAt }) => minuteOf(openedAt))).toEqual(only.map(({ at }) => minuteOf(at)));
    expect(told.faithful).toEqual({ stored: told.known.length, same: told.known.length });
    expect(told.known.length).toBeGreaterThan(0);
  });

  test('and without a change what the service has done, episode by episode', async () => {
    for (const each of [home, asIs, changed]) {
      const asked = { changes: [], days: 28, to: END };
      const [question] = await readPreviewQuestions(db.database.dataSource.manager, parts.catalogue, [each.patientId], asked);
      const { before, after, known, new: added, faithful } = answerPreview(parts.catalogue, question!);
      const stored = (await lived(each)).filter(({ isInPeriod }) => isInPeriod);
      expect(stored.length).toBeGreaterThan(0);
      expect(before).toMatchObject(await amountsOf(each));
      expect(after).toEqual(before);
      expect(known.map(({ openedAt, fate }) => [minuteOf(openedAt), fate])).toEqual(stored.map(({ at }) => [minuteOf(at), 'same']));
      expect(added).toEqual([]);
      expect(faithful).toEqual({ stored: stored.length, same: stored.length });
    }
  });
});

test('the preview of a cohort adds up what it tells of each patient', async () => {
  const request = { changes: CHANGES, days: 28, to: END };
  const [question] = await readPreviewQuestions(db.database.dataSource.manager, parts.catalogue, [asIs.patientId], request);
  const told = answerPreview(parts.catalogue, question!);
  expect(told.changedDays.length).toBeGreaterThan(0);
  expect(told.faithful.stored).toBeGreaterThan(0);
  expect(told.faithful.same).toBe(told.faithful.stored);

  const pool = new PreviewPool(parts.catalogue);
  const jobs = new PreviewJobs({ database: db.database, catalogue: parts.catalogue, pool, log: testLog as unknown as Log });
  const { id } = jobs.start({ personId: 5, unitId: 1, patientIds: [asIs.patientId], reached: 1 }, request);
  expect(() => jobs.read(6, id)).toThrow(expect.objectContaining({ name: 'NotFound' }));
  while (jobs.read(5, id).state === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
  expect(jobs.read(5, id)).toMatchObject({
    ...{ state: 'done', done: 1, total: 1 },
    result: { patients: 1, failed: [], changedDays: told.changedDays.length, known: expect.any(Object) },
  });

  // How far it is, is told while it runs.
  const many = jobs.start(
    { personId: 5, unitId: 1, patientIds: Array<number>(3).fill(asIs.patientId), reached: 3 },
    { ...request, days: 7 },
  );
  const progress = new Set<number>();
  while (jobs.read(5, many.id).state === 'running') {
    progress.add(jobs.read(5, many.id).done);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([...progress].filter((done) => done > 0 && done < 3).length).toBeGreaterThan(0);
  expect(jobs.read(5, many.id)).toMatchObject({ state: 'done', done: 3, total: 3, result: { patients: 3 } });
  await pool.close();
});

test('what a change of a unit is shown to do says how many it reaches who are not in the sums', async () => {
  const unitId = home.community.dhoId;
  const [person] = await query<{ id: number }>('select min(id) as id from person');
  const change = { kind: 'unit_limit', unitId, ruleId: 'copd.spo2.below_target', parameter: 'target_low', value: 85 } as const;
  const pool = new PreviewPool(parts.catalogue);
  const jobs = new PreviewJobs({ database: db.database, catalogue: parts.catalogue, pool, log: testLog as unknown as Log });
  const request = { changes: [change], days: 7, to: END };
  const { id } = jobs.start({ personId: person!.id, unitId, patientIds: [home.patientId], reached: 3 }, request);
  while (jobs.read(person!.id, id).state === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
  const { previewId } = jobs.read(person!.id, id);
  const [shown] = await query<{ effect: object }>('select effect from shown_preview where id = $1', [previewId]);
  expect(shown?.effect).toMatchObject({ patients: 1, notShown: 2 });
  await pool.close();
});

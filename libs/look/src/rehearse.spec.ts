import type { Episode } from '@varde/alerts';
import { dayNumberOf, localDay, type ScheduledMeasurement } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import { markLeftOut, medianDaysBefore, type DailyMedian, type Finding, type RefusedValue, type RuleReading } from '@varde/rules';
import { AFTER_EXERCISE, type Metric } from '@varde/vitals';
import { afterLook } from '../../../test/after-look.js';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { summariseDay } from './day-medians.js';
import type { LookInput } from './input-and-outcome.js';
import { look } from './look.js';
import type { People } from './people.js';
import { rehearse, type RehearsalInput } from './rehearse.js';
import { CONTEXT_READINGS_MAX, WINDOW_HOURS } from './window-bounds.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONE = 'Europe/Oslo';
/** Seventeen days before the clocks go forward. */
const START = Date.parse('2026-03-12T00:00:00+01:00');
const MORNING: Omit<ScheduledMeasurement, 'metric'> = {
  ...{ atLocal: '08:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: new Date(START), to: null },
};

const AGREEMENT: RehearsalInput['agreement'] = {
  catalogue: CATALOGUE,
  plan: planOf({
    enrolments: [
      { programme: 'copd', from: new Date(START), to: null },
      { programme: 'hf', from: new Date(START), to: null },
    ],
    schedule: [
      { metric: 'spo2', ...MORNING },
      { metric: 'weight', ...MORNING },
    ],
  }),
  ...{ team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
};

/** Numbers between 0 and 1 that look random and are always the same for a seed. */
function* chances(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

interface Made {
  readonly readings: RuleReading[];
  readonly refused: RefusedValue[];
  readonly afterExercise?: Set<number>;
}

const AMOUNTS: readonly [Metric, number, number][] = [
  ['spo2', 83, 13],
  ['pulse', 55, 70],
  ['weight', 78, 5],
  ['systolic', 88, 80],
  ['temperature', 35.5, 3.4],
];

/**
 * Days of a restless patient: bad spells, days without a reading, late uploads, doubtful readings, refused ones, two in one minute, evenings
 * after exercise.
 */
function makeDays(days: number, seed: number): Required<Made> {
  const chance = chances(seed);
  const draw = (): number => chance.next().value;
  const made: Required<Made> = { readings: [], refused: [], afterExercise: new Set() };
  let id = 0;
  for (let day = 0; day < days; day++) {
    if (draw() < 0.1) continue;
    const isBad = draw() < 0.25;
    for (const hour of [8, 13, 20]) {
      const measured = START + day * DAY_MS + (hour + draw()) * HOUR_MS;
      const lateMs = draw() < 0.08 ? draw() * 90 * HOUR_MS : 2_000;
      const [observedAt, receivedAt] = [new Date(Math.floor(measured)), new Date(Math.floor(measured + lateMs))];
      if (draw() < 0.04) {
        made.refused.push({ refusedId: ++id, metric: 'spo2', reason: 'below-possible', observedAt, receivedAt });
        continue;
      }
      const amounts = AMOUNTS.filter(() => draw() >= 0.4);
      const isAfterExercise = hour === 20 && day % 3 === 0;
      made.readings.push(
        ...amounts.map(([metric, low, span]) => {
          const share = isBad ? draw() : 0.45 + 0.2 * draw();
          const value = Math.round((low + span * share) * 10) / 10;
          if (isAfterExercise) made.afterExercise.add(id + 1);
          return { measurementId: ++id, metric, value, observedAt, receivedAt, doubt: draw() < 0.03 ? 'jump' : null };
        }),
      );
    }
  }
  return made;
}

const input = (made: Made, change: Partial<RehearsalInput> = {}): RehearsalInput => ({
  agreement: AGREEMENT,
  ...made,
  ...{ answers: [], episodes: [], recorded: [], from: new Date(START), to: new Date(START + 70 * DAY_MS) },
  ...change,
});

/** A nurse who takes what is red after 20 minutes and closes it six hours after that. */
const NURSE: People = {
  next: ({ severity, openedAt, ladderStartedAt, acknowledgedAt }, after) => {
    if (severity !== 'red' && severity !== 'critical') return null;
    const by = { byPersonId: 5 };
    if (acknowledgedAt === null) {
      const at = new Date(Math.max(openedAt.getTime(), ladderStartedAt.getTime()) + 20 * 60_000);
      return at > after ? { kind: 'acknowledge', zone: 'Europe/Oslo', at, endsAt: null, ...by } : null;
    }
    return {
      kind: 'close',
      at: new Date(acknowledgedAt.getTime() + 6 * HOUR_MS),
      outcome: 'treated_at_home',
      note: '',
      secondLook: false,
      ...by,
    };
  },
};

const newest = (readings: readonly RuleReading[]): RuleReading[] =>
  [...readings].sort((a, b) => b.observedAt.getTime() - a.observedAt.getTime()).slice(0, CONTEXT_READINGS_MAX);

/** The windows of the store written down again as plainly as can be: everything that arrived, filtered anew for each look. */
function plainWindow(
  { readings, refused, afterExercise }: Made,
  unlookedFrom: Date | null,
  now: Date,
  episodes: readonly Episode[],
): LookInput['window'] {
  const arrived = readings.filter(({ receivedAt }) => receivedAt <= now);
  const unseenMs = Math.min(now.getTime(), unlookedFrom?.getTime() ?? now.getTime());
  const seen = CATALOGUE.metrics.flatMap((metric) => {
    const own = arrived.filter((reading) => reading.metric === metric);
    const before = own.filter(({ observedAt: at }) => at.getTime() < unseenMs && at.getTime() >= unseenMs - WINDOW_HOURS * HOUR_MS);
    return [...own.filter(({ observedAt }) => observedAt.getTime() >= unseenMs), ...newest(before)];
  });
  const lastObserved = CATALOGUE.metrics.flatMap((metric) => {
    const [last] = newest(arrived.filter((reading) => reading.metric === metric));
    return last === undefined ? [] : [{ metric, observedAt: last.observedAt }];
  });
  return {
    readings: seen,
    refused: refused.filter(({ receivedAt }) => receivedAt <= now && receivedAt.getTime() >= now.getTime() - WINDOW_HOURS * HOUR_MS),
    dailyMedians: plainMedians(
      arrived.filter(({ measurementId }) => afterExercise?.has(measurementId) !== true),
      now,
      { unseenMs, episodes },
    ),
    answers: [],
    lastObserved,
  };
}

/** Asked of the same readings at every look. */
const dayOf = new Map<number, string>();
const localDayOnce = (at: Date): string => {
  const day = dayOf.get(at.getTime()) ?? localDay(ZONE, at);
  dayOf.set(at.getTime(), day);
  return day;
};

function plainMedians(
  arrived: readonly RuleReading[],
  now: Date,
  { unseenMs, episodes }: { readonly unseenMs: number; readonly episodes: readonly Episode[] },
): DailyMedian[] {
  const days = new Map<string, { readonly metric: Metric; readonly day: string; readonly values: number[] }>();
  for (const { metric, value, observedAt, doubt } of arrived) {
    if (doubt !== null || !CATALOGUE.baselineMetrics.includes(metric)) continue;
    const day = localDayOnce(observedAt);
    const key = `${metric} ${day}`;
    const known = days.get(key);
    if (known) known.values.push(value);
    else days.set(key, { metric, day, values: [value] });
  }
  const last = localDay(ZONE, new Date(now.getTime() - DAY_MS));
  const firstOf = (metric: Metric): string => localDay('UTC', new Date(unseenMs - (medianDaysBefore(metric) + 10) * DAY_MS));
  const daysOf = (metric: Metric): string[] => [...days.values()].flatMap((each) => (each.metric === metric ? [each.day] : [])).sort();
  const first = new Map((['spo2', 'weight', 'pulse', 'o2-flow'] as const).map((metric) => [metric as Metric, daysOf(metric).slice(0, 42)]));
  const medians = [...days.values()]
    .filter(({ metric, day }) => (day >= firstOf(metric) || first.get(metric)?.includes(day) === true) && day <= last)
    .map(({ metric, day, values }) => summariseDay(metric, dayNumberOf(day), values));
  return [...markLeftOut(medians, { zone: ZONE, episodes, references: [], lastDaysFrom: dayNumberOf(firstOf('spo2')) })];
}

/** A rehearsal without people, written down as plainly as can be. */
function plainly(made: Made, until: number): { findings: Finding[]; episodes: Episode[]; looks: number } {
  let state: LookInput = {
    ...AGREEMENT,
    window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
    ...{ unlookedFrom: null, recorded: [], episodes: [], now: new Date(START) },
  };
  const all = new Map<number, Episode>();
  const findings: Finding[] = [];
  const arrivals = [...made.readings, ...made.refused].filter(({ receivedAt }) => receivedAt.getTime() >= START);
  let [nowMs, lastMs, looks] = [START, START - 1, 0];
  while (nowMs <= until) {
    const now = new Date(nowMs);
    const fresh = arrivals.filter(({ receivedAt }) => receivedAt.getTime() > lastMs && receivedAt.getTime() <= nowMs);
    const unlookedFrom = fresh.length === 0 ? null : new Date(Math.min(...fresh.map(({ observedAt }) => observedAt.getTime())));
    const given = { ...state, now, unlookedFrom, window: plainWindow(made, unlookedFrom, now, [...all.values()]) };
    const outcome = look(given);
    looks++;
    findings.push(...outcome.findings);
    state = afterLook(given, outcome, () => all.size + 1);
    for (const episode of state.episodes) all.set(episode.id, episode);
    lastMs = nowMs;
    const waiting = arrivals.map(({ receivedAt }) => receivedAt.getTime()).filter((ms) => ms > nowMs);
    nowMs = Math.min(outcome.nextLookAt?.getTime() ?? Number.POSITIVE_INFINITY, ...waiting);
  }
  return { findings, episodes: [...all.values()], looks };
}

describe('a rehearsal', () => {
  test.each([1, 2])('finds what plain looks at everything that had arrived find (seed %i)', (seed) => {
    const made = makeDays(22, seed);
    const plain = plainly(made, START + 24 * DAY_MS);
    const rehearsed = rehearse(input(made, { to: new Date(START + 24 * DAY_MS) }));
    expect(rehearsed.looks).toBe(plain.looks);
    expect(rehearsed.findings.map(({ finding }) => finding)).toEqual(plain.findings);
    expect(rehearsed.episodes.map(({ episode }) => episode)).toEqual(plain.episodes);
    expect(plain.episodes.length).toBeGreaterThan(2);
  });

  test('makes no baseline of what was measured after exercise, also where it was stored without its mark', () => {
    const reading = (measurementId: number, value: number, hours: number): RuleReading => {
      const at = new Date(START + hours * HOUR_MS);
      return { measurementId, metric: 'spo2', value, observedAt: at, receivedAt: at, doubt: null };
    };
    const days = Array.from({ length: 40 }, (_, day) => day);
    const atRest = days.map((day) => reading(day, 94, day * 24 + 8));
    const walked = days.map((day) => reading(100 + day, 89, day * 24 + 15));
    // Confirmed ten minutes later: four points below what is usual at rest, one above what is usual of everything.
    const low = [reading(200, 90, 968), reading(201, 90, 968 + 1 / 6)];
    const made = { readings: [...atRest, ...walked, ...low], refused: [] };
    const [from, to] = [new Date(START + 967 * HOUR_MS), new Date(START + 969 * HOUR_MS)];
    const found = (afterExercise: ReadonlySet<number>): string[] =>
      rehearse(input(made, { afterExercise, from, to })).findings.flatMap(({ finding: { ruleId, result, reason } }) =>
        ruleId === 'copd.spo2.drop' && result === 'fire' ? [reason.en] : [],
      );
    expect(found(new Set())).toEqual([]);
    expect(found(new Set(walked.map(({ measurementId }) => measurementId)))).toEqual([expect.stringContaining('baseline of 94%')]);
    // The same two with their mark: a rule for rest does not see them.
    const marked = { ...made, readings: [...atRest, ...low.map((each) => ({ ...each, doubt: AFTER_EXERCISE }))] };
    expect(rehearse(input(marked, { from, to })).findings.map(({ finding: { ruleId } }) => ruleId)).not.toContain('copd.spo2.drop');
  });

  test('compares a saturation with the first weeks also where oxygen has been used all the time', () => {
    const at = (day: number): Date => new Date(START + day * DAY_MS + 8 * HOUR_MS);
    const reading = (day: number, metric: Metric, value: number): RuleReading => ({
      ...{ measurementId: day, metric, value, observedAt: at(day), receivedAt: at(day), doubt: null },
    });
    const days = Array.from({ length: 181 }, (_, day) => day);
    const made = { readings: days.flatMap((day) => [reading(day, 'spo2', 96 - day / 30), reading(day, 'o2-flow', 1)]), refused: [] };
    const told = [60, 90, 180].map((day) => {
      const drifts: string[] = [];
      const onLook: RehearsalInput['onLook'] = (_, { tasks }) =>
        drifts.push(...(tasks ?? []).filter(({ kind }) => kind === 'baseline-drift').map(({ key }) => key));
      rehearse(input(made, { from: at(day), to: at(day), onLook }));
      return drifts;
    });
    expect(told).toEqual([[], ['baseline-drift:spo2:1'], ['baseline-drift:spo2:2']]);
  });

  test('does not depend on the order of what it is given, nor on what is there twice', () => {
    const made = makeDays(60, 7);
    const turned = {
      readings: [...made.readings, ...made.readings.slice(10, 40)].reverse(),
      refused: [...made.refused, ...made.refused].reverse(),
    };
    const { findings, episodes } = rehearse(input(made, { people: NURSE }));
    expect(rehearse(input(turned, { people: NURSE }))).toMatchObject({ findings, episodes });
  });

  test('has people act when they would, and goes on from what they did', () => {
    const { episodes, actsLeftOut } = rehearse(input(makeDays(60, 3), { people: NURSE }));
    const acts = episodes.flatMap(({ steps }) => steps.filter(({ byPersonId }) => byPersonId === 5));
    const closings = acts.filter(({ kind }) => kind === 'closed');
    expect(closings.length).toBeGreaterThan(4);
    expect(actsLeftOut).toBe(0);
    for (const { at } of closings) {
      const sixHoursBefore = new Date(at.getTime() - 6 * HOUR_MS);
      expect(acts).toContainEqual(expect.objectContaining({ kind: 'acknowledged', at: sixHoursBefore }));
    }
  });

  test('has the home measure again when it is asked, and settles by it what waited', () => {
    const asked: string[] = [];
    const at = new Date(START + 8 * HOUR_MS);
    const low: RuleReading = { measurementId: 1, metric: 'spo2', value: 86, observedAt: at, receivedAt: at, doubt: null };
    const { findings } = rehearse(
      input(
        { readings: [low], refused: [] },
        {
          home: {
            answer: (asks, now) => {
              asked.push(...asks.map(({ key }) => key));
              if (!asks.some(({ key }) => key === 'm:1')) return [];
              const again = new Date(now.getTime() + 12 * 60_000);
              return [{ ...low, measurementId: 2, value: 92, observedAt: again, receivedAt: again }];
            },
          },
        },
      ),
    );
    expect(asked.filter((key) => key.startsWith('m:'))).toEqual(['m:1']);
    const told = findings.filter(({ finding: { ruleId } }) => ruleId === 'copd.spo2.below_target');
    expect(told.map(({ finding: { result } }) => result)).toEqual(['pending', 'not_confirmed']);
  });

  test('cut in two and begun again from what was kept, it comes to the same', () => {
    const made = makeDays(60, 11);
    const whole = rehearse(input(made, { people: NURSE }));
    const middle = new Date(START + 40 * DAY_MS);
    const first = rehearse(input(made, { people: NURSE, to: middle }));
    const second = rehearse(
      input(made, {
        people: NURSE,
        from: new Date(middle.getTime() + 1),
        episodes: first.episodes.map(({ episode }) => episode),
        recorded: first.findings.map(({ finding }) => finding),
      }),
    );
    const both = [...first.findings, ...second.findings].map(({ finding: { ruleId, anchor, result } }) => `${ruleId} ${anchor} ${result}`);
    expect(both).toEqual(whole.findings.map(({ finding: { ruleId, anchor, result } }) => `${ruleId} ${anchor} ${result}`));
    expect(second.episodes.map(({ episode }) => episode)).toEqual(whole.episodes.map(({ episode }) => episode));
  });
});

test('a day is summarised as the store does', () => {
  expect(summariseDay('spo2', 20_513, [93, 90, 91])).toEqual({
    ...{ metric: 'spo2', day: 20_513, median: 91, highest: 93, readings: 3 },
  });
  expect(summariseDay('weight', 20_513, [80.1, 80.4]).median).toBe(80.1 + 0.5 * (80.4 - 80.1));
});

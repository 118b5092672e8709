import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayText, localDayNumber, type CarePlan } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import fc from 'fast-check';
import { Baselines } from './baseline.js';
import { markLeftOut, type LeaveOut } from './baseline-days.js';
import { BASELINE_WORDS, DOMAINS_OF_METRIC, readSpreadFloors } from './baseline-policy.js';
import { findDrift } from './drift.js';
import type { DailyMedian, Domain } from './finding.js';
import { JsonReader } from './json-reader.js';
import { METRIC_OF_MEASURE } from './measure.js';

interface File {
  readonly baseline_policy: Readonly<Record<string, unknown>> & { readonly floors: Readonly<Record<string, number>> };
  readonly rules: readonly { readonly id: string; readonly domain: Domain; readonly trigger: unknown }[];
}
const file = JSON.parse(readFileSync(join(import.meta.dirname, 'catalogue/rules-catalogue.json'), 'utf8')) as File;
const floorsOfFile = () => readSpreadFloors(file.baseline_policy, new JsonReader());

const TODAY = 20_000;
const day = (number: number, median: number, change: Partial<DailyMedian> = {}): DailyMedian => ({
  metric: 'spo2',
  day: number,
  median,
  highest: median,
  readings: 2,
  ...change,
});
/** One day after the other, the last of them 3 days before `TODAY`. */
const ending3DaysBefore = (medians: readonly number[], change: Partial<DailyMedian> = {}): DailyMedian[] =>
  medians.map((median, at) => day(TODAY - 3 - (medians.length - 1 - at), median, change));

describe('baseline_policy of the catalogue', () => {
  test('its sentences are the ones the numbers here were taken from, and nothing else is in it', () => {
    const { floors: _floors, basis: _basis, ...said } = file.baseline_policy;
    expect(said).toEqual(BASELINE_WORDS);
  });

  test('the floors are those of the file', () => {
    expect(Object.fromEntries(floorsOfFile())).toEqual(
      Object.fromEntries(Object.entries(file.baseline_policy.floors).map(([measure, floor]) => [METRIC_OF_MEASURE[measure], floor])),
    );
  });

  test('a changed sentence or an unknown measure is a fault', () => {
    const reader = new JsonReader();
    readSpreadFloors({ ...file.baseline_policy, rolling: 'mean of 7 days', floors: { mood: 1 } }, reader);
    expect(reader.faults).toEqual([
      'baseline_policy.rolling: says something else than is built',
      'baseline_policy.floors.mood: is unknown',
    ]);
  });

  test('a metric belongs to the domains of the rules that look at it', () => {
    const domains = new Map<Metric, Set<Domain>>();
    for (const { trigger, domain } of file.rules) {
      for (const [, measure = ''] of JSON.stringify(trigger).matchAll(/"measure":"([a-z0-9_]+)"/g)) {
        const metric = METRIC_OF_MEASURE[measure];
        if (metric === undefined || ['technical', 'silence', 'general'].includes(domain)) continue;
        domains.set(metric, (domains.get(metric) ?? new Set()).add(domain));
      }
    }
    const sorted = (entries: Iterable<readonly [string, Iterable<string>]>) =>
      Object.fromEntries([...entries].map(([metric, list]) => [metric, [...list].sort()]));
    expect(sorted(Object.entries(DOMAINS_OF_METRIC))).toEqual(sorted(domains));
  });
});

describe('the baseline', () => {
  test.each([
    ['seven days with ten readings make one', Array(7).fill(93), 2, 93],
    ['six days do not, however many readings', Array(6).fill(93), 9, Number.NaN],
    ['nine readings on seven days do not', Array(7).fill(93), 9 / 7, Number.NaN],
    ['the middle of the days', [90, 91, 92, 93, 94, 95, 96], 2, 93],
    ['half way between the two in the middle', [90, 91, 92, 93, 94, 95, 96, 97], 2, 93.5],
  ])('%s', (_name, medians: number[], readings, expected) => {
    expect(new Baselines(ending3DaysBefore(medians, { readings })).at('spo2', TODAY)).toBe(expected);
  });

  test.each<[string, Metric, readonly number[], number]>([
    ['eight single readings, on two days of each week', 'spo2', [3, 6, 10, 13, 17, 20, 24, 27], 93],
    ['one of them missed', 'spo2', [3, 6, 10, 13, 17, 20, 24], 93],
    ['two of them missed', 'spo2', [3, 6, 10, 13, 17, 20], Number.NaN],
    ['seven single readings within a fortnight', 'spo2', [3, 5, 7, 9, 11, 13, 16], Number.NaN],
    ['seven in a fortnight and a day', 'spo2', [3, 5, 7, 9, 11, 13, 17], 93],
    ['a weekly score', 'cat-score', [3, 10, 17, 24], 93],
    ['a weekly score, once missed', 'mmrc-grade', [3, 10, 24], 93],
    ['a weekly score, twice missed', 'cat-score', [3, 24], Number.NaN],
  ])('once a day is enough, as often as is agreed: %s', (_name, metric, daysAgo, expected) => {
    const medians = daysAgo.map((ago) => day(TODAY - ago, 93, { metric, readings: 1 }));
    const baselines = new Baselines(medians);
    expect([baselines.at(metric, TODAY), baselines.spread(metric, TODAY)]).toEqual([expected, Number.isNaN(expected) ? Number.NaN : 0]);
  });

  test('28 days ending 3 days before: days outside and days left out do not count', () => {
    const inside = ending3DaysBefore(Array(28).fill(93));
    const outside = [...Array.from({ length: 40 }, (_, at) => day(TODAY - 31 - at, 80)), ...[2, 1, 0].map((back) => day(TODAY - back, 80))];
    expect(new Baselines([...outside, ...inside]).at('spo2', TODAY)).toBe(93);
    const ill = Array.from({ length: 27 }, (_, at) => day(TODAY - 4 - at, 70, { leftOut: true }));
    expect(new Baselines([...ill, day(TODAY - 3, 93)]).at('spo2', TODAY)).toBeNaN();
  });

  test('order and repetition of the days make no difference', () => {
    const days = fc.array(fc.record({ back: fc.integer({ min: 0, max: 40 }), value: fc.integer({ min: 80, max: 99 }) }), { maxLength: 40 });
    fc.assert(
      fc.property(days, fc.infiniteStream(fc.nat()), (drawn, chance) => {
        const unique = [...new Map(drawn.map(({ back, value }) => [back, day(TODAY - back, value)])).values()];
        const shuffled = [...unique, ...unique.slice(0, 5)]
          .map((each) => ({ each, at: chance.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        const [a, b] = [new Baselines(unique, floorsOfFile()), new Baselines(shuffled, floorsOfFile())];
        expect([b.at('spo2', TODAY), b.spread('spo2', TODAY)]).toEqual([a.at('spo2', TODAY), a.spread('spo2', TODAY)]);
      }),
    );
  });
});

describe('the spread', () => {
  test('is 1.4826 times the median absolute deviation', () => {
    const baselines = new Baselines(ending3DaysBefore([88, 90, 92, 93, 94, 96, 98]), floorsOfFile());
    expect(baselines.spread('spo2', TODAY)).toBeCloseTo(1.4826 * 3, 10);
  });

  test('is never below the floor of the file, and there is none without a baseline', () => {
    const same = (metric: Metric) => new Baselines(ending3DaysBefore(Array(28).fill(70), { metric }), floorsOfFile());
    for (const [metric, floor] of floorsOfFile()) expect(same(metric).spread(metric, TODAY)).toBe(floor);
    expect(new Baselines([], floorsOfFile()).spread('spo2', TODAY)).toBeNaN();
  });
});

describe('days left out', () => {
  const at = (number: number, clock = '12:00'): Date => new Date(`${dayText(number)}T${clock}:00+01:00`);
  const nobody: LeaveOut = { zone: 'Europe/Oslo', episodes: [], references: [], lastDaysFrom: TODAY - 40 };
  const leftOut = (days: readonly DailyMedian[], leaveOut: Partial<LeaveOut>) =>
    markLeftOut(days, { ...nobody, ...leaveOut })
      .filter((each) => each.leftOut === true)
      .map((each) => each.day - TODAY);
  const days = Array.from({ length: 21 }, (_, back) => day(TODAY - 20 + back, 93));

  test('an open episode of the domain, from its local day on', () => {
    // Half past eleven in the evening UTC is the next day in Oslo.
    const openedAt = new Date(`${dayText(TODAY - 4)}T23:30:00Z`);
    expect(leftOut(days, { episodes: [{ domains: ['respiratory'], openedAt, closedAt: null }] })).toEqual([-3, -2, -1, 0]);
  });

  test('a closed one and the seven days after', () => {
    const episode = { domains: ['respiratory'] as const, openedAt: at(TODAY - 15), closedAt: at(TODAY - 14) };
    expect(leftOut(days, { episodes: [episode] })).toEqual([-15, -14, -13, -12, -11, -10, -9, -8, -7]);
  });

  test.each([
    ['spo2', 'respiratory', true],
    ['spo2', 'fluid', false],
    ['pulse', 'cardiac', true],
    ['weight', 'fluid', true],
    ['weight', 'nutrition', true],
    ['weight', 'respiratory', false],
    ['spo2', 'technical', false],
  ] as const)('%s and an episode of %s: %s', (metric, domain, expected) => {
    const episodes = [{ domains: [domain], openedAt: at(TODAY - 30), closedAt: null }];
    expect(leftOut([day(TODAY, 90, { metric })], { episodes }).length === 1).toBe(expected);
  });

  test('saturation of days without a word about oxygen, only where oxygen is used and nobody has decided', () => {
    const flow = (number: number, litres: number) => day(number, litres, { metric: 'o2-flow' });
    expect(leftOut([...days, flow(TODAY - 1, 0)], {})).toEqual([]);
    expect(leftOut([...days, flow(TODAY - 1, 2), flow(TODAY, 0)], {})).toEqual(Array.from({ length: 19 }, (_, each) => each - 20));
    const decided = [{ key: 'home-oxygen' as const, validFrom: at(TODAY - 5), validTo: null }];
    expect(leftOut([...days, flow(TODAY - 1, 2)], { references: decided })).toEqual(Array.from({ length: 15 }, (_, each) => each - 20));
  });

  test('of the first weeks, flows say on which days oxygen was used, and the last days whether it still is', () => {
    const flow = (number: number, litres: number) => day(number, litres, { metric: 'o2-flow' });
    const first = [day(TODAY - 200, 95), day(TODAY - 199, 95)];
    expect(leftOut([...first, ...days, flow(TODAY - 200, 2)], {})).toEqual([]);
    const now = Array.from({ length: 21 }, (_, back) => flow(TODAY - 20 + back, 2));
    expect(leftOut([...first, ...days, flow(TODAY - 200, 2), ...now], {})).toEqual([-199]);
    expect(leftOut([...first, ...days, flow(TODAY - 41, 2)], {})).toEqual([]);
    expect(leftOut([...first, flow(TODAY - 40, 2)], {})).toEqual([-200, -199]);
  });
});

describe('the drift guard', () => {
  const zone = 'Europe/Oslo';
  const now = new Date(TODAY * 86_400_000 + 12 * 3_600_000);
  const enrolledDays = 200;
  const plan: CarePlan = {
    patientId: 1,
    zone,
    enrolments: [{ programme: 'copd', from: new Date(now.getTime() - enrolledDays * 86_400_000), to: null }],
    limits: [],
    unitLimits: [],
    references: [],
    pauses: [],
    schedule: [],
  };
  const first = localDayNumber(zone, now.getTime()) - enrolledDays;
  const series = (metric: Metric, before: number, after: number): Baselines => {
    const enrolment = Array.from({ length: 14 }, (_, at) => day(first + at, before, { metric }));
    return new Baselines([...enrolment, ...ending3DaysBefore(Array(28).fill(after), { metric })]);
  };
  const drifts = (days: readonly DailyMedian[], given = plan) => findDrift(given, new Baselines(days), [], now);
  const LAST = ending3DaysBefore(Array(28).fill(90));
  /** One measured day after another from a day of the follow-up on, at 95. */
  const from = (place: number, length: number, change: Partial<DailyMedian> = {}): DailyMedian[] =>
    Array.from({ length }, (_, at) => day(first + place + at, 95, change));
  const DRIFTED = [{ key: 'baseline-drift:spo2:2', reason: { nb: expect.stringContaining('i de første ukene 95 %') as string } }];

  test.each([
    ['spo2', 93, 91, 1],
    ['spo2', 93, 91.5, 0],
    ['spo2', 91, 95, 0],
    ['weight', 79.3, 82.3, 1],
    ['weight', 82.3, 79.3, 1],
    ['weight', 80, 82.9, 0],
    ['pulse', 70, 80, 1],
    ['pulse', 80, 60, 0],
    ['pulse', 70, 79, 0],
  ] as const)('%s from %d to %d: %d tasks', (metric, before, after, count) => {
    const tasks = findDrift(plan, series(metric, before, after), [], now);
    expect(tasks).toHaveLength(count);
    if (count === 1) expect(tasks[0]).toMatchObject({ key: `baseline-drift:${metric}:2`, kind: 'baseline-drift', forRole: 'physician' });
  });

  test('one point a month for six months raises a task after two of them', () => {
    const found = [30, 60, 90, 120, 180].map((passed) => {
      const at = new Date(now.getTime() - (enrolledDays - passed) * 86_400_000);
      const today = localDayNumber(zone, at.getTime());
      const sinking = Array.from({ length: today - first }, (_, each) => day(first + each, 94 - each / 30));
      return findDrift(plan, new Baselines(sinking), [], at).length;
    });
    expect(found).toEqual([0, 0, 1, 1, 1]);
  });

  test('says what, in both languages, and nothing before the follow-up or without a baseline', () => {
    expect(findDrift(plan, series('spo2', 93, 90), [], now)[0]?.reason.nb).toMatch(
      /utgangsverdien er nå 90 %, i de første ukene 93 % \(3 prosentpoeng ned\)/,
    );
    expect(findDrift(plan, new Baselines([]), [], now)).toEqual([]);
    expect(findDrift({ ...plan, enrolments: [] }, series('spo2', 93, 80), [], now)).toEqual([]);
  });

  test('another programme a year before the first saturation', () => {
    const htn = { programme: 'htn' as const, from: new Date(now.getTime() - (enrolledDays + 360) * 86_400_000), to: null };
    const [task] = drifts([...from(0, 14), ...LAST], { ...plan, enrolments: [htn, ...plan.enrolments] });
    expect(task).toMatchObject({
      key: 'baseline-drift:spo2:6',
      reason: { en: expect.stringContaining('in the first weeks 95%') as string },
    });
  });

  const seldom = Array.from({ length: 12 }, (_, at) => day(first + Math.floor(at / 2) * 7 + (at % 2) * 3, 95, { readings: 1 }));
  test.each<[string, DailyMedian[]]>([
    ['an episode in the first fortnight', [...from(0, 2), ...from(2, 19, { leftOut: true }), ...from(21, 14)]],
    ['one that was open from the first day for four weeks', [...from(0, 35, { leftOut: true }), ...from(35, 7)]],
    ['a single measurement long before the others', [day(first - 200, 99), ...from(0, 14)]],
    ['two days a week, as is agreed after the first weeks', seldom],
    ['a fortnight, however much came after it', [...from(0, 14), ...Array.from({ length: 90 }, (_, at) => day(first + 14 + at, 91))]],
  ])('%s', (_name, days) => {
    expect(drifts([...days, ...LAST])).toMatchObject(DRIFTED);
    expect(drifts([...LAST, ...days.toReversed(), ...days])).toMatchObject(DRIFTED);
  });

  test('says so when the first days of a metric make no baseline, and goes on saying so whatever is measured later', () => {
    const ill = from(0, 42, { leftOut: true });
    const tasks = drifts([...ill, ...LAST]);
    expect(tasks).toMatchObject([{ key: 'baseline-drift-unknown:spo2', kind: 'baseline-drift', forRole: 'physician' }]);
    expect(tasks[0]?.reason.en).toMatch(/^Oxygen saturation: the first weeks give no personal baseline/);
    expect(drifts([...ill, ...from(42, 60), ...LAST])).toEqual(tasks);
    // Without a baseline of now there is nothing to compare; rules that need one say so themselves.
    expect(drifts(ill)).toEqual([]);
  });
});

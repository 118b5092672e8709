import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localDayNumber, type CarePlan, type Programme } from '@varde/plans';
import { plausibility, type Metric } from '@varde/vitals';
import fc from 'fast-check';
import { SEVERITIES, type AnswerSet, type DailyMedian, type Finding, type RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement, OpenEpisode } from './judging.js';
import { lateSeverity } from './late.js';
import { JUDGED_METRICS } from './measure.js';
import { readNews2Chart } from './news2/read-chart.js';
import { readCatalogue } from './read-catalogue.js';

const json = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, 'catalogue', name), 'utf8'));
const catalogue = { ...readCatalogue(json('rules-catalogue.json')), news2: readNews2Chart(json('news2.json')) };
const NOW_MS = Date.parse('2026-03-29T12:00:00Z'); // the day summer time begins
const ALL: readonly Programme[] = ['copd', 'hf', 'htn', 'dm', 'frail'];
const planFor = (programmes: readonly Programme[]): CarePlan => ({
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: programmes.map((programme) => ({ programme, from: new Date(NOW_MS - 90 * 86_400_000), to: null })),
  limits: [],
  unitLimits: [],
  references: (['dry-weight', 'spo2-target-88-92'] as const).map((key, id) => ({
    ...{ id, key, value: key === 'dry-weight' ? 80 : 1, reason: 'agreed', setByPersonId: 1, version: 1 },
    ...{ validFrom: new Date(NOW_MS - 5 * 86_400_000), validTo: null, reviewBy: null },
  })),
  pauses: [],
  schedule: [{ metric: 'spo2', atLocal: '02:30', weekdays: [1, 2, 3, 4, 5, 6, 7], from: new Date(NOW_MS - 90 * 86_400_000), to: null }],
});
const today = localDayNumber('Europe/Oslo', NOW_MS);
const usual: readonly [Metric, number][] = [
  ['spo2', 92],
  ['pulse', 75],
  ['weight', 80],
  ['temperature', 36.5],
  ['cat-score', 15],
  ['mmrc-grade', 2],
];
const dailyMedians: readonly DailyMedian[] = usual.flatMap(([metric, median]) =>
  Array.from({ length: 30 }, (_, back) => ({ metric, day: today - 3 - back, median, highest: median, readings: 2 })),
);
const span: Readonly<Record<string, [number, number]>> = {
  spo2: [75, 99],
  pulse: [35, 150],
  systolic: [75, 190],
  diastolic: [50, 115],
  temperature: [34, 40],
  weight: [74, 86],
  'respiratory-rate': [6, 30],
  glucose: [2.5, 20],
  'cat-score': [0, 40],
  'mmrc-grade': [0, 4],
  'dyspnoea-vas': [0, 10],
  'systolic-standing': [75, 190],
  'diastolic-standing': [50, 115],
  'irregular-pulse': [0, 1],
  'o2-flow': [0, 4],
};
/** Whole where the metric is; so that flags are flags. */
const valueIn = (metric: Metric, share: number): number => {
  const [low, high] = span[metric] ?? [0, 1];
  const decimals = metric === 'irregular-pulse' || metric === 'mmrc-grade' ? 1 : 10;
  return Math.round((low + share * (high - low)) * decimals) / decimals;
};
const ITEMS = [
  ...['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'cough_worse', 'swelling_worse', 'much_worse', 'lightheaded', 'vomiting'],
  ...['numb_or_weak', 'new_confusion', 'fall', 'head_injury', 'contact_request', 'plan_step_started', 'symptoms_better', 'on_oxygen'],
];
const items = fc.tuple(fc.subarray(ITEMS), fc.subarray(ITEMS), fc.boolean()).map(([yes, no, isAwake]) => ({
  ...Object.fromEntries(no.map((item) => [item, false])),
  ...Object.fromEntries(yes.map((item) => [item, true])),
  ...(isAwake ? { consciousness: 'A' } : {}),
}));

const reading = fc
  .record({
    measurementId: fc.integer({ min: 1, max: 60 }),
    metric: fc.constantFrom(...JUDGED_METRICS),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    doubtful: fc.boolean(),
  })
  .map(({ measurementId, metric, share, doubtful }): RuleReading => {
    // An act's time follows from its number, so that readings of one act share it; some lie minutes apart, some days.
    const observedAt = new Date(NOW_MS - (measurementId % 20) * 4 * 3_600_000 - Math.floor(measurementId / 20) * 9 * 60_000);
    return {
      measurementId,
      metric,
      value: valueIn(metric, share),
      observedAt,
      receivedAt: new Date(observedAt.getTime() + (measurementId % 7) * 1_800_000),
      doubt: doubtful && measurementId % 3 === 0 ? 'device-questionable' : null,
    };
  });
// One value per act and metric: a second, different one could not be stored.
const readings = fc.uniqueArray(reading, { maxLength: 60, selector: ({ measurementId, metric }) => `${measurementId} ${metric}` });
const sets = fc.uniqueArray(
  fc.record({ measurementId: fc.integer({ min: 1, max: 60 }), items }).map(({ measurementId, items: given }): AnswerSet => {
    const observedAt = new Date(NOW_MS - (measurementId % 20) * 4 * 3_600_000 - Math.floor(measurementId / 20) * 9 * 60_000);
    const receivedAt = new Date(observedAt.getTime() + (measurementId % 7) * 1_800_000);
    return { measurementId, questionnaire: 'daily', items: given, observedAt, receivedAt };
  }),
  { maxLength: 12, selector: ({ measurementId }) => measurementId },
);
interface Given {
  readonly readings: readonly RuleReading[];
  readonly answers?: readonly AnswerSet[];
  readonly medians?: readonly DailyMedian[];
  readonly recorded?: readonly Finding[];
}
const judgeAll = ({ readings: some, answers = [], medians = dailyMedians, recorded = [] }: Given, programmes: readonly Programme[]) =>
  judge({
    catalogue,
    plan: planFor(programmes),
    window: { readings: some, refused: [], dailyMedians: medians, answers, lastObserved: [] },
    unlookedFrom: new Date(NOW_MS - 10 * 86_400_000),
    openEpisodes: [],
    standing: [],
    recorded,
    now: new Date(NOW_MS),
  });

test('order and repetition of the readings make no difference', () => {
  const given = fc.tuple(readings, sets).chain(([set, answers]) =>
    fc.record({
      set: fc.constant(set),
      again: fc.shuffledSubarray(set),
      shuffled: fc.shuffledSubarray(set, { minLength: set.length }),
      answers: fc.constant(answers),
      answersAgain: fc.shuffledSubarray(answers),
      answersShuffled: fc.shuffledSubarray(answers, { minLength: answers.length }),
      medians: fc.shuffledSubarray([...dailyMedians], { minLength: dailyMedians.length }),
      programmes: fc.subarray([...ALL]),
    }),
  );
  fc.assert(
    fc.property(given, ({ set, again, shuffled, answers, answersAgain, answersShuffled, medians, programmes }) => {
      const other = { readings: [...shuffled, ...again], answers: [...answersShuffled, ...answersAgain], medians };
      expect(judgeAll(other, programmes)).toEqual(judgeAll({ readings: set, answers }, programmes));
    }),
    { numRuns: 300 },
  );
});

test('what was recorded is never said again, whatever else came', () => {
  fc.assert(
    fc.property(readings, sets, fc.subarray([...ALL]), (set, answers, programmes) => {
      const given = { readings: set, answers };
      const { findings: recorded } = judgeAll(given, programmes);
      expect(judgeAll({ ...given, recorded }, programmes).findings).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

/** What fired has opened an episode that nobody has closed. */
function openedBy(finding: Finding): readonly OpenEpisode[] {
  const severity = finding.result === 'fire' || finding.result === 'fire_unconfirmed' ? lateSeverity(finding).severity : null;
  const signals = [{ ruleId: finding.ruleId, firstAt: finding.at }];
  return severity === null ? [] : [{ severity, domains: [finding.domain], openedAt: finding.receivedAt, signals }];
}

test('judged as they come, late and in any order: looking at all of it again says nothing new', () => {
  const arriving = fc.record({
    metric: fc.constantFrom(...JUDGED_METRICS),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    agoMin: fc.oneof(fc.nat(90), fc.nat(3000)),
    doubtful: fc.nat(5),
    answered: fc.option(items, { freq: 3 }),
  });
  const low = (agoMin: number) => ({ metric: 'spo2' as const, share: 0, agoMin, doubtful: 0, answered: null });
  // What was reported of yesterday is mild; the second of two readings of one moment has fired itself, and confirms the first.
  const firesAndConfirms: [[ReturnType<typeof low>[], number][], Programme[]] = [
    [
      [[low(0)], 0],
      [[low(1441), low(0)], 0],
    ],
    ['copd'],
  ];
  const looks = fc.array(fc.tuple(fc.array(arriving, { maxLength: 4 }), fc.nat(80)), { maxLength: 14 });
  fc.assert(
    fc.property(looks, fc.subarray([...ALL], { minLength: 1 }), (steps, programmes) => {
      const stored: RuleReading[] = [];
      const answers: AnswerSet[] = [];
      let recorded: readonly Finding[] = [];
      let standing: JudgeInput['standing'] = [];
      let nowMs = NOW_MS;
      const at = (unlookedFrom: Date | null): Judgement => {
        const window = { readings: stored, refused: [], dailyMedians, answers, lastObserved: [] };
        return judge({
          catalogue,
          plan: planFor(programmes),
          window,
          unlookedFrom,
          standing,
          recorded,
          openEpisodes: recorded.flatMap(openedBy),
          now: new Date(nowMs),
        });
      };
      for (const [values, waitMin] of steps) {
        nowMs += waitMin * 60_000;
        const fresh = values.map(({ metric, share, agoMin, doubtful }, index): RuleReading => {
          const observedAt = new Date(nowMs - agoMin * 60_000);
          const value = valueIn(metric, share);
          const doubt = doubtful === 0 ? 'device-questionable' : null;
          return { measurementId: stored.length + index + 1, metric, value, observedAt, receivedAt: new Date(nowMs), doubt };
        });
        for (const [index, { answered, agoMin }] of values.entries()) {
          if (answered === null) continue;
          const observedAt = new Date(nowMs - agoMin * 60_000);
          answers.push({
            ...{ measurementId: stored.length + index + 1, questionnaire: 'daily', items: answered },
            ...{ observedAt, receivedAt: new Date(nowMs) },
          });
        }
        stored.push(...fresh);
        const oldestMs = Math.min(...fresh.map(({ observedAt }) => observedAt.getTime()));
        const judgement = at(fresh.length === 0 ? null : new Date(oldestMs));
        recorded = [...recorded, ...judgement.findings];
        standing = judgement.standing;
        const again = at(new Date(NOW_MS - 10 * 86_400_000));
        expect({ findings: again.findings, standing: again.standing, nextAt: again.nextAt }).toEqual({
          findings: [],
          standing,
          nextAt: judgement.nextAt,
        });
      }
      expect(new Set(recorded.map(({ ruleId, anchor, result }) => `${ruleId} ${anchor} ${result}`)).size).toBe(recorded.length);
    }),
    { numRuns: 300, examples: [firesAndConfirms] },
  );
});

test('one rule says one thing of one anchor', () => {
  fc.assert(
    fc.property(readings, (set) => {
      const { findings } = judgeAll({ readings: set }, ALL);
      const keys = findings.map(({ ruleId, anchor }) => `${ruleId} ${anchor}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

const gravest = (findings: readonly Finding[], counts: readonly string[]): number =>
  Math.max(-1, ...findings.filter(({ result }) => counts.includes(result)).map(({ severity }) => SEVERITIES.indexOf(severity)));

// Which way is worse, from a middle everybody would call normal.
const towards: readonly [Metric, number, number][] = [
  ['spo2', 97, 36],
  ['pulse', 70, 21],
  ['pulse', 70, 299],
  ['systolic', 120, 41],
  ['systolic', 120, 299],
  ['diastolic', 80, 199],
  ['temperature', 36.8, 25.1],
  ['temperature', 36.8, 44.9],
];
test.each(towards)('%s from %p towards %p: a worse value is never taken more lightly', (metric, normal, worst) => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, fc.subarray([...ALL]), fc.boolean(), (a, b, programmes, later) => {
      const valueAt = (part: number): number => Math.round((normal + part * (worst - normal)) * 10) / 10;
      const findingsOf = (part: number): readonly Finding[] => {
        const verdict = plausibility(metric, valueAt(part));
        const doubt = verdict.verdict === 'doubtful' ? verdict.reason : null;
        const at = new Date(later ? NOW_MS - 3_600_000 : NOW_MS);
        const one = { measurementId: 1, metric, value: valueAt(part), observedAt: at, receivedAt: at, doubt };
        return judgeAll({ readings: [one] }, programmes).findings.filter(({ domain }) => domain !== 'silence' && domain !== 'technical');
      };
      const [mild, grave] = [findingsOf(Math.min(a, b)), findingsOf(Math.max(a, b))];
      const fired = ['fire', 'fire_unconfirmed'];
      expect(gravest(grave, fired)).toBeGreaterThanOrEqual(gravest(mild, fired));
      expect(gravest(grave, [...fired, 'pending'])).toBeGreaterThanOrEqual(gravest(mild, [...fired, 'pending']));
    }),
    { numRuns: 150 },
  );
});

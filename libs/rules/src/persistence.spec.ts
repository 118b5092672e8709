import { localDayNumber, type Programme, type Reference } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import type { AnswerSet, DailyMedian, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';

/* What two days must show, and what says nothing of a day: doubt may delay an alert, never cancel it. */
/** Thursday 15 January 2026, 08:00 in Oslo; days and minutes after it. */
const EIGHT_MS = Date.parse('2026-01-15T08:00:00+01:00');
const when = (day: number, minutes = 0): Date => new Date(EIGHT_MS + day * 86_400_000 + minutes * 60_000);

const DRY_80: Reference = {
  ...{ id: 1, key: 'dry-weight', value: 80, reason: 'agreed', setByPersonId: 1, version: 1 },
  ...{ validFrom: when(-60), validTo: null, reviewBy: null },
};

let ids = 0;
interface Given {
  readonly value: number;
  readonly day: number;
  readonly minutes?: number;
  readonly doubt?: string;
}
const read = (metric: Metric, { value, day, minutes, doubt }: Given): RuleReading => ({
  ...{ measurementId: ++ids, metric, value, doubt: doubt ?? null },
  ...{ observedAt: when(day, minutes), receivedAt: when(day, minutes) },
});
const answered = (day: number, items: AnswerSet['items'], minutes = 0): AnswerSet => ({
  ...{ measurementId: ++ids, questionnaire: 'daily', items, observedAt: when(day, minutes), receivedAt: when(day, minutes) },
});

function found(
  ruleId: string,
  programme: Programme,
  given: readonly RuleReading[] | readonly AnswerSet[],
  dailyMedians: readonly DailyMedian[] = [],
): readonly Finding[] {
  const readings = given.filter((each): each is RuleReading => 'metric' in each);
  const answers = given.filter((each): each is AnswerSet => 'items' in each);
  const { findings } = judge({
    catalogue,
    plan: {
      ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], pauses: [], schedule: [] },
      enrolments: [{ programme, from: when(-90), to: null }],
      references: [DRY_80],
    },
    window: { readings, answers, refused: [], dailyMedians, lastObserved: [] },
    ...{ unlookedFrom: when(-9), openEpisodes: [], standing: [], recorded: [], now: when(0, 60) },
  });
  return findings.filter((finding) => finding.ruleId === ruleId);
}
const results = (findings: readonly Finding[]): readonly string[] => findings.map(({ result }) => result);

describe('an exacerbation pattern on two days', () => {
  const WORSE = { dyspnoea_worse: true, sputum_more: true };
  const WELL = { dyspnoea_worse: false, sputum_more: false };
  const RULE = 'copd.symptoms.pattern';
  const MONDAY = answered(-3, WORSE);
  const THURSDAY = answered(0, WORSE);
  test.each<[string, readonly AnswerSet[], readonly string[]]>([
    ['with nothing in between', [], ['fire']],
    ['an answer to advice in between', [answered(-2, { advice_answer: 'read' })], ['fire']],
    ['a CAT on a day of its own', [answered(-1, { cat_1: 3 })], ['fire']],
    ['both', [answered(-2, { advice_answer: 'read' }), answered(-1, { cat_1: 3 })], ['fire']],
    ['a day without symptoms in between', [answered(-1, WELL)], []],
    [
      'a day without symptoms, and an answer to advice that evening',
      [answered(-1, WELL), answered(-1, { advice_answer: 'read' }, 300)],
      [],
    ],
  ])('%s', (_name, between, expected) => {
    const findings = found(RULE, 'copd', [MONDAY, ...between, THURSDAY]);
    expect(results(findings)).toEqual(expected);
    if (expected.length > 0) expect(findings[0]?.readingIds).toEqual([THURSDAY.measurementId, MONDAY.measurementId]);
  });
  test('answers to other questions alone say nothing, not even that it cannot be told', () => {
    expect(found(RULE, 'copd', [answered(-1, { advice_answer: 'read' }), answered(0, { cat_1: 3 })])).toEqual([]);
  });
});

test.each<[string, readonly Given[], readonly string[]]>([
  ['both days', [{ value: 82.3, day: -1 }], ['fire']],
  [
    'somebody else on the scales after it',
    [
      { value: 82.3, day: -1 },
      { value: 62, day: -1, minutes: 6 },
    ],
    ['fire'],
  ],
  [
    'somebody else on the scales the day between',
    [
      { value: 82.3, day: -2 },
      { value: 62, day: -1 },
    ],
    ['fire'],
  ],
  [
    'somebody heavier after an own weight that is well',
    [
      { value: 80.1, day: -1 },
      { value: 97, day: -1, minutes: 6 },
    ],
    [],
  ],
  ['one day alone', [{ value: 80.4, day: -1 }], []],
])('above the dry weight on two days: %s', (_name, before, expected) => {
  const readings = [...before, { value: 82.5, day: 0 }].map((each) => read('weight', each));
  expect(results(found('hf.weight.above_dry', 'hf', readings))).toEqual(expected);
});

const POOR = { doubt: 'signal-poor' };
test.each<[string, readonly Given[], readonly string[]]>([
  ['both days', [{ value: 92, day: -1 }], ['fire']],
  [
    'a doubtful good value after it',
    [
      { value: 92, day: -1 },
      { value: 97, day: -1, minutes: 5, ...POOR },
    ],
    ['fire'],
  ],
  [
    'a doubtful good value before it',
    [
      { value: 97, day: -1, ...POOR },
      { value: 92, day: -1, minutes: 5 },
    ],
    ['fire'],
  ],
  [
    'a day of doubtful good values in between',
    [
      { value: 92, day: -2 },
      { value: 97, day: -1, ...POOR },
    ],
    ['fire'],
  ],
  [
    'a day of which all that there is is doubtful and low',
    [
      { value: 96, day: -2 },
      { value: 92, day: -1, ...POOR },
    ],
    ['fire'],
  ],
  [
    'a doubtful low value and a good one',
    [
      { value: 96, day: -1 },
      { value: 92, day: -1, minutes: 5, ...POOR },
    ],
    [],
  ],
  [
    'a good value in between',
    [
      { value: 92, day: -2 },
      { value: 97, day: -1 },
    ],
    [],
  ],
  ['one day of doubtful good values alone', [{ value: 97, day: -1, ...POOR }], []],
])('a saturation reduced on two days: %s', (_name, before, expected) => {
  const readings = [...before, { value: 92, day: 0 }].map((each) => read('spo2', each));
  expect(results(found('gen.spo2.reduced', 'hf', readings))).toEqual(expected);
});

describe('a grade of breathlessness one step worse on two reports', () => {
  const RULE = 'copd.mmrc.step';
  const today = localDayNumber('Europe/Oslo', EIGHT_MS);
  /** Reports so many days ago that are too old to be read one by one: what was summed up of their days. */
  const stored = (given: Readonly<Record<number, number>>): readonly DailyMedian[] =>
    Object.entries(given).map(([daysAgo, grade]) => ({
      ...{ metric: 'mmrc-grade' as const, day: today - Number(daysAgo), median: grade, highest: grade, readings: 1 },
    }));
  const usual = { 56: 2, 49: 2, 42: 2, 35: 2, 28: 2, 21: 2 };
  const worse = read('mmrc-grade', { value: 3, day: 0 });

  const lastWeek = (value: number): RuleReading => read('mmrc-grade', { value, day: -7 });

  test.each<[string, Readonly<Record<number, number>>, readonly RuleReading[], readonly string[]]>([
    ['last week', { ...usual, 14: 2, 7: 3 }, [lastWeek(3)], ['fire']],
    ['two weeks ago, none last week', { ...usual, 14: 3 }, [], ['fire']],
    ['not two weeks ago', { ...usual, 14: 2 }, [], []],
    ['two weeks ago, not last week', { ...usual, 14: 3, 7: 2 }, [lastWeek(2)], []],
    ['three weeks ago and none since: too few for a baseline', { ...usual, 21: 3 }, [], ['not_evaluable']],
  ])('%s', (_name, medians, before, expected) => {
    const findings = found(RULE, 'copd', [...before, worse], stored(medians));
    expect(results(findings)).toEqual(expected);
    const ids = [worse, ...before].map(({ measurementId }) => measurementId);
    if (expected[0] === 'fire') expect(findings[0]?.readingIds).toEqual(ids);
  });

  test('a report of a day that counts for no baseline is a report', () => {
    const medians = stored({ ...usual, 30: 2, 23: 2, 16: 2 });
    const [report] = stored({ 14: 3 });
    expect(results(found(RULE, 'copd', [worse], [...medians, { ...report!, leftOut: true }]))).toEqual(['fire']);
  });

  test('what is measured every day is not looked for so far back', () => {
    const dailyMedians = Array.from({ length: 30 }, (_none, day) => ({
      ...{ metric: 'pulse' as const, day: today - 10 - day, median: day === 0 ? 95 : 75, highest: 95, readings: 1 },
    }));
    expect(found('copd.pulse.rise', 'copd', [read('pulse', { value: 95, day: 0 })], dailyMedians)).toEqual([]);
  });
});

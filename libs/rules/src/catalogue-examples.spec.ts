import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localDayNumber, type CarePlan, type Programme, type Reference, type ReferenceKey, type ScheduledMeasurement } from '@varde/plans';
import { plausibility, type Metric } from '@varde/vitals';
import type { AnswerSet, DailyMedian, Finding, RefusedValue, RuleReading, Severity } from './finding.js';
import { judge } from './judge.js';
import type { OpenEpisode } from './judging.js';
import { METRIC_OF_MEASURE } from './measure.js';
import { readNews2Chart } from './news2/read-chart.js';
import { readCatalogue } from './read-catalogue.js';

const OWN = join(__dirname, 'catalogue');
const SHARED = join(__dirname, '../../../../shared/clinical');
const whenShared = existsSync(SHARED) ? test : test.skip; // the reading matter is not there: only our own copy can be tested

interface Given {
  readonly h: number;
  readonly measure: string;
  readonly value: number | readonly (number | string)[];
  readonly re?: boolean;
}
interface Example {
  readonly name: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly readings: readonly Given[];
  readonly now_h: number;
  readonly expect: string;
}
interface Row {
  readonly id: string;
  readonly programmes: readonly Programme[];
  readonly trigger: unknown;
  readonly severity_modifiers: unknown;
  readonly examples: readonly Example[];
}
const file = JSON.parse(readFileSync(join(OWN, 'rules-catalogue.json'), 'utf8')) as { rules: readonly Row[] };
const chart = readNews2Chart(JSON.parse(readFileSync(join(OWN, 'news2.json'), 'utf8')));
const catalogue = { ...readCatalogue(file), news2: chart };

whenShared.each(['rules-catalogue.json', 'news2.json'])('our %s is the specification, byte for byte', (name) => {
  expect(readFileSync(join(OWN, name)).equals(readFileSync(join(SHARED, name)))).toBe(true);
});

const HOUR_MS = 3_600_000;
const EIGHT_MS = Date.parse('2026-01-15T07:00:00Z');
const ZONE = 'Europe/Oslo';
const atHour = (h: number): Date => new Date(EIGHT_MS + Math.round(h * HOUR_MS));
const idAt = (h: number, plus = 0): number => Math.round(h * 1000) * 10 + 100_000_000 + plus;

// Every answer the rule asks for; who fills in a questionnaire answers yes or no to all of it.
function itemsOf({ trigger, severity_modifiers: modifiers }: Row): string[] {
  const found: string[] = [];
  const visit = (json: unknown): void => {
    if (typeof json !== 'object' || json === null) return;
    for (const [key, value] of Object.entries(json)) {
      if (['items', 'major', 'minor'].includes(key)) found.push(...(value as string[]));
      else visit(value);
    }
  };
  visit([trigger, modifiers]);
  return found;
}
const answered = (row: Row, h: number, yes: readonly string[]): AnswerSet => ({
  measurementId: idAt(h, 5),
  questionnaire: 'daily',
  items: Object.fromEntries([...itemsOf(row), ...SYMPTOMS, ...yes].map((item) => [item, yes.includes(item)])),
  observedAt: atHour(h),
  receivedAt: atHour(h),
});
const SYMPTOMS = ['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'symptoms_better', 'plan_step_started'];

/** One value, or several of one session, two minutes apart. */
function spread({ h, measure, value }: Given): { h: number; metric: Metric; value: number }[] {
  const values = typeof value === 'number' ? [value] : value;
  return values.map((each, at) => ({ h: h + at / 30, metric: METRIC_OF_MEASURE[measure] as Metric, value: Number(each) }));
}

// Readings at one hour are one act; what the plausibility table refuses never becomes a reading.
function readingsOf(example: Example): { readings: RuleReading[]; refused: RefusedValue[] } {
  const accepted: RuleReading[] = [];
  const refused: RefusedValue[] = [];
  const { on_oxygen: onOxygen } = example.context;
  const given = [...example.readings.filter(({ measure }) => measure !== 'answers').flatMap(spread), ...observedFor(example)];
  const flows = typeof onOxygen === 'boolean' ? given.map(({ h }) => ({ h, metric: 'o2-flow' as const, value: onOxygen ? 2 : 0 })) : [];
  for (const { h, metric, value } of [...given, ...flows]) {
    const observedAt = atHour(h);
    const verdict = plausibility(metric, value);
    if (verdict.verdict === 'refused') {
      refused.push({ refusedId: refused.length + 1, metric, reason: verdict.reason, observedAt, receivedAt: observedAt });
    } else {
      const doubt = verdict.verdict === 'doubtful' ? verdict.reason : null;
      accepted.push({ measurementId: idAt(h), metric, value, observedAt, receivedAt: observedAt, doubt });
    }
  }
  return { readings: accepted, refused };
}

/** Observations on room air, of an alert patient, that come to the NEWS2 classes and totals the examples speak of. */
const OBSERVED: Readonly<Record<string, Readonly<Partial<Record<Metric, number>>>>> = {
  high: { 'respiratory-rate': 25, spo2: 91, systolic: 95, pulse: 80, temperature: 37 },
  medium: { 'respiratory-rate': 21, spo2: 93, systolic: 105, pulse: 80, temperature: 37 },
  'low-medium': { 'respiratory-rate': 16, spo2: 91, systolic: 120, pulse: 80, temperature: 37 },
  1: { 'respiratory-rate': 16, spo2: 97, systolic: 120, pulse: 95, temperature: 37 },
  2: { 'respiratory-rate': 16, spo2: 95, systolic: 120, pulse: 95, temperature: 37 },
  3: { 'respiratory-rate': 16, spo2: 95, systolic: 105, pulse: 95, temperature: 37 },
};

function observedFor({ context }: Example): { h: number; metric: Metric; value: number }[] {
  const possible = context['news2_possible'] as readonly string[] | undefined;
  const at = (h: number, name: string): { h: number; metric: Metric; value: number }[] =>
    Object.entries(OBSERVED[name] ?? {}).map(([metric, value]) => ({ h, metric: metric as Metric, value }));
  if (possible !== undefined) {
    // Undetermined: without the saturation and the temperature everything from low to high is possible.
    return possible.length === 1 ? at(0, possible[0] ?? '') : at(0, '1').filter(({ metric }) => metric === 'respiratory-rate');
  }
  const [total, previous] = [context['news2_total'], context['news2_previous']];
  return total === undefined ? [] : [...at(-24, String(previous)), ...at(0, String(total))];
}

function answersOf(row: Row, { context, readings }: Example): AnswerSet[] {
  const sets = readings.filter(({ measure }) => measure === 'answers').map(({ h, value }) => answered(row, h, value as string[]));
  const today = context['answers_today'] as string[] | undefined;
  // An example that gives no answers is of somebody who has none of the symptoms and says so.
  if (today !== undefined || JSON.stringify(row.trigger).includes('any_answer_today')) sets.push(answered(row, 0, today ?? []));
  if (typeof context['symptoms_worse'] === 'boolean') sets.push(answered(row, 0, context['symptoms_worse'] ? ['dyspnoea_worse'] : []));
  if (context['plan_started_h'] !== undefined) {
    sets.push(answered(row, Number(context['plan_started_h']), ['plan_step_started']));
    sets.push(answered(row, 24, context['symptoms_better'] === true ? ['symptoms_better'] : []));
  }
  // A NEWS2 observation is made by somebody who also sees the patient.
  const observedAt = context['news2_total'] === undefined ? [0] : [-24, 0];
  const isSeen = context['news2_total'] !== undefined || (context['news2_possible'] as unknown[] | undefined)?.length === 1;
  for (const h of isSeen ? observedAt : []) {
    const seen = answered(row, h, []);
    sets.push({ ...seen, items: { ...seen.items, consciousness: 'A', on_oxygen: false } });
  }
  return sets;
}

function referencesOf({ context }: Example): Reference[] {
  const set = (key: ReferenceKey, value: number): Reference => ({
    id: 1,
    key,
    value,
    reason: 'agreed at the clinic',
    setByPersonId: 1,
    validFrom: atHour(-2000),
    validTo: null,
    reviewBy: null,
    version: 1,
  });
  return [
    ...(typeof context['dry_weight'] === 'number' ? [set('dry-weight', context['dry_weight'])] : []),
    // Never inferred: without an order there is no reference at all.
    ...(context['target_88_92'] === true ? [set('spo2-target-88-92', 1)] : []),
  ];
}

function mediansOf(context: Example['context']): DailyMedian[] {
  const baselines = (context['baseline'] ?? {}) as Record<string, number>;
  const today = localDayNumber(ZONE, EIGHT_MS);
  return Object.entries(baselines).flatMap(([measure, median]) =>
    Array.from({ length: 28 }, (_, at) => ({
      metric: METRIC_OF_MEASURE[measure] as Metric,
      day: today - 3 - at,
      median,
      highest: median,
      readings: 1,
    })),
  );
}

// The newest reading that is not a re-measure is the one asked about; those before it were judged when they came.
function askedHour({ readings, now_h }: Example): number {
  const last = readings.filter(({ re }) => re !== true).at(-1);
  return last?.h ?? Math.min(0, now_h);
}

// `due_h` is one planned measurement; `missed` so many of them since the last data, on a daily or weekly schedule.
function scheduleOf({ context }: Example): ScheduledMeasurement[] {
  const from = atHour(-1000);
  const weekly = context['weekly'] === true;
  if (context['due_h'] === undefined && context['missed'] === undefined) return [];
  return [{ metric: 'spo2', atLocal: '08:00', weekdays: weekly ? [4] : [1, 2, 3, 4, 5, 6, 7], from, to: null }];
}

function episodesOf({ context }: Example): OpenEpisode[] {
  const severity = context['episode'] as Severity | undefined;
  return severity === undefined ? [] : [{ severity, domains: ['respiratory'], openedAt: atHour(-1) }];
}

function planOf(row: Row, example: Example): CarePlan {
  const from = atHour(-2000);
  return {
    patientId: 1,
    zone: ZONE,
    enrolments: [{ programme: row.programmes[0] as Programme, from, to: null }],
    limits: [],
    unitLimits: [],
    references: referencesOf(example),
    pauses: [],
    schedule: scheduleOf(example),
    // The instrument of this rule needs a licence: it is off by default, and runs where a unit has switched it on.
    ruleSwitches: [
      {
        id: 1,
        unitId: 1,
        ruleId: 'copd.exact.event',
        enabled: true,
        reason: 'licence',
        setByPersonId: 1,
        validFrom: from,
        validTo: null,
        version: 1,
      },
    ],
  };
}

function judgeExample(row: Row, example: Example): readonly Finding[] {
  const { context } = example;
  const lastHour = context['last_data_h'] ?? (context['due_h'] === undefined ? undefined : -24);
  const { findings } = judge({
    catalogue,
    plan: planOf(row, example),
    window: {
      ...readingsOf(example),
      dailyMedians: mediansOf(context),
      answers: answersOf(row, example),
      lastObserved: typeof lastHour === 'number' ? [{ metric: 'spo2', observedAt: atHour(lastHour) }] : [],
    },
    unlookedFrom: atHour(askedHour(example)),
    openEpisodes: episodesOf(example),
    standing: [],
    recorded: [],
    now: atHour(example.now_h + 0.1 * Number(example.readings.some(({ value }) => typeof value !== 'number'))),
  });
  return findings.filter(({ ruleId }) => ruleId === row.id);
}

const cases = file.rules.flatMap((row) => row.examples.map((example) => [row.id, example.name, row, example] as const));

test('every rule of the file but one has examples, and every one of them is judged', () => {
  expect(file.rules.filter(({ examples }) => examples.length === 0).map(({ id }) => id)).toEqual(['gen.tech.quality']);
  expect(cases).toHaveLength(file.rules.reduce((sum, { examples }) => sum + examples.length, 0));
});

test.each(cases)('%s: %s', (_id, _name, row, example) => {
  const [expected, severity] = example.expect.split(':');
  // The example speaks of the breach; a re-measure that meets the rule again belongs to it.
  const [first] = judgeExample(row, example);
  expect(first?.result ?? 'no_fire').toBe(expected);
  if (severity !== undefined) expect(first?.severity).toBe(severity);
});

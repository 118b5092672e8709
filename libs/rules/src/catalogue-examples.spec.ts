import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayText, localDayNumber, type CarePlan, type Programme, type ScheduledMeasurement } from '@varde/plans';
import { plausibility, type Metric } from '@varde/vitals';
import type { DailyMedian, Finding, RefusedValue, RuleReading } from './finding.js';
import { judge } from './judge.js';
import { METRIC_OF_MEASURE } from './measure.js';
import { readCatalogue } from './read-catalogue.js';

const OWN = join(__dirname, 'catalogue');
const SHARED = join(__dirname, '../../../../shared/clinical');
const whenShared = existsSync(SHARED) ? test : test.skip; // the reading matter is not there: only our own copy can be tested

interface Example {
  readonly name: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly readings: readonly { readonly h: number; readonly measure: string; readonly value: number; readonly re?: boolean }[];
  readonly now_h: number;
  readonly expect: string;
}
interface Row {
  readonly id: string;
  readonly programmes: readonly Programme[];
  readonly trigger: unknown;
  readonly examples: readonly Example[];
}
const file = JSON.parse(readFileSync(join(OWN, 'rules-catalogue.json'), 'utf8')) as { rules: readonly Row[] };
// The instrument of one rule needs a licence: it is off by default, and judged where a site has switched it on.
const catalogue = readCatalogue(file, { enabled: ['copd.exact.event'] });

whenShared.each(['rules-catalogue.json', 'news2.json'])('our %s is the specification, byte for byte', (name) => {
  expect(readFileSync(join(OWN, name)).equals(readFileSync(join(SHARED, name)))).toBe(true);
});

const HOUR_MS = 3_600_000;
const EIGHT_MS = Date.parse('2026-01-15T07:00:00Z');
const atHour = (h: number): Date => new Date(EIGHT_MS + Math.round(h * HOUR_MS));

// Readings at one hour are one act; what the plausibility table refuses never becomes a reading.
function readingsOf({ readings }: Example): { readings: RuleReading[]; refused: RefusedValue[] } {
  const accepted: RuleReading[] = [];
  const refused: RefusedValue[] = [];
  for (const { h, measure, value } of readings) {
    const metric = METRIC_OF_MEASURE[measure] as Metric;
    const observedAt = atHour(h);
    const verdict = plausibility(metric, value);
    if (verdict.verdict === 'refused') {
      refused.push({ refusedId: refused.length + 1, metric, reason: verdict.reason, observedAt, receivedAt: observedAt });
    } else {
      const doubt = verdict.verdict === 'doubtful' ? verdict.reason : null;
      accepted.push({ measurementId: Math.round(h * 1000) + 1_000_000, metric, value, observedAt, receivedAt: observedAt, doubt });
    }
  }
  return { readings: accepted, refused };
}

function mediansOf(context: Example['context']): DailyMedian[] {
  const baselines = (context['baseline'] ?? {}) as Record<string, number>;
  const today = localDayNumber('Europe/Oslo', EIGHT_MS);
  return Object.entries(baselines).flatMap(([measure, median]) =>
    Array.from({ length: 28 }, (_, at) => ({
      metric: METRIC_OF_MEASURE[measure] as Metric,
      day: dayText(today - 3 - at),
      median,
      highest: median,
      readings: 1,
    })),
  );
}

// The newest reading that is not a re-measure is the one asked about; those before it were judged when they came.
function askedHour({ readings, now_h }: Example): number {
  return readings.filter(({ re }) => re !== true).at(-1)?.h ?? now_h;
}

// `due_h` is one planned measurement; `missed` so many of them since the last data, on a daily or weekly schedule.
function scheduleOf({ context }: Example): ScheduledMeasurement[] {
  const from = atHour(-1000);
  const weekly = context['weekly'] === true;
  if (context['due_h'] === undefined && context['missed'] === undefined) return [];
  return [{ metric: 'spo2', atLocal: '08:00', weekdays: weekly ? [4] : [1, 2, 3, 4, 5, 6, 7], from, to: null }];
}

function judgeExample(row: Row, example: Example): readonly Finding[] {
  const { context } = example;
  const programme = row.programmes[0] as Programme;
  const plan: CarePlan = {
    patientId: 1,
    zone: 'Europe/Oslo',
    enrolments: [{ programme, from: atHour(-2000), to: null }],
    limits: [],
    unitLimits: [],
    references: [],
    pauses: [],
    schedule: scheduleOf(example),
  };
  const lastHour = context['last_data_h'] ?? (context['due_h'] === undefined ? undefined : -24);
  const { findings } = judge({
    catalogue,
    plan,
    window: {
      ...readingsOf(example),
      dailyMedians: mediansOf(context),
      answers: [],
      lastObserved: typeof lastHour === 'number' ? [{ metric: 'spo2', observedAt: atHour(lastHour) }] : [],
    },
    unlookedFrom: atHour(askedHour(example)),
    openEpisodes: [],
    standing: [],
    recorded: [],
    now: atHour(example.now_h),
  });
  return findings.filter(({ ruleId }) => ruleId === row.id);
}

const cases = file.rules.flatMap((row) => row.examples.map((example) => [row.id, example.name, row, example] as const));
const CONTEXTS = new Set(['baseline', 'due_h', 'missed', 'last_data_h', 'weekly']);
// What is not judged yet waits: answers, facts around a reading, NEWS2, clocks of episodes.
const waits = cases.filter(
  ([, , { trigger }, { context, readings }]) =>
    JSON.stringify(trigger).includes('any_answer_today') ||
    Object.keys(context).some((key) => !CONTEXTS.has(key)) ||
    readings.some(({ value }) => typeof value !== 'number'),
);
const judged = cases.filter((each) => !waits.includes(each));

test.each(judged)('%s: %s', (_id, _name, row, example) => {
  const [expected, severity] = example.expect.split(':');
  // The example speaks of the breach; a re-measure that meets the rule again belongs to it.
  const [first] = judgeExample(row, example);
  expect(first?.result ?? 'no_fire').toBe(expected);
  if (severity !== undefined) expect(first?.severity).toBe(severity);
});

import type { Metric } from '@varde/vitals';
import { checkBuilt } from './built-words.js';
import type { Domain } from './finding.js';
import type { JsonReader } from './json-reader.js';
import { METRIC_OF_MEASURE } from './measure.js';

/**
 * The sentences of `baseline_policy` that the numbers below are taken from, word for word. A catalogue that says something else is
 * faulty: then somebody must read it and change the numbers.
 */
export const BASELINE_WORDS = {
  start: 'first 14 days: at least 10 accepted resting readings on at least 7 days',
  rolling: 'median of daily medians over 28 days ending 3 days before the reading',
  spread: '1.4826 x median absolute deviation, never below the floor',
  leave_out: [
    'days inside an open episode of the same domain and 7 days after it closed',
    'readings marked doubtful, rejected, after exercise or with unknown oxygen status',
  ],
  drift_guard:
    'compare with the enrolment baseline: SpO2 down 2 points, weight up or down 3 kg, pulse up 10 over 90 days raises a physician task, so slow worsening is not learned as normal',
  before_baseline: 'baseline rules answer not_evaluable and say so on the worklist; absolute rules run from the first reading',
} as const;

/** `start`: days at the beginning of the follow-up, and how much must have been measured in so short a time before there is a baseline. */
export const ENROLMENT_DAYS = 14;
/**
 * Measured days of a metric, from the very first on, that its enrolment baseline is looked for among, those left out counted: so many are
 * read whenever drift is asked for, however long ago they are. Six weeks of who measures daily: an episode at the start may last a month.
 */
export const FIRST_DAYS_MAX = 42;
export const READINGS_MIN = 10;
export const DAYS_MIN = 7;
/** Days that make a baseline of what is asked for once a week: four lie in a rolling window, and one may be missed (decision 21). */
export const DAYS_MIN_OF_SCORES: ReadonlyMap<Metric, number> = new Map([
  ['cat-score', 3],
  ['mmrc-grade', 3],
]);
/** `rolling`: days of a baseline, and how many days before the reading it ends. */
export const ROLLING_DAYS = 28;
export const ENDS_DAYS_BEFORE = 3;
/** `spread`: what makes the median absolute deviation of normally spread values their standard deviation. */
export const SPREAD_FACTOR = 1.4826;
/** `leave_out`: days after an episode closed that are left out too. */
export const LEFT_OUT_AFTER_DAYS = 7;
/** `drift_guard`: how far a baseline may leave the enrolment baseline downwards and upwards, in the unit of the metric. */
export const DRIFT_LIMITS = [
  { metric: 'spo2', down: 2, up: null },
  { metric: 'weight', down: 3, up: 3 },
  { metric: 'pulse', down: null, up: 10 },
] as const satisfies readonly { readonly metric: Metric; readonly down: number | null; readonly up: number | null }[];
/** `drift_guard`: for this long one task about a drift is enough. */
export const DRIFT_DAYS = 90;
/**
 * Metrics whose first days are read beside the last ones: those that the drift guard looks at, and the flow of oxygen, which says of the first
 * saturations whether they were measured with it.
 */
export const FIRST_DAYS_READ: ReadonlySet<Metric> = new Set<Metric>([...DRIFT_LIMITS.map(({ metric }) => metric), 'o2-flow']);

/** Days of daily medians that the longest weight rule reads: loss over 180 days, and some days for a day without a weighing. */
const WEIGHT_DAYS = 184;

/** Days before a reading that its baseline is made of, or lie between. */
const BASELINE_DAYS = ROLLING_DAYS + ENDS_DAYS_BEFORE - 1;

/** How many days before a report of a score the report before it may lie (`persistence`); null for what is measured more often than once a week. */
export function reportDaysBefore(metric: Metric): number | null {
  return DAYS_MIN_OF_SCORES.has(metric) ? BASELINE_DAYS : null;
}

/** Days before a reading whose medians rules may ask for: its baseline, and that of the report before it. */
export function medianDaysBefore(metric: Metric): number {
  return metric === 'weight' ? WEIGHT_DAYS : BASELINE_DAYS + (reportDaysBefore(metric) ?? 0);
}

/**
 * The domains a metric belongs to: those of the rules that look at it (`rules[].domain`). The days of an episode of one of them are
 * left out of its baseline. What is not here has no such days.
 */
export const DOMAINS_OF_METRIC: Readonly<Partial<Record<Metric, readonly Domain[]>>> = {
  spo2: ['respiratory'],
  pulse: ['respiratory', 'cardiac'],
  'respiratory-rate': ['respiratory'],
  'dyspnoea-vas': ['respiratory'],
  'cat-score': ['respiratory'],
  'mmrc-grade': ['respiratory'],
  'exact-score': ['respiratory'],
  temperature: ['infection'],
  systolic: ['blood_pressure'],
  diastolic: ['blood_pressure'],
  weight: ['fluid', 'nutrition'],
  glucose: ['metabolic'],
};

/** Least spread of each metric that has one (`baseline_policy.floors`): whole numbers give a deviation of 0. */
export type SpreadFloors = ReadonlyMap<Metric, number>;

/** Reads `baseline_policy`: its floors. Every sentence must be the one the numbers here were taken from. */
export function readSpreadFloors(json: unknown, reader: JsonReader): SpreadFloors {
  const { floors: given, basis: _basis, ...sentences } = reader.object(json, 'baseline_policy');
  checkBuilt(sentences, BASELINE_WORDS, 'baseline_policy', reader);
  const floors = new Map<Metric, number>();
  for (const [measure, floor] of Object.entries(reader.object(given, 'baseline_policy.floors'))) {
    const metric = METRIC_OF_MEASURE[measure];
    if (metric === undefined) reader.fault(`baseline_policy.floors.${measure}`, 'is unknown');
    else floors.set(metric, reader.number(floor, `baseline_policy.floors.${measure}`));
  }
  return floors;
}

import type { Metric } from '@varde/vitals';

/** The catalogue's names of measures, and what they are called here. */
export const METRIC_OF_MEASURE: Readonly<Record<string, Metric>> = {
  spo2: 'spo2',
  pulse: 'pulse',
  sbp: 'systolic',
  dbp: 'diastolic',
  sbp_standing: 'systolic-standing',
  dbp_standing: 'diastolic-standing',
  temperature: 'temperature',
  weight: 'weight',
  respiratory_rate: 'respiratory-rate',
  glucose: 'glucose',
  cat_total: 'cat-score',
  mmrc: 'mmrc-grade',
  dyspnoea_vas: 'dyspnoea-vas',
  exact_total: 'exact-score',
  irregular: 'irregular-pulse',
};

/** Metrics the rules in force look at; a metric's place here is its slot in an act. */
export const JUDGED_METRICS = [
  'spo2',
  'pulse',
  'systolic',
  'diastolic',
  'temperature',
  'weight',
  'respiratory-rate',
  'glucose',
  'cat-score',
  'mmrc-grade',
  'dyspnoea-vas',
  'exact-score',
  'systolic-standing',
  'diastolic-standing',
  'irregular-pulse',
  'o2-flow',
] as const satisfies readonly Metric[];

const SLOTS: ReadonlyMap<Metric, number> = new Map(JUDGED_METRICS.map((metric, slot) => [metric, slot]));

/** Place of a metric in an act's values; -1 when no rule in force looks at it. */
export function slotOf(metric: Metric): number {
  return SLOTS.get(metric) ?? -1;
}

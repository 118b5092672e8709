import type { Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { Scenario } from './patient.js';

/** Comparison of a value with a limit. */
export type Op = '<' | '<=' | '>' | '>=';

/** Whether a comparison holds. */
export const holds = (value: number, op: Op, limit: number): boolean =>
  op === '<' ? value < limit : op === '<=' ? value <= limit : op === '>' ? value > limit : value >= limit;

/** One limit of one rule: what is compared, how, in which steps, and a patient in whom it has a value. */
export interface Limit {
  readonly ruleId: string;
  readonly programme: Programme;
  /** A parameter of the rule, or the number that is fixed in it. */
  readonly limit: string | number;
  readonly op: Op;
  readonly step: number;
  readonly patient: (value: number, limits: Readonly<Record<string, number>>) => Scenario;
  /** Parameters that are set along with this one, so that only this one decides. */
  readonly besides?: Readonly<Record<string, number>>;
}

/** A patient with one reading. */
const oneValue =
  (metric: Metric) =>
  (value: number): Scenario => ({ values: [[metric, value]] });

/** A limit of one metric, in a patient with one reading. */
export const single = (
  [programme, ruleId]: readonly [Programme, string],
  metric: Metric,
  op: Op,
  limit: string | number = 'limit',
): Limit => ({
  ...{ ruleId, programme, limit, op },
  step: 0.1,
  patient: oneValue(metric),
});

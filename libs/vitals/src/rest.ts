import type { Metric } from './metric.js';
import { AFTER_EXERCISE, AFTER_EXERCISE_UNSURE, type DoubtReason } from './plausible.js';

/** What exercise changes. What is asked of the rest (a weight, a blood sugar, a temperature) is asked of it after exercise too. */
const AT_REST: ReadonlySet<Metric> = new Set<Metric>([
  'spo2',
  'pulse',
  'respiratory-rate',
  'dyspnoea-vas',
  'systolic',
  'diastolic',
  'systolic-standing',
  'diastolic-standing',
  'map',
  'irregular-pulse',
]);

/** Doubts about nothing but the size of a value: that it is to be measured again is all they say. */
export const SIZE_DOUBTS: ReadonlySet<string> = new Set<DoubtReason>(['unusually-low', 'unusually-high']);

/** Whether a metric is measured at rest, so that exercise just before makes it something else. */
export function isMeasuredAtRest(metric: Metric): boolean {
  return AT_REST.has(metric);
}

/** Whether a value carries the mark that it was taken after exercise, doubted besides or not. */
export function isAfterExercise(doubt: string | null | undefined): boolean {
  return doubt === AFTER_EXERCISE || doubt === AFTER_EXERCISE_UNSURE;
}

/** The mark of a value taken after exercise, with what is known against it. */
export function markAfterExercise(doubt: DoubtReason | null): DoubtReason {
  return doubt === null || SIZE_DOUBTS.has(doubt) ? AFTER_EXERCISE : AFTER_EXERCISE_UNSURE;
}

/** A value's doubt once something more speaks against it: the first stands, and a mark stays a mark. */
export function doubtedFor(doubt: string | null, reason: string): string {
  if (doubt === AFTER_EXERCISE) return AFTER_EXERCISE_UNSURE;
  return doubt ?? reason;
}

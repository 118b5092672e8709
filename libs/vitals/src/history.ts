import type { Metric } from './metric.js';
import type { DoubtReason } from './plausible.js';

/** A value in canonical unit with its time. */
export interface Timed {
  readonly value: number;
  readonly observedAt: Date;
}

/** A doubt raised by what the same person measured before; `otherwise` as in `Plausibility`. */
export interface HistoryDoubt {
  readonly reason: DoubtReason;
  readonly otherwise: number | null;
}

const HOUR_MS = 3_600_000;
const POUNDS_PER_KG = 2.2046;
const KG_PER_STONE = 6.35;
const near = (ratio: number, target: number): boolean => Math.abs(ratio / target - 1) <= 0.03;
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/**
 * A weight whose ratio to the person's last weight is, within 3 %, the one between kilograms and pounds or stones, in either
 * direction (catalogue, weight `units`). Answers null for other metrics and ordinary ratios.
 */
export function suspectUnitByPrevious(metric: Metric, value: number, previous: number): HistoryDoubt | null {
  if (metric !== 'weight' || !(previous > 0) || !(value > 0)) return null;
  const ratio = value / previous;
  if (near(ratio, POUNDS_PER_KG)) return { reason: 'looks-like-pounds', otherwise: rounded(value / POUNDS_PER_KG) };
  if (near(ratio, 1 / POUNDS_PER_KG)) return { reason: 'looks-like-kilograms', otherwise: rounded(value * POUNDS_PER_KG) };
  if (near(ratio, 1 / KG_PER_STONE)) return { reason: 'looks-like-stones', otherwise: rounded(value * KG_PER_STONE) };
  if (near(ratio, KG_PER_STONE)) return { reason: 'looks-like-kilograms', otherwise: rounded(value / KG_PER_STONE) };
  return null;
}

/** A step of the weight from here on is doubted (catalogue, `plausibility`: another person on the scale), whatever limit a programme has set. */
export const WEIGHT_JUMP_KG = 5;

/**
 * A step from the person's previous reading too large to take at its word (catalogue, `confirm`): SpO2 by more than 10 points within
 * 10 minutes, systolic by more than 50 from the last session, weight by 5 kg or more within 36 hours. Order in time does not matter:
 * readings arrive late. Null when there is nothing to say.
 */
export function suspectJump(metric: Metric, reading: Timed, previous: Timed): HistoryDoubt | null {
  const step = Math.abs(reading.value - previous.value);
  const apartMs = Math.abs(reading.observedAt.getTime() - previous.observedAt.getTime());
  const jumped =
    (metric === 'spo2' && step > 10 && apartMs <= HOUR_MS / 6) ||
    (metric === 'systolic' && step > 50) ||
    (metric === 'weight' && step >= WEIGHT_JUMP_KG && apartMs <= 36 * HOUR_MS);
  return jumped ? { reason: 'jump', otherwise: null } : null;
}

/** A weight 10 % or more from the person's median of 14 days (catalogue, weight `confirm`). Null for other metrics. */
export function suspectAgainstMedian(metric: Metric, value: number, median14Days: number): HistoryDoubt | null {
  if (metric !== 'weight' || !(median14Days > 0)) return null;
  return Math.abs(value - median14Days) * 10 >= median14Days ? { reason: 'jump', otherwise: null } : null;
}

// Less than what is told apart by a scale, more than what arithmetic on a median is out by.
const SURELY = 1e-9;

/** The medians of 14 days between which a weight is near them, both bounds included: with all accepted weights between them no median makes it doubted. */
export function mediansNear(value: number): { readonly from: number; readonly to: number } {
  return { from: (value / 1.1) * (1 + SURELY), to: (value / 0.9) * (1 - SURELY) };
}

/** Whether oximeter and cuff disagree on the pulse of one session by more than 20/min (catalogue, pulse `confirm`). */
export function suspectPulses(oximeterPulse: number, cuffPulse: number): HistoryDoubt | null {
  return Math.abs(oximeterPulse - cuffPulse) > 20 ? { reason: 'pulses-differ', otherwise: null } : null;
}

/**
 * All that history can say of one reading, most telling first: unit mistake, jump, distance from the median.
 * @param metric what was measured
 * @param reading the new reading, canonical unit
 * @param previous the person's last reading of the metric (last session), or null
 * @param median14Days the person's median over 14 days (weight only), or null
 */
export function checkAgainstHistory(
  metric: Metric,
  reading: Timed,
  previous: Timed | null,
  median14Days: number | null,
): HistoryDoubt | null {
  if (previous !== null) {
    const doubt = suspectUnitByPrevious(metric, reading.value, previous.value) ?? suspectJump(metric, reading, previous);
    if (doubt !== null) return doubt;
  }
  return median14Days === null ? null : suspectAgainstMedian(metric, reading.value, median14Days);
}

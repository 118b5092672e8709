import { instantOf, localDayNumber, type CarePlan } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { Act, Acts } from './act.js';
import type { Baselines } from './baseline.js';
import type { DailyMedian } from './finding.js';
import type { News2Chart } from './news2/chart.js';

/** Why a weight is held back: it may be another unit or another person (`gen.tech.unit_suspect`, `gen.tech.other_person`). */
export type HeldBack = 'unit' | 'person';

/** Values of local days (`DayValues` in `daily.ts`). */
export interface MeasuredDays {
  storedOf(metric: Metric): ReadonlyMap<number, DailyMedian>;
  mediansUpTo(metric: Metric, days: readonly [number, number], act: Act, scene: Scene): readonly number[];
}

/** What surrounds an act while it is judged. */
export interface Scene {
  readonly zone: string;
  readonly plan: CarePlan;
  readonly acts: Acts;
  readonly baselines: Baselines;
  readonly days: MeasuredDays;
  /** Weights that no other weight is compared with until a person has said whose and what they are. */
  readonly heldBack: ReadonlyMap<Act, HeldBack>;
  /** Weights that another of the same day has refuted (`refutedWeights`): not compared with while there are others. */
  readonly refuted: ReadonlySet<Act>;
  /** Null where the catalogue was read without the chart. */
  readonly news2: News2Chart | null;
  readonly nowMs: number;
}

/** Local day of an act at the patient's home. */
export function dayOf(act: Act, zone: string): number {
  if (Number.isNaN(act.day)) act.day = localDayNumber(zone, act.atMs);
  return act.day;
}

/** End of the local day of an act. */
export function endOfDayMs(act: Act, zone: string): number {
  return instantOf(zone, dayOf(act, zone) + 1, 0);
}

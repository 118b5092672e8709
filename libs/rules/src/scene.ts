import { instantOf, localDayNumber } from '@varde/plans';
import type { Act, Acts } from './act.js';
import type { Baselines } from './baseline.js';

/** Why a weight is held back: it may be another unit or another person (`gen.tech.unit_suspect`, `gen.tech.other_person`). */
export type HeldBack = 'unit' | 'person';

/** What surrounds an act while it is judged. */
export interface Scene {
  readonly zone: string;
  readonly acts: Acts;
  readonly baselines: Baselines;
  /** Weights that no other weight is compared with until a person has said whose and what they are. */
  readonly heldBack: ReadonlyMap<Act, HeldBack>;
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

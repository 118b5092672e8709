import type { Act } from './act.js';
import type { Rule } from './catalogue.js';
import type { Amount, Op } from './conditions.js';
import type { AppliedLimit, Words } from './finding.js';
import type { Scene } from './scene.js';

/** Answers of a condition: it holds, it does not, or something it needs is missing. */
export const MET = 1;
export const UNMET = 0;
export const UNKNOWN = -1;
/** What a condition answers. */
export type Answer = typeof MET | typeof UNMET | typeof UNKNOWN;

/**
 * A condition made ready: asks it of one act.
 * @param limits the values in force of the rule's parameters, in the order of its `ranges`
 * @param firedMs when the rule last fired, for a condition that clears it
 */
export type Ask = (act: Act, limits: readonly number[], scene: Scene, firedMs?: number) => Answer;

/** What a sentence about a rule is made from. */
export interface Telling {
  readonly rule: Rule;
  readonly scene: Scene;
  /** Limits in force when the act was measured, in the order of the rule's `ranges`. */
  readonly limits: readonly AppliedLimit[];
}

/** How one kind of condition is judged and told. */
export interface ConditionKind<Asked> {
  /** Slots of the metrics it looks at (`slotOf`, `ANSWERS_SLOT`): it is asked of every act that has a value in one of them. Facts around an act have none. */
  readonly slots: (condition: Asked) => readonly number[];
  /** Makes it ready, once per rule. */
  readonly prepare: (condition: Asked) => Ask;
  /** Why it holds of an act: value, unit, limit and its source; a part of a sentence, with a capital, without a full stop. */
  readonly tell: (condition: Asked, act: Act, telling: Telling) => Words;
  /** What it lacks when it answers `UNKNOWN`: `vektreferansen mangler` / `the dry weight is missing`. */
  readonly missing: (condition: Asked, act: Act, telling: Telling) => Words;
  /** The acts besides the asked one that the answer rests on. */
  readonly restsOn?: (condition: Asked, act: Act, scene: Scene, limits: readonly number[]) => readonly Act[];
  /**
   * Of several metrics: whether an act that lacks some of them still asks for an answer (a standing pressure without the sitting one
   * does, a sitting one alone does not). Absent: only an act that has them all does.
   */
  readonly isAsked?: (condition: Asked, act: Act, scene: Scene) => boolean;
  /** Whether what comes later the same local day (or near the act) can change the answer, so that earlier acts of the day are asked again. */
  readonly looksAtDay?: boolean;
}

/** The number of a trigger with the limits in force. */
export function amountOf(amount: Amount, limits: readonly number[]): number {
  return amount.parameter < 0 ? amount.factor : amount.factor * (limits[amount.parameter] ?? Number.NaN);
}

/** Difference of two stored values without the noise of binary fractions: values are stored with four decimals. */
export function difference(a: number, b: number): number {
  return Math.round((a - b) * 1e4) / 1e4;
}

/** A value against a limit; unknown when either is missing. */
export function compare(value: number, op: Op, limit: number): Answer {
  // Written so that NaN on either side is never "not met".
  if (op === '<') return value < limit ? MET : value >= limit ? UNMET : UNKNOWN;
  if (op === '<=') return value <= limit ? MET : value > limit ? UNMET : UNKNOWN;
  if (op === '>') return value > limit ? MET : value <= limit ? UNMET : UNKNOWN;
  return value >= limit ? MET : value < limit ? UNMET : UNKNOWN;
}

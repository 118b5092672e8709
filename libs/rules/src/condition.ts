import { isDoubtful, valueOf, type Act } from './act.js';
import type { Amount, Combination, Condition, Op, WindowGain } from './catalogue.js';
import { slotOf } from './measure.js';
import { dayOf, type Scene } from './scene.js';

/** Answers of a condition: it holds, it does not, or something it needs is missing. */
export const MET = 1;
export const UNMET = 0;
export const UNKNOWN = -1;

/**
 * A condition made ready: asks it of one act.
 * @param limits the values in force of the rule's parameters, in the order of its `ranges`
 */
export type Ask = (act: Act, limits: readonly number[], scene: Scene) => typeof MET | typeof UNMET | typeof UNKNOWN;

/** The number of a trigger with the limits in force. */
export function amountOf(amount: Amount, limits: readonly number[]): number {
  return amount.parameter < 0 ? amount.factor : amount.factor * (limits[amount.parameter] ?? Number.NaN);
}

/** Difference of two stored values without the noise of binary fractions: values are stored with four decimals. */
export function difference(a: number, b: number): number {
  return Math.round((a - b) * 1e4) / 1e4;
}

function compare(value: number, op: Op, limit: number): typeof MET | typeof UNMET | typeof UNKNOWN {
  // Written so that NaN on either side is never "not met".
  if (op === '<') return value < limit ? MET : value >= limit ? UNMET : UNKNOWN;
  if (op === '<=') return value <= limit ? MET : value > limit ? UNMET : UNKNOWN;
  if (op === '>') return value > limit ? MET : value <= limit ? UNMET : UNKNOWN;
  return value >= limit ? MET : value < limit ? UNMET : UNKNOWN;
}

/** Slots of the metrics a condition looks at. */
export function slotsOf(condition: Condition): readonly number[] {
  if (condition.kind === 'any_answer_today') return [];
  if ('of' in condition) return [...new Set(condition.of.flatMap(slotsOf))];
  return [slotOf(condition.metric)];
}

/** Makes a condition ready, once per rule. */
export function prepare(condition: Condition): Ask {
  switch (condition.kind) {
    case 'threshold': {
      const { op, limit } = condition;
      const slot = slotOf(condition.metric);
      return (act, limits) => compare(valueOf(act, slot), op, amountOf(limit, limits));
    }
    case 'baseline_delta': {
      const { op, limit, metric } = condition;
      const slot = slotOf(metric);
      return (act, limits, scene) =>
        compare(difference(valueOf(act, slot), scene.baselines.at(metric, dayOf(act, scene.zone))), op, amountOf(limit, limits));
    }
    case 'window_gain': {
      const { op, limit } = condition;
      return (act, limits, scene) => compare(gainOf(condition, act, scene), op, amountOf(limit, limits));
    }
    case 'any_answer_today':
      return () => UNKNOWN;
    case 'all':
    case 'any':
      return prepareParts(condition);
  }
}

function prepareParts({ kind, of }: Combination): Ask {
  const parts = of.map(prepare);
  // One part decides alone: a failing one of `all`, a holding one of `any`. Otherwise what was answered does, and parts that
  // cannot be evaluated are skipped by `any` only.
  const alone = kind === 'all' ? UNMET : MET;
  const otherwise = kind === 'all' ? MET : UNMET;
  return (act, limits, scene) => {
    let unknown = 0;
    for (const part of parts) {
      const answer = part(act, limits, scene);
      if (answer === alone) return alone;
      if (answer === UNKNOWN) unknown++;
    }
    if (unknown === 0) return otherwise;
    return kind === 'any' && unknown < parts.length ? UNMET : UNKNOWN;
  };
}

/**
 * The act a gain is counted from: the lowest accepted value of the days before. When there are only doubtful ones, the lowest of them:
 * doubt must not blind the rule. Null when there is none, or only values in what may be another unit.
 */
export function lowestBefore({ metric, days }: WindowGain, act: Act, scene: Scene): Act | null {
  const slot = slotOf(metric);
  const firstDay = dayOf(act, scene.zone) - days;
  const list = scene.acts.bySlot[slot] ?? [];
  let lowest: Act | null = null;
  let lowestDoubtful: Act | null = null;
  for (let at = list.length - 1; at >= 0; at--) {
    const earlier = list[at];
    if (earlier === undefined || earlier.atMs >= act.atMs) continue;
    if (dayOf(earlier, scene.zone) < firstDay) break;
    const held = scene.heldBack.get(earlier);
    if (held === 'unit') continue;
    if (held === 'person' || isDoubtful(earlier, [slot])) lowestDoubtful = lowerOf(lowestDoubtful, earlier, slot);
    else lowest = lowerOf(lowest, earlier, slot);
  }
  return lowest ?? lowestDoubtful;
}

function lowerOf(lowest: Act | null, act: Act, slot: number): Act {
  return lowest === null || valueOf(act, slot) < valueOf(lowest, slot) ? act : lowest;
}

function gainOf(gain: WindowGain, act: Act, scene: Scene): number {
  // A weight in what may be another unit says nothing of a gain.
  if (scene.heldBack.get(act) === 'unit') return Number.NaN;
  const lowest = lowestBefore(gain, act, scene);
  return lowest === null ? Number.NaN : difference(valueOf(act, slotOf(gain.metric)), valueOf(lowest, slotOf(gain.metric)));
}

import { JUDGED_METRICS, slotOf } from './measure.js';
import type { RuleReading } from './finding.js';

/** One act of measuring as rules see it: its values by slot (`slotOf`), NaN where it has none. */
export interface Act {
  readonly id: number;
  readonly atMs: number;
  readonly at: Date;
  readonly values: number[];
  /** Why a value must be used with care, by slot. */
  doubts: readonly (string | null)[];
  /** When the last of its values reached us. */
  receivedAt: Date;
  /** Local day; NaN until somebody asks. */
  day: number;
}

/** The acts of a window, oldest first, and those of each slot. */
export interface Acts {
  readonly all: readonly Act[];
  readonly bySlot: readonly (readonly Act[])[];
}

const NO_VALUES: readonly number[] = JUDGED_METRICS.map(() => Number.NaN);
const NO_DOUBTS: readonly (string | null)[] = JUDGED_METRICS.map(() => null);

/**
 * Doubts about nothing but the size of a value. Asking again is all they want, and rules that fire at once ask again anyway:
 * 69 % must not wait where 71 % does not.
 */
const SIZE_DOUBTS: ReadonlySet<string> = new Set(['unusually-low', 'unusually-high']);

/**
 * Puts readings of one act together and acts in order of their time. Order and repetition of the readings make no difference;
 * readings of metrics no rule looks at are left out.
 */
export function groupActs(readings: readonly RuleReading[]): Acts {
  const byId = new Map<number, Act>();
  for (const reading of readings) {
    const slot = slotOf(reading.metric);
    if (slot < 0) continue;
    let act = byId.get(reading.measurementId);
    if (act === undefined) {
      act = newAct(reading);
      byId.set(reading.measurementId, act);
    } else if (reading.receivedAt > act.receivedAt) act.receivedAt = reading.receivedAt;
    act.values[slot] = reading.value;
    if (reading.doubt !== null) act.doubts = act.doubts.with(slot, reading.doubt);
  }
  const all = [...byId.values()].sort((a, b) => a.atMs - b.atMs || a.id - b.id);
  const bySlot: Act[][] = JUDGED_METRICS.map(() => []);
  for (const act of all) {
    for (let slot = 0; slot < bySlot.length; slot++) if (hasValue(act, slot)) bySlot[slot]?.push(act);
  }
  return { all, bySlot };
}

function newAct(reading: RuleReading): Act {
  return {
    id: reading.measurementId,
    atMs: reading.observedAt.getTime(),
    at: reading.observedAt,
    values: NO_VALUES.slice(),
    doubts: NO_DOUBTS,
    receivedAt: reading.receivedAt,
    day: Number.NaN,
  };
}

/** An act made of several: the mean of what they have. Stands in time where the last of them does. */
export function meanAct(acts: readonly [Act, ...Act[]]): Act {
  const last = acts[acts.length - 1] ?? acts[0];
  const values = NO_VALUES.map((_none, slot) => {
    const given = acts.map((act) => valueOf(act, slot)).filter((value) => !Number.isNaN(value));
    return given.length === 0 ? Number.NaN : given.reduce((sum, value) => sum + value, 0) / given.length;
  });
  return { ...last, values };
}

/** Value of a slot; NaN when the act has none. */
export function valueOf(act: Act, slot: number): number {
  return act.values[slot] ?? Number.NaN;
}

/** Whether the act has a value in a slot. */
export function hasValue(act: Act, slot: number): boolean {
  return !Number.isNaN(valueOf(act, slot));
}

/** Whether any of these values must not be taken at its word: it counts, but may not fire a rule at once nor clear one. */
export function isDoubtful(act: Act, slots: readonly number[]): boolean {
  if (act.doubts === NO_DOUBTS) return false;
  for (const slot of slots) {
    const doubt = act.doubts[slot];
    if (doubt !== null && doubt !== undefined && !SIZE_DOUBTS.has(doubt)) return true;
  }
  return false;
}

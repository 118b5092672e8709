import { AFTER_EXERCISE, isAfterExercise, SIZE_DOUBTS, TIME_UNKNOWN } from '@varde/vitals';
import { JUDGED_METRICS, slotOf } from './measure.js';
import type { AnswerSet, RuleReading } from './finding.js';
import { LIFTED_DOUBT, saidOfWeights, type SaidOfWeight } from './whose-weight.js';

/** Slot of a filled-in questionnaire: an act that is one has the value 1 there. */
export const ANSWERS_SLOT = JUDGED_METRICS.length;

/** One act of measuring as rules see it: its values by slot (`slotOf`), NaN where it has none. */
export interface Act {
  readonly id: number;
  readonly atMs: number;
  readonly at: Date;
  readonly values: number[];
  /** Which slots have a value: bit n is slot n. */
  slots: number;
  /** Which questionnaire the act is; null when it is none. */
  questionnaire: string | null;
  /** Coded answers by item when the act is a questionnaire; null when it is not. */
  answers: AnswerSet['items'] | null;
  /** Why a value must be used with care, by slot. */
  doubts: readonly (string | null)[];
  /** When the last of its values reached us. */
  receivedAt: Date;
  /** What was answered to whose weight it is; null: nothing. */
  said: SaidOfWeight | null;
  /** Local day; NaN until somebody asks. */
  day: number;
  /** Acts that values of it were borrowed from, for a rule over several metrics. */
  readonly borrowedFrom: readonly Act[];
}

/** The acts of a window, oldest first, and those of each slot. */
export class Acts {
  private readonly joined = new Map<number, readonly Act[]>();
  private resting: Acts | null = null;

  /** @param leftOut weights of somebody else, as was answered: no rule sees them among the others */
  constructor(
    readonly all: readonly Act[],
    readonly bySlot: readonly (readonly Act[])[],
    readonly leftOut: readonly Act[],
  ) {}

  /** Acts with a value in one of some slots. */
  having(slots: readonly number[]): readonly Act[] {
    const [first, ...more] = slots;
    if (first === undefined) return [];
    if (more.length === 0) return this.bySlot[first] ?? [];
    const wanted = slots.reduce((bits, slot) => bits | (1 << slot), 0);
    let found = this.joined.get(wanted);
    if (found === undefined) this.joined.set(wanted, (found = this.all.filter((act) => (act.slots & wanted) !== 0)));
    return found;
  }

  /** The same without the values that were taken after exercise: what rules for rest see. Itself where there are none. */
  get atRest(): Acts {
    return (this.resting ??= this.all.some(hasExercise) ? this.withoutExercise() : this);
  }

  private withoutExercise(): Acts {
    const all = this.all.map((act) => (hasExercise(act) ? restOf(act) : act)).filter(({ slots }) => slots !== 0);
    return new Acts(all, bySlotOf(all), this.leftOut);
  }
}

const NO_VALUES: readonly number[] = [...JUDGED_METRICS.map(() => Number.NaN), Number.NaN];
const NO_DOUBTS: readonly (string | null)[] = NO_VALUES.map(() => null);
const NO_ACTS: readonly Act[] = [];
const WEIGHT_SLOT = slotOf('weight');

/**
 * Puts readings of one act together and acts in order of their time. Order and repetition of the readings make no difference;
 * readings of metrics no rule looks at are left out. A questionnaire is an act, with or without scores. A weight that the patient says is theirs
 * is not doubted as another person's any more; one that they say is not, is kept apart.
 */
export function groupActs(readings: readonly RuleReading[], answers: readonly AnswerSet[]): Acts {
  const byId = new Map<number, Act>();
  const leftOut = new Map<number, Act>();
  const whose = saidOfWeights(answers);
  for (const reading of readings) {
    const slot = slotOf(reading.metric);
    if (slot < 0) continue;
    const said = slot === WEIGHT_SLOT ? (whose.get(reading.measurementId) ?? null) : null;
    const act = actOf(said?.isMine === false ? leftOut : byId, reading);
    act.values[slot] = reading.value;
    act.slots |= 1 << slot;
    if (said !== null) act.said = said;
    if (reading.doubt !== null && !(said?.isMine === true && reading.doubt === LIFTED_DOUBT)) {
      act.doubts = act.doubts.with(slot, reading.doubt);
    }
  }
  for (const set of answers) {
    const act = actOf(byId, set);
    act.values[ANSWERS_SLOT] = 1;
    act.slots |= 1 << ANSWERS_SLOT;
    act.questionnaire = set.questionnaire;
    act.answers = set.items;
  }
  const inOrder = (acts: ReadonlyMap<number, Act>): Act[] => [...acts.values()].sort((a, b) => a.atMs - b.atMs || a.id - b.id);
  const all = inOrder(byId);
  return new Acts(all, bySlotOf(all), inOrder(leftOut));
}

function bySlotOf(all: readonly Act[]): Act[][] {
  const bySlot: Act[][] = NO_VALUES.map(() => []);
  for (const act of all) {
    for (let slots = act.slots; slots !== 0; slots &= slots - 1) bySlot[31 - Math.clz32(slots & -slots)]?.push(act);
  }
  return bySlot;
}

function hasExercise({ doubts }: Act): boolean {
  return doubts !== NO_DOUBTS && doubts.some(isAfterExercise);
}

function restOf(act: Act): Act {
  const isTaken = (slot: number): boolean => isAfterExercise(act.doubts[slot]);
  return {
    ...act,
    values: act.values.map((value, slot) => (isTaken(slot) ? Number.NaN : value)),
    slots: act.doubts.reduce((slots, _doubt, slot) => (isTaken(slot) ? slots & ~(1 << slot) : slots), act.slots),
    doubts: act.doubts.map((doubt) => (isAfterExercise(doubt) ? null : doubt)),
  };
}

function actOf(byId: Map<number, Act>, given: Pick<RuleReading, 'measurementId' | 'observedAt' | 'receivedAt'>): Act {
  const known = byId.get(given.measurementId);
  if (known !== undefined) {
    if (given.receivedAt.getTime() > known.receivedAt.getTime()) known.receivedAt = given.receivedAt;
    return known;
  }
  const act: Act = {
    id: given.measurementId,
    atMs: given.observedAt.getTime(),
    at: given.observedAt,
    values: NO_VALUES.slice(),
    slots: 0,
    questionnaire: null,
    answers: null,
    doubts: NO_DOUBTS,
    receivedAt: given.receivedAt,
    said: null,
    day: Number.NaN,
    borrowedFrom: NO_ACTS,
  };
  byId.set(given.measurementId, act);
  return act;
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

/** An act made of what a day was summed up to, for one that is not read by itself any more. No measurement has its number. */
export function actOfDay(slot: number, value: number, { day, atMs }: Pick<Act, 'day' | 'atMs'>): Act {
  const at = new Date(atMs);
  return {
    id: Number.NaN,
    atMs,
    at,
    values: NO_VALUES.with(slot, value),
    slots: 1 << slot,
    questionnaire: null,
    answers: null,
    doubts: NO_DOUBTS,
    receivedAt: at,
    said: null,
    day,
    borrowedFrom: NO_ACTS,
  };
}

/** When all that an act rests on had reached us: its values, and that the patient says that they are theirs. */
export function usableFrom({ receivedAt, said }: Pick<Act, 'receivedAt' | 'said'>): Date {
  return said !== null && said.receivedAt > receivedAt ? said.receivedAt : receivedAt;
}

/** Value of a slot; NaN when the act has none. */
export function valueOf(act: Act, slot: number): number {
  return act.values[slot] ?? Number.NaN;
}

/** Whether the act has a value in a slot. */
export function hasValue(act: Act, slot: number): boolean {
  const value = act.values[slot];
  return value !== undefined && !Number.isNaN(value);
}

/** Whether any of these values must not be taken at its word: it counts, but may not fire a rule at once nor clear one. */
export function isDoubtful(act: Act, slots: readonly number[]): boolean {
  if (act.doubts === NO_DOUBTS) return false;
  for (const slot of slots) if (hasDoubt(act, slot)) return true;
  return false;
}

/** Whether any of these values is doubted itself, and not only because it was taken after exercise: such a value is true. */
export function isUnsure(act: Act, slots: readonly number[]): boolean {
  return isDoubtful(act, slots) && slots.some((slot) => hasDoubt(act, slot) && act.doubts[slot] !== AFTER_EXERCISE);
}

/** Whether nobody can say when a value was measured: then it stands for no day, and no second value confirms or refutes another by it. */
export function isUndated({ doubts }: Act, slot: number): boolean {
  return doubts !== NO_DOUBTS && doubts[slot] === TIME_UNKNOWN;
}

/**
 * Whether one value must not be taken at its word. A doubt about its size alone wants nothing but that it is asked for again, which rules that
 * fire at once do anyway: 69 % must not wait where 71 % does not.
 */
export function hasDoubt({ doubts }: Act, slot: number): boolean {
  if (doubts === NO_DOUBTS) return false;
  const doubt = doubts[slot];
  return doubt !== null && doubt !== undefined && !SIZE_DOUBTS.has(doubt);
}

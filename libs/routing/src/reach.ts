import { isOpen, nextOpening } from './opening-hours.js';
import type { Duty, Unit } from './unit.js';

/** A stretch of time in milliseconds; `toMs` is not part of it. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When somebody has a shift, and when somebody is on call: by beginning, without overlap, touching stretches joined. */
interface Roster {
  readonly shift: readonly Stretch[];
  readonly onCall: readonly Stretch[];
}

/**
 * Is somebody there to be reached: on call at any hour, or with a shift while the unit is open? A unit that keeps no roster is staffed
 * whenever it is open.
 */
export function isStaffed(unit: Unit, at: Date): boolean {
  if (unit.duty === null) return isOpen(unit, at);
  const roster = rosterOf(unit.duty);
  const atMs = at.getTime();
  return covers(roster.onCall, atMs) || (covers(roster.shift, atMs) && isOpen(unit, at));
}

/**
 * The first moment from `at` on when the unit is staffed, `at` itself when it is. Null: nobody is known to come, which for a unit with a
 * roster may only mean that the roster has not been written further.
 */
export function nextStaffed(unit: Unit, at: Date): Date | null {
  if (unit.duty === null) return nextOpening(unit, at);
  if (isStaffed(unit, at)) return at;
  const roster = rosterOf(unit.duty);
  const onCall = roster.onCall[firstEndingAfter(roster.onCall, at.getTime())];
  const shift = nextOpenShift(unit, roster.shift, at);
  if (onCall && (!shift || onCall.fromMs < shift.getTime())) return new Date(onCall.fromMs);
  return shift;
}

/** Who can be reached for the unit now, by beginning: on call, or with a shift while it is open. Empty without a roster. */
export function onDuty(unit: Unit, at: Date): Duty[] {
  const now = (unit.duty ?? []).filter(({ from, to }) => from <= at && at < to);
  return now.some(({ kind }) => kind === 'shift') && !isOpen(unit, at) ? now.filter(({ kind }) => kind === 'on_call') : now;
}

/**
 * When the person's duty for the unit ends that runs at `at`; what follows it without a gap, of either kind, is part of it. Null: the
 * person has no duty there now, or no roster is kept.
 */
export function shiftEnd(unit: Unit, personId: number, at: Date): Date | null {
  let endMs: number | null = null;
  // By beginning: what does not begin before the end so far cannot prolong it, and nothing after it can either.
  for (const duty of unit.duty ?? []) {
    if (duty.personId !== personId || duty.to <= at) continue;
    if (duty.from.getTime() > (endMs ?? at.getTime())) break;
    endMs = Math.max(endMs ?? 0, duty.to.getTime());
  }
  return endMs === null ? null : new Date(endMs);
}

/** The first moment from `at` on when somebody has a shift and the unit is open. */
function nextOpenShift(unit: Unit, shifts: readonly Stretch[], at: Date): Date | null {
  let fromMs = at.getTime();
  for (let index = firstEndingAfter(shifts, fromMs); index < shifts.length; index = firstEndingAfter(shifts, fromMs)) {
    const shift = shifts[index];
    const opens = shift && nextOpening(unit, new Date(Math.max(shift.fromMs, fromMs)));
    if (!shift || !opens) return null;
    if (opens.getTime() < shift.toMs) return opens;
    fromMs = opens.getTime();
  }
  return null;
}

const rosters = new WeakMap<readonly Duty[], Roster>();

/** The roster of a unit; looks of many patients share one `Unit`, so it is kept as long as the unit is. */
function rosterOf(duty: readonly Duty[]): Roster {
  const known = rosters.get(duty);
  if (known) return known;
  const roster = { shift: joined(duty, 'shift'), onCall: joined(duty, 'on_call') };
  rosters.set(duty, roster);
  return roster;
}

function joined(duty: readonly Duty[], kind: Duty['kind']): Stretch[] {
  const stretches: { fromMs: number; toMs: number }[] = [];
  const ofKind = duty.filter((each) => each.kind === kind && each.to > each.from).sort((a, b) => a.from.getTime() - b.from.getTime());
  for (const { from, to } of ofKind) {
    const last = stretches.at(-1);
    if (last && from.getTime() <= last.toMs) last.toMs = Math.max(last.toMs, to.getTime());
    else stretches.push({ fromMs: from.getTime(), toMs: to.getTime() });
  }
  return stretches;
}

/** Index of the first stretch that ends after `atMs`. */
function firstEndingAfter(stretches: readonly Stretch[], atMs: number): number {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.toMs ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

function covers(stretches: readonly Stretch[], atMs: number): boolean {
  const next = stretches[firstEndingAfter(stretches, atMs)];
  return next !== undefined && next.fromMs <= atMs;
}

import { suspectJump, suspectPulses, type DoubtReason, type Metric } from '@varde/vitals';
import { hasValue, valueOf, type Act, type Acts } from './act.js';
import { slotOf } from './measure.js';

/** Acts nearer to each other than this are one session of measuring. */
const SESSION_MS = 30 * 60_000;
const SPO2 = slotOf('spo2');
const PULSE = slotOf('pulse');
const SYSTOLIC = slotOf('systolic');

/** A reading that what was measured around it speaks against. */
export interface OddStep {
  readonly act: Act;
  readonly metric: Metric;
  readonly doubt: DoubtReason;
}

/**
 * Readings that must be asked for again because of those around them (`plausibility`, `confirm`): SpO2 that moves more than 10 points in
 * 10 minutes, a pressure more than 50 from the last session, oximeter and cuff that disagree on the pulse of one session. They stay what
 * they are for every other rule: an odd reading is real until shown otherwise.
 */
export function findOddSteps(acts: Acts): readonly OddStep[] {
  return [...oddSaturations(acts), ...oddPressures(acts), ...oddPulses(acts)];
}

const timed = (act: Act, slot: number) => ({ value: valueOf(act, slot), observedAt: act.at });

function oddSaturations({ bySlot }: Acts): readonly OddStep[] {
  const list = bySlot[SPO2] ?? [];
  return list.flatMap((act, at) => {
    const [before, earlier] = [list[at - 1], list[at - 2]];
    if (before === undefined || suspectJump('spo2', timed(act, SPO2), timed(before, SPO2)) === null) return [];
    // Back where it was: then the one between was odd, and this is the answer to it.
    const isBack =
      earlier !== undefined &&
      Math.abs(valueOf(act, SPO2) - valueOf(earlier, SPO2)) <= Math.abs(valueOf(before, SPO2) - valueOf(earlier, SPO2)) / 2;
    return isBack ? [] : [{ act, metric: 'spo2', doubt: 'jump' } as const];
  });
}

/** The last session is the one before, as long ago as a look reads (nine days): `plausibility` names no time, and a jump asks only for a repeat. */
function oddPressures({ bySlot }: Acts): readonly OddStep[] {
  const odd: OddStep[] = [];
  let last: readonly Act[] = [];
  let session: Act[] = [];
  for (const act of bySlot[SYSTOLIC] ?? []) {
    const previous = session.at(-1);
    if (previous !== undefined && act.atMs - previous.atMs > SESSION_MS) [last, session] = [session, []];
    const isFirst = session.length === 0;
    session.push(act);
    const mean = meanOf(last, SYSTOLIC);
    if (!isFirst || mean === null) continue;
    if (suspectJump('systolic', timed(act, SYSTOLIC), { value: mean, observedAt: act.at }) !== null) {
      odd.push({ act, metric: 'systolic', doubt: 'jump' });
    }
  }
  return odd;
}

function meanOf(acts: readonly Act[], slot: number): number | null {
  return acts.length === 0 ? null : acts.reduce((sum, act) => sum + valueOf(act, slot), 0) / acts.length;
}

function oddPulses({ bySlot }: Acts): readonly OddStep[] {
  const odd: OddStep[] = [];
  let oximeter: Act | null = null;
  let cuff: Act | null = null;
  for (const act of bySlot[PULSE] ?? []) {
    const isOximeter = hasValue(act, SPO2);
    if (!isOximeter && !hasValue(act, SYSTOLIC)) continue;
    if (isOximeter) oximeter = act;
    else cuff = act;
    if (oximeter === null || cuff === null || Math.abs(oximeter.atMs - cuff.atMs) > SESSION_MS) continue;
    if (suspectPulses(valueOf(oximeter, PULSE), valueOf(cuff, PULSE)) !== null) odd.push({ act, metric: 'pulse', doubt: 'pulses-differ' });
  }
  return odd;
}

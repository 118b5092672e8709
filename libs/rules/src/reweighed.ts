import { hasDoubt, isUndated, valueOf, type Act, type Acts } from './act.js';
import { difference } from './condition.js';
import { slotOf } from './measure.js';
import { dayOf, type HeldBack, type Scene } from './scene.js';

/** When a weighing must be repeated: the catalogue gives it in words (`confirmation_profiles`, `reweigh_same_day`). */
const MOVED_KG = 2.5;
const WITHIN_MS = 36 * 3_600_000;

const NONE: ReadonlySet<Act> = new Set();

/** Whether a weight moved so much from the last one that a second weighing must decide. */
export function hasMoved(act: Act, { acts, heldBack, refuted }: Pick<Scene, 'acts' | 'heldBack' | 'refuted'>): boolean {
  let previous: Act | null = null;
  const slot = slotOf('weight');
  for (const earlier of acts.bySlot[slot] ?? []) {
    if (earlier.atMs >= act.atMs) break;
    if (!isUndated(earlier, slot) && !heldBack.has(earlier) && !refuted.has(earlier)) previous = earlier;
  }
  return previous !== null && isMoved(previous, act);
}

function isMoved(previous: Act, act: Act): boolean {
  if (act.atMs - previous.atMs > WITHIN_MS) return false;
  const slot = slotOf('weight');
  return Math.abs(difference(valueOf(act, slot), valueOf(previous, slot))) > MOVED_KG;
}

/**
 * The weights that a second weighing of the same day has refuted: they had moved, and the second, which decides, has not. By the weights
 * alone, whatever the limits of a rule, so that it follows from the set of acts.
 */
export function refutedWeights(acts: Acts, heldBack: ReadonlyMap<Act, HeldBack>, zone: string): ReadonlySet<Act> {
  const slot = slotOf('weight');
  const weights = (acts.bySlot[slot] ?? []).filter((act) => !isUndated(act, slot) && !heldBack.has(act));
  let refuted: Set<Act> | null = null;
  let previous: Act | null = null;
  for (const [at, act] of weights.entries()) {
    if (previous !== null && isMoved(previous, act)) {
      const second = weights.slice(at + 1).find((each) => !hasDoubt(each, slot));
      if (second !== undefined && dayOf(second, zone) === dayOf(act, zone) && !isMoved(previous, second)) {
        (refuted ??= new Set()).add(act);
        continue;
      }
    }
    previous = act;
  }
  return refuted ?? NONE;
}

import { hasValue, isDoubtful, valueOf, type Act } from './act.js';
import { MET, type Answer } from './condition.js';
import type { ActRule } from './prepare-rule.js';
import type { Scene } from './scene.js';

/**
 * An act as a rule over several metrics sees it: what the act itself has no value of is that of the newest act before it within the
 * rule's window. An accepted value goes before a doubtful one; where a newer doubtful one would make the rule hold, it is taken, and
 * the doubt with it: doubt delays, it never deletes.
 */
export function viewAct(act: Act, ready: ActRule, scene: Scene, ask: (view: Act) => Answer): Act {
  if (ready.slots.every((slot) => hasValue(act, slot))) return act;
  const accepted = borrow(act, ready, scene, true);
  if (!accepted.passedOver || ask(accepted.view) === MET) return accepted.view;
  const { view } = borrow(act, ready, scene, false);
  return ask(view) === MET ? view : accepted.view;
}

interface Borrowed {
  readonly view: Act;
  /** Whether a doubtful value newer than the one taken was passed over. */
  readonly passedOver: boolean;
}

function borrow(act: Act, { slots, rule }: ActRule, scene: Scene, prefersAccepted: boolean): Borrowed {
  const values = act.values.slice();
  let { doubts } = act;
  const borrowedFrom = new Set<Act>();
  let passedOver = false;
  for (const slot of slots) {
    if (hasValue(act, slot)) continue;
    const within = newestWithin(scene.acts.bySlot[slot] ?? [], act, rule.borrowsMs);
    const accepted = prefersAccepted ? within.find((each) => !isDoubtful(each, [slot])) : undefined;
    const lender = accepted ?? within[0];
    if (lender === undefined) continue;
    if (lender !== within[0]) passedOver = true;
    values[slot] = valueOf(lender, slot);
    doubts = doubts.with(slot, lender.doubts[slot] ?? null);
    borrowedFrom.add(lender);
  }
  return { view: borrowedFrom.size === 0 ? act : { ...act, values, doubts, borrowedFrom: [...borrowedFrom] }, passedOver };
}

/** Acts of a slot up to an act's time and within a length of time before it, newest first. */
function newestWithin(acts: readonly Act[], act: Act, withinMs: number): readonly Act[] {
  const found: Act[] = [];
  for (let at = acts.length - 1; at >= 0; at--) {
    const each = acts[at];
    if (each === undefined || each.atMs < act.atMs - withinMs) break;
    if (each.atMs <= act.atMs) found.push(each);
  }
  return found;
}

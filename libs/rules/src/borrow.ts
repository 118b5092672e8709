import { hasDoubt, hasValue, valueOf, type Act } from './act.js';
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
  let values: number[] | null = null;
  let { doubts } = act;
  const borrowedFrom: Act[] = [];
  let passedOver = false;
  for (const slot of slots) {
    if (hasValue(act, slot)) continue;
    const acts = scene.acts.bySlot[slot] ?? [];
    const newest = newestWithin(acts, act, rule.borrowsMs, () => true);
    if (newest === undefined) continue;
    const accepted = prefersAccepted ? newestWithin(acts, act, rule.borrowsMs, (each) => !hasDoubt(each, slot)) : undefined;
    const lender = accepted ?? newest;
    if (lender !== newest) passedOver = true;
    values ??= act.values.slice();
    values[slot] = valueOf(lender, slot);
    const doubt = lender.doubts[slot] ?? null;
    if (doubt !== (doubts[slot] ?? null)) doubts = doubts.with(slot, doubt);
    if (!borrowedFrom.includes(lender)) borrowedFrom.push(lender);
  }
  return { view: values === null ? act : viewOf(act, values, doubts, borrowedFrom), passedOver };
}

/** Written out: every act has the same shape, and this is done for each act that a rule over several metrics looks at. */
function viewOf(act: Act, values: number[], doubts: Act['doubts'], borrowedFrom: readonly Act[]): Act {
  const { id, atMs, at, slots, questionnaire, answers, receivedAt, said, day } = act;
  return { id, atMs, at, values, slots, questionnaire, answers, doubts, receivedAt, said, day, borrowedFrom };
}

/** The newest of the wanted acts of a slot up to an act's time and within a length of time before it. */
function newestWithin(acts: readonly Act[], act: Act, withinMs: number, isWanted: (each: Act) => boolean): Act | undefined {
  for (let at = acts.length - 1; at >= 0; at--) {
    const each = acts[at];
    if (each === undefined || each.atMs < act.atMs - withinMs) return undefined;
    if (each.atMs <= act.atMs && isWanted(each)) return each;
  }
  return undefined;
}

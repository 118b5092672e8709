import type { Act } from './act.js';
import type { Finding } from './finding.js';
import { slotOf } from './measure.js';
import { NEWS2_KINDS, redAt } from './news2-conditions.js';
import { MEASURED } from './news2/compose.js';
import type { ActRule } from './prepare-rule.js';
import type { Scene } from './scene.js';

/** The readings that something rests on: of which part of a NEWS2, and of which act. */
type Vitals = ReturnType<typeof redAt>;

/** What a finding of an act says of `vitals`; a score of that act names its red ones, whatever else it rests on. */
export function vitalsBehind(ready: ActRule, { act, behind }: { act: Act; behind: readonly Act[] }, scene: Scene): Pick<Finding, 'vitals'> {
  return isScore(ready) ? named(redAt(act, scene)) : named(measured(ready, [act, ...behind]));
}

/** The same of several acts that a rule has fired on. */
export function vitalsOf(ready: ActRule, acts: readonly Act[], scene: Scene): Pick<Finding, 'vitals'> {
  return isScore(ready) ? named(acts.flatMap((act) => redAt(act, scene))) : named(measured(ready, acts));
}

const isScore = ({ condition }: ActRule): boolean => condition.kind in NEWS2_KINDS;

function measured({ slots }: ActRule, acts: readonly Act[]): Vitals {
  const asked = MEASURED.filter((part) => slots.includes(slotOf(part)));
  // What an act has borrowed is the lender's.
  return asked.flatMap((part) => acts.filter((act) => (act.slots & (1 << slotOf(part))) !== 0).map((act) => ({ part, act })));
}

function named(vitals: Vitals): Pick<Finding, 'vitals'> {
  const names = [...new Set(vitals.map(({ part, act }) => `${act.id}/${part}`))].sort();
  return names.length === 0 ? {} : { vitals: names };
}

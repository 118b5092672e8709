import { PLAUSIBLE, type Metric } from '@varde/vitals';
import { groupActs } from './act.js';
import type { Catalogue, Rule } from './catalogue.js';
import { MET } from './condition.js';
import { SEVERITIES, type RefusedValue, type Words } from './finding.js';
import { limitValues, runsAt, type Judging } from './judging.js';
import { slotOf } from './measure.js';
import { preparedOf, type ActRule } from './prepare-rule.js';
import { doubtWords, durationWords, valueWords } from './words.js';

/** What a value that could not be used would mean at its worst. */
export interface GraveMeaning {
  /** The rule that would fire. */
  readonly rule: Rule;
  readonly metric: Metric;
  /** The value, in words. */
  readonly said: Words;
}

const GRAVE = new WeakMap<Catalogue, readonly ActRule[]>();

/** The red and critical rules that are asked of acts, gravest first. */
function graveRules(catalogue: Catalogue): readonly ActRule[] {
  const known = GRAVE.get(catalogue);
  if (known !== undefined) return known;
  const rank = ({ rule }: ActRule): number => SEVERITIES.indexOf(rule.severity);
  const rules = preparedOf(catalogue)
    .filter((ready) => rank(ready) >= SEVERITIES.indexOf('red'))
    .sort((a, b) => rank(b) - rank(a));
  GRAVE.set(catalogue, rules);
  return rules;
}

/**
 * Whether a refused value would be red or critical in a meaning it may have had (`plausibility_principle`): what was sent, and what it
 * would be if the suspected mistake were one. A meaning no body can have is none, unless the value was refused for nothing but its size.
 */
export function graveMeaning(refused: RefusedValue, judging: Judging): GraveMeaning | null {
  const { metric } = refused;
  if (metric === null || slotOf(metric) < 0) return null;
  for (const value of meaningsOf(refused, metric)) {
    const rule = graveRuleFor(metric, value, refused, judging);
    if (rule === null) continue;
    return { rule, metric, said: OUT_OF_RANGE.has(refused.reason) ? doubtWords(refused.reason) : valueWords(metric, value) };
  }
  return null;
}

/** Codes that say only on which side of what the device can show the value lies. */
const OUT_OF_RANGE: ReadonlySet<string> = new Set(['below-range', 'above-range']);
const SUSPECTED: ReadonlySet<string> = new Set(['quarantined', 'swapped']);

function meaningsOf({ reason, value, otherwise }: RefusedValue, metric: Metric): readonly number[] {
  const { refuseBelow, refuseAbove } = PLAUSIBLE[metric];
  const isPossible = (meaning: number): boolean => meaning >= refuseBelow && meaning <= refuseAbove;
  // As grave as it can have been: no device tells how far its range goes.
  if (OUT_OF_RANGE.has(reason)) return [reason === 'below-range' ? refuseBelow : refuseAbove];
  const isSuspected = SUSPECTED.has(reason) || reason.startsWith('looks-like-');
  const meanings: number[] = [];
  if (typeof value === 'number' && Number.isFinite(value) && (!isSuspected || isPossible(value))) meanings.push(value);
  if (typeof otherwise === 'number' && isPossible(otherwise)) meanings.push(otherwise);
  return meanings;
}

function graveRuleFor(metric: Metric, value: number, { refusedId, observedAt, receivedAt }: RefusedValue, judging: Judging): Rule | null {
  const { input, scene } = judging;
  const slot = slotOf(metric);
  const [act] = groupActs([{ measurementId: -refusedId, metric, value, observedAt, receivedAt, doubt: null }], []).all;
  if (act === undefined) return null;
  for (const { rule, slots, ask } of graveRules(input.catalogue)) {
    if (!slots.includes(slot) || !runsAt(rule, input.plan, act.atMs)) continue;
    if (ask(act, limitValues(rule, input.plan)(act.atMs), scene) === MET) return rule;
  }
  return null;
}

/** That it may have been grave, in words. */
export function tellMeaning({ rule, said }: GraveMeaning): Words {
  return {
    nb: `Kan ha vært ${said.nb} (${rule.title.nb}): en ny måling trengs nå.`,
    en: `It may have been ${said.en} (${rule.title.en}): a new reading is needed now.`,
  };
}

/** That nothing usable came in the time for it. */
export function tellUnanswered(withinMs: number): Words {
  const { nb, en } = durationWords(withinMs);
  return { nb: `Ingen ny, gyldig måling kom innen ${nb}.`, en: `No new, valid reading came within ${en}.` };
}

/** That it has been measured again. */
export function tellAnswered(): Words {
  return { nb: 'Målt på nytt med gyldig verdi.', en: 'Measured again with a valid value.' };
}

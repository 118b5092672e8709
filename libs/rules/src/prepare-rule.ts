import { isMeasuredAtRest } from '@varde/vitals';
import { hasValue, type Act } from './act.js';
import { isRaising } from './answer-conditions.js';
import type { Catalogue, Clear, Rule } from './catalogue.js';
import { kindOf, prepare, simpleParts, slotsOf } from './condition-kinds.js';
import type { Ask } from './condition.js';
import type { Condition } from './conditions.js';
import type { Severity } from './finding.js';
import { JUDGED_METRICS } from './measure.js';
import { isCondition } from './read-trigger.js';
import {
  BASELINE_GATES,
  REFERENCE_GATES,
  UNANSWERED,
  USUAL_SATURATION,
  type BaselineGate,
  type ReferenceGate,
  type Unanswered,
  type UsualSaturation,
} from './rules-in-words.js';
import type { Scene } from './scene.js';

/** A rule that is asked of acts, with its conditions made ready. Made once per catalogue. */
export interface ActRule {
  readonly rule: Rule;
  readonly condition: Condition;
  readonly slots: readonly number[];
  readonly ask: Ask;
  /** Whether it is a rule for rest, which sees nothing that was measured after exercise. */
  readonly ofRest: boolean;
  /** Whether an act asks for an answer: when there is none, the rule says so. */
  readonly isAsked: (act: Act, scene: Scene) => boolean;
  readonly clear: { readonly ask: Ask; readonly readings: number } | null;
  /** Whether it stops standing without a reading or a person: some time after its last signal. */
  readonly endsItself: boolean;
  /** Whether what comes later the same local day may change what it says of an act. */
  readonly looksAtDay: boolean;
  /** Whether answers of the same day make graver what it has fired on. */
  readonly raisedByAnswers: boolean;
  /** What is said of it in words only (`rules-in-words.ts`); null where nothing is. */
  readonly baselineGate: BaselineGate | null;
  readonly referenceGate: ReferenceGate | null;
  readonly usualSaturation: UsualSaturation | null;
  readonly unanswered: Unanswered | null;
}

/** Makes a rule ready whose trigger is a condition; null for those of clocks and of devices. */
function prepareRule(rule: Rule): ActRule | null {
  const { trigger, clear } = rule;
  if (!isCondition(trigger)) return null;
  return {
    rule,
    condition: trigger,
    slots: slotsOf(trigger),
    ofRest: isOfRest(rule.severity, trigger),
    isAsked: prepareAsked(trigger),
    ask: prepare(trigger),
    clear: prepareClear(clear),
    endsItself: clear.kind === 'manual' && !clear.byPerson,
    looksAtDay: simpleParts(trigger).some((part) => kindOf(part).looksAtDay === true),
    raisedByAnswers: rule.modifiers.some(isRaising),
    baselineGate: BASELINE_GATES[rule.id] ?? null,
    referenceGate: REFERENCE_GATES[rule.id] ?? null,
    usualSaturation: USUAL_SATURATION[rule.id] ?? null,
    unanswered: UNANSWERED[rule.id] ?? null,
  };
}

/**
 * What is red or critical by a fixed limit is so whatever was done before (decision 45): of what is measured at rest every other rule speaks of
 * rest, by a baseline, a mean, a score, or a milder limit.
 */
function isOfRest(severity: Severity, trigger: Condition): boolean {
  const resting = simpleParts(trigger).filter((part) => kindOf(part).slots(part).some(isSlotOfRest));
  const isGrave = severity === 'red' || severity === 'critical';
  return resting.length > 0 && !(isGrave && resting.every(({ kind }) => kind === 'threshold'));
}

function isSlotOfRest(slot: number): boolean {
  const metric = JUDGED_METRICS[slot];
  return metric !== undefined && isMeasuredAtRest(metric);
}

function prepareAsked(trigger: Condition): ActRule['isAsked'] {
  const slots = slotsOf(trigger);
  const parts = simpleParts(trigger).flatMap((part) => {
    const { isAsked } = kindOf(part);
    return isAsked === undefined ? [] : [(act: Act, scene: Scene): boolean => isAsked(part, act, scene)];
  });
  if (parts.length > 0) return (act, scene) => parts.some((isAsked) => isAsked(act, scene));
  return (act) => slots.every((slot) => hasValue(act, slot));
}

function prepareClear(clear: Clear): ActRule['clear'] {
  return clear.kind === 'readings' ? { ask: prepare(clear.condition), readings: clear.readings } : null;
}

const PREPARED = new WeakMap<Catalogue, readonly ActRule[]>();

/** The rules of a catalogue that are asked of acts, in its order; made ready once. */
export function preparedOf(catalogue: Catalogue): readonly ActRule[] {
  const known = PREPARED.get(catalogue);
  if (known !== undefined) return known;
  const prepared = catalogue.rules.map(prepareRule).filter((ready) => ready !== null);
  PREPARED.set(catalogue, prepared);
  return prepared;
}

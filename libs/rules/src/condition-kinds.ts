import { ANSWER_KINDS } from './answer-conditions.js';
import { amountOf, MET, UNKNOWN, UNMET, type Ask, type ConditionKind } from './condition.js';
import type { CompoundCondition, Condition, Count, CountBelow, SimpleCondition } from './conditions.js';
import { NEWS2_KINDS } from './news2-conditions.js';
import { PRESSURE_KINDS } from './pressure-conditions.js';
import { VALUE_KINDS } from './value-conditions.js';
import { WEIGHT_KINDS } from './weight-conditions.js';

/** How each kind of condition without parts is judged and told: the pure trigger functions of the catalogue's `trigger_kinds`. */
const CONDITION_KINDS: { readonly [Kind in SimpleCondition['kind']]: ConditionKind<Extract<SimpleCondition, { kind: Kind }>> } = {
  ...VALUE_KINDS,
  ...WEIGHT_KINDS,
  ...PRESSURE_KINDS,
  ...ANSWER_KINDS,
  ...NEWS2_KINDS,
};

/** The kind of a condition without parts. */
export function kindOf(condition: SimpleCondition): ConditionKind<SimpleCondition> {
  // The table's own type says that each entry fits the conditions of its kind; TypeScript cannot follow that through a variable kind.
  return CONDITION_KINDS[condition.kind] as unknown as ConditionKind<SimpleCondition>;
}

/** Whether a condition is made of others. */
export function isCompound(condition: Condition): condition is CompoundCondition {
  return 'of' in condition;
}

/** Every condition without parts in a condition, as often as it is there. */
export function simpleParts(condition: Condition): readonly SimpleCondition[] {
  return isCompound(condition) ? condition.of.flatMap(simpleParts) : [condition];
}

/** Slots of the metrics a condition looks at. */
export function slotsOf(condition: Condition): readonly number[] {
  return [...new Set(simpleParts(condition).flatMap((part) => kindOf(part).slots(part)))];
}

/** Makes a condition ready, once per rule. */
export function prepare(condition: Condition): Ask {
  if (!isCompound(condition)) return kindOf(condition).prepare(condition);
  switch (condition.kind) {
    case 'all':
      return prepareAll(condition.of.map(prepare));
    case 'any':
      return prepareAny(condition.of.map(prepare));
    case 'count':
      return prepareCount(condition, condition.of.map(prepare));
    case 'count_below':
      return prepareCountBelow(condition, condition.of.map(prepare));
  }
}

// One failing part decides alone; otherwise one that is missing leaves all unknown.
function prepareAll(parts: readonly Ask[]): Ask {
  return (act, limits, scene, firedMs) => {
    let unknown = 0;
    for (const part of parts) {
      const answer = part(act, limits, scene, firedMs);
      if (answer === UNMET) return UNMET;
      if (answer === UNKNOWN) unknown++;
    }
    return unknown === 0 ? MET : UNKNOWN;
  };
}

// One holding part decides alone; parts that cannot be evaluated are skipped unless all are.
function prepareAny(parts: readonly Ask[]): Ask {
  return (act, limits, scene, firedMs) => {
    let unknown = 0;
    for (const part of parts) {
      const answer = part(act, limits, scene, firedMs);
      if (answer === MET) return MET;
      if (answer === UNKNOWN) unknown++;
    }
    return unknown === parts.length ? UNKNOWN : UNMET;
  };
}

// "At least N parts true, missing parts count as false."
function prepareCount({ atLeast }: Count, parts: readonly Ask[]): Ask {
  return (act, limits, scene, firedMs) => {
    const wanted = amountOf(atLeast, limits);
    let met = 0;
    for (const part of parts) if (part(act, limits, scene, firedMs) === MET) met++;
    return met >= wanted ? MET : UNMET;
  };
}

// What is missing may be true: it clears nothing.
function prepareCountBelow({ atMost }: CountBelow, parts: readonly Ask[]): Ask {
  return (act, limits, scene, firedMs) => {
    let met = 0;
    let unknown = 0;
    for (const part of parts) {
      const answer = part(act, limits, scene, firedMs);
      if (answer === MET) met++;
      else if (answer === UNKNOWN) unknown++;
    }
    if (met > atMost) return UNMET;
    return met + unknown <= atMost ? MET : UNKNOWN;
  };
}

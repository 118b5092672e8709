import type { ProposedChange } from '@varde/look';
import { REFERENCE_KEYS, type Programme, type ReferenceKey } from '@varde/plans';
import type { Catalogue } from '@varde/rules';
import { Invalid } from '@varde/store';
import { ruleOf } from '../catalogue.js';

/** A change as somebody typed it: which of the fields belong together is said by `kind`. */
export interface TypedChange {
  readonly kind: ProposedChange['kind'];
  readonly ruleId?: string;
  readonly parameter?: string;
  readonly value?: number | null;
  readonly key?: ReferenceKey;
  readonly enabled?: boolean;
  readonly programme?: Programme;
  readonly enrolled?: boolean;
}

/** Kinds of change that may be previewed. */
export const CHANGE_KINDS: readonly ProposedChange['kind'][] = ['limit', 'unit_limit', 'reference', 'rule', 'programme'];

/**
 * The change that is meant. A value outside what the catalogue allows is refused; one past the safety floor is shown: to see what it would
 * do is what a preview is for.
 * @param unitId the unit whose default it is, for limits and switches of units
 * @throws Invalid naming what is missing or out of range; NotFound rule
 */
export function toChange(typed: TypedChange, unitId: number | null, catalogue: Catalogue): ProposedChange {
  const { kind } = typed;
  switch (kind) {
    case 'limit':
    case 'unit_limit': {
      const limit = limitOf(typed, catalogue);
      return kind === 'limit' ? { kind, ...limit } : { kind, unitId: needed(unitId, 'unitId'), ...limit };
    }
    case 'reference': {
      const key = needed(typed.key, 'key');
      if (!REFERENCE_KEYS.includes(key)) throw new Invalid([`${key} is no reference; there are ${REFERENCE_KEYS.join(', ')}`]);
      return { kind, key, value: given(typed.value) };
    }
    case 'rule':
      return {
        kind,
        unitId: needed(unitId, 'unitId'),
        ruleId: ruleOf(catalogue, needed(typed.ruleId, 'ruleId')).id,
        enabled: needed(typed.enabled, 'enabled'),
      };
    case 'programme':
      return { kind, programme: needed(typed.programme, 'programme'), enrolled: needed(typed.enrolled, 'enrolled') };
  }
}

function limitOf(typed: TypedChange, catalogue: Catalogue): { ruleId: string; parameter: string; value: number | null } {
  const rule = ruleOf(catalogue, needed(typed.ruleId, 'ruleId'));
  const parameter = needed(typed.parameter, 'parameter');
  const range = rule.ranges.find((each) => each.parameter === parameter);
  if (range === undefined) {
    const known = rule.ranges.map((each) => each.parameter).join(', ');
    throw new Invalid([`the rule ${rule.id} has no limit called ${parameter} (${known || 'none can be changed'})`]);
  }
  const value = given(typed.value);
  if (value !== null && (value < range.min || value > range.max)) {
    throw new Invalid([`${parameter} must lie between ${range.min} and ${range.max} (${range.unit})`]);
  }
  return { ruleId: rule.id, parameter, value };
}

/** A value that was given, or null to take back what is set. */
function given(value: number | null | undefined): number | null {
  if (value === undefined) throw new Invalid(['value is missing; null takes back what is set']);
  return value;
}

function needed<T>(value: T | null | undefined, name: string): T {
  if (value === undefined || value === null) throw new Invalid([`${name} is missing`]);
  return value;
}

import { PROPOSED_VERSION, type CarePlan, type Programme, type ReferenceKey } from '@varde/plans';

/** A change somebody would like to see before it is made. A value of null takes back what is set: what lies below it applies again. */
export type ProposedChange =
  | { readonly kind: 'limit'; readonly ruleId: string; readonly parameter: string; readonly value: number | null }
  | {
      readonly kind: 'unit_limit';
      readonly unitId: number;
      readonly ruleId: string;
      readonly parameter: string;
      readonly value: number | null;
    }
  | { readonly kind: 'reference'; readonly key: ReferenceKey; readonly value: number | null }
  | { readonly kind: 'rule'; readonly unitId: number; readonly ruleId: string; readonly enabled: boolean }
  | { readonly kind: 'programme'; readonly programme: Programme; readonly enrolled: boolean };

/** Before everything: a preview judges the whole period as if the change had been made long ago. */
const LONG_AGO = new Date(0);
const NOBODY = 0;

const ALWAYS = { id: 0, reason: '', setByPersonId: NOBODY, validFrom: LONG_AGO, validTo: null, version: PROPOSED_VERSION };

/** The plan as it would have been with these changes made long ago; what was set otherwise in between is as if it had not been. */
export function withChanges(plan: CarePlan, changes: readonly ProposedChange[]): CarePlan {
  return changes.reduce(withChange, plan);
}

function withChange(plan: CarePlan, change: ProposedChange): CarePlan {
  switch (change.kind) {
    case 'limit': {
      const { ruleId, parameter, value } = change;
      const others = plan.limits.filter((limit) => limit.ruleId !== ruleId || limit.parameter !== parameter);
      const proposed = value === null ? [] : [{ ...ALWAYS, ruleId, parameter, value, setAt: LONG_AGO }];
      return { ...plan, limits: [...others, ...proposed] };
    }
    case 'unit_limit': {
      const { unitId, ruleId, parameter, value } = change;
      const others = plan.unitLimits.filter((limit) => limit.unitId !== unitId || limit.ruleId !== ruleId || limit.parameter !== parameter);
      return { ...plan, unitLimits: [...others, ...(value === null ? [] : [{ ...ALWAYS, unitId, ruleId, parameter, value }])] };
    }
    case 'reference': {
      const { key, value } = change;
      const others = plan.references.filter((reference) => reference.key !== key);
      return { ...plan, references: [...others, ...(value === null ? [] : [{ ...ALWAYS, key, value, reviewBy: null }])] };
    }
    case 'rule': {
      const { unitId, ruleId, enabled } = change;
      const others = (plan.ruleSwitches ?? []).filter((each) => each.unitId !== unitId || each.ruleId !== ruleId);
      return { ...plan, ruleSwitches: [...others, { ...ALWAYS, unitId, ruleId, enabled }] };
    }
    case 'programme': {
      const { programme, enrolled } = change;
      const others = plan.enrolments.filter((enrolment) => enrolment.programme !== programme);
      return { ...plan, enrolments: [...others, ...(enrolled ? [{ programme, from: LONG_AGO, to: null }] : [])] };
    }
  }
}

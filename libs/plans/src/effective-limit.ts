import type { CarePlan } from './care-plan.js';
import {
  MOVED_BY,
  SETTLED_BY_PROTECTION,
  bloodPressureMeanTarget,
  conflictLeft,
  spo2Low,
  systolicLow,
  type ConflictParameter,
} from './conflict-resolution.js';
import { ofPersonal, personalLimitAt, unitCandidates, type LimitCandidate } from './limit-candidate.js';
import type { LimitInForce, LimitRange } from './limit.js';

/** The limit that applies, and what it was chosen from. */
export interface EffectiveLimit extends LimitInForce {
  readonly ruleId: string;
  /** The one that applies; null: the catalogue's default. */
  readonly chosen: LimitCandidate | null;
  /** When several of the same rank differ: all of them, the more protective first; else empty. */
  readonly differing: readonly LimitCandidate[];
  /** The row of `conflict_resolution` that settled it; `conflict left`: nothing did, and a physician must. Null: they do not differ. */
  readonly settledBy: ConflictParameter | null;
}

/** One limit with everything about where it comes from: personal before unit before the catalogue's default (README 9.1). */
export function effectiveLimit(range: LimitRange, plan: CarePlan, at: Date): EffectiveLimit {
  const { ruleId, parameter, unit } = range;
  const personal = personalCandidates(range, plan, at);
  const ranked = conflictLeft(range, personal.length > 0 ? personal : unitCandidates(plan, ruleId, parameter, at));
  const [chosen] = ranked;
  if (chosen === undefined) {
    const { default: value, ruleVersion: version } = range;
    return { ruleId, parameter, value, unit, source: 'catalogue', version, chosen: null, differing: [], settledBy: null };
  }
  const { value, source, version, ownerId } = chosen;
  const differing = ranked.some((each) => each.value !== value) ? ranked : [];
  const row = personal.length > 0 ? undefined : SETTLED_BY_PROTECTION[ruleId];
  const settledBy = differing.length > 0 ? (row ?? 'conflict left') : null;
  return { ruleId, parameter, value, unit, source, version, ownerId, chosen, differing, settledBy };
}

/** The limit that applies at an instant, as a finding keeps it. */
export function limitInForce(range: LimitRange, plan: CarePlan, at: Date): LimitInForce {
  const { ruleId, parameter, unit } = range;
  if (!hasOwnLimits(ruleId, plan)) return { parameter, value: range.default, unit, source: 'catalogue', version: range.ruleVersion };
  const { value, source, version, ownerId } = effectiveLimit(range, plan, at);
  return { parameter, value, unit, source, version, ...(ownerId === undefined ? {} : { ownerId }) };
}

/** Whether anything of the plan, at whatever time, could move a limit of this rule: else its catalogue defaults apply. */
export function hasOwnLimits(ruleId: string, plan: CarePlan): boolean {
  const { limits, unitLimits, references } = plan;
  if (limits.length === 0 && unitLimits.length === 0 && references.length === 0) return false;
  const movedBy = MOVED_BY[ruleId];
  return (
    limits.some((limit) => limit.ruleId === ruleId || limit.ruleId === movedBy?.ruleId) ||
    unitLimits.some((limit) => limit.ruleId === ruleId) ||
    (movedBy?.reference !== undefined && references.some(({ key }) => key === movedBy.reference))
  );
}

function personalCandidates(range: LimitRange, plan: CarePlan, at: Date): readonly LimitCandidate[] {
  const own = personalLimitAt(plan, range.ruleId, range.parameter, at);
  const taken = [...spo2Low(range, plan, at), ...systolicLow(range, plan, at), ...bloodPressureMeanTarget(range, plan, at)];
  return own === null ? taken : [ofPersonal(own), ...taken];
}

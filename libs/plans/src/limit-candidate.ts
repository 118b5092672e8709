import type { CarePlan, PersonalLimit, Reference } from './care-plan.js';
import { isRunning } from './period.js';

/** A limit somebody has set that could apply, with all that is known of where it comes from. */
export interface LimitCandidate {
  readonly value: number;
  readonly source: 'unit' | 'personal';
  readonly version: number;
  /** The person of a personal limit, the unit of a unit's. */
  readonly ownerId: number;
  /** Null when the plan was read without names. */
  readonly ownerName: string | null;
  readonly reason: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  /** What it was taken from when it was not set for this very parameter: a reference's key, or `rule/parameter`. */
  readonly takenFrom: string | null;
}

interface Valid {
  readonly validFrom: Date;
  readonly validTo: Date | null;
}

/** Whether a version is valid at a time: begun, not ended. */
export function isValid({ validFrom, validTo }: Valid, atMs: number): boolean {
  return isRunning({ from: validFrom, to: validTo }, atMs);
}

/** The version in force with the highest number; null when none is. */
export function newestValid<Version extends Valid & { readonly version: number }>(
  versions: readonly Version[],
  atMs: number,
): Version | null {
  let newest: Version | null = null;
  for (const each of versions) if (isValid(each, atMs) && (newest === null || each.version > newest.version)) newest = each;
  return newest;
}

/** The personal limit in force with the highest version; null when there is none. */
export function personalLimitAt(plan: CarePlan, ruleId: string, parameter: string, at: Date): PersonalLimit | null {
  const atMs = at.getTime();
  let chosen: PersonalLimit | null = null;
  for (const limit of plan.limits) {
    if (limit.ruleId !== ruleId || limit.parameter !== parameter || !isValid(limit, atMs)) continue;
    if (chosen === null || limit.version > chosen.version) chosen = limit;
  }
  return chosen;
}

/** A personal limit as a candidate for its own parameter. */
export function ofPersonal(limit: PersonalLimit): LimitCandidate {
  const { value, version, setByPersonId, setByName, reason, validFrom, validTo } = limit;
  const owner = { ownerId: setByPersonId, ownerName: setByName ?? null };
  return { value, version, reason, validFrom, validTo, source: 'personal', ...owner, takenFrom: null };
}

/** A reference as a candidate for the parameter it stands for. */
export function ofReference(reference: Reference): LimitCandidate {
  const { key, value, version, setByPersonId, setByName, reason, validFrom, validTo } = reference;
  const owner = { ownerId: setByPersonId, ownerName: setByName ?? null };
  return { value, version, reason, validFrom, validTo, source: 'personal', ...owner, takenFrom: key };
}

/** What each unit of the team has set for a parameter: its version in force with the highest number. */
export function unitCandidates(plan: CarePlan, ruleId: string, parameter: string, at: Date): readonly LimitCandidate[] {
  const atMs = at.getTime();
  const byUnit = new Map<number, LimitCandidate>();
  for (const limit of plan.unitLimits) {
    if (limit.ruleId !== ruleId || limit.parameter !== parameter || !isValid(limit, atMs)) continue;
    const { unitId, unitName, value, version, reason, validFrom, validTo } = limit;
    if ((byUnit.get(unitId)?.version ?? 0) >= version) continue;
    const owner = { ownerId: unitId, ownerName: unitName ?? null };
    byUnit.set(unitId, { value, version, reason, validFrom, validTo, source: 'unit', ...owner, takenFrom: null });
  }
  return [...byUnit.values()];
}

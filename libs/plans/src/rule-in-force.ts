import type { CarePlan } from './care-plan.js';
import { pulse, weightLossRestsUntil } from './conflict-resolution.js';
import { isValid } from './limit-candidate.js';

const LOSS_RULES: readonly string[] = ['hf.weight.loss_3d', 'frail.weight_loss'];

/**
 * Whether a rule that the patient's programmes bring runs at a time: a unit of the team may have switched it on or off, a planned diuresis
 * rests weight loss, and rate limits set for a known rhythm replace the fixed ones of heart failure.
 * @param isDefault whether the catalogue has it on (`default_enabled`)
 */
export function isRuleOn(ruleId: string, isDefault: boolean, plan: CarePlan, atMs: number): boolean {
  const { ruleSwitches, references } = plan;
  const isOn = ruleSwitches === undefined || ruleSwitches.length === 0 ? isDefault : switched(ruleId, isDefault, plan, atMs);
  if (!isOn || references.length === 0) return isOn;
  if (ruleId === 'hf.pulse') return pulse(plan, new Date(atMs)) !== 'personal-rates';
  return !LOSS_RULES.includes(ruleId) || weightLossRestsUntil(plan, new Date(atMs)) === null;
}

/** What the units say; when they differ the rule runs, which protects more. */
function switched(ruleId: string, isDefault: boolean, { ruleSwitches }: CarePlan, atMs: number): boolean {
  const newest = new Map<number, { version: number; enabled: boolean }>();
  for (const each of ruleSwitches ?? []) {
    if (each.ruleId !== ruleId || !isValid(each, atMs)) continue;
    if ((newest.get(each.unitId)?.version ?? 0) < each.version) newest.set(each.unitId, each);
  }
  return newest.size === 0 ? isDefault : [...newest.values()].some(({ enabled }) => enabled);
}

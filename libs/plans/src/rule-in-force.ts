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
  const { references } = plan;
  const isOn = isSwitchedOn(ruleId, isDefault, plan, atMs);
  if (!isOn || references.length === 0) return isOn;
  if (ruleId === 'hf.pulse') return pulse(plan, new Date(atMs)) !== 'personal-rates';
  return !LOSS_RULES.includes(ruleId) || weightLossRestsUntil(plan, new Date(atMs)) === null;
}

/**
 * Whether a rule is switched on, though it may rest. What the units say goes before the catalogue; when they differ it is on, which protects more.
 * @param isDefault whether the catalogue has it on (`default_enabled`)
 */
export function isSwitchedOn(ruleId: string, isDefault: boolean, { ruleSwitches }: CarePlan, atMs: number): boolean {
  if (ruleSwitches === undefined || ruleSwitches.length === 0) return isDefault;
  const newest = new Map<number, { version: number; enabled: boolean }>();
  for (const each of ruleSwitches) {
    if (each.ruleId !== ruleId || !isValid(each, atMs)) continue;
    if ((newest.get(each.unitId)?.version ?? 0) < each.version) newest.set(each.unitId, each);
  }
  return newest.size === 0 ? isDefault : [...newest.values()].some(({ enabled }) => enabled);
}

import { findSnooze, isWorse, type Episode } from '@varde/alerts';
import type { Finding, Severity } from '@varde/rules';
import type { LookInput } from './input-and-outcome.js';

/** Whether a rule is kept quiet now, at this severity. */
export function isSnoozed(
  { snoozes, now }: Pick<LookInput, 'snoozes' | 'now'>,
  { ruleId }: Pick<Finding, 'ruleId'>,
  severity: Severity | null,
): boolean {
  return severity !== null && findSnooze(snoozes, ruleId, severity, now) !== undefined;
}

/** Whether all that stands in an episode and is as grave as this is kept quiet. */
export function hasOnlySnoozed(input: Pick<LookInput, 'snoozes' | 'now'>, target: Episode | undefined, severity: Severity): boolean {
  const stands = target?.signals.filter((signal) => signal.standing && !isWorse(severity, signal.severity)) ?? [];
  return stands.length > 0 && stands.every((signal) => isSnoozed(input, signal, signal.severity));
}

import type { Severity } from '@varde/rules';
import type { Snooze } from './episode.js';
import { isWorse } from './episode-policy.js';

/** The gravest signal that may be kept quiet (`roles.dho_nurse`: never red or critical rules). */
export const QUIET_AT_MOST: Severity = 'yellow';

/**
 * The snooze that keeps this rule quiet now, or undefined. One never covers another rule, nor anything worse than it was set for, nor
 * anything red or critical, whatever it was set for.
 */
export function findSnooze<S extends Omit<Snooze, 'id'>>(
  snoozes: readonly S[],
  ruleId: string,
  severity: Severity,
  now: Date,
): S | undefined {
  if (isWorse(severity, QUIET_AT_MOST)) return undefined;
  return snoozes.find(
    (snooze) => snooze.ruleId === ruleId && !isWorse(severity, snooze.severity) && snooze.from <= now && now < snooze.until,
  );
}

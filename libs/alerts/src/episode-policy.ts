import type { AnswerSet, Domain, Severity } from '@varde/rules';
import { SEVERITIES } from '@varde/rules';

const HOUR_MS = 3_600_000;

/** A signal within this time of closing reopens the episode as a relapse (`episode_policy.reopen`, 72 hours). */
export const REOPEN_WITHIN_MS = 72 * HOUR_MS;

/** A signal later than this after the last one, in an episode still open, is told again (`episode_policy.join`, 72 hours). */
export const JOIN_WITHIN_MS = 72 * HOUR_MS;

/** Two bridged areas that signal within this time are one problem (`episode_policy.bridge`, 24 hours). */
export const BRIDGE_WITHIN_MS = 24 * HOUR_MS;

/** Two yellow signals of different areas within this time move the patient to the top of the yellow ones (`episode_policy.severity`, 24 hours). */
export const YELLOW_TOGETHER_WITHIN_MS = 24 * HOUR_MS;

/** A yellow episode that is all clear closes after this time without a signal (`episode_policy.close.yellow`, 48 hours). */
export const SETTLE_AFTER_MS = 48 * HOUR_MS;

/**
 * Whoever proposes to close an episode that has been critical has it for this time at most, unless something red or worse is found
 * meanwhile; then it is back in the queue (`episode_policy.close.critical` asks for a second look and says no time; a day is ours).
 */
export const SECOND_LOOK_WITHIN_MS = 24 * HOUR_MS;

/** The areas that become one cardiorespiratory episode (`episode_policy.bridge`). Technical and silence are not among them. */
export const BRIDGED_DOMAINS: readonly Domain[] = ['respiratory', 'fluid', 'cardiac', 'infection'];

/** Answers of a questionnaire that mean breathlessness (`episode_policy.bridge`), by item code of the catalogue. */
const BREATHLESS_ITEMS = [
  'dyspnoea_worse',
  'breathlessness_worse',
  'woke_breathless',
  'breathless_at_rest_severe',
  'cannot_finish_sentence',
] as const;

/** When the patient answered to be breathless. */
export function breathlessTimes(answers: readonly AnswerSet[]): readonly Date[] {
  return answers.filter(({ items }) => BREATHLESS_ITEMS.some((item) => items[item] === true)).map(({ observedAt }) => observedAt);
}

/** True when `a` is graver than `b`. */
export function isWorse(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) > SEVERITIES.indexOf(b);
}

/** The graver of two severities. */
export function worst(a: Severity, b: Severity): Severity {
  return isWorse(a, b) ? a : b;
}

import type { Outcome } from './episode.js';

/** What an outcome says of the rules that opened the episode. `apart`: nothing, and it is not counted. */
export type Worth = 'true' | 'false' | 'apart';

/**
 * Which outcomes mean that an episode was worth a person's time (issue 3, section 12). Treated, plan changed, seen or sent on: somebody did
 * something about the patient. A false measurement or nothing to do: nobody had to. A technical fault says nothing of the patient, and an
 * episode that settled by itself was judged by nobody; both are told apart. One that went into another has no end of its own: that one's is.
 */
export const WORTH: Readonly<Record<Outcome, Worth>> = {
  treated_at_home: 'true',
  plan_changed: 'true',
  seen_by_gp: 'true',
  sent_to_legevakt: 'true',
  admitted: 'true',
  false_measurement: 'false',
  no_action_needed: 'false',
  technical_fixed: 'apart',
  settled: 'apart',
  merged: 'apart',
};

/** Issue 3, section 12: a rule under 5 % true ... */
const REVIEW_BELOW_SHARE = 0.05;
/** ... after 30 alerts is looked at by the programme lead. */
export const REVIEW_AFTER_ALERTS = 30;

/** Whether a rule must be looked at again: alerts that a person has judged, and how many of them were true. Nothing changes by itself. */
export function needsReview({ judged, hits }: { readonly judged: number; readonly hits: number }): boolean {
  return judged >= REVIEW_AFTER_ALERTS && hits < REVIEW_BELOW_SHARE * judged;
}

/** What a follow-up service may be asked to look at (catalogue, `alert_budget.targets`; a test holds that it still says so). */
export const ALERT_BUDGET = {
  yellowPerPatientWeekMedian: 0.5,
  yellowPerPatientWeekP95: 2.0,
  redPerPatientWeekMean: 0.1,
  shareOfRedWithAction: 0.5,
} as const;

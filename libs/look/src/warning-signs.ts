import type { Episode } from '@varde/alerts';
import { hasFired, LIVE_MS, type Finding } from '@varde/rules';
import { ANY_WARNING_SIGNS } from './advise-words.js';
import { QUESTIONNAIRE_OF, type AdviceDraft } from './advice.js';
import type { LookInput } from './input-and-outcome.js';

const MINUTE_MS = 60_000;
/** A pressure so high that the signs decide whether it is an emergency (`htn.severe_with_symptoms`). */
const SEVERE = 'htn.severe';
/** For how long an answer, or that it was asked, is of the same session. */
const SESSION_MS = 60 * MINUTE_MS;
/** What is no longer treated as live was measured in another session than now, and so is an answer. */
const OF_USE_MS = LIVE_MS;

/**
 * What the patient is asked about a very high pressure, once a session, as soon as it is measured: the rule that the signs make critical can
 * only know of them by an answer. Asked in a pause too.
 */
export function askForWarningSigns({ window, now, advised = [] }: LookInput, findings: readonly Finding[]): AdviceDraft | null {
  const severe = findings.find(
    ({ ruleId, result, at, receivedAt }) =>
      ruleId === SEVERE &&
      (result === 'pending' || hasFired(result)) &&
      receivedAt.getTime() - at.getTime() <= OF_USE_MS &&
      now.getTime() - at.getTime() < OF_USE_MS,
  );
  const [measurementId] = severe?.readingIds ?? [];
  if (severe === undefined || measurementId === undefined) return null;
  const sinceMs = severe.at.getTime() - SESSION_MS;
  const isAsked = advised.some(({ kind, at }) => kind === 'warning_signs' && at !== undefined && at.getTime() >= sinceMs);
  const isAnswered = window.answers.some(
    ({ questionnaire, observedAt }) => questionnaire === QUESTIONNAIRE_OF.warning_signs && observedAt.getTime() >= sinceMs,
  );
  if (isAsked || isAnswered) return null;
  return {
    key: `signs/${severe.anchor}`,
    kind: 'warning_signs',
    text: ANY_WARNING_SIGNS,
    answers: [],
    mustAnswer: false,
    measurementId,
    ofUseUntil: new Date(severe.at.getTime() + OF_USE_MS),
  };
}

/** Whether a very high pressure stands. */
export function hasSeverePressure({ signals }: Episode): boolean {
  return signals.some(({ ruleId, standing }) => ruleId === SEVERE && standing);
}

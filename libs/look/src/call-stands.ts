import type { Episode } from '@varde/alerts';
import { confirmWindowMs } from '@varde/rules';
import { answersToAdvice } from './advice-answers.js';
import type { Advised } from './advice.js';
import type { LookInput } from './input-and-outcome.js';

const HOUR_MS = 3_600_000;
/** How long a call for 113 is sent to a home that is away, in hours: an older one may never have come there. */
export const CALL_OF_USE_H = 24;
/** A critical value asks for a new one within this time. */
const MEASURED_AGAIN_WITHIN_MS = confirmWindowMs('parallel_15min');

/** Whether a call for 113 because of such an episode is on the patient's screen: it is until they answer it. */
export function isCallWaiting(input: LookInput, isOfSuch: (episodeId: number | null) => boolean): boolean {
  const sinceMs = input.now.getTime() - CALL_OF_USE_H * HOUR_MS;
  const waits = ({ kind, answer, isWithdrawn, at }: Advised): boolean =>
    kind === 'critical' && answer === undefined && isWithdrawn !== true && at !== undefined && at.getTime() > sinceMs;
  const waiting = (input.advised ?? []).filter((each) => isOfSuch(each.episodeId) && waits(each));
  if (waiting.length === 0) return false;
  const answered = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'seen' ? [] : adviceId)));
  return waiting.some(({ id }) => !answered.has(id));
}

/**
 * What was found while a call for 113 of another problem filled the screen, and was not told then, since it would have named a milder way to
 * help: the patient has now answered that they need no 113, and it still stands. For what was as grave in the same look the call was made too.
 */
export function isTellableNow(input: LookInput, { id, severity, ladderStartedAt, clearedAt }: Episode): boolean {
  if (clearedAt !== null) return false;
  const { advised = [] } = input;
  const isMilder = (kind: Advised['kind']): boolean => severity === 'critical' && kind !== 'critical';
  return answersToAdvice(input).some(({ adviceId, answer }) => {
    const call = advised.find((each) => each.id === adviceId);
    return (
      answer === 'not_needed' &&
      call?.at !== undefined &&
      call.episodeId !== id &&
      (severity === 'critical' ? ladderStartedAt > call.at : ladderStartedAt >= call.at) &&
      advised.every(({ episodeId, kind, isWithdrawn }) => episodeId !== id || isWithdrawn === true || isMilder(kind))
    );
  });
}

/**
 * What is measured again so soon after a call for 113, of whichever problem, is what the home was asked to measure with it, and part of the same; unless the patient
 * has answered that they need no 113: that it is as grave again is what they did not know.
 */
export function isCallNew(input: LookInput): boolean {
  const { advised = [], now } = input;
  const sinceMs = now.getTime() - MEASURED_AGAIN_WITHIN_MS;
  const refused = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'not_needed' ? adviceId : [])));
  return advised.some(
    ({ id, kind, answer, isWithdrawn, at }) =>
      kind === 'critical' &&
      answer !== 'not_needed' &&
      !refused.has(id) &&
      isWithdrawn !== true &&
      at !== undefined &&
      at.getTime() > sinceMs,
  );
}

/** Whether a call for 113 of another problem was for this one too: it was as grave when the call waited, and had no call of its own. */
export function isCalledBy({ advised = [] }: LookInput, callId: number, before: Episode | undefined): boolean {
  const call = advised.find((each) => each.id === callId);
  if (before?.closedAt !== null || before.severity !== 'critical') return false;
  if (call?.kind !== 'critical' || call.at === undefined || before.ladderStartedAt < call.at) return false;
  return advised.every(({ episodeId, kind }) => episodeId !== before.id || kind !== 'critical');
}

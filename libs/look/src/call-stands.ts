import { behindCallOf, type Episode } from '@varde/alerts';
import { confirmWindowMs, type Severity } from '@varde/rules';
import { answersToAdvice } from './advice-answers.js';
import { ANEW, type AdviceAnswered, type Advised } from './advice.js';
import type { LookInput } from './input-and-outcome.js';
import { open, type Work } from './work.js';

const HOUR_MS = 3_600_000;
/** How long a call for 113 is sent to a home that is away, in hours: an older one may never have come there. */
export const CALL_OF_USE_H = 24;
/** A critical value asks for a new one within this time. */
const MEASURED_AGAIN_WITHIN_MS = confirmWindowMs('parallel_15min');

/** A call for 113 of which it is known when it was made. */
type Call = Advised & { readonly at: Date };

const endsMs = ({ at }: Call): number => at.getTime() + CALL_OF_USE_H * HOUR_MS;

/** Whether a call for 113 because of such an episode is on the patient's screen: it is until they answer it. */
export function isCallWaiting(input: LookInput, isOfSuch: (episodeId: number | null) => boolean): boolean {
  return waitingCalls(input, isOfSuch).length > 0;
}

function waitingCalls(input: LookInput, isOfSuch: (episodeId: number | null) => boolean = () => true): readonly Call[] {
  const nowMs = input.now.getTime();
  const waits = (each: Advised): each is Call =>
    each.kind === 'critical' && each.answer === undefined && each.isWithdrawn !== true && each.at !== undefined && isOfSuch(each.episodeId);
  const waiting = (input.advised ?? []).filter(waits).filter((call) => endsMs(call) > nowMs);
  if (waiting.length === 0) return waiting;
  const given = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'seen' ? [] : adviceId)));
  // Through another gateway it may have been answered where it had been withdrawn.
  const answered = new Set((input.advised ?? []).filter(({ id }) => given.has(id)).map(callOf));
  return waiting.filter((call) => !answered.has(callOf(call)));
}

const callOf = ({ key }: Advised): string => key.split(ANEW)[0] ?? key;

/** What the patient has answered to calls for 113 that waited until this look. */
function answersToCalls(input: LookInput): readonly AdviceAnswered['answer'][] {
  const calls = new Set((input.advised ?? []).filter(({ kind }) => kind === 'critical').map(({ id }) => id));
  if (calls.size === 0) return [];
  return answersToAdvice(input).flatMap(({ adviceId, answer }) => (calls.has(adviceId) && answer !== 'seen' ? answer : []));
}

/**
 * How grave what was found while a call for 113 of another problem filled the screen is to be told now: the call stands no longer, and it does.
 * What is critical, only when the patient has answered that they need no 113, for the call was made for both. Null: nothing is.
 */
export function tellableAfterCall(input: LookInput, episode: Episode): Severity | null {
  const behind = behindCallOf(episode.signals);
  return behind === null || isCallWaiting(input, () => true) || isDoneByCall(input, episode) ? null : behind;
}

/**
 * Whether nothing more is to be told of what stands behind a call: the call is for the very episode by now, or it is over, and was for what is
 * critical too or is answered, and not by that it is not needed: then somebody helps, or the owner knows that nobody can be called.
 */
export function isDoneByCall(input: LookInput, { id, signals }: Episode): boolean {
  if (isCallWaiting(input, (episodeId) => episodeId === id)) return true;
  if (isCallWaiting(input, () => true)) return false;
  const answers = answersToCalls(input);
  return !answers.includes('not_needed') && (answers.length > 0 || behindCallOf(signals) === 'critical');
}

/** Whether something of an episode waits behind a call, and nothing was told of it in this look. */
export const isBehindCall = ({ episode, advice }: Work): boolean => advice.length === 0 && behindCallOf(episode.signals) !== null;

/** When a call that stands after this look runs out, and what waits behind it may be told; null: nothing does. */
export function callEndsAt(input: LookInput, works: readonly Work[]): Date | null {
  const isBehind = ({ episode }: Work): boolean => !['critical', null].includes(behindCallOf(episode.signals));
  if (!open(works).some(isBehind)) return null;
  const waiting = waitingCalls(afterTelling(input, works));
  const made = works.some(({ advice }) => advice.some(({ kind }) => kind === 'critical'));
  if (waiting.length === 0 && !made) return null;
  const ends = waiting.map(endsMs);
  if (made) ends.push(input.now.getTime() + CALL_OF_USE_H * HOUR_MS);
  return new Date(Math.min(...ends));
}

/**
 * What a look knows of what was told, as it stands after this one: a call goes on with the episode that its own went into; what is told of that
 * one takes its place, and closing takes it away.
 */
export function afterTelling(input: LookInput, works: readonly Work[]): LookInput {
  const advised = (input.advised ?? []).map((each): Advised => {
    const work = each.kind === 'critical' ? goesOnAs(works, each.episodeId) : undefined;
    if (work === undefined) return each;
    const { id, closedAt } = work.episode;
    return { ...each, episodeId: id, ...((closedAt !== null || work.advice.length > 0) && { isWithdrawn: true }) };
  });
  return { ...input, advised };
}

function goesOnAs(works: readonly Work[], episodeId: number | null): Work | undefined {
  const work = works.find(({ episode }) => episode.id === episodeId && episode.id !== 0);
  const into = work?.episode.mergedIntoId ?? null;
  return into === null ? work : goesOnAs(works, into);
}

/**
 * What is measured again so soon after a call for 113, of whichever problem, is what the home was asked to measure with it, and part of the same; unless the patient
 * has answered that they need no 113: that it is as grave again is what they did not know.
 */
export function isCallNew(input: LookInput): boolean {
  const { advised = [], now } = input;
  const sinceMs = now.getTime() - MEASURED_AGAIN_WITHIN_MS;
  const calls = advised.filter(
    ({ kind, answer, isWithdrawn, at }) =>
      kind === 'critical' && answer !== 'not_needed' && isWithdrawn !== true && at !== undefined && at.getTime() > sinceMs,
  );
  if (calls.length === 0) return false;
  const refused = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'not_needed' ? adviceId : [])));
  return calls.some(({ id }) => !refused.has(id));
}

/** Whether a call for 113 of another problem was for this one too: it was as grave when the call waited, and had no call of its own. */
export function isCalledBy({ advised = [] }: LookInput, callId: number, before: Episode | undefined): boolean {
  const call = advised.find((each) => each.id === callId);
  if (before?.closedAt !== null || before.severity !== 'critical') return false;
  if (call?.kind !== 'critical' || call.at === undefined || before.ladderStartedAt < call.at) return false;
  return advised.every(({ episodeId, kind }) => episodeId !== before.id || kind !== 'critical');
}

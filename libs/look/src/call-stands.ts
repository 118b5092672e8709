import { isWorse, type Episode } from '@varde/alerts';
import { confirmWindowMs } from '@varde/rules';
import { answersToAdvice } from './advice-answers.js';
import { ANEW, type Advised } from './advice.js';
import type { LookInput } from './input-and-outcome.js';
import type { Work } from './work.js';

const HOUR_MS = 3_600_000;
/** How long a call for 113 is sent to a home that is away, in hours: an older one may never have come there. */
export const CALL_OF_USE_H = 24;
/** A critical value asks for a new one within this time. */
const MEASURED_AGAIN_WITHIN_MS = confirmWindowMs('parallel_15min');

/** A call for 113 that is on the patient's screen until they answer it; of what was told before its time was kept nobody knows how old it is. */
type Call = Advised & { readonly at: Date };

const isUnanswered = (each: Advised): each is Call =>
  each.kind === 'critical' && each.answer === undefined && each.isWithdrawn !== true && each.at !== undefined;
const endsMs = ({ at }: Call): number => at.getTime() + CALL_OF_USE_H * HOUR_MS;

const callOf = ({ key }: Advised): string => key.split(ANEW)[0] ?? key;

/** Whether a call for 113 because of such an episode is on the patient's screen: it is until they answer it. */
export function isCallWaiting(input: LookInput, isOfSuch: (episodeId: number | null) => boolean): boolean {
  return waitingCalls(input).some(({ episodeId }) => isOfSuch(episodeId));
}

function waitingCalls(input: LookInput): readonly Call[] {
  const waiting = (input.advised ?? []).filter(isUnanswered).filter((call) => endsMs(call) > input.now.getTime());
  if (waiting.length === 0) return [];
  const given = answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'seen' ? [] : adviceId));
  // Through another gateway it may have been answered where it had been withdrawn.
  const answered = new Set((input.advised ?? []).filter(({ id }) => given.includes(id)).map(callOf));
  return waiting.filter((call) => !answered.has(callOf(call)));
}

/**
 * What was found while a call for 113 of another problem filled the screen, and was not told then, since it would have named a milder way to
 * help: the patient has now answered that they need no 113, or a day has gone without an answer, and it still stands.
 */
export function isTellableNow(input: LookInput, episode: Episode): boolean {
  if (!standsAsGrave(episode)) return false;
  const { advised = [], now } = input;
  const unneeded = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'not_needed' ? adviceId : [])));
  return advised.some((call) => {
    const { id, at, episodeId } = call;
    const isOver = unneeded.has(id) || (isUnanswered(call) && endsMs(call) <= now.getTime());
    if (!isOver || at === undefined || episodeId === episode.id || episode.ladderStartedAt < at) return false;
    const isTold = (each: Advised): boolean => each.episodeId === episode.id && each.isWithdrawn !== true && (each.at ?? at) >= at;
    return !advised.some(isTold);
  });
}

/** When the first call that stands after this look ends without an answer: what is held back behind it may be told then. Null: none stands. */
export function callEndsAt(input: LookInput, works: readonly Work[]): Date | null {
  // What is told of an episode takes the place of its call; one that went into another left its call to that.
  const isKept = ({ episodeId }: Call): boolean => {
    const own = works.find(({ episode }) => episode.id === episodeId);
    const goesOn = works.find(({ episode }) => episode.id === (own?.episode.mergedIntoId ?? episodeId));
    return goesOn !== undefined && goesOn.episode.closedAt === null && goesOn.advice.length === 0;
  };
  const ends = waitingCalls(input).filter(isKept).map(endsMs);
  if (works.some(({ advice }) => advice.some(({ kind }) => kind === 'critical'))) ends.push(input.now.getTime() + CALL_OF_USE_H * HOUR_MS);
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

/** Whether something stands that is as grave as the episode. What is critical is never held back. */
function standsAsGrave({ severity, clearedAt, signals }: Episode): boolean {
  if (clearedAt !== null || (severity !== 'yellow' && severity !== 'red')) return false;
  return signals.some((signal) => signal.standing && !isWorse(severity, signal.severity));
}

/** What is measured again so soon after a call for 113 is what the home was asked to measure with it, and part of the same. */
export function isCallNew({ advised = [], now }: LookInput, { id }: Episode): boolean {
  const sinceMs = now.getTime() - MEASURED_AGAIN_WITHIN_MS;
  return advised.some(
    ({ episodeId, kind, isWithdrawn, at }) =>
      episodeId === id && kind === 'critical' && isWithdrawn !== true && at !== undefined && at.getTime() > sinceMs,
  );
}

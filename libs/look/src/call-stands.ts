import { isWorse, type Episode } from '@varde/alerts';
import { confirmWindowMs } from '@varde/rules';
import { answersToAdvice } from './advice-answers.js';
import type { Advised } from './advice.js';
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

/** Whether a call for 113 because of such an episode is on the patient's screen: it is until they answer it. */
export function isCallWaiting(input: LookInput, isOfSuch: (episodeId: number | null) => boolean): boolean {
  return waitingCalls(input).some(({ episodeId }) => isOfSuch(episodeId));
}

function waitingCalls(input: LookInput): readonly Call[] {
  const waiting = (input.advised ?? []).filter(isUnanswered).filter((call) => endsMs(call) > input.now.getTime());
  if (waiting.length === 0) return [];
  const answered = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'seen' ? [] : adviceId)));
  return waiting.filter(({ id }) => !answered.has(id));
}

/**
 * What was found while a call for 113 of another problem filled the screen, and was not told then, since it would have named a milder way to
 * help: the patient has now answered that they need no 113, or a day has gone without an answer, and it still stands.
 */
export function isTellableNow(input: LookInput, episode: Episode): boolean {
  const { advised = [], now } = input;
  const unneeded = new Set(answersToAdvice(input).flatMap(({ adviceId, answer }) => (answer === 'not_needed' ? adviceId : [])));
  const isOver = (each: Advised): boolean => unneeded.has(each.id) || (isUnanswered(each) && endsMs(each) <= now.getTime());
  const isHeldBy = (each: Advised): boolean => each.at !== undefined && each.episodeId !== episode.id && episode.ladderStartedAt >= each.at;
  return advised.some((each) => isHeldBy(each) && isOver(each)) && isUntold(input, episode);
}

/** When the first call ends without an answer while something milder is held back behind it; null: nothing is. */
export function callEndsAt(input: LookInput, works: readonly Work[]): Date | null {
  // What is told in this look is held back no more.
  if (!works.some(({ episode, advice }) => advice.length === 0 && isUntold(input, episode))) return null;
  const ends = waitingCalls(input).map(endsMs);
  if (works.some(({ advice }) => advice.some(({ kind }) => kind === 'critical'))) ends.push(input.now.getTime() + CALL_OF_USE_H * HOUR_MS);
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

/** Whether it stands, as grave as it is, and the patient was told nothing as grave of it since it came back. What is critical is never held back. */
function isUntold({ advised = [] }: LookInput, { id, severity, clearedAt, relapses, signals }: Episode): boolean {
  if (clearedAt !== null || (severity !== 'yellow' && severity !== 'red')) return false;
  if (!signals.some((signal) => signal.standing && !isWorse(severity, signal.severity))) return false;
  const isAsGrave = ({ kind }: Advised): boolean => kind === severity || kind === 'red' || kind === 'critical';
  // Keys once did not name the relapses.
  const isOfNow = ({ key }: Advised): boolean => (key.split('/')[3] ?? String(relapses)) === String(relapses);
  return !advised.some((each) => each.episodeId === id && each.isWithdrawn !== true && isAsGrave(each) && isOfNow(each));
}

/** What is measured again so soon after a call for 113 is what the home was asked to measure with it, and part of the same. */
export function isCallNew({ advised = [], now }: LookInput, { id }: Episode): boolean {
  const sinceMs = now.getTime() - MEASURED_AGAIN_WITHIN_MS;
  return advised.some(
    ({ episodeId, kind, isWithdrawn, at }) =>
      episodeId === id && kind === 'critical' && isWithdrawn !== true && at !== undefined && at.getTime() > sinceMs,
  );
}

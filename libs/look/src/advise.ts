import { closelyFollowedFrom, findSnooze, isWorse, needsPerson, worst, type Episode } from '@varde/alerts';
import { agreedTextAt, isLeftToNurse, referenceAt, type CarePlan } from '@varde/plans';
import { LIVE_MS, OLD_MS, UNANSWERED, type SilenceCause, type Severity } from '@varde/rules';
import {
  criticalWords,
  greenWords,
  missedWords,
  receivedWords,
  redWords,
  reminderWords,
  silenceWords,
  TOLD_BY_PATIENT,
  usualDaysWords,
  withAgeWords,
  withPressureSigns,
  withSugar,
  yellowWords,
  type InSilence,
  type ToldByPatient,
} from './advise-words.js';
import { WEEK_KEY, type AdviceAnswer, type AdviceDraft, type Advised } from './advice.js';
import { CALL_OF_USE_H, isCallNew, isCallWaiting, tellableAfterCall } from './call-stands.js';
import { hasFreshData } from './fresh-data.js';
import { isHeldBack } from './inhibit.js';
import type { LookInput } from './input-and-outcome.js';
import { SUGAR_OF_USE_H } from './low-sugar.js';
import { isPaused } from './period.js';
import { hasSeverePressure } from './warning-signs.js';

const HOUR_MS = 3_600_000;
/** How long it is sent to a home that is away, in hours: an old call for 113 is not shown to somebody who is home again. */
const OF_USE_H = { green: 24, reminder: 24, yellow: 48, red: 24, critical: CALL_OF_USE_H } as const;
/** What is planned on one day, and goes on missing, is one thing to be reminded of. */
const REMINDED_AGAIN_AFTER_H = 20;

/** What a look did to one episode, as far as it decides what the patient is told. */
export interface Course {
  readonly before: Episode | undefined;
  readonly after: Episode;
  /** The gravest finding that was told in this look; null: none was. */
  readonly came: Severity | null;
  /** How late the gravest of what was told in this look reached us; null: nothing was. */
  readonly lateMs: number | null;
  /** Something red was told in this look that is news though the episode may be as grave already (`bringsRed`). */
  readonly bringsRed: boolean;
  /** An answer that means danger to life was found in this look. */
  readonly emergency: boolean;
  /** The ladder found nobody who is staffed, or nothing of it could be delivered. */
  readonly unreached: boolean;
  /** The patient is told to call 113 because of another episode, in this look or before it, and has not answered. */
  readonly isCalled: boolean;
  /** That call was made before this look. */
  readonly isCallWaiting: boolean;
  /** Who is silent, of a silence found in this look; null: none was. */
  readonly silent: SilenceCause | null;
  /** All open episodes of the patient, after the look; null: more is being measured, or the patient has been told already that all is well. */
  readonly ofPatient: readonly Episode[] | null;
  /** Under which the episode will be stored. */
  readonly version: number;
}

/** What there is to tell, before it is a draft. */
interface Told extends Pick<AdviceDraft, 'text' | 'answers' | 'mustAnswer'> {
  readonly what: keyof typeof OF_USE_H;
}

/**
 * What the patient is told because of one episode: once for its opening, each rise and each relapse, for what is red and brings a new area or
 * says that what was begun has not helped, for whatever is critical while no call for 113 waits for its answer, when nobody can be reached, when
 * what was covered or held back behind such a call comes forward, when the pause ends in which nothing was said of it, and when a yellow one is
 * all clear, put off while more is being measured. For every low blood sugar they are told to take sugar and must reply. Of a measurement that
 * is missing they are reminded, when it is theirs to make. What is from hours ago says so first; of what is from days ago they are told nothing
 * (`late_data_policy`). Nothing for a technical fault, nothing milder than red in a pause, and of values nothing milder than critical beside a
 * call for 113 that they have not answered. It never says that anybody has been called.
 */
export function adviseOn(input: LookInput, course: Course): AdviceDraft | null {
  if (isUntellable(course.after)) return null;
  const weighed = weigh(input, course);
  if (weighed.isBehindCall || isQuiet(input, weighed.severity)) return null;
  const told = weighed.isNews || weighed.isAfterCall ? newsFor(input, course, weighed.severity) : allClearFor(input, course);
  return told === null ? null : draftOf(input, course, told, weighed);
}

/** How grave what is to be told is that is not told now, for a call for 113 because of another problem fills the screen; null: nothing is. */
export function heldBehindCall(input: LookInput, course: Course): Severity | null {
  if (isUntellable(course.after)) return null;
  const { severity, isNews: isToTell, isBehindCall } = weigh(input, course);
  return isToTell && isBehindCall && !isQuiet(input, severity) ? severity : null;
}

const isQuiet = ({ plan, now }: LookInput, severity: Severity): boolean => !isWorse(severity, 'yellow') && isPaused(plan, now);

const isUntellable = ({ closedAt, domains }: Episode): boolean => closedAt !== null || domains.every((domain) => domain === 'technical');

/** What there is to tell of an episode, before it is put in words. */
interface Weighed {
  readonly severity: Severity;
  readonly isNews: boolean;
  /** It was held back behind a call for 113 that stands no longer. */
  readonly isAfterCall: boolean;
  /** A call for 113 fills the screen: one is on it, or comes there now, and one answer is for both. */
  readonly isBehindCall: boolean;
}

function weigh(input: LookInput, course: Course): Weighed {
  const { after, isCalled, isCallWaiting: isWaiting, unreached } = course;
  const found = severityToTell(input, course);
  const hasNews = isNews(input, course, found);
  const waited = isCalled || isOnlyOld(after) ? null : tellableAfterCall(input, after);
  const severity = waited === null ? found : hasNews ? worst(found, waited) : waited;
  const isFull = severity === 'critical' ? isWaiting && !unreached : isCalled;
  const isBehindCall = isFull && !isOfNoValues(after) && lowSugarMs(after, input.now) === null;
  return { severity, isNews: hasNews, isAfterCall: waited !== null, isBehindCall };
}

/** Whether there is something that the patient has not been told yet. */
function isNews(input: LookInput, course: Course, severity: Severity): boolean {
  const { before, after, came, emergency, unreached } = course;
  const isCallWanted = emergency || (came === 'critical' && !isCallNew(input));
  if ((isCallWanted || course.bringsRed) && !isCallWaiting(input, (episodeId) => episodeId === after.id)) return true;
  if (hasWorsened(before, after) && (course.lateMs ?? 0) <= OLD_MS) return true;
  if (!isOnlyOld(after) && (comesForward(input, before, after) || outlastsPause(input, after))) return true;
  if (!isWorse(severity, 'yellow')) return came !== null && isOfNoValues(after) && !isToldMissing(input, after, severity);
  if (unreached && !(severity === 'critical' && isActedOn(input, after))) return true;
  const sugarMs = lowSugarMs(after, input.now);
  return sugarMs !== null && came !== null && sugarMs > (before === undefined ? 0 : (lowSugarMs(before, input.now) ?? 0));
}

/** Whether all of it had been measured or answered so long before it reached us that there is nothing to do about it now. */
function isOnlyOld({ lastSignalAt, openedAt, begunAgainAt }: Episode): boolean {
  return (begunAgainAt ?? openedAt).getTime() - lastSignalAt.getTime() > OLD_MS;
}

/** What the patient is told of news of this severity; null: nothing. */
function newsFor(input: LookInput, course: Course, severity: Severity): Told | null {
  const { plan, team, now } = input;
  const { after, unreached, silent } = course;
  const owner = team.units.find(({ id }) => id === after.ownerUnitId);
  if (isOfNoValues(after)) return silenceFor(severity, input, { owner, unreached, silent });
  const needsSugar = isWorse(severity, 'yellow') && lowSugarMs(after, now) !== null;
  const nurseDecides = isLeftToNurse(plan, now);
  switch (severity) {
    case 'critical': {
      const words = criticalWords(input, owner, unreached);
      const text = needsSugar ? withSugar(words, 'after') : words;
      return { what: 'critical', text, answers: ['called_113', 'cannot', 'not_needed'], mustAnswer: true };
    }
    case 'red': {
      const words = redWords(input, { owner, unreached, nurseDecides });
      const signs = hasSeverePressure(after) ? withPressureSigns(words) : words;
      const text = needsSugar ? withSugar(signs, 'before') : signs;
      return { what: 'red', text, answers: ['seen', 'called_116117', 'cannot'], mustAnswer: needsSugar };
    }
    case 'yellow': {
      const told = toldByPatient(after);
      if (told.length > 0) return { what: 'yellow', text: receivedWords(input, owner, told), answers: ['seen'], mustAnswer: false };
      const answers: readonly AdviceAnswer[] = nurseDecides || !hasPlan(plan, now) ? ['seen'] : ['started', 'not_now'];
      return { what: 'yellow', text: yellowWords(input, owner, nurseDecides), answers, mustAnswer: false };
    }
    case 'info':
      return null;
  }
}

/** What the patient has told of themselves, when nothing else stands; else nothing. */
function toldByPatient({ signals }: Episode): readonly ToldByPatient[] {
  const standing = signals.filter((signal) => signal.standing);
  const told = TOLD_BY_PATIENT.filter((ruleId) => standing.some((signal) => signal.ruleId === ruleId));
  return told.length === standing.length ? told : [];
}

/** What is said of a silence. Milder than red only to who can do something about it. */
function silenceFor(severity: Severity, input: LookInput, of: InSilence): Told | null {
  if (isWorse(severity, 'yellow')) return { what: 'red', text: silenceWords(input, of), answers: ['seen', 'cannot'], mustAnswer: false };
  const reminder = reminderWords(of.silent);
  if (reminder === null) return null;
  if (severity === 'info') return { what: 'reminder', text: reminder, answers: ['seen'], mustAnswer: false };
  return { what: 'yellow', text: missedWords(input, of, reminder), answers: ['seen'], mustAnswer: false };
}

/** Whether the patient has been told of a silence that goes on: yellow since it came back, a reminder within the day. */
function isToldMissing(input: LookInput, after: Episode, severity: Severity): boolean {
  if (severity === 'yellow') return isToldYellow(input, after);
  const sinceMs = input.now.getTime() - REMINDED_AGAIN_AFTER_H * HOUR_MS;
  return (input.advised ?? []).some(({ episodeId, at }) => episodeId === after.id && at !== undefined && at.getTime() > sinceMs);
}

/** That all is well; null: it is not, or has been said. */
function allClearFor(input: LookInput, { before, after, ofPatient }: Course): Told | null {
  if (ofPatient === null || !isAllClear(input, ofPatient, before, after)) return null;
  return { what: 'green', text: greenWords(input), answers: ['seen'], mustAnswer: false };
}

function draftOf({ now }: LookInput, course: Course, { what, text, ...told }: Told, weighed: Weighed): AdviceDraft {
  const { after, version } = course;
  const ageMs = weighed.isNews ? ageOf(course) : weighed.isAfterCall && what !== 'critical' ? ageBehindCall(after, now) : null;
  return {
    ...told,
    text: ageMs !== null && ageMs > LIVE_MS ? withAgeWords(text, ageMs) : text,
    key: `${after.id}/${what}/${version}/${after.relapses}`,
    kind: what === 'reminder' ? 'green' : what,
    measurementId: null,
    ofUseUntil: new Date(now.getTime() + OF_USE_H[what] * HOUR_MS),
  };
}

/** How late what is news had reached us; null: that does not matter, or it is not known. */
const ageOf = ({ before, after, lateMs, bringsRed }: Course): number | null => (bringsRed || hasWorsened(before, after) ? lateMs : null);

/** How long ago what was held back behind a call was last found. */
function ageBehindCall({ signals }: Episode, now: Date): number {
  const kept = signals.filter(({ standing, behindCall }) => standing && behindCall !== undefined);
  return now.getTime() - Math.max(...kept.map(({ lastAt }) => lastAt.getTime()));
}

/** When a blood sugar was last so low that the patient must take sugar and reply, if it stands and is new enough; else null. */
function lowSugarMs({ signals }: Episode, now: Date): number | null {
  const low = signals.filter(({ ruleId, standing, severity }) => standing && ruleId in UNANSWERED && isWorse(severity, 'yellow'));
  const newestMs = Math.max(...low.map(({ lastAt }) => lastAt.getTime()));
  return newestMs > now.getTime() - SUGAR_OF_USE_H * HOUR_MS ? newestMs : null;
}

function hasWorsened(before: Episode | undefined, after: Episode): boolean {
  if (before === undefined || before.closedAt !== null) return true;
  return isWorse(after.severity, before.severity) || after.relapses > before.relapses;
}

/**
 * By the severity of the episode; for what has come back, by the finding and what stood unsnoozed; for what is red and new, as red. What nobody has seen stays critical for
 * the people who are to see it, and yet a yellow finding is no reason to call 113; when nobody could be told, the patient is told by the
 * episode all the same.
 */
function severityToTell({ snoozes, now }: LookInput, { before, after, came, bringsRed, unreached }: Course): Severity {
  if (unreached) return after.severity;
  if (before === undefined || before.closedAt !== null || came === null) return after.severity;
  if (after.relapses === before.relapses) return bringsRed ? 'red' : after.severity;
  if (isWorse(after.severity, before.severity)) return after.severity;
  const isTold = ({ ruleId, severity }: Episode['signals'][number]): boolean => !findSnooze(snoozes, ruleId, severity, now);
  const stood = before.signals.filter((signal) => signal.standing && isTold(signal)).map(({ severity }) => severity);
  const gravest = stood.reduce(worst, came);
  return isWorse(gravest, after.severity) ? after.severity : gravest;
}

/** The patient has called 113 or needs nobody, and nothing has been found since they were told to: with every channel down, once is enough. */
function isActedOn({ advised = [] }: LookInput, { lastSignalAt }: Episode): boolean {
  return advised.some(
    ({ kind, answer, at }) =>
      kind === 'critical' && (answer === 'called_113' || answer === 'not_needed') && at !== undefined && at >= lastSignalAt,
  );
}

/** Something graver covered it; now its ladder has begun, and the patient was not told of it before that, or not since it came back. */
function comesForward(input: LookInput, before: Episode | undefined, after: Episode): boolean {
  if (before === undefined || !isHeldBack(before) || after.ladderStepsTaken === 0 || after.clearedAt !== null) return false;
  return !isToldYellow(input, after);
}

/**
 * A pause has ended since the patient is followed closely because of it, and they were not told: nothing milder than red is told in one.
 * Asked when none runs. What has been red was told then.
 */
function outlastsPause(input: LookInput, after: Episode): boolean {
  const since = closelyFollowedFrom([after]);
  if (since === null || needsPerson(after)) return false;
  const hasEnded = input.plan.pauses.some(({ from, to }) => from < to && since < to && to <= input.now);
  return hasEnded && !isToldYellow(input, after);
}

/** Whether the patient was told that it is yellow, since it came back. */
function isToldYellow(input: LookInput, after: Episode): boolean {
  const now = String(after.relapses);
  // Keys once did not name the relapses.
  return toldYellow(input, after).some(({ key }) => (key.split('/')[3] ?? now) === now);
}

/** Yellow advice of an episode that stands, answered or not. */
function toldYellow({ advised = [] }: LookInput, { id }: Episode): Advised[] {
  return advised.filter(({ episodeId, kind, isWithdrawn }) => episodeId === id && kind === 'yellow' && isWithdrawn !== true);
}

/** What says nothing about the values of a patient. */
export const isOfNoValues = ({ domains }: Episode): boolean => domains.every((domain) => domain === 'silence' || domain === 'technical');

/**
 * Only what was never worse than yellow, and only when nothing else stands but a technical fault for information, and nothing is missing: a
 * red episode is a person's to close, whatever the values. And never by old data, or by the clock alone (clinical README 11.2, hazard 6).
 */
function isAllClear(input: LookInput, ofPatient: readonly Episode[], before: Episode | undefined, after: Episode): boolean {
  if (before === undefined || after.clearedAt === null || after.severity !== 'yellow' || isOfNoValues(after)) return false;
  if (before.clearedAt !== null && !isPutOff(input, after, after.clearedAt)) return false;
  return ofPatient.every(isOver) && hasFreshData(input);
}

/** Whether an open episode says no more of how the patient is. What is missing may be what would say it. */
function isOver(episode: Episode): boolean {
  if (isOfNoValues(episode)) return episode.clearedAt !== null || (episode.severity === 'info' && !episode.domains.includes('silence'));
  return episode.clearedAt !== null && !needsPerson(episode);
}

/**
 * It cleared while more was being measured: that it was yellow, told before that, is the last the patient knows. When a person has closed
 * something grave since then, what the patient is told is theirs to say.
 */
function isPutOff(input: LookInput, after: Episode, clearedAt: Date): boolean {
  const isOthers = input.episodes.some(
    (each) => each.closedAt !== null && each.closedAt > clearedAt && needsPerson(each) && !isOfNoValues(each),
  );
  return !isOthers && isYellowLast(input, after, clearedAt);
}

/** Told that it was yellow before it cleared, and not that all is well after that. */
function isYellowLast(input: LookInput, after: Episode, clearedAt: Date): boolean {
  const greenIds = (input.advised ?? []).filter((each) => each.isWithdrawn !== true && saysWell(each)).map(({ id }) => id);
  const isLast = ({ id, at }: Advised): boolean => at !== undefined && at < clearedAt && greenIds.every((greenId) => greenId < id);
  return toldYellow(input, after).some(isLast);
}

/**
 * What the patient is told of an episode that has closed by itself in the look that cleared it, or before it could be said, so that yellow is
 * not the last they know: that all is well, when nothing else stands and fresh data say so; else, who was told to measure every day until
 * told otherwise is told otherwise. It is about no episode: with that one, what was told of it goes from the screen.
 * @param open the open episodes of the patient, after the look
 */
export function tellSettled(
  input: LookInput,
  closed: Episode,
  { open, isMeasuring }: { readonly open: readonly Episode[]; readonly isMeasuring: boolean },
): AdviceDraft | null {
  const { plan, now } = input;
  const { id, clearedAt, outcome, relapses } = closed;
  if (outcome !== 'settled' || clearedAt === null || isOfNoValues(closed)) return null;
  if (isPaused(plan, now) || !isYellowLast(input, closed, clearedAt)) return null;
  const isWell = !isMeasuring && open.every(isOver) && isPutOff(input, closed, clearedAt) && hasFreshData(input);
  const isUsual = closelyFollowedFrom(open) === null;
  const text = isWell ? greenWords(input) : isUsual ? usualDaysWords(input) : null;
  if (text === null) return null;
  return {
    key: `settled/${id}/${relapses}`,
    kind: 'green',
    text,
    answers: ['seen'],
    mustAnswer: false,
    measurementId: null,
    ofUseUntil: new Date(now.getTime() + OF_USE_H.green * HOUR_MS),
  };
}

/** Whether it says that all is well: what is told of a pause, of a week before a review or of what is missing says nothing of how the patient is. */
export function saysWell({ kind, key }: Pick<AdviceDraft, 'kind' | 'key'>): boolean {
  return kind === 'green' && !key.startsWith('pause/') && !key.startsWith(WEEK_KEY) && key.split('/')[1] !== 'reminder';
}

function hasPlan(plan: CarePlan, now: Date): boolean {
  return agreedTextAt(plan, 'yellow', now) !== null || referenceAt(plan, 'self-treatment-plan', now)?.value === 1;
}

import { closelyFollowedFrom, draftToOwner, findSnooze, isWorse, needsPerson, worst, type Episode, type NoticeDraft } from '@varde/alerts';
import { agreedTextAt, isRunning, programmesInForce, referenceAt, type CarePlan } from '@varde/plans';
import { findRun, UNANSWERED, type AnswerSet, type Severity, type Words } from '@varde/rules';
import {
  criticalWords,
  DID_IT_HELP,
  greenWords,
  patientAnswered,
  redWords,
  silenceWords,
  usualDaysWords,
  withSugar,
  yellowWords,
} from './advise-words.js';
import { ADVICE_BUTTONS, type AdviceAnswer, type AdviceAnswered, type AdviceDraft, type Advised } from './advice.js';
import { isHeldBack } from './inhibit.js';
import type { LookInput } from './input-and-outcome.js';

const HOUR_MS = 3_600_000;
/** How long it is sent to a home that is away, in hours: an old call for 113 is not shown to somebody who is home again. */
const OF_USE_H = { green: 24, yellow: 48, red: 24, critical: 24 } as const;
/** When the patient is asked whether the step has helped, and until when, in hours after it was begun (clinical README 2.4). */
const HELP_ASKED_AFTER_H = 24;
const HELP_ASKED_UNTIL_H = 48;
const STARTED = 'plan_step_started';
const HELPED = 'symptoms_better';

/** What a look did to one episode, as far as it decides what the patient is told. */
export interface Course {
  readonly before: Episode | undefined;
  readonly after: Episode;
  /** The gravest finding that was told in this look; null: none was. */
  readonly came: Severity | null;
  /** The ladder found nobody who is staffed, or nothing of it could be delivered. */
  readonly unreached: boolean;
  /** All open episodes of the patient, after the look; null: more is being measured, or the patient has been told already that all is well. */
  readonly ofPatient: readonly Episode[] | null;
  /** Under which the episode will be stored. */
  readonly version: number;
}

/**
 * What the patient is told because of one episode: once for its opening, each rise and each relapse, when nobody can be reached, when what
 * was covered comes forward, when the pause ends in which nothing was said of it, and when a yellow one is all clear, put off while more is
 * being measured. For every low blood sugar they are told to take sugar and must reply. Nothing for a technical fault, nothing milder than red
 * in a pause. It never says that anybody has been called.
 */
export function adviseOn(input: LookInput, course: Course): AdviceDraft | null {
  const { now } = input;
  const { before, after, came, unreached, version, ofPatient } = course;
  const told = after.domains.filter((domain) => domain !== 'technical');
  if (after.closedAt !== null || told.length === 0) return null;
  const severity = severityToTell(input, course);
  const isGrave = isWorse(severity, 'yellow');
  if (!isGrave && isPaused(input.plan, now)) return null;
  const sugarMs = isGrave ? lowSugarMs(after, now) : null;
  const needsSugar = sugarMs !== null;
  const draft = (kind: keyof typeof OF_USE_H, text: Words, answers: readonly AdviceAnswer[]): AdviceDraft => ({
    ...{ key: `${after.id}/${kind}/${version}/${after.relapses}`, kind, text, answers },
    ...{ mustAnswer: kind === 'critical' || needsSugar, measurementId: null },
    ofUseUntil: new Date(now.getTime() + OF_USE_H[kind] * HOUR_MS),
  });
  const owner = input.team.units.find(({ id }) => id === after.ownerUnitId);
  const isUnreached = unreached && isGrave && !(severity === 'critical' && isActedOn(input, after));
  const isNewSugar = sugarMs !== null && came !== null && sugarMs > (before === undefined ? 0 : (lowSugarMs(before, now) ?? 0));
  const isNews =
    hasWorsened(before, after) || isUnreached || isNewSugar || comesForward(input, before, after) || outlastsPause(input, after);
  if (!isNews) {
    return ofPatient !== null && isAllClear(input, ofPatient, before, after) ? draft('green', greenWords(input), ['seen']) : null;
  }
  const isSilence = told.every((domain) => domain === 'silence');
  if (isSilence) return isGrave ? draft('red', silenceWords(input, owner, unreached), ['seen', 'cannot']) : null;
  if (severity === 'critical') {
    const words = criticalWords(input, owner, unreached);
    return draft('critical', needsSugar ? withSugar(words, 'after') : words, ['called_113', 'cannot', 'not_needed']);
  }
  if (severity === 'red') {
    const words = redWords(input, owner, unreached);
    return draft('red', needsSugar ? withSugar(words, 'before') : words, ['seen', 'called_116117', 'cannot']);
  }
  if (severity === 'info') return null;
  const nurseDecides = isLeftToNurse(input.plan, now);
  const answers: readonly AdviceAnswer[] = nurseDecides || !hasPlan(input.plan, now) ? ['seen'] : ['started', 'not_now'];
  return draft('yellow', yellowWords(input, owner, nurseDecides), answers);
}

/** Older than this, what to do about it now is for a new measurement to say. */
const SUGAR_OF_USE_H = 2;

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
 * By the severity of the episode; for what has come back, by the finding and what stood unsnoozed. What nobody has seen stays critical for
 * the people who are to see it, and yet a yellow finding is no reason to call 113; when nobody could be told, the patient is told by the
 * episode all the same.
 */
function severityToTell({ snoozes, now }: LookInput, { before, after, came, unreached }: Course): Severity {
  if (unreached) return after.severity;
  if (before === undefined || before.closedAt !== null || came === null || after.relapses === before.relapses) return after.severity;
  if (isWorse(after.severity, before.severity)) return after.severity;
  const isTold = ({ ruleId, severity }: Episode['signals'][number]): boolean => !findSnooze(snoozes, ruleId, severity, now);
  const stood = before.signals.filter((signal) => signal.standing && isTold(signal)).map(({ severity }) => severity);
  const gravest = stood.reduce(worst, came);
  return isWorse(gravest, after.severity) ? after.severity : gravest;
}

/** The patient has called 113 or needs nobody, and nothing has been found since they were told to: with every channel down, once is enough. */
function isActedOn({ advised = [] }: LookInput, { id, lastSignalAt }: Episode): boolean {
  return advised.some(
    ({ episodeId, kind, answer, at }) =>
      episodeId === id &&
      kind === 'critical' &&
      (answer === 'called_113' || answer === 'not_needed') &&
      at !== undefined &&
      at >= lastSignalAt,
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
const isOfNoValues = ({ domains }: Episode): boolean => domains.every((domain) => domain === 'silence' || domain === 'technical');

/**
 * Only what was never worse than yellow, and only when nothing else stands but what is for information and no value: a red episode is a
 * person's to close, whatever the values.
 */
function isAllClear(input: LookInput, ofPatient: readonly Episode[], before: Episode | undefined, after: Episode): boolean {
  if (before === undefined || after.clearedAt === null || after.severity !== 'yellow' || isOfNoValues(after)) return false;
  if (before.clearedAt !== null && !isPutOff(input, after, after.clearedAt)) return false;
  return ofPatient.every(isOver);
}

/** Whether an open episode says no more of how the patient is. */
function isOver(episode: Episode): boolean {
  if (isOfNoValues(episode)) return episode.clearedAt !== null || episode.severity === 'info';
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
  const isGreen = ({ kind, key, isWithdrawn }: Advised): boolean => kind === 'green' && !isOfPause(key) && isWithdrawn !== true;
  const greenIds = (input.advised ?? []).filter(isGreen).map(({ id }) => id);
  const isLast = ({ id, at }: Advised): boolean => at !== undefined && at < clearedAt && greenIds.every((greenId) => greenId < id);
  return toldYellow(input, after).some(isLast);
}

/**
 * What the patient is told of an episode that has closed by itself in the look that cleared it, or before it could be said, so that yellow is
 * not the last they know: that all is well, when nothing else stands; else, who was told to measure every day until told otherwise is told
 * otherwise. It is about no episode: with that one, what was told of it goes from the screen.
 * @param open the open episodes of the patient, after the look
 */
export function tellSettled(
  input: LookInput,
  closed: Episode,
  { open, isMeasuring }: { readonly open: readonly Episode[]; readonly isMeasuring: boolean },
): AdviceDraft | null {
  const { plan, now } = input;
  const { id, clearedAt, outcome, relapses } = closed;
  if (outcome !== 'settled' || clearedAt === null || isPaused(plan, now) || !isYellowLast(input, closed, clearedAt)) return null;
  const isWell = !isMeasuring && open.every(isOver) && !isOfNoValues(closed) && isPutOff(input, closed, clearedAt);
  const isUsual = closelyFollowedFrom(open) === null;
  const text = isWell ? greenWords(input) : isUsual ? usualDaysWords(input) : null;
  if (text === null) return null;
  return {
    ...{ key: `settled/${id}/${relapses}`, kind: 'green', text, answers: ['seen'], mustAnswer: false, measurementId: null },
    ofUseUntil: new Date(now.getTime() + OF_USE_H.green * HOUR_MS),
  };
}

/** What is told of a pause says nothing of how the patient is. */
const isOfPause = (key: string): boolean => key.startsWith('pause/');

function isPaused({ pauses }: CarePlan, now: Date): boolean {
  return pauses.some((pause) => isRunning(pause, now.getTime()));
}

function hasPlan(plan: CarePlan, now: Date): boolean {
  return agreedTextAt(plan, 'yellow', now) !== null || referenceAt(plan, 'self-treatment-plan', now)?.value === 1;
}

/** No automatic plan step for somebody with both COPD and heart failure: a nurse decides (`conflict_resolution`, breathlessness). */
function isLeftToNurse(plan: CarePlan, now: Date): boolean {
  const followed = programmesInForce(plan, now);
  return followed.includes('copd') && followed.includes('hf');
}

/** What the patient is asked about the step of the plan they have begun, once for each beginning, and when the next question is due. */
export function askWhetherItHelped(input: LookInput): { readonly draft: AdviceDraft | null; readonly nextAt: Date | null } {
  const { window, now, plan, advised = [] } = input;
  const started = newestStart(window.answers);
  const none = { draft: null, nextAt: null };
  if (started === null || hasAnswered(window.answers, started)) return none;
  const from = new Date(started.observedAt.getTime() + HELP_ASKED_AFTER_H * HOUR_MS);
  const ofUseUntil = new Date(started.observedAt.getTime() + HELP_ASKED_UNTIL_H * HOUR_MS);
  const key = `help/${started.measurementId}`;
  if (ofUseUntil <= now || isPaused(plan, now) || advised.some((each) => each.key === key)) return none;
  if (from > now) return { draft: null, nextAt: from };
  const { measurementId } = started;
  return {
    draft: { key, kind: 'did_it_help', text: DID_IT_HELP, answers: [], mustAnswer: false, ofUseUntil, measurementId },
    nextAt: null,
  };
}

function newestStart(answers: readonly AnswerSet[]): AnswerSet | null {
  return findRun(answers, STARTED, HELPED)?.first ?? null;
}

function isLater(a: AnswerSet, b: AnswerSet): boolean {
  const sinceMs = a.observedAt.getTime() - b.observedAt.getTime();
  return sinceMs > 0 || (sinceMs === 0 && a.measurementId > b.measurementId);
}

function hasAnswered(answers: readonly AnswerSet[], started: AnswerSet): boolean {
  return answers.some((set) => typeof set.items[HELPED] === 'boolean' && set.observedAt > started.observedAt);
}

/**
 * What the patient has answered to what still waits for an answer, the first answer of each; `seen` only once, and beside another. They come
 * as a filled-in questionnaire that names the advice, so that they are kept and repeated like every other answer.
 */
export function answersToAdvice({ advised = [], window }: LookInput): readonly AdviceAnswered[] {
  if (advised.length === 0) return [];
  const inOrder = [...window.answers].sort((a, b) => (isLater(a, b) ? 1 : -1));
  return advised.flatMap((each): AdviceAnswered[] => {
    const { id, episodeId, kind, isRead } = each;
    if (each.answer !== undefined) return [];
    const given = inOrder.flatMap(({ items, observedAt }) => {
      const answer = items['advice_answer'];
      return items['advice_id'] === id && isAnswer(answer) ? [{ adviceId: id, episodeId, answer, at: observedAt }] : [];
    });
    const seen = isRead ? undefined : given.find(({ answer }) => answer === 'seen');
    const said = kind === 'did_it_help' ? helped(each, inOrder) : given.find(({ answer }) => answer !== 'seen');
    return [seen, said].flatMap((answered) => answered ?? []);
  });
}

/** A question is answered by its own item, whichever questionnaire has asked it. */
function helped({ id, key, episodeId }: Advised, inOrder: readonly AnswerSet[]): AdviceAnswered | undefined {
  const started = inOrder.find(({ measurementId }) => key === `help/${measurementId}`);
  const set = inOrder.find((each) => started !== undefined && hasAnswered([each], started));
  if (set === undefined) return undefined;
  return { adviceId: id, episodeId, answer: set.items[HELPED] === true ? 'better' : 'not_better', at: set.observedAt };
}

const BUTTONS: ReadonlySet<unknown> = new Set(ADVICE_BUTTONS);

function isAnswer(value: unknown): value is AdviceAnswer {
  return BUTTONS.has(value);
}

/** Whether the owner is told what the patient answered: somebody may have to call for them, or need not. */
export function noticeOfAnswer(episode: Episode, { adviceId, answer }: AdviceAnswered, now: Date): NoticeDraft | null {
  if (answer !== 'cannot' && answer !== 'called_113') return null;
  return draftToOwner(episode, 'patient_answered', String(adviceId), { at: now, text: patientAnswered(answer) });
}

import { draftToOwner, type Episode, type NoticeDraft } from '@varde/alerts';
import { findRuns, type AnswerSet } from '@varde/rules';
import { DID_IT_HELP, patientAnswered } from './advise-words.js';
import { ADVICE_BUTTONS, QUESTIONNAIRE_OF, type AdviceAnswer, type AdviceAnswered, type AdviceDraft, type Advised } from './advice.js';
import type { LookInput } from './input-and-outcome.js';
import { isLater } from './newest.js';
import { isPaused } from './period.js';
import { answeredWhose } from './whose-weight.js';

const HOUR_MS = 3_600_000;
/** When the patient is asked whether the step has helped, and until when, in hours after it was begun (clinical README 2.4). */
const HELP_ASKED_AFTER_H = 24;
const HELP_ASKED_UNTIL_H = 48;
const STARTED = 'plan_step_started';
const HELPED = 'symptoms_better';

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
  return findRuns(answers, { started: STARTED, helped: HELPED, hours: HELP_ASKED_UNTIL_H }).at(-1)?.first ?? null;
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
    if (kind === 'whose_weight') return [...answeredWhose(each, { window })];
    const given: AdviceAnswered[] = [];
    for (const { items, observedAt } of inOrder) {
      const answer = items['advice_answer'];
      if (items['advice_id'] === id && isAnswer(answer)) given.push({ adviceId: id, episodeId, answer, at: observedAt });
    }
    if (kind === 'warning_signs' && !isRead) given.push(...filledIn(each, inOrder));
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

/** What the signs are is for the rules to say: of the question it is known that it was answered. */
function filledIn({ id, episodeId, at: askedAt }: Advised, inOrder: readonly AnswerSet[]): readonly AdviceAnswered[] {
  const set = inOrder.find(
    ({ questionnaire, receivedAt }) => questionnaire === QUESTIONNAIRE_OF.warning_signs && askedAt !== undefined && receivedAt > askedAt,
  );
  return set === undefined ? [] : [{ adviceId: id, episodeId, answer: 'seen', at: set.observedAt }];
}

const BUTTONS: ReadonlySet<unknown> = new Set(ADVICE_BUTTONS);

function isAnswer(value: unknown): value is AdviceAnswer {
  return BUTTONS.has(value);
}

/** What is told to the owner: somebody may have to call for them, or need not, or they may be wrong to think that nobody must. */
const TOLD_TO_OWNER: readonly AdviceAnswer[] = ['cannot', 'called_113', 'not_needed'];

/** What the owner is told of what the patient answered; null: nothing. */
export function noticeOfAnswer(episode: Episode, { adviceId, answer }: AdviceAnswered, now: Date): NoticeDraft | null {
  if (!TOLD_TO_OWNER.includes(answer)) return null;
  return draftToOwner(episode, 'patient_answered', String(adviceId), { at: now, text: patientAnswered(answer) });
}

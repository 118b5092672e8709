import type { Words } from '@varde/rules';
import type { Consultation, Episode, EpisodeStep, NoticeDraft } from './episode.js';
import { draftsTo } from './notice.js';
import * as say from './ownership-wording.js';
import type { OwnershipStep, Step, Transition } from './step.js';
import { byPerson, byProgram, changed, refuse, unchanged } from './transition.js';

/** Advice is asked of another unit; the owner stays the owner and its ladder runs on. */
export function afterAsk(episode: Episode, step: Extract<OwnershipStep, { kind: 'ask_advice' }>): Transition {
  const { at, byPersonId, unitId, unit, question, deadlineAt } = step;
  if (unitId === episode.ownerUnitId) refuse(episode, step, 'the unit owns it itself');
  if (episode.consultations.some((each) => each.unitId === unitId)) refuse(episode, step, 'the unit has been asked already');
  if (deadlineAt <= at) refuse(episode, step, 'the time to answer would be over already');
  const number = episode.consultationsAsked + 1;
  const asked: Consultation = { number, unitId, askedAt: at, askedByPersonId: byPersonId, deadlineAt, question };
  const text = say.adviceAsked(unit, step, question);
  const change = { consultations: [...episode.consultations, asked], consultationsAsked: number };
  return changed(
    episode,
    change,
    [byPerson(step, 'advice_asked', text)],
    draftsTo(episode, [unitId], 'advice_asked', { number, at, text }),
  );
}

/** Advice is given; until a look has seen that the time is over, late advice is as good as any. */
export function afterAdvice(episode: Episode, step: Extract<OwnershipStep, { kind: 'give_advice' }>): Transition {
  const { at, number, unitId, unit, answer } = step;
  const asked = episode.consultations.find((each) => each.number === number);
  if (asked === undefined) return refuse(episode, step, `question ${number} does not wait for an answer`);
  if (asked.unitId !== unitId) refuse(episode, step, 'another unit has been asked');
  const text = say.adviceGiven(unit, answer);
  const change = { consultations: episode.consultations.filter((each) => each !== asked) };
  const notices = draftsTo(episode, [episode.ownerUnitId], 'advice_given', { number, at, text });
  return changed(episode, change, [byPerson(step, 'advice_given', text)], notices);
}

/** Questions whose time is over: both who asked and who was asked are told. */
export function afterAdviceRunsOut(episode: Episode, { at, zone }: Extract<Step, { kind: 'advice_runs_out' }>): Transition {
  const due = episode.consultations.filter(({ deadlineAt }) => deadlineAt <= at);
  if (due.length === 0) return unchanged(episode);
  const steps: EpisodeStep[] = [];
  const notices: NoticeDraft[] = [];
  for (const { number, deadlineAt, unitId } of due) {
    const text = say.adviceRanOut(number, { deadlineAt, zone });
    steps.push(byProgram(at, 'advice_ran_out', text));
    notices.push(...draftsTo(episode, [episode.ownerUnitId, unitId], 'advice_ran_out', { number, at, text }));
  }
  return changed(episode, { consultations: episode.consultations.filter((each) => !due.includes(each)) }, steps, notices);
}

/** The lines that say that these questions no longer wait for an answer. */
export function endedAdvice(consultations: readonly Consultation[], at: Date, because: Words): EpisodeStep[] {
  return consultations.map(({ number }) => byProgram(at, 'advice_ended', say.adviceEnded(number, because)));
}

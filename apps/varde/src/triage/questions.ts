import {
  instantOf,
  localDayNumber,
  newestQuestionnaire,
  plannedQuestionnaire,
  plannedTimes,
  programmesInForce,
  questionsFor,
  scheduleInForce,
  type CarePlan,
  type Question,
  type Questionnaires,
} from '@varde/plans';
import type { StoredAnswers } from '@varde/store';
import type { QuestionDto, QuestionsDto } from './answers.dto.js';

/** Days in which a question answered with yes makes those that follow up on it be asked. */
export const RECENT_DAYS = 14;

/** What questions follow from. */
export interface Asking {
  readonly questionnaires: Questionnaires;
  readonly plan: CarePlan;
  /** Since when what is agreed for an open episode runs; null: it does not. */
  readonly closelyFollowedFrom: Date | null;
  /** Answers of the last `RECENT_DAYS`, newest first. */
  readonly recent: readonly StoredAnswers[];
}

/** Every questionnaire that asks this patient anything, with when it is planned and was answered on the local day. */
export function tellQuestions({ questionnaires, plan, closelyFollowedFrom, recent }: Asking, now: Date): QuestionsDto[] {
  const programmes = programmesInForce(plan, now);
  const day = localDayNumber(plan.zone, now.getTime());
  const [from, to] = [new Date(instantOf(plan.zone, day, 0)), new Date(instantOf(plan.zone, day + 1, 0))];
  const planned = plannedTimes(scheduleInForce(plan.schedule, closelyFollowedFrom), plan.zone, from, to);
  const yes = new Set(recent.flatMap(({ items }) => Object.keys(items).filter((code) => items[code] === true)));
  const codes = [...new Set(questionnaires.all.map(({ code }) => code))];
  return codes.flatMap((code) => {
    const newest = newestQuestionnaire(questionnaires, code);
    if (newest === null) return [];
    const questions = questionsFor(newest, programmes, yes);
    if (questions.length === 0) return [];
    const { version, nb, en, answeredBy } = newest;
    return [
      {
        questionnaire: code,
        version,
        nb,
        en,
        answeredBy,
        plannedAt: planned.find(({ metric }) => metric === plannedQuestionnaire(code))?.at ?? null,
        answeredAt: recent.find((set) => set.questionnaire === code && set.observedAt >= from)?.observedAt ?? null,
        questions: questions.map(tellQuestion),
      },
    ];
  });
}

function tellQuestion({ code, kind, nb, en, min, max, choices, after }: Question): QuestionDto {
  const isNumber = kind === 'scale' || kind === 'number';
  return { code, kind, nb, en, min: isNumber ? min : null, max: isNumber ? max : null, choices: [...choices], after };
}

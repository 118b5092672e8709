import type { Metric } from '@varde/vitals';
import type { Programme } from '../care-plan.js';

/** The same sentence in Norwegian and English. */
export interface Sentence {
  readonly nb: string;
  readonly en: string;
}

/** One of the answers of a question with a choice. */
export interface Choice extends Sentence {
  readonly code: string;
}

/** One question. Its code is what rules look at, whichever questionnaire asks it. */
export interface Question extends Sentence {
  readonly code: string;
  readonly kind: 'yes_no' | 'scale' | 'number' | 'choice';
  /** Smallest and largest answer of a scale or number; 0 for the other kinds. */
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** Empty unless the kind is `choice`. */
  readonly choices: readonly Choice[];
  /** Other codes the same answer holds for: programmes that ask the same thing under another name ask it once. */
  readonly answersAlso: readonly string[];
  /** It is asked only when this other question was answered with yes; null: always. */
  readonly after: string | null;
}

/** A question with the programmes that ask it, in the words of this version of the questionnaire. */
export interface AskedQuestion {
  readonly question: Question;
  readonly programmes: readonly Programme[];
}

/** A score: entered as one answer, or the sum of others when all of them are there. */
export interface Score {
  readonly metric: Metric;
  readonly entered: string;
  readonly sumOf: readonly string[];
}

/** Who may fill a questionnaire in. */
export type Answerer = 'patient' | 'carer' | 'nurse';

/** One version of a questionnaire. A published version is never changed. */
export interface Questionnaire extends Sentence {
  readonly code: string;
  readonly version: number;
  readonly answeredBy: readonly Answerer[];
  readonly asked: readonly AskedQuestion[];
  readonly scores: readonly Score[];
}

/** All questionnaires that are known. */
export interface Questionnaires {
  readonly questions: ReadonlyMap<string, Question>;
  /** Every version, in the file's order. */
  readonly all: readonly Questionnaire[];
}

/** The newest version of a questionnaire; null when there is none of that code. */
export function newestQuestionnaire({ all }: Questionnaires, code: string): Questionnaire | null {
  let newest: Questionnaire | null = null;
  for (const each of all) if (each.code === code && (newest === null || each.version > newest.version)) newest = each;
  return newest;
}

/** One version of a questionnaire as its answers are checked (`Form` of libs/wire); null when it is not known. */
export function findForm(
  questionnaires: Questionnaires,
): (
  code: string,
  version: number,
) => { code: string; version: number; items: ReadonlyMap<string, FormItem>; scores: readonly Score[] } | null {
  const forms = new Map(questionnaires.all.map((each) => [`${each.code}/${each.version}`, formOf(each)]));
  return (code, version) => forms.get(`${code}/${version}`) ?? null;
}

/** A question as far as an answer is checked against it. */
export interface FormItem extends Pick<Question, 'code' | 'kind' | 'min' | 'max' | 'isWhole' | 'answersAlso'> {
  readonly choices: readonly string[];
}

function formOf({ code, version, asked, scores }: Questionnaire) {
  const items = asked.map(({ question }): [string, FormItem] => [
    question.code,
    { ...question, choices: question.choices.map((choice) => choice.code) },
  ]);
  return { code, version, items: new Map(items), scores };
}

/**
 * What is to be asked of somebody who follows these programmes: the union of what they ask, each question once, in the questionnaire's order.
 * @param answeredYes codes lately answered with yes: questions that follow up on them are asked too
 */
export function questionsFor(
  questionnaire: Questionnaire,
  programmes: readonly Programme[],
  answeredYes: ReadonlySet<string> = new Set(),
): readonly Question[] {
  const asked: Question[] = [];
  const covered = new Set<string>();
  for (const { question, programmes: own } of questionnaire.asked) {
    if (covered.has(question.code) || !own.some((programme) => programmes.includes(programme))) continue;
    const { after } = question;
    if (after !== null && !answeredYes.has(after) && !asked.some(({ code }) => code === after)) continue;
    asked.push(question);
    covered.add(question.code);
    for (const code of question.answersAlso) covered.add(code);
  }
  return asked;
}

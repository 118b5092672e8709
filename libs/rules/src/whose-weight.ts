import type { AnswerSet } from './finding.js';

/**
 * The questionnaire that asks who stood on the scale, and its items: which measurement it is about, and whether it was the patient
 * (`gen.tech.other_person`, evidence note).
 */
export const WHOSE_WEIGHT = { questionnaire: 'weight', about: 'weight_id', isMine: 'weight_is_mine' } as const;

/** The doubt of a weight that an answer lifts: another person may have stood on the scale. */
export const LIFTED_DOUBT = 'jump';

/** What was answered about one weight: the patient's, or somebody else's. */
export interface SaidOfWeight {
  readonly isMine: boolean;
  /** The filled-in questionnaire. */
  readonly answerId: number;
  readonly at: Date;
  readonly receivedAt: Date;
}

const NOTHING_SAID: ReadonlyMap<number, SaidOfWeight> = new Map();

/** The weight an answer is about, by its measurement; null when it is about none, or says nothing. */
export function weightSaidOf({ questionnaire, items }: Pick<AnswerSet, 'questionnaire' | 'items'>): number | null {
  if (questionnaire !== WHOSE_WEIGHT.questionnaire) return null;
  const [about, isMine] = [items[WHOSE_WEIGHT.about], items[WHOSE_WEIGHT.isMine]];
  return typeof about === 'number' && typeof isMine === 'boolean' ? about : null;
}

/**
 * What was said of whose weights, by measurement. The answer given last counts, so that one given by mistake can be corrected; in which
 * order they came makes no difference.
 */
export function saidOfWeights(answers: readonly AnswerSet[]): ReadonlyMap<number, SaidOfWeight> {
  let said: Map<number, SaidOfWeight> | null = null;
  for (const set of answers) {
    const about = weightSaidOf(set);
    if (about === null) continue;
    const { items, measurementId: answerId, observedAt: at, receivedAt } = set;
    const known = said?.get(about);
    if (known !== undefined && !isAfter({ at, answerId }, known)) continue;
    (said ??= new Map()).set(about, { isMine: items[WHOSE_WEIGHT.isMine] === true, answerId, at, receivedAt });
  }
  return said ?? NOTHING_SAID;
}

function isAfter(a: Pick<SaidOfWeight, 'at' | 'answerId'>, b: Pick<SaidOfWeight, 'at' | 'answerId'>): boolean {
  return a.at.getTime() - b.at.getTime() > 0 || (a.at.getTime() === b.at.getTime() && a.answerId > b.answerId);
}

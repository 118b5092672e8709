import type { Advice } from '@varde/wire';
import { seededChance } from '../person/chance.js';
import { worsening, type Person } from '../person/person.js';
import type { Filled } from './questionnaire.js';

/** Who is told to call calls when they feel as ill as this (0 to 1), some sooner than others. */
const FEELS_ILL = 0.3;
/** Share of those who are too ill to call by themselves. */
const CANNOT = 0.1;
/** Share of people whom the yellow step of their plan helps. */
const HELPED = 0.6;

/** What the person taps on an advice, of the answers it offers; null: nothing is offered that they would choose. */
export function answerAdvice(
  person: Person,
  { adviceId, kind, answers }: Pick<Advice, 'adviceId' | 'kind' | 'answers'>,
  at: Date,
): Filled | null {
  const offered = answers.map(({ code }) => code);
  const chance = seededChance(`${person.seed}/advice/${kind}`);
  const isIll = worsening(person, at) > FEELS_ILL * (0.5 + chance.next());
  const wanted = wishes(kind, isIll, chance.next() < CANNOT).find((code) => offered.includes(code)) ?? offered[0];
  if (wanted === undefined) return null;
  const items = { advice_id: adviceId, advice_answer: wanted, ...(wanted === 'started' && { plan_step_started: true }) };
  return { questionnaire: 'advice', version: 1, items };
}

/** Best first. */
function wishes(kind: Advice['kind'], isIll: boolean, cannot: boolean): readonly string[] {
  switch (kind) {
    case 'green':
      return ['seen'];
    case 'yellow':
      return isIll ? ['started', 'seen'] : ['not_now', 'seen'];
    case 'red':
      return isIll ? [cannot ? 'cannot' : 'called_116117', 'seen'] : ['seen'];
    case 'critical':
      return isIll ? [cannot ? 'cannot' : 'called_113'] : ['not_needed'];
  }
}

/** Whether the yellow step helps this person. */
export function isHelpedByPlan({ seed }: Person): boolean {
  return seededChance(`${seed}/plan`).next() < HELPED;
}

/** The answer to whether the step has helped. */
export function answerPlanStep(person: Person): Filled {
  return { questionnaire: 'plan-step', version: 1, items: { symptoms_better: person.treatedFrom !== undefined && isHelpedByPlan(person) } };
}

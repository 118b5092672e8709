import type { Act } from './act.js';
import type { SeverityModifier } from './catalogue.js';
import { UNKNOWN, type ConditionKind } from './condition.js';
import type { AnswerCondition } from './conditions.js';
import type { Words } from './finding.js';
import type { Scene } from './scene.js';

// Answers of questionnaires are not judged yet: every condition of them says so.
const notYet: ConditionKind<AnswerCondition> = {
  slots: () => [],
  prepare: () => () => UNKNOWN,
  tell: ({ kind }) => ({ nb: kind, en: kind }),
  missing: () => ({ nb: 'svarene mangler', en: 'the answers are missing' }),
  looksAtDay: true,
};

/** How conditions about answers and about facts around a reading are judged. */
export const ANSWER_KINDS: { readonly [Kind in AnswerCondition['kind']]: ConditionKind<Extract<AnswerCondition, { kind: Kind }>> } = {
  any_answer: notYet,
  any_answer_today: notYet,
  symptom_pattern: notYet,
  symptom_pattern_absent: notYet,
  context_is: notYet,
};

/** Modifiers of severity that ask for answers. */
export type AnswerModifier = Exclude<SeverityModifier, { readonly kind: 'baseline_drop_lt' }>;

/** Acts that make an answer modifier hold for an act that fired; empty when it does not hold. */
export function answersBehind(_modifier: AnswerModifier, _act: Act, _scene: Scene): readonly Act[] {
  return [];
}

/** Which answers made it graver, as a sentence. Asked only when the modifier holds. */
export function tellModifier(_modifier: AnswerModifier, _act: Act, _scene: Scene): Words {
  return { nb: '', en: '' };
}

import { UNKNOWN, type ConditionKind } from './condition.js';
import type { News2Condition } from './conditions.js';

// The score is not judged yet: every condition of it says so.
const notYet: ConditionKind<News2Condition> = {
  slots: () => [],
  prepare: () => () => UNKNOWN,
  tell: ({ kind }) => ({ nb: kind, en: kind }),
  missing: () => ({ nb: 'NEWS2 mangler', en: 'NEWS2 is missing' }),
};

/** How conditions about NEWS2 are judged. */
export const NEWS2_KINDS: { readonly [Kind in News2Condition['kind']]: ConditionKind<Extract<News2Condition, { kind: Kind }>> } = {
  news2_class: notYet,
  news2_class_below: notYet,
  context_delta: notYet,
};

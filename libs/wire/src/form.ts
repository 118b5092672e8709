import type { Metric } from '@varde/vitals';

/** One question as far as an answer is checked against it. */
export interface AskedItem {
  readonly code: string;
  /** `scale` and `number` take a number from `min` to `max`, `choice` one of the codes in `choices`. */
  readonly kind: 'yes_no' | 'scale' | 'number' | 'choice';
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers are answers. */
  readonly isWhole: boolean;
  readonly choices: readonly string[];
  /** Other codes that the same answer holds for, when they are not answered themselves. */
  readonly answersAlso: readonly string[];
}

/** A score that a questionnaire gives: entered as one item, or the sum of others when all of them are answered. */
export interface FormScore {
  readonly metric: Metric;
  readonly entered: string;
  /** Empty: it can only be entered. */
  readonly sumOf: readonly string[];
}

/** One version of a questionnaire as far as its answers are checked. What is asked, and in which words, is not the wire's. */
export interface Form {
  readonly code: string;
  readonly version: number;
  readonly items: ReadonlyMap<string, AskedItem>;
  readonly scores: readonly FormScore[];
}

/** The questionnaires that are known; null for one that is not. */
export type FindForm = (code: string, version: number) => Form | null;

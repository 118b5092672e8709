import type { Words } from '@varde/rules';

/** What the patient is told: a step of the self-treatment plan, danger to life, what is missing; or asked: whether a step has helped, how they are, whose a weight is. */
export type AdviceKind = 'green' | 'yellow' | 'red' | 'critical' | 'did_it_help' | 'warning_signs' | 'whose_weight';

/** What is asked, by the questionnaire that asks it. */
export const QUESTIONNAIRE_OF = { did_it_help: 'plan-step', warning_signs: 'pressure', whose_weight: 'weight' } as const satisfies Partial<
  Record<AdviceKind, string>
>;

/** Answers of the question `advice_answer`, each a button. `seen` only says that it was read. */
export const ADVICE_BUTTONS = ['seen', 'started', 'not_now', 'called_116117', 'called_113', 'cannot', 'not_needed'] as const;
/** What a patient can answer: by a button, whether a step of the plan has helped, or whether it was them on the scale. */
export type AdviceAnswer = (typeof ADVICE_BUTTONS)[number] | 'better' | 'not_better' | 'was_me' | 'was_not_me';

/** Begins the key of what is told of a week before a review. */
export const WEEK_KEY = 'week/';

/** What the key of advice goes on with where it was told anew through another gateway, in the store: before it, it is the same advice. */
export const ANEW = '/anew/';

/** Something to tell or ask the patient at home, a row before it is a message. */
export interface AdviceDraft {
  /**
   * Same key, same advice: `episode/kind/version of the episode/its relapses`, with `reminder` for the kind of what is missing, or `help/act`,
   * `sugar/anchor`, `signs/anchor`, `whose/act` and `week/version of the date` of what is about none; the episode id is filled in when stored.
   */
  readonly key: string;
  readonly kind: AdviceKind;
  readonly text: Words;
  readonly answers: readonly AdviceAnswer[];
  /** Full screen, not to be dismissed without an answer (`routing_default[].patient` of critical). */
  readonly mustAnswer: boolean;
  /** After this it is not sent any more. */
  readonly ofUseUntil: Date;
  /** What a question follows up on; null: what is told. */
  readonly measurementId: number | null;
}

/**
 * Something the patient was told or asked: it waits for an answer, was withdrawn less than a day ago and may have been read, or is a yellow
 * or a call for 113 that was answered, while its episode is open.
 */
export interface Advised {
  /** The higher the later. */
  readonly id: number;
  readonly kind: AdviceKind;
  readonly key: string;
  readonly episodeId: number | null;
  readonly isRead: boolean;
  /** When it was told; left out in looks of before this was kept. */
  readonly at?: Date;
  /** Newer advice has taken its place; left out: it waits. */
  readonly isWithdrawn?: true;
  /** What was answered; left out: nothing yet, or only that it was read. */
  readonly answer?: AdviceAnswer;
}

/** What the patient answered. */
export interface AdviceAnswered {
  readonly adviceId: number;
  readonly episodeId: number | null;
  readonly answer: AdviceAnswer;
  readonly at: Date;
}

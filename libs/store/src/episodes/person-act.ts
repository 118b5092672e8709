import type { PersonOutcome } from '@varde/alerts';

/** An outcome a person may choose. */
export const OUTCOMES: readonly PersonOutcome[] = [
  'treated_at_home',
  'plan_changed',
  'seen_by_gp',
  'sent_to_legevakt',
  'admitted',
  'false_measurement',
  'technical_fixed',
  'no_action_needed',
];

/** What a person does with an episode, in their own words where they have some. */
export type PersonAct =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'release'; readonly note: string }
  | { readonly kind: 'note'; readonly note: string }
  | { readonly kind: 'close'; readonly outcome: PersonOutcome; readonly note: string }
  | { readonly kind: 'snooze'; readonly ruleId: string; readonly until: Date; readonly note: string }
  | { readonly kind: 'undo_snooze'; readonly ruleId: string }
  | { readonly kind: 'assign'; readonly toPersonId: number }
  | {
      readonly kind: 'offer';
      readonly toUnitId: number;
      readonly reason: string;
      /** Minutes to answer, at most those of the pathway; null: those. */
      readonly answerMin: number | null;
      /** Units of the team to be told what becomes of it. */
      readonly informedUnitIds: readonly number[];
    }
  | { readonly kind: 'accept' }
  | { readonly kind: 'decline'; readonly reason: string }
  | { readonly kind: 'recall'; readonly reason: string }
  | { readonly kind: 'ask_advice'; readonly unitId: number; readonly question: string; readonly answerMin: number | null }
  | { readonly kind: 'give_advice'; readonly number: number; readonly answer: string }
  | { readonly kind: 'move'; readonly toUnitId: number; readonly reason: string };

/** An act with the episode it is done to. */
export interface EpisodeAct {
  readonly episodeId: number;
  /** The version the person saw; null to act on whatever there is. */
  readonly seenVersion: number | null;
  readonly act: PersonAct;
}

import type { Finding, Severity, Words } from '@varde/rules';
import type { Episode, EpisodeStep, NoticeDraft, Outcome } from './episode.js';

/** The owner and the pathway of an episode that opens or comes back, as routing has chosen them. */
export interface Placement {
  readonly ownerUnitId: number;
  readonly pathwayId: number;
  readonly pathwayVersion: number;
  /** Why this unit. */
  readonly reason: Words;
}

/** How far up its ladder an episode has come, as routing has worked it out. `nextStepAt` null: the ladder has ended. */
export interface Climb {
  readonly ladderStartedAt: Date;
  readonly ladderStepsTaken: number;
  readonly nextStepAt: Date | null;
  /** Nobody who is staffed could be told of it now: the patient is given emergency advice instead. */
  readonly unreached: boolean;
  readonly steps: readonly EpisodeStep[];
  readonly notices: readonly NoticeDraft[];
}

/** A rule has fired. With `quiet` it is counted in an open episode no milder than itself and nobody is told. */
export interface FindingStep {
  readonly kind: 'finding';
  readonly at: Date;
  readonly patientId: number;
  readonly finding: Finding;
  /** After the late-data policy. */
  readonly severity: Severity;
  /** The finding's words, with the age of the reading when it came late. */
  readonly reason: Words;
  /** Null only for an episode that is open: its owner stays. */
  readonly placement: Placement | null;
  /** Why nobody is told: a snooze covers it, or a graver rule fired on the same reading (`supersedes`); null: told as usual. */
  readonly quiet: 'snoozed' | 'superseded' | null;
}

/** The clear condition of a rule is met by a reading taken at `observedAt`. */
export interface ClearedStep {
  readonly kind: 'cleared';
  readonly at: Date;
  readonly ruleId: string;
  readonly observedAt: Date;
  readonly reason: Words;
}

/** What a person does; `byPersonId` and `at` are who and when. Reasons and notes are the person's own words. */
export type PersonStep =
  | { readonly kind: 'acknowledge'; readonly at: Date; readonly byPersonId: number; readonly endsAt: Date | null }
  | { readonly kind: 'release'; readonly at: Date; readonly byPersonId: number; readonly note: string }
  | {
      readonly kind: 'close';
      readonly at: Date;
      readonly byPersonId: number;
      readonly outcome: Exclude<Outcome, 'settled'>;
      readonly note: string;
    }
  | { readonly kind: 'note'; readonly at: Date; readonly byPersonId: number; readonly note: string }
  | {
      readonly kind: 'snooze';
      readonly at: Date;
      readonly byPersonId: number;
      readonly ruleId: string;
      readonly until: Date;
      readonly note: string;
    }
  | { readonly kind: 'undo_snooze'; readonly at: Date; readonly byPersonId: number; readonly ruleId: string };

/** Everything that can happen to an episode: findings, clocks, and people. */
export type Step =
  | FindingStep
  | ClearedStep
  | { readonly kind: 'settle'; readonly at: Date }
  | { readonly kind: 'run_out'; readonly at: Date }
  | { readonly kind: 'escalate'; readonly at: Date; readonly climb: Climb }
  | PersonStep;

/**
 * What a step made of an episode: the episode, the lines of its history, and who must be told. Nothing changed:
 * the same episode object and no lines.
 */
export interface Transition {
  readonly episode: Episode;
  readonly steps: readonly EpisodeStep[];
  readonly notices: readonly NoticeDraft[];
}

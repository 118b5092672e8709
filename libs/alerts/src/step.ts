import type { Finding, Severity, Words } from '@varde/rules';
import type { Episode, EpisodeStep, NoticeDraft, PersonOutcome } from './episode.js';

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
  /**
   * Whatever stands in the episode and is as grave is kept quiet by running snoozes, so that nobody has been told of anything like this: such
   * an episode is as one that is all clear. Left out: it is not so.
   */
  readonly onlySnoozedStands?: boolean;
  /** The first finding of this rule in an episode is told, though the episode is as grave already. Left out: it is not. */
  readonly isToldAnew?: boolean;
}

/** The clear condition of a rule is met by a reading taken at `observedAt`. */
export interface ClearedStep {
  readonly kind: 'cleared';
  readonly at: Date;
  readonly ruleId: string;
  readonly observedAt: Date;
  readonly reason: Words;
}

/**
 * A step whose words tell a moment says by which clock: that of the patient's home, whichever unit reads them. The words are kept, and a
 * replay of the step must come to the same ones.
 */
interface TellsMoment {
  /** IANA zone of the home when the step was taken. */
  readonly zone: string;
}

/** Another open episode of the patient is the same problem and goes into this one (`episode_policy.bridge`). */
export interface AbsorbStep extends TellsMoment {
  readonly kind: 'absorb';
  readonly at: Date;
  /** As it is before it ends. */
  readonly other: Episode;
  /** Name of this one's owner, for those who had the other. */
  readonly owner: string;
  /** Why they are one problem. */
  readonly reason: Words;
  /** Something stands in the other that no snooze keeps quiet. */
  readonly isTold: boolean;
  /** As in `FindingStep`, of what is as grave as the other. */
  readonly onlySnoozedStands: boolean;
}

/** It is the same problem as another open episode of the patient, and goes into that. */
export interface MergeStep {
  readonly kind: 'merge';
  readonly at: Date;
  /** The one that goes on. */
  readonly into: Episode;
  /** Why they are one problem, and why the other goes on. */
  readonly reason: Words;
}

/** Who does something, and when. */
interface ByPerson {
  readonly at: Date;
  readonly byPersonId: number;
}

/**
 * What a person does about who has the problem. Names are those of the unit or person at that moment, for the history. Who may do it is not
 * known here: people of the owner assign, offer, recall, ask and move; people of the other unit accept, decline and advise.
 */
export type OwnershipStep =
  | (ByPerson & { readonly kind: 'assign'; readonly toPersonId: number; readonly toName: string })
  | (ByPerson &
      TellsMoment & {
        readonly kind: 'offer';
        readonly toUnitId: number;
        readonly toUnit: string;
        readonly deadlineAt: Date;
        readonly reason: string;
        readonly informedUnitIds: readonly number[];
      })
  /** `unitId` is the unit the person accepts for; `endsAt` is when the acknowledgement that comes with it runs out. */
  | (ByPerson & TellsMoment & { readonly kind: 'accept'; readonly unitId: number; readonly unit: string; readonly endsAt: Date | null })
  | (ByPerson & { readonly kind: 'decline'; readonly unitId: number; readonly unit: string; readonly reason: string })
  | (ByPerson & { readonly kind: 'recall'; readonly reason: string })
  | (ByPerson &
      TellsMoment & {
        readonly kind: 'ask_advice';
        readonly unitId: number;
        readonly unit: string;
        readonly question: string;
        readonly deadlineAt: Date;
      })
  | (ByPerson & {
      readonly kind: 'give_advice';
      readonly unitId: number;
      readonly unit: string;
      readonly number: number;
      readonly answer: string;
    })
  /**
   * The owner moves without an offer: from step 5 of the staircase, or because the patient moves `away` to another municipality, which also
   * ends what waits for an answer; then the owner may stay the same.
   */
  | (ByPerson & {
      readonly kind: 'move';
      readonly toUnitId: number;
      readonly toUnit: string;
      readonly reason: string;
      readonly away: boolean;
    });

/** Why somebody may act on what they have no longer. */
export type LeaveReason = 'account_closed' | 'unit_left' | 'role_lost';

/** What a person does; `byPersonId` and `at` are who and when. Reasons and notes are the person's own words. */
export type PersonStep =
  | (ByPerson & TellsMoment & { readonly kind: 'acknowledge'; readonly endsAt: Date | null })
  | { readonly kind: 'release'; readonly at: Date; readonly byPersonId: number; readonly note: string }
  /** The person may act on it no longer: the program lets go of what they have or were given. `why` is left out in old acts: `account_closed`. */
  | { readonly kind: 'leave'; readonly at: Date; readonly byPersonId: number; readonly why?: LeaveReason }
  /** The shift of whoever has it ends at another time than when they acknowledged it: it is not theirs for longer. */
  | (ByPerson & TellsMoment & { readonly kind: 'end_shift'; readonly endsAt: Date })
  | {
      readonly kind: 'close';
      readonly at: Date;
      readonly byPersonId: number;
      readonly outcome: PersonOutcome;
      readonly note: string;
      /** An episode that has been critical is only proposed closed, until another person closes it. Not asked for in old acts. */
      readonly secondLook: boolean;
      /** When the person's shift ends: a proposal is not theirs for longer. Null or, in old acts, left out: no roster is kept. */
      readonly shiftEndsAt?: Date | null;
    }
  | OwnershipStep
  | { readonly kind: 'note'; readonly at: Date; readonly byPersonId: number; readonly note: string }
  | (ByPerson &
      TellsMoment & {
        readonly kind: 'snooze';
        readonly ruleId: string;
        readonly until: Date;
        readonly note: string;
      })
  | { readonly kind: 'undo_snooze'; readonly at: Date; readonly byPersonId: number; readonly ruleId: string };

/** Everything that can happen to an episode: findings, clocks, and people. */
export type Step =
  | FindingStep
  | ClearedStep
  | { readonly kind: 'settle'; readonly at: Date }
  | { readonly kind: 'run_out'; readonly at: Date }
  | ({ readonly kind: 'offer_runs_out'; readonly at: Date } & TellsMoment)
  | ({ readonly kind: 'advice_runs_out'; readonly at: Date } & TellsMoment)
  | { readonly kind: 'escalate'; readonly at: Date; readonly climb: Climb }
  | AbsorbStep
  | MergeStep
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

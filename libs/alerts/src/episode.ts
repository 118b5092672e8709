import type { Domain, Severity, Words } from '@varde/rules';

/** What one rule has contributed to an episode. `standing` until its clear condition is met (hysteresis). */
export interface Signal {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly domain: Domain;
  readonly severity: Severity;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly standing: boolean;
  readonly clearedAt: Date | null;
  /** The newest of the vital signs it rests on (`Finding.vitals`): what links it to others. Left out: none. */
  readonly vitals?: readonly string[];
  /** It stands again after all was clear, and the patient has not been told since. Left out: they know, or it does not stand. */
  readonly untold?: true;
  /**
   * The patient was to be told of it, as grave as this, and was not, for a call for 113 because of another problem filled the screen. Left out:
   * they know, or it does not stand.
   */
  readonly behindCall?: Severity;
}

/**
 * How an episode ended, chosen by the person who closes it; `settled` is the automatic end of a yellow or info episode, `merged` that of one
 * that went into another.
 */
export type Outcome =
  | 'treated_at_home'
  | 'plan_changed'
  | 'seen_by_gp'
  | 'sent_to_legevakt'
  | 'admitted'
  | 'false_measurement'
  | 'technical_fixed'
  | 'no_action_needed'
  | 'settled'
  | 'merged';

/** How a person may end an episode. */
export type PersonOutcome = Exclude<Outcome, 'settled' | 'merged'>;

/** Ownership offered to another unit. The episode stays where it is until a person of that unit accepts. */
export interface HandoverOffer {
  /** Which of the episode's offers, from 1. */
  readonly number: number;
  readonly toUnitId: number;
  readonly offeredAt: Date;
  readonly offeredByPersonId: number;
  /** Without an answer by then the offer has run out, and the giver still has the episode. */
  readonly deadlineAt: Date;
  readonly reason: string;
  /** Told what becomes of it without being asked anything, in order of id. */
  readonly informedUnitIds: readonly number[];
}

/** Somebody wants to close an episode that has been critical: a second person of the owner must look at it before it is closed. */
export interface CloseProposal {
  readonly at: Date;
  readonly byPersonId: number;
  readonly outcome: PersonOutcome;
  readonly note: string;
}

/** Advice asked of another unit that has not been given yet. Ownership stays. */
export interface Consultation {
  /** Which of the episode's consultations, from 1. */
  readonly number: number;
  readonly unitId: number;
  readonly askedAt: Date;
  readonly askedByPersonId: number;
  readonly deadlineAt: Date;
  readonly question: string;
}

/**
 * One patient's problem from first finding to closing. Cleared (values are normal), acknowledged (a person has it) and
 * closed (a person has finished) are separate. Stored shape: "none" is null, no field is optional.
 */
export interface Episode {
  /** 0 until it is stored for the first time. */
  readonly id: number;
  readonly patientId: number;
  /** The areas it covers; `episode_policy.bridge` may join several into one cardiorespiratory episode. */
  readonly domains: readonly Domain[];
  readonly severity: Severity;
  readonly signals: readonly Signal[];
  readonly openedAt: Date;
  /** Since when the patient is followed closely, when not since it opened: it came back, or rose from information only. Null: since then. */
  readonly begunAgainAt: Date | null;
  readonly lastSignalAt: Date;
  /** The one unit responsible now: never null from opening to closing. */
  readonly ownerUnitId: number;
  /** The person of the owner it was given to; the ladder goes on until they accept. Null: anybody of the owner. */
  readonly assignedToPersonId: number | null;
  /** The one offer that waits for an answer. */
  readonly offer: HandoverOffer | null;
  /** How many times it has been offered. */
  readonly offersMade: number;
  /** Advice that is waited for, in order of number. */
  readonly consultations: readonly Consultation[];
  /** How many times advice has been asked. */
  readonly consultationsAsked: number;
  /** Units that gave it away or were to be told of that: they are told how it ends. In order of id. */
  readonly followerUnitIds: readonly number[];
  /** Waits for a second look before it is closed; it stays open and with its owner. */
  readonly closeProposed: CloseProposal | null;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedByPersonId: number | null;
  readonly acknowledgementEndsAt: Date | null;
  readonly clearedAt: Date | null;
  readonly closedAt: Date | null;
  /** Null when it ended by itself (`settled`, `merged`). */
  readonly closedByPersonId: number | null;
  readonly outcome: Outcome | null;
  /** The episode it went into, when it turned out to be the same problem (outcome `merged`). */
  readonly mergedIntoId: number | null;
  /** How many times it came back: within 72 hours of closing, or while open after it had cleared or been silent for 72 hours. */
  readonly relapses: number;
  /** The pathway version frozen when it opened. */
  readonly pathwayId: number;
  readonly pathwayVersion: number;
  /** When the running ladder began: opening, relapse, last rise of severity, or return to the queue; ahead of now when nobody on it is open. */
  readonly ladderStartedAt: Date;
  /** How many ladder steps of the current severity have been taken; one more than there are: it has been said that the last reached nobody. */
  readonly ladderStepsTaken: number;
  readonly nextStepAt: Date | null;
  /** Rises by one with every change; the database refuses a change made on an older version. */
  readonly version: number;
}

/** One line of an episode's history, append-only. */
export interface EpisodeStep {
  readonly at: Date;
  readonly kind:
    | 'opened'
    | 'finding'
    | 'severity_rose'
    | 'severity_fell'
    | 'domain_joined'
    | 'relapsed'
    | 'cleared'
    | 'escalated'
    | 'acknowledged'
    | 'acknowledgement_ran_out'
    | 'assigned'
    | 'owner_changed'
    | 'offered'
    | 'accepted'
    | 'declined'
    | 'recalled'
    | 'offer_ran_out'
    | 'advice_asked'
    | 'advice_given'
    | 'advice_ran_out'
    | 'advice_ended'
    | 'told_patient'
    | 'close_proposed'
    | 'noted'
    | 'snoozed'
    | 'snooze_undone'
    | 'closed'
    | 'absorbed'
    | 'merged';
  /** Null when the program did it. */
  readonly byPersonId: number | null;
  readonly reason: Words;
}

/** A rule is kept quiet for a patient until `until`; never hides anything worse than `severity` nor another rule. */
export interface Snooze {
  readonly id: number;
  readonly ruleId: string;
  readonly severity: Severity;
  readonly from: Date;
  readonly until: Date;
}

/** Why people are told: reasons of `episode_policy.notify_again`, what was begun and has not helped, and what became of ownership; printed to logs and screens. */
export type NoticeCause =
  | 'opened'
  | 'severity_rose'
  | 'domain_joined'
  | 'not_helped'
  | 'relapsed'
  | 'escalated'
  | 'acknowledgement_ran_out'
  | 'assigned'
  | 'owner_changed'
  | 'offered'
  | 'accepted'
  | 'declined'
  | 'recalled'
  | 'offer_ran_out'
  | 'advice_asked'
  | 'advice_given'
  | 'advice_ran_out'
  | 'close_proposed'
  | 'closed'
  | 'patient_answered'
  | 'snooze_ended';

/** A message to be queued about an episode; the sender turns it into one row per channel. `key` makes it once-only. */
export interface NoticeDraft {
  /** Same key, same notice: `episode/cause/ordinal`; the episode id is filled in when stored. */
  readonly key: string;
  readonly cause: NoticeCause;
  readonly severity: Severity;
  readonly unitId: number;
  readonly at: Date;
  readonly text: Words;
}

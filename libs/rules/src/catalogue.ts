import type { LimitRange, Programme, ProgrammeEntry } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { SpreadFloors } from './baseline-policy.js';
import type { Amount, Condition } from './conditions.js';
import type { Domain, Severity, Words } from './finding.js';
import type { News2Chart } from './news2/chart.js';

/** Hours after a planned measurement. */
export interface Overdue {
  readonly kind: 'overdue';
  readonly hours: Amount;
}
/** Planned measurements missed, or hours without data on a daily schedule. */
export interface Missed {
  readonly kind: 'missed';
  readonly count: Amount;
  readonly hours: Amount;
}
/** A value refused by the plausibility table. */
export interface RefusedByTable {
  readonly kind: 'plausibility';
}
/** The device itself doubts the reading. */
export interface StatusBits {
  readonly kind: 'status_bits';
}
/** Ratio to the previous accepted value near a unit factor. */
export interface UnitRatio {
  readonly kind: 'unit_ratio';
  readonly pairs: readonly { readonly metric: Metric; readonly ratio: number; readonly tolerance: number }[];
}
/** Absolute change within some hours. */
export interface Jump {
  readonly kind: 'jump';
  readonly metric: Metric;
  readonly hours: number;
  readonly limit: Amount;
}
/** Hours since a named event, unless something has been said since. */
export interface ContextElapsed {
  readonly kind: 'context_elapsed';
  /** Since a step of the self-treatment plan was started. */
  readonly key: 'plan_started_h';
  readonly hours: Amount;
  readonly unless: 'symptoms_better';
}
/** Hours without data while an episode of that severity is open. */
export interface EpisodeOverdue {
  readonly kind: 'episode_overdue';
  readonly severity: Severity;
  readonly hours: Amount;
}
/** What fires a rule that is not asked of acts: a clock or a device. */
export type OtherTrigger = Overdue | Missed | ContextElapsed | EpisodeOverdue | RefusedByTable | StatusBits | UnitRatio | Jump;
/** What fires a rule. */
export type Trigger = Condition | OtherTrigger;

/** When a rule that fired stops standing. */
export type Clear =
  | { readonly kind: 'readings'; readonly condition: Condition; readonly readings: number }
  /** Only a person closes it; when `byPerson` is false the episode may also end by itself after 48 hours without a signal. */
  | { readonly kind: 'manual'; readonly byPerson: boolean }
  | { readonly kind: 'measurement_received' }
  | { readonly kind: 'next_valid_reading' };

/** Confirmation profiles of the catalogue. */
export type Confirm = 'none' | 'parallel_15min' | 'remeasure_30min' | 'remeasure_60min' | 'bp_repeat' | 'reweigh_same_day';

/** A severity used instead of the rule's own when a condition holds of the act that fired. */
export type SeverityModifier =
  /** The value is less than `points` below the personal baseline. */
  | { readonly kind: 'baseline_drop_lt'; readonly metric: Metric; readonly points: number; readonly then: Severity }
  /** Any listed answer the same local day, or in the same questionnaire. */
  | { readonly kind: 'any_answer_today' | 'any_answer_in_same'; readonly items: readonly string[]; readonly then: Severity }
  /** Every major answer of the trigger's symptom pattern; `yieldsToPlan`: not where the patient's own plan already starts treatment. */
  | { readonly kind: 'all_major'; readonly major: readonly string[]; readonly then: Severity; readonly yieldsToPlan: boolean };

/** What is known of every rule of the file, whether it is on or not. */
export interface RuleEntry {
  readonly id: string;
  readonly version: number;
  readonly programmes: readonly Programme[];
  readonly domain: Domain;
  readonly title: Words;
  readonly severity: Severity;
  /** The parameters a person may set, in the order of the file. */
  readonly ranges: readonly LimitRange[];
  /** Roles of the catalogue (`who_may_change`), as written. */
  readonly whoMayChange: readonly string[];
  /** On by default (`default_enabled`); a unit may switch it on or off for its patients. */
  readonly inForce: boolean;
}

/** A rule ready to be judged. */
export interface Rule extends RuleEntry {
  readonly trigger: Trigger;
  readonly clear: Clear;
  readonly confirm: Confirm;
  /** Consecutive measured days that must all meet the trigger; 1 when the newest reading is enough. */
  readonly persistenceDays: Amount;
  /** How far back a metric the act has no value of is taken from other acts; 0 when only the act's own values count. */
  readonly borrowsMs: number;
  readonly modifiers: readonly SeverityModifier[];
  /** The catalogue's default of each range, in the same order. */
  readonly defaults: readonly number[];
  /** Rules that make this one silent when they fire on the same anchor. */
  readonly supersededBy: readonly string[];
  /** Whether it runs, by set of programmes: bit n is the n-th of `PROGRAMMES`. */
  readonly runsWith: readonly boolean[];
}

/** The whole catalogue, read, checked and ready: made once by `readCatalogue`. */
export interface Catalogue {
  readonly version: number;
  readonly programmes: readonly ProgrammeEntry[];
  /** Every rule of the file by id. */
  readonly entries: ReadonlyMap<string, RuleEntry>;
  /** Every rule ready to be judged, in the order of the file. */
  readonly rules: readonly Rule[];
  /** Metrics the rules look at, for reading windows from the store. */
  readonly metrics: readonly Metric[];
  /** Those of them whose daily medians rules ask for. */
  readonly baselineMetrics: readonly Metric[];
  /** Least spread of a baseline (`baseline_policy.floors`). */
  readonly spreadFloors: SpreadFloors;
  /** The NEWS2 chart; without it no rule about NEWS2 says anything. The service never starts without it. */
  readonly news2?: News2Chart;
}

/** A catalogue that cannot be used; `faults` names every one of them. */
export class CatalogueFaulty extends Error {
  override readonly name = 'CatalogueFaulty';
  constructor(readonly faults: readonly string[]) {
    super(`The rule catalogue cannot be used: ${faults.join('; ')}`);
  }
}

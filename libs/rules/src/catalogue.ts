import type { LimitRange, Programme, ProgrammeEntry } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { SpreadFloors } from './baseline-policy.js';
import type { Domain, Severity, Words } from './finding.js';

/** Comparison of a value with a limit. */
export type Op = '<' | '<=' | '>' | '>=';

/** A number of a trigger: fixed, or a parameter of the rule times `factor` (-1 for `-$drop`). */
export interface Amount {
  /** Place in the rule's `ranges`; -1 when the number is fixed. */
  readonly parameter: number;
  readonly factor: number;
}

/** Newest value compared with a limit. */
export interface Threshold {
  readonly kind: 'threshold';
  readonly metric: Metric;
  readonly op: Op;
  readonly limit: Amount;
}
/** Value minus personal baseline compared with a change. */
export interface BaselineDelta {
  readonly kind: 'baseline_delta';
  readonly metric: Metric;
  readonly op: Op;
  readonly limit: Amount;
}
/** Newest minus the lowest accepted value in the days before it. */
export interface WindowGain {
  readonly kind: 'window_gain';
  readonly metric: Metric;
  readonly days: number;
  readonly op: Op;
  readonly limit: Amount;
}
/** Questionnaire answers given the same day: not known yet, so never evaluable. */
export interface AnyAnswerToday {
  readonly kind: 'any_answer_today';
}
/** Every part, or at least one part, true. */
export interface Combination {
  readonly kind: 'all' | 'any';
  readonly of: readonly Condition[];
}
/** What can be asked of one act of measuring. */
export type Condition = Threshold | BaselineDelta | WindowGain | AnyAnswerToday | Combination;

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
/** What fires a rule. */
export type Trigger = Condition | Overdue | Missed | RefusedByTable | StatusBits | UnitRatio | Jump;

/** When a rule that fired stops standing. */
export type Clear =
  | { readonly kind: 'readings'; readonly condition: Condition; readonly readings: number }
  | { readonly kind: 'manual' }
  | { readonly kind: 'measurement_received' }
  | { readonly kind: 'next_valid_reading' };

/** Confirmation profiles of the catalogue. */
export type Confirm = 'none' | 'parallel_15min' | 'remeasure_30min' | 'remeasure_60min' | 'bp_repeat' | 'reweigh_same_day';

/** A severity used instead when the value is less than `points` below the personal baseline. */
export interface BaselineModifier {
  readonly metric: Metric;
  readonly points: number;
  readonly then: Severity;
}

/** What is known of every rule of the file, in force or not. */
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
  readonly inForce: boolean;
}

/** A rule in force, ready to be judged. */
export interface Rule extends RuleEntry {
  readonly trigger: Trigger;
  readonly clear: Clear;
  readonly confirm: Confirm;
  /** Consecutive measured days that must all meet the trigger; 1 when the newest reading is enough. */
  readonly persistenceDays: number;
  readonly modifiers: readonly BaselineModifier[];
  /** The catalogue's default of each range, in the same order. */
  readonly defaults: readonly number[];
  /** Rules in force that make this one silent when they fire on the same anchor. */
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
  /** The rules in force, in the order of the file. */
  readonly rules: readonly Rule[];
  /** Metrics the rules in force look at, for reading windows from the store. */
  readonly metrics: readonly Metric[];
  /** Those of them with a personal baseline. */
  readonly baselineMetrics: readonly Metric[];
  /** Least spread of a baseline (`baseline_policy.floors`). */
  readonly spreadFloors: SpreadFloors;
}

/** A catalogue that cannot be used; `faults` names every one of them. */
export class CatalogueFaulty extends Error {
  override readonly name = 'CatalogueFaulty';
  constructor(readonly faults: readonly string[]) {
    super(`The rule catalogue cannot be used: ${faults.join('; ')}`);
  }
}

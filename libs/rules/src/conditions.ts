import type { ReferenceKey } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { News2Class } from './news2/chart.js';

/** Comparison of a value with a limit. */
export type Op = '<' | '<=' | '>' | '>=';

/** A number of a trigger: fixed, or a parameter of the rule times `factor` (-1 for `-$drop`). */
export interface Amount {
  /** Place in the rule's `ranges`; -1 when the number is fixed. */
  readonly parameter: number;
  readonly factor: number;
}

/** Something of one metric compared with a limit. */
interface Compared<Kind extends string> {
  readonly kind: Kind;
  readonly metric: Metric;
  readonly op: Op;
  readonly limit: Amount;
}

/** Newest value compared with a limit. */
export type Threshold = Compared<'threshold'>;
/** Value minus personal baseline compared with a change; the newest value of each of the last `days` measured days must meet it. */
export interface BaselineDelta extends Compared<'baseline_delta'> {
  readonly days: number;
}
/** The personal baseline itself is at or above a limit. */
export interface BaselineAtLeast {
  readonly kind: 'baseline_at_least';
  readonly metric: Metric;
  readonly limit: Amount;
}
/** Mean of signed (value - baseline) / spread. */
export interface MeanZ {
  readonly kind: 'mean_z';
  readonly parts: readonly { readonly metric: Metric; readonly sign: 1 | -1; readonly spreadMin: number }[];
  readonly op: Op;
  readonly limit: Amount;
}
/** The limit is met by the newest value, and so many times within some hours. */
export interface RepeatThreshold extends Compared<'repeat_threshold'> {
  readonly times: number;
  readonly hours: number;
}
/** Newest minus the lowest accepted value in the days before it. */
export interface WindowGain extends Compared<'window_gain'> {
  readonly days: number;
}
/** Highest accepted value in the days before minus newest. */
export interface WindowLoss extends Compared<'window_loss'> {
  readonly days: number;
}
/** Newest minus the lowest accepted value so many days ago, within the tolerance. */
export interface WindowGainAt extends Compared<'window_gain_at'> {
  readonly days: number;
  readonly toleranceDays: number;
}
/** Median of the recent days minus median of the days before them. */
export interface MedianShift extends Compared<'median_shift'> {
  readonly recentDays: number;
  readonly referenceDays: number;
  /** Fewest measured days of each. */
  readonly recentMin: number;
  readonly referenceMin: number;
}
/** Percent below the highest accepted value in the window. */
export interface PercentLoss extends Compared<'percent_loss'> {
  readonly days: number;
}
/** Value minus a reference a clinician has set. */
export interface ReferenceDelta extends Compared<'reference_delta'> {
  readonly reference: ReferenceKey;
}
/** Mean pressure of the last days without the first of them. */
export interface ProtocolMean {
  readonly kind: 'protocol_mean';
  readonly days: number;
  readonly discardsFirstDay: boolean;
  readonly readingsMin: number;
  readonly daysMin: number;
  readonly systolic: Amount;
  readonly diastolic: Amount;
}
/** Mean systolic minus mean diastolic of the same readings. */
export interface ProtocolPulsePressure {
  readonly kind: 'protocol_pulse_pressure';
  readonly days: number;
  readonly discardsFirstDay: boolean;
  readonly readingsMin: number;
  readonly op: Op;
  readonly limit: Amount;
}
/** Clears a protocol's mean: a later one, of readings after the finding only, no longer meets the trigger. */
export interface NextProtocolBelow {
  readonly kind: 'next_protocol_below';
  readonly protocol: ProtocolMean | ProtocolPulsePressure;
}
/** Number of sessions in which enough readings carry the flag. */
export interface FlagSessions {
  readonly kind: 'flag_sessions';
  readonly metric: Metric;
  readonly perSessionMin: number;
  readonly perSessionOf: number;
  readonly sessions: Amount;
  readonly days: number;
}
/** Sitting minus standing value of one pair. */
export interface PairDrop {
  readonly kind: 'pair_drop';
  readonly sitting: Metric;
  readonly standing: Metric;
  readonly op: Op;
  readonly limit: Amount;
}

/** Any listed answer in the questionnaire. */
export interface AnyAnswer {
  readonly kind: 'any_answer';
  readonly items: readonly string[];
}
/** Any listed answer given the same local day. */
export interface AnyAnswerToday {
  readonly kind: 'any_answer_today';
  readonly items: readonly string[];
}
/** Two major answers, or one major and one minor. */
export interface SymptomPattern {
  readonly kind: 'symptom_pattern';
  readonly major: readonly string[];
  readonly minor: readonly string[];
}
/** Clears a symptom pattern: it was absent on so many answered days. */
export interface SymptomPatternAbsent {
  readonly kind: 'symptom_pattern_absent';
  readonly pattern: SymptomPattern;
  readonly days: number;
}
/** Facts known outside the readings. */
export type ContextKey = 'target_88_92' | 'on_oxygen' | 'symptoms_worse';
/** A named fact is as said. */
export interface ContextIs {
  readonly kind: 'context_is';
  readonly key: ContextKey;
  readonly value: boolean;
}

/** The set of possible NEWS2 classes is exactly this one; or medium is reached, and what is missing leaves open whether it is high (decision 22). */
export interface News2ClassIs {
  readonly kind: 'news2_class';
  readonly is: News2Class;
}
/** Clears a NEWS2 class: the next complete score is in a lower one. */
export interface News2ClassBelow {
  readonly kind: 'news2_class_below';
  readonly than: News2Class;
}
/** The NEWS2 total against the previous complete one. */
export interface ContextDelta {
  readonly kind: 'context_delta';
  readonly key: 'news2_total';
  readonly previous: 'news2_previous';
  readonly op: Op;
  readonly limit: Amount;
}

/** Every part true. */
export interface AllOf {
  readonly kind: 'all';
  readonly of: readonly Condition[];
}
/** At least one part true; parts that cannot be evaluated are skipped unless all are. */
export interface AnyOf {
  readonly kind: 'any';
  readonly of: readonly Condition[];
}
/** At least so many parts true; missing parts count as false. */
export interface Count {
  readonly kind: 'count';
  readonly atLeast: Amount;
  readonly of: readonly Condition[];
}
/** Clears a count: at most so many parts true, counting those that are missing. */
export interface CountBelow {
  readonly kind: 'count_below';
  readonly atMost: number;
  readonly of: readonly Condition[];
}

/** Conditions about answers of questionnaires and facts around a reading. */
export type AnswerCondition = AnyAnswer | AnyAnswerToday | SymptomPattern | SymptomPatternAbsent | ContextIs;
/** Conditions about the NEWS2 score. */
export type News2Condition = News2ClassIs | News2ClassBelow | ContextDelta;
/** Conditions without parts: each is judged by its entry in `CONDITION_KINDS`. */
export type SimpleCondition =
  | Threshold
  | BaselineDelta
  | BaselineAtLeast
  | MeanZ
  | RepeatThreshold
  | WindowGain
  | WindowLoss
  | WindowGainAt
  | MedianShift
  | PercentLoss
  | ReferenceDelta
  | ProtocolMean
  | ProtocolPulsePressure
  | NextProtocolBelow
  | FlagSessions
  | PairDrop
  | AnswerCondition
  | News2Condition;
/** Conditions made of others. */
export type CompoundCondition = AllOf | AnyOf | Count | CountBelow;
/** What can be asked of one act of measuring. */
export type Condition = SimpleCondition | CompoundCondition;

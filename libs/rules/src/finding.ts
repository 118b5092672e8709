import type { LimitInForce, Planned } from '@varde/plans';
import type { Metric, Sentence } from '@varde/vitals';

/** Severity levels of the catalogue (`severity_levels`), mildest first. */
export const SEVERITIES = ['info', 'yellow', 'red', 'critical'] as const;
/** How grave a finding or an episode is. Not the colours of the national dispatch index (`naming_warning`). */
export type Severity = (typeof SEVERITIES)[number];

/** The area a rule speaks of (`episode_policy.domains`). */
export type Domain =
  | 'respiratory'
  | 'fluid'
  | 'cardiac'
  | 'blood_pressure'
  | 'infection'
  | 'metabolic'
  | 'nutrition'
  | 'general'
  | 'silence'
  | 'technical';

/** The same sentence in Norwegian and English. */
export type Words = Sentence;

/** Severities as they stand in a sentence. */
export const SEVERITY_WORDS: Readonly<Record<Severity, Words>> = {
  info: { nb: 'info', en: 'info' },
  yellow: { nb: 'gul', en: 'yellow' },
  red: { nb: 'rød', en: 'red' },
  critical: { nb: 'akutt rød', en: 'critical' },
};

/** One stored reading as rules see it. */
export interface RuleReading {
  /** The act of measuring it came from; readings of one act share it and `observedAt`. */
  readonly measurementId: number;
  readonly metric: Metric;
  /** In the metric's canonical unit. */
  readonly value: number;
  readonly observedAt: Date;
  readonly receivedAt: Date;
  /** Why it must be used with care (device status, unit, jump, clock), null when nothing is known against it. */
  readonly doubt: string | null;
}

/** A value that could not be used, kept with its reason; the technical rules look at these. */
export interface RefusedValue {
  readonly refusedId: number;
  readonly metric: Metric | null;
  readonly reason: string;
  /** In the metric's canonical unit; null or absent when it was no number. */
  readonly value?: number | null;
  /** What it would be if the suspected mistake (unit, swap) were one; null or absent when none is suspected. */
  readonly otherwise?: number | null;
  readonly observedAt: Date;
  readonly receivedAt: Date;
}

/** Median of one metric on one local day, accepted readings only; the days a baseline is made of. */
export interface DailyMedian {
  readonly metric: Metric;
  /** Local day at the patient's home, as a day number (`localDayNumber`). */
  readonly day: number;
  readonly median: number;
  /** Highest accepted value of the day. */
  readonly highest: number;
  readonly readings: number;
  /** True: the day counts for no baseline (`baseline_policy.leave_out`); rules that compare weights of days still see it. */
  readonly leftOut?: boolean;
}

/** One filled-in questionnaire. Its scores (CAT, mMRC, breathlessness, EXACT) are readings of the same `measurementId`. */
export interface AnswerSet {
  readonly measurementId: number;
  /** Which questionnaire, such as `daily` or `cat`. */
  readonly questionnaire: string;
  /** What was answered, by item code: yes or no, a number, or a code such as `A` for `consciousness`. What was not asked is not there. */
  readonly items: Readonly<Record<string, boolean | number | string>>;
  readonly observedAt: Date;
  readonly receivedAt: Date;
}

/** Who is silent when a measurement does not come: the patient, the device, the gateway, we ourselves, or nobody can say. */
export type SilenceCause = 'patient' | 'device' | 'gateway' | 'service' | 'unknown';

/** A gateway as it was last known. */
export interface GatewayContact {
  readonly isOnline: boolean;
  /** When it last said so, connected, or was lost. */
  readonly since: Date;
}

/** A device the patient wears, and the gateway it comes through. */
export interface DeviceContact {
  /** What it measures, or which questionnaires are answered on it. */
  readonly metrics: readonly Planned[];
  readonly batteryPercent: number | null;
  /** Error words of its last status. */
  readonly errors: readonly string[];
  /** When it was last in contact with its gateway; null when nobody has said. */
  readonly contactAt: Date | null;
  /** Null: nobody knows which gateway it comes through. */
  readonly gateway: GatewayContact | null;
}

/** Whether measurements could have come. */
export interface Contact {
  readonly devices: readonly DeviceContact[];
  /** When we could not take, keep or judge anything; `to` is null while it lasts. Oldest first. */
  readonly blind: readonly { readonly from: Date; readonly to: Date | null }[];
}

/** What rules may look at: bounded in days, never the whole history. Arrays are in no particular order. */
export interface Window {
  readonly readings: readonly RuleReading[];
  readonly refused: readonly RefusedValue[];
  readonly dailyMedians: readonly DailyMedian[];
  /**
   * The first measured days of the metrics that the drift guard looks at, as far as they lie before those of `dailyMedians`. Only at a look
   * that finds days newly summarised, once a day: left out, drift is not asked for (decision 48).
   */
  readonly firstDays?: readonly DailyMedian[];
  readonly answers: readonly AnswerSet[];
  /** Newest accepted time per metric and questionnaire, however old: silence rules need it when the window is empty. */
  readonly lastObserved: readonly { readonly metric: Planned; readonly observedAt: Date }[];
  /** Absent where nothing is known of devices, gateways and ourselves: then a silence has no known cause. */
  readonly contact?: Contact;
}

/** A limit as it was when a rule was judged, with where it came from. */
export type AppliedLimit = LimitInForce;

/** What one rule says: names of the catalogue's `examples_legend`. */
export type Result = 'fire' | 'fire_unconfirmed' | 'pending' | 'not_confirmed' | 'not_evaluable';

/** Whether a rule fired, confirmed or not: only that can tell anybody. */
export function hasFired(result: Result): boolean {
  return result === 'fire' || result === 'fire_unconfirmed';
}

/** What makes two findings of one patient the same finding, as text. */
export function findingKey({ ruleId, anchor, result }: Pick<Finding, 'ruleId' | 'anchor' | 'result'>): string {
  return `${ruleId} ${anchor} ${result}`;
}

/**
 * What one rule says of one patient at one moment. `no_fire` leaves no finding: it can be had again from the log.
 * Two findings with the same rule, anchor and result are the same finding (`findingKey`), however often a look comes to it.
 */
export interface Finding {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly domain: Domain;
  readonly result: Result;
  /** After severity modifiers, before the late-data policy. */
  readonly severity: Severity;
  /**
   * What it hangs on, as text: a measurement id (`m:42`), the third measurement that was not confirmed (`n:42`), a refused id (`r:7`), a planned time (`t:2026-01-15T07:00:00Z`) or, for
   * `not_evaluable`, a local day (`d:2026-01-15`).
   */
  readonly anchor: string;
  /** Time of the anchor: when the reading was taken, or the clock moment for silence. */
  readonly at: Date;
  /** When the newest reading it rests on reached us; equal to the moment of judgement for clock findings. */
  readonly receivedAt: Date;
  /** Measurement ids of the readings it rests on, the anchor's first. */
  readonly readingIds: readonly number[];
  readonly limits: readonly AppliedLimit[];
  readonly reason: Words;
  /** While pending: when the re-measure window ends and it fires unconfirmed. */
  readonly pendingUntil: Date | null;
  /** A graver rule fired on the same anchor (`supersedes`): recorded in the episode, but nobody is told because of it. */
  readonly superseded: boolean;
  /** Findings of silence only: who is silent. */
  readonly cause?: SilenceCause;
  /**
   * The vital signs it rests on, each the very reading (`42/spo2`); of a NEWS2 those that are red in it. What rests on the same one is the same
   * problem (`gen.news2.low_medium`: "a red parameter usually fires its own rule too and joins the same episode"). Left out: none.
   */
  readonly vitals?: readonly string[];
  /** Of a value that could not be used and is waited for anew: the rule it may have met. */
  readonly mayMeet?: string;
}

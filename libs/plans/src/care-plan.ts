import type { Sentence } from '@varde/vitals';
import type { Planned } from './planned.js';

/** Condition package of the rule catalogue (`programmes[].id`): COPD, heart failure, hypertension, diabetes, frail older adult. */
export type Programme = 'copd' | 'hf' | 'htn' | 'dm' | 'frail';

/** A patient follows a programme during a period; `to` is null while it runs. */
export interface Enrolment {
  readonly programme: Programme;
  readonly from: Date;
  readonly to: Date | null;
}

/** One version of a personal limit. Never overwritten: a change ends it (`validTo`) and adds the next version. */
export interface PersonalLimit {
  readonly id: number;
  readonly ruleId: string;
  /** Name of the rule's parameter, such as `limit` or `target_low`. */
  readonly parameter: string;
  /** In the unit the catalogue gives for the parameter. */
  readonly value: number;
  readonly reason: string;
  /** The person who answers for it. */
  readonly setByPersonId: number;
  /** Name of that person; left out when the plan was read without names. */
  readonly setByName?: string;
  /** The second clinician, where the limit lies past the safety floor. */
  readonly approvedByPersonId?: number | null;
  /** Who ended it before its time; null when it ends by itself or was replaced. */
  readonly endedByPersonId?: number | null;
  /** The range inside which a nurse may move it, as the physician set it; null: a nurse may not. */
  readonly nurseRange?: { readonly min: number; readonly max: number } | null;
  readonly setAt: Date;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly version: number;
}

/** When the patient has agreed to measure something or to answer questions, in the local time of the patient's home. */
export interface ScheduledMeasurement {
  readonly metric: Planned;
  /** `HH:MM` local time. */
  readonly atLocal: string;
  /** ISO weekdays, 1 Monday to 7 Sunday. */
  readonly weekdays: readonly number[];
  readonly from: Date;
  readonly to: Date | null;
  /** Agreed for as long as an episode is open (`scheduleInForce`); left out: always. */
  readonly onlyInEpisode?: boolean;
}

/** A default limit a unit has set for its patients; the personal limit wins over it, and it over the catalogue's default. */
export interface UnitLimit {
  readonly id: number;
  readonly unitId: number;
  readonly unitName?: string;
  readonly ruleId: string;
  readonly parameter: string;
  /** In the unit the catalogue gives for the parameter. */
  readonly value: number;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly version: number;
}

/** Whether a unit runs a rule for its patients; without one the catalogue says (`default_enabled`). Never overwritten. */
export interface RuleSwitch {
  readonly id: number;
  readonly unitId: number;
  readonly ruleId: string;
  readonly enabled: boolean;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly version: number;
}

/**
 * What a clinician has set or decided about a patient and rules compare with. Numbers are in the canonical unit; decisions are 1 (yes)
 * or 0 (no). `spo2-target-88-92` and `news2-scale-2` are orders with a name and a date, never inferred from a diagnosis.
 */
export type ReferenceKey =
  | 'dry-weight'
  | 'spo2-target-88-92'
  | 'news2-scale-2'
  | 'home-oxygen'
  | 'atrial-fibrillation'
  | 'pacemaker-lower-rate'
  | 'lowest-systolic'
  | 'hypoglycaemic-drugs'
  | 'frail-pressure-target'
  | 'planned-diuresis'
  | 'self-treatment-plan'
  | 'plan-starts-treatment'
  | 'cuff-fitted'
  | 'treatment-limits'
  | 'questionnaire-by-patient'
  | 'usual-function';

/** One version of a reference, with its own validity. Never overwritten. */
export interface Reference {
  readonly id: number;
  readonly key: ReferenceKey;
  readonly value: number;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly setByName?: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  /** When a clinician must look at it again; past it the reference is outdated but still used. */
  readonly reviewBy: Date | null;
  readonly version: number;
}

/** A time in which the patient is not expected to measure. Never keeps a red or critical rule quiet. */
export interface Pause {
  readonly id: number;
  readonly kind: 'admission' | 'holiday' | 'other';
  readonly from: Date;
  readonly to: Date;
  readonly reason: string;
}

/** Words agreed with a patient: steps of the self-treatment plan (egenbehandlingsplan), and the two telephone numbers. */
export type PlanTextKey = 'green' | 'yellow' | 'red' | 'call_116117' | 'call_113';

/** One version of words agreed with the patient. Never overwritten: a change ends it (`validTo`) and adds the next version. */
export interface PlanText {
  readonly id: number;
  readonly key: PlanTextKey;
  readonly text: Sentence;
  /** Why these words, in the clinician's own. */
  readonly reason: string;
  readonly setByPersonId: number;
  readonly setByName?: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly version: number;
}

/**
 * How often a patient has agreed to measure on usual days: on which weekdays, or on how many days a week. One version, never overwritten; one
 * with an end lies over the standing one, which comes back after it.
 */
export interface MeasuringDays {
  readonly id: number;
  /** ISO weekdays, 1 Monday to 7 Sunday; null: `daysAWeek` says how many, and the plan which. */
  readonly weekdays: readonly number[] | null;
  readonly daysAWeek: number | null;
  /** What was agreed and why, in the clinician's own words. */
  readonly reason: string;
  /** Who agreed it with the patient. */
  readonly setByPersonId: number;
  readonly setByName?: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly version: number;
}

/** On which day a clinician goes through the plan with the patient next. One version, never overwritten. */
export interface ReviewDate {
  readonly id: number;
  /** `YYYY-MM-DD`, a day at the patient's home. */
  readonly reviewOn: string;
  readonly reason: string;
  readonly setByPersonId: number;
  readonly setByName?: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly version: number;
}

/** One patient's agreed follow-up: what is monitored, by which limits, and when measurements are expected. */
export interface CarePlan {
  readonly patientId: number;
  /** IANA zone of the home, such as `Europe/Oslo`. */
  readonly zone: string;
  /** Null or left out: not known. */
  readonly birthYear?: number | null;
  readonly enrolments: readonly Enrolment[];
  readonly limits: readonly PersonalLimit[];
  /** Of the units in the patient's team. */
  readonly unitLimits: readonly UnitLimit[];
  /** Of the units in the patient's team; left out: none. */
  readonly ruleSwitches?: readonly RuleSwitch[];
  readonly references: readonly Reference[];
  readonly pauses: readonly Pause[];
  /** What is asked for, within what the patient has agreed to. */
  readonly schedule: readonly ScheduledMeasurement[];
  /** How often the patient has agreed to measure; left out: nothing is agreed of it. */
  readonly measuringDays?: readonly MeasuringDays[];
  /** Dates of reviews, in versions; left out: none has been set. */
  readonly reviewDates?: readonly ReviewDate[];
  /** What programmes ask for and `schedule` lacks, because it is more than the patient has agreed to; left out: nothing. */
  readonly leftOut?: readonly ScheduledMeasurement[];
  /** Words agreed with the patient; left out: none, and the default ones are used. */
  readonly texts?: readonly PlanText[];
}

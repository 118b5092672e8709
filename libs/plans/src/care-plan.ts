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
}

/** A default limit a unit has set for its patients; the personal limit wins over it, and it over the catalogue's default. */
export interface UnitLimit {
  readonly id: number;
  readonly unitId: number;
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
  | 'frail-pressure-target';

/** One version of a reference, with its own validity. Never overwritten. */
export interface Reference {
  readonly id: number;
  readonly key: ReferenceKey;
  readonly value: number;
  readonly reason: string;
  readonly setByPersonId: number;
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

/** One patient's agreed follow-up: what is monitored, by which limits, and when measurements are expected. */
export interface CarePlan {
  readonly patientId: number;
  /** IANA zone of the home, such as `Europe/Oslo`. */
  readonly zone: string;
  readonly enrolments: readonly Enrolment[];
  readonly limits: readonly PersonalLimit[];
  readonly unitLimits: readonly UnitLimit[];
  readonly references: readonly Reference[];
  readonly pauses: readonly Pause[];
  readonly schedule: readonly ScheduledMeasurement[];
}

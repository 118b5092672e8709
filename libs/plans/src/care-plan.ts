import type { Metric } from '@varde/vitals';

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

/** When the patient has agreed to measure something, in the local time of the patient's home. */
export interface ScheduledMeasurement {
  readonly metric: Metric;
  /** `HH:MM` local time. */
  readonly atLocal: string;
  /** ISO weekdays, 1 Monday to 7 Sunday. */
  readonly weekdays: readonly number[];
  readonly from: Date;
  readonly to: Date | null;
}

/** One patient's agreed follow-up: what is monitored, by which limits, and when measurements are expected. */
export interface CarePlan {
  readonly patientId: number;
  /** IANA zone of the home, such as `Europe/Oslo`. */
  readonly zone: string;
  readonly enrolments: readonly Enrolment[];
  readonly limits: readonly PersonalLimit[];
  readonly schedule: readonly ScheduledMeasurement[];
}

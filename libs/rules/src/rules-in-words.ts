import { DRY_WEIGHT_REVIEW_DAYS, FRAIL_TARGET, type ReferenceKey } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { Severity, Words } from './finding.js';

const MINUTE_MS = 60_000;

/** Words of a rule in the catalogue that something here was taken from: when they change, somebody must read them again. */
interface InWords {
  /** Member of the rule that says it: its window, or the note of its evidence. */
  readonly member: 'window' | 'note';
  readonly says: string;
}

/** A rule over several metrics that takes what an act lacks from other acts before it. */
export interface Borrowing extends InWords {
  readonly withinMs: number;
}

/** How far back such rules look; every other rule goes by an act's own values. A session is an hour. */
export const BORROWING: Readonly<Record<string, Borrowing>> = {
  'copd.rome.moderate': { member: 'window', says: '12 hours', withinMs: 12 * 60 * MINUTE_MS },
  'copd.oximetry_score': { member: 'window', says: 'same session, 28-day baseline', withinMs: 60 * MINUTE_MS },
  'htn.orthostatic': { member: 'window', says: 'one lying/sitting and standing pair within 3 min', withinMs: 3 * MINUTE_MS },
};

/** A rule rests while the personal baseline is at most this. */
export interface BaselineGate extends InWords {
  readonly metric: Metric;
  readonly restsAtMost: number;
}

/** Rules that rest for a baseline. */
export const BASELINE_GATES: Readonly<Record<string, BaselineGate>> = {
  'gen.spo2.reduced': {
    member: 'note',
    says: 'not run when the COPD programme is active or the baseline is 93 or lower',
    metric: 'spo2',
    restsAtMost: 93,
  },
};

/** A rule rests while a clinician's decision says so. */
export interface ReferenceGate extends InWords {
  readonly reference: ReferenceKey;
}

/** Rules that rest for a decision. */
export const REFERENCE_GATES: Readonly<Record<string, ReferenceGate>> = {
  'htn.irregular': { member: 'note', says: 'off for known atrial fibrillation', reference: 'atrial-fibrillation' },
};

/** A rule about NEWS2 that is milder when only a saturation that is usual for the person is red. */
export interface UsualSaturation extends InWords {
  /** Personal baseline, in percent, at or below which a red saturation on scale 1 is usual. */
  readonly baselineAtMost: number;
  readonly then: Severity;
}

/** Rules that a usual saturation makes milder; the physician then has the scale and the target to settle. */
export const USUAL_SATURATION: Readonly<Record<string, UsualSaturation>> = {
  'gen.news2.low_medium': {
    member: 'note',
    says: 'If the only red parameter is SpO2 on scale 1 and the personal baseline is 92 or lower: yellow, plus a task to the physician',
    baselineAtMost: 92,
    then: 'yellow',
  },
};

/** A rule that becomes graver when the patient, who was told of it at once, does not reply. */
export interface Unanswered extends InWords {
  readonly withinMs: number;
  readonly then: Severity;
}

/** Rules that wait for a reply of the patient. */
export const UNANSWERED: Readonly<Record<string, Unanswered>> = {
  'dm.glucose.level2': {
    member: 'note',
    says: 'patient gets the take-sugar text at once; no reply in 15 min escalates to critical',
    withinMs: 15 * MINUTE_MS,
    then: 'critical',
  },
};

/** Rules whose every finding the patient sees at once as a call for 113, also in an episode that is critical already. */
export const TOLD_AT_ONCE: Readonly<Record<string, InWords>> = {
  'gen.emergency_answer': { member: 'note', says: 'the patient sees the 113 text at once, whatever the opening hours; no debounce' },
};

/** Rules whose first finding in an episode is told, however grave that is already: what was begun has not helped, and asks for something else. */
export const TOLD_ANEW: Readonly<Record<string, InWords>> = {
  'copd.plan.no_improvement': { member: 'window', says: '48 hours' },
};

/** Rules whose words ask for a reference to be looked at again: the plan makes the task (`tasksOf`). */
export const REFERENCE_REVIEWS: Readonly<Record<string, InWords>> = {
  'hf.weight.above_dry': { member: 'note', says: `dry weight older than ${DRY_WEIGHT_REVIEW_DAYS} days raises a review task` },
};

/** Rules whose words pair a limit with a reference of another: `effectiveLimit` of the plan takes it from there. */
export const REFERENCE_PAIRS: Readonly<Record<string, InWords>> = {
  'htn.mean.high': {
    member: 'note',
    says: `frail or 85+: a physician sets ${FRAIL_TARGET.systolicFromMmhg}-150/${FRAIL_TARGET.diastolicMmhg} instead`,
  },
};

/** A rule of severity info that asks for a decision: whose task it is, and what it says (`requestedTasks` of the look). */
export interface AskedTask extends InWords {
  readonly forRole: 'physician' | 'nurse';
  readonly reason: Words;
}

/**
 * Rules of severity info whose words ask for a task; and the one whose episode only a person closes, which no worklist shows unless it is asked for
 * what is of severity info.
 */
export const ASKED_TASKS: Readonly<Record<string, AskedTask>> = {
  'frail.weight_loss': {
    member: 'note',
    says: 'in a heart failure patient check that it is not planned diuresis',
    forRole: 'nurse',
    reason: {
      nb: 'Pasienten har gått mye ned i vekt: kontroller at det ikke er planlagt vanndrivende behandling, og vurder ernæringen. Hendelsen lukkes av en person',
      en: 'The patient has lost much weight: check that it is not planned diuresis, and consider nutrition. A person closes the episode',
    },
  },
  'htn.mean.high': {
    member: 'note',
    says: 'a task for the GP within weeks, not an alarm',
    forRole: 'physician',
    reason: {
      nb: 'Gjennomsnittlig blodtrykk hjemme er over målet: vurder behandlingen i løpet av noen uker',
      en: 'The mean home blood pressure is over the target: review the treatment within some weeks',
    },
  },
};

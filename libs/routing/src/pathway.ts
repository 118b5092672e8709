import type { Severity } from '@varde/rules';

/** Care levels (DESIGN section 5 and `care_levels` of the catalogue). Only levels with units can own an episode. */
export type CareLevel = 'patient' | 'dho' | 'home_nursing' | 'gp' | 'psht' | 'legevakt' | 'hospital_outpatient' | 'amk';

/** Open from `from` to `to` local time (`HH:MM`, `24:00` allowed) on these ISO weekdays. */
export interface OpeningHours {
  readonly weekdays: readonly number[];
  readonly from: string;
  readonly to: string;
}

/** A team at a care level in an organisation. */
export interface Unit {
  readonly id: number;
  readonly name: string;
  readonly careLevel: CareLevel;
  /** IANA zone its opening hours are written in. */
  readonly zone: string;
  readonly openingHours: readonly OpeningHours[];
}

/** Who a ladder step calls on: roles of the catalogue's `escalation_ladder`, mapped to a care level of the patient's team. */
export interface LadderStep {
  /** Minutes after the episode reached this severity; on the opening-hours clock of the owner when `openingHoursClock`. */
  readonly afterMin: number;
  readonly openingHoursClock: boolean;
  readonly careLevel: CareLevel;
  /** Short name of what happens, such as `worklist`, `all staff`, `team lead`. */
  readonly to: string;
  /** Falls due at the end of this many service days of the owner after the day the ladder began, instead of `afterMin`. */
  readonly serviceDays?: number;
}

/** Where an episode of one severity goes first, and what happens when nobody accepts it. */
export interface Route {
  readonly severity: Severity;
  /** Care levels in order of choice; the first whose unit is open (or the first with a unit at all, when none is open) owns the episode. */
  readonly first: readonly CareLevel[];
  readonly ladder: readonly LadderStep[];
  /** A person's acknowledgement runs out after this many minutes (end of shift); null: it does not. */
  readonly acknowledgementMin: number | null;
}

/** Who gets what severity at what hour (samhandlingsforløp). A version is frozen into each episode when it opens. */
export interface Pathway {
  readonly id: number;
  readonly version: number;
  readonly routes: readonly Route[];
}

/** Which unit serves one patient at each care level; the units a patient's problem can go to. */
export interface Team {
  readonly units: readonly Unit[];
}

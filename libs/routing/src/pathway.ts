import type { Severity } from '@varde/rules';
import type { CareLevel, OpeningHours } from './unit.js';

/** Who a ladder step calls on: roles of the catalogue's `escalation_ladder`, mapped to a care level of the patient's team. */
export interface LadderStep {
  /** Minutes after the episode reached this severity; on the opening-hours clock of the owner when `openingHoursClock`. */
  readonly afterMin: number;
  readonly openingHoursClock: boolean;
  /** `responsible` is the unit that holds the responsibility for the treatment, the GP when there is none. */
  readonly careLevel: CareLevel | 'responsible';
  /** Short name of what happens, such as `worklist`, `all staff`, `team lead`. */
  readonly to: string;
  /** Falls due at the end of this many service days of the owner after the day the ladder began, instead of `afterMin`. */
  readonly serviceDays?: number;
}

/** For whom and when a route is meant; null or left out: for everybody, always. All that is said must hold. */
export interface RouteCondition {
  /** Organisations: the municipality where the patient lives is one of them. */
  readonly municipalityIds?: readonly number[];
  /** One of these programmes runs. */
  readonly programmes?: readonly string[];
  /** The unit that holds the responsibility for the treatment is at one of these levels; without one it is the GP. */
  readonly responsibleLevels?: readonly CareLevel[];
  /** The episode reached its severity, or came back to the queue, within these hours, in the patient's zone. */
  readonly hours?: readonly OpeningHours[];
}

/** Where an episode of one severity goes first, and what happens when nobody accepts it. */
export interface Route {
  readonly severity: Severity;
  /** The first route of a severity whose condition holds is taken; the last one of each severity has none. */
  readonly when?: RouteCondition | null;
  /**
   * Care levels in order of choice; the first whose unit is staffed (or the first with a unit at all, when none is) owns the episode.
   * `responsible` is the unit that holds the responsibility for the treatment, passed over when there is none.
   */
  readonly first: readonly (CareLevel | 'responsible')[];
  readonly ladder: readonly LadderStep[];
  /**
   * A person's acknowledgement runs out after this many minutes, or with the person's shift if that ends before; null: with the shift.
   * A ladder that has ended and reached people, none of whom acknowledged, begins again after as long.
   */
  readonly acknowledgementMin: number | null;
  /**
   * The community has agreed that there are hours when nobody here is staffed, and that emergency advice to the patient is the end then
   * (red and critical). Left out: such hours are a hole, and the pathway is not saved. The patient is given the advice in either case.
   */
  readonly endsWithAdvice?: boolean;
}

/**
 * How far two organisations have joined (trappetrinnsmodell, DESIGN section 6): 1 clear division of work, 2 guidance, 3 shared positions,
 * 4 joint service, 5 fully integrated within one field, 6 one organisation. A step has everything of the steps below it.
 */
export type StaircaseStep = 1 | 2 | 3 | 4 | 5 | 6;

/** The step on which two organisations stand. */
export interface Cooperation {
  /** The lower id first. */
  readonly organisationIds: readonly [number, number];
  readonly step: StaircaseStep;
  /** The field of step 5; null for every other step. */
  readonly programme: string | null;
}

/** How long another unit has to answer, in minutes. */
export interface Deadlines {
  readonly handoverMin: Readonly<Record<Severity, number>>;
  readonly consultationMin: Readonly<Record<Severity, number>>;
}

/** Who gets what severity at what hour (samhandlingsforløp). A version is frozen into each episode when it opens. */
export interface Pathway {
  readonly id: number;
  readonly version: number;
  readonly routes: readonly Route[];
  /** Pairs that are not named stand on step 1. */
  readonly cooperations: readonly Cooperation[];
  readonly deadlines: Deadlines;
}

import type { RoutedLimits } from '@varde/plans';
import type { LocalDay } from './local-time.js';

/** Care levels (DESIGN section 5 and `care_levels` of the catalogue). Only levels with units can own an episode. */
export type CareLevel = 'patient' | 'dho' | 'home_nursing' | 'gp' | 'psht' | 'legevakt' | 'hospital_outpatient' | 'amk';

/** Levels whose units can own an episode, in the order they are fallen back on when a route names none that the team has. */
export const OWNING_LEVELS: readonly CareLevel[] = ['dho', 'psht', 'home_nursing', 'gp', 'hospital_outpatient', 'legevakt'];

/** Open from `from` to `to` local time (`HH:MM`, `24:00` allowed) on these ISO weekdays. */
export interface OpeningHours {
  readonly weekdays: readonly number[];
  readonly from: string;
  readonly to: string;
}

/** One day that is not like its weekday, such as Christmas Eve; without hours it is closed. */
export interface SpecialDay {
  readonly day: LocalDay;
  readonly hours: readonly Pick<OpeningHours, 'from' | 'to'>[];
}

/** What a unit does on public holidays: nothing special, closed, or as on a Sunday. A special day of its own comes before it. */
export type HolidayRule = 'as_usual' | 'closed' | 'as_sunday';

/** Somebody works for a unit: `shift` while the unit is open, `on_call` reachable by its contacts, whether it is open or not. */
export interface Duty {
  readonly personId: number;
  readonly kind: 'shift' | 'on_call';
  readonly from: Date;
  readonly to: Date;
}

/** A way to reach a unit's people outside the worklist. The address itself is never part of a decision. */
export interface Contact {
  readonly id: number;
  readonly channel: 'sms' | 'email' | 'webhook';
  /** Who it reaches: the unit as a whole (null) or one person of it. */
  readonly personId: number | null;
  /** When somebody last answered a test message; null: never. */
  readonly testedAt: Date | null;
}

/** A team at a care level. */
export interface Unit {
  readonly id: number;
  readonly name: string;
  readonly careLevel: CareLevel;
  /** IANA zone its opening hours are written in. */
  readonly zone: string;
  readonly openingHours: readonly OpeningHours[];
  readonly onHolidays: HolidayRule;
  readonly specialDays: readonly SpecialDay[];
  /** The organisations that own it, in order of id; several: a joint unit (step 4 of the staircase). */
  readonly organisationIds: readonly number[];
  /** Who works when, by beginning; null: no roster is kept, and somebody is there whenever it is open. */
  readonly duty: readonly Duty[] | null;
  readonly contacts: readonly Contact[];
}

/** What a unit has to say about itself; everything else is ordinary. */
type PlainUnit = Pick<Unit, 'id' | 'name' | 'careLevel' | 'zone' | 'openingHours'>;

/** A unit of organisation 1 with no roster, no contact and no day out of the ordinary, unless said otherwise. */
export function unitOf(unit: PlainUnit & Partial<Unit>): Unit {
  return { onHolidays: 'as_usual', specialDays: [], organisationIds: [1], duty: null, contacts: [], ...unit };
}

/** Which units can take one patient's problems, and what a route may ask about the patient. */
export interface Team {
  readonly units: readonly Unit[];
  /**
   * Those of `units` that are there only for an episode they own, such as by a handover: found as its owner, but nothing new goes to them, and
   * neither their limits nor their switches hold for the patient.
   */
  readonly guestUnitIds: readonly number[];
  /** The organisation of the municipality where the patient lives; null: not known. */
  readonly municipalityId: number | null;
  /** The unit that holds the responsibility for the treatment, such as the lung clinic; null: the GP does, as for everybody. */
  readonly responsibleUnitId: number | null;
  /** Programmes running now, in a steady order. */
  readonly programmes: readonly string[];
  /** IANA zone of the patient's home: a route's hours are read in it, and the history of an episode tells its times in it (decision 34). */
  readonly zone: string;
  /** Versions of what a physician has decided of who has what is grave, in place of the pathway's; left out: nothing. */
  readonly treatmentLimits?: readonly RoutedLimits[];
}

/** A team of these units, none of them a guest, for somebody about whom no route asks anything, unless said otherwise. */
export function teamOf(units: readonly Unit[], about: Partial<Omit<Team, 'units'>> = {}): Team {
  return { units, guestUnitIds: [], municipalityId: null, responsibleUnitId: null, programmes: [], zone: 'Europe/Oslo', ...about };
}

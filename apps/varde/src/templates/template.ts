import type { Programme } from '@varde/plans';
import type { CareLevel, Contact, Deadlines, Duty, HolidayRule, OpeningHours, Route, RouteCondition, StaircaseStep } from '@varde/routing';
import type { Words } from '@varde/rules';
import type { KeptSpecialDay, OrganisationKind, PersonRole } from '@varde/store';
import type { Chapter } from './story.js';

/** An organisation. */
export interface TemplateOrganisation {
  readonly key: string;
  readonly name: string;
  readonly kind: OrganisationKind;
}

/** A unit. */
export interface TemplateUnit {
  readonly key: string;
  readonly name: string;
  readonly careLevel: Exclude<CareLevel, 'patient'>;
  /** Keys of the organisations that own it. */
  readonly organisations: readonly string[];
  /** Keys of municipalities that do not own it and whose patients it serves. */
  readonly serves: readonly string[];
  readonly hours: readonly OpeningHours[];
  readonly onHolidays: HolidayRule;
  /** Days that are not like their weekday; without hours it is closed. */
  readonly specialDays: readonly KeptSpecialDay[];
  /** What it does, in short words. */
  readonly services: readonly string[];
  /** A roster is kept: nobody is there but those who stand in `duty.json`. */
  readonly hasRoster: boolean;
}

/** One line of the weekly pattern; hours that end at or before they begin end on the next day. */
export interface WeeklyDuty extends OpeningHours {
  readonly unit: string;
  readonly person: string;
  readonly kind: Duty['kind'];
}

/** A way to reach a unit or one person of it. */
export interface TemplateContact {
  readonly unit: string;
  readonly person: string | null;
  readonly channel: Contact['channel'];
  /** example.org, a number beginning with +47 555, or an address under .example. */
  readonly address: string;
  /** A test message was answered. */
  readonly isTested: boolean;
}

/** A condition of a route, by keys. */
export interface TemplateCondition extends Omit<RouteCondition, 'municipalityIds'> {
  readonly municipalities?: readonly string[];
}

/** A route, by keys. */
export interface TemplateRoute extends Omit<Route, 'when'> {
  readonly when: TemplateCondition | null;
}

/** The step two organisations stand on, by keys. */
export interface TemplateCooperation {
  readonly organisations: readonly [string, string];
  readonly step: StaircaseStep;
  readonly programme: Programme | null;
}

/** The pathway of the community. */
export interface TemplatePathway {
  readonly name: string;
  readonly routes: readonly TemplateRoute[];
  readonly cooperations: readonly TemplateCooperation[];
  readonly deadlines: Deadlines;
}

/** Somebody who works there. */
export interface TemplatePerson {
  readonly key: string;
  readonly name: string;
  readonly roles: readonly PersonRole[];
  /** Key of the organisation the person is employed by. */
  readonly organisation: string;
  readonly units: readonly string[];
}

/** Somebody who is followed up. */
export interface TemplatePatient {
  readonly key: string;
  readonly name: string;
  readonly birthYear: number;
  readonly municipality: string;
  readonly programmes: readonly Programme[];
  /** Keys of the units of the team. */
  readonly team: readonly string[];
  /** The unit that holds the responsibility for the treatment; null: the GP. */
  readonly responsible: string | null;
}

/** A health community of a kind that can be set up in one go. Every place and person is made up. */
export interface Template {
  readonly name: string;
  /** The tenant of its devices' topics, unless another is asked for. */
  readonly code: string;
  readonly community: string;
  readonly about: Words;
  /** Zone of the units and homes. */
  readonly zone: string;
  readonly organisations: readonly TemplateOrganisation[];
  readonly units: readonly TemplateUnit[];
  readonly duty: readonly WeeklyDuty[];
  readonly contacts: readonly TemplateContact[];
  readonly pathway: TemplatePathway;
  readonly people: readonly TemplatePerson[];
  readonly patients: readonly TemplatePatient[];
  readonly story: readonly Chapter[];
}

import type { Severity, Words } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { isOpen, nextOpening, openStretches } from './opening-hours.js';
import type { Pathway, Route, RouteCondition } from './pathway.js';
import { isStaffed } from './reach.js';
import { byLimits, namedUnitAt, passedOver } from './treatment-limits.js';
import { OWNING_LEVELS, unitOf, type CareLevel, type OpeningHours, type Team, type Unit } from './unit.js';
import { LEVEL_WORDS } from './wording.js';

/** No unit of the team can own an episode: an error of configuration (`checkPathway` names it before it matters). */
export class NoOwner extends Error {
  override readonly name = 'NoOwner';
}

/** The unit that owns, and why it was chosen. */
export interface Owner {
  readonly unitId: number;
  readonly careLevel: CareLevel;
  readonly reason: Words;
}

/**
 * The route of a severity for this patient's team at a moment, the one the ladder began: the first whose condition holds; the catalogue's
 * where the pathway has a hole, so that nothing is without one.
 */
export function routeOf(pathway: Pathway, severity: Severity, team: Team, at: Date): Route {
  const isMeant = (route: Route) => route.severity === severity && conditionHolds(route.when, team, at);
  const route = pathway.routes.find(isMeant) ?? DEFAULT_PATHWAY.routes.find((each) => each.severity === severity);
  if (!route) throw new RangeError(`no route for ${severity}`);
  return route;
}

/** Whether everything that a route asks for holds; the hours are those of a unit in the patient's zone, on holidays as on other days. */
export function conditionHolds(when: RouteCondition | null | undefined, team: Team, at: Date): boolean {
  if (!when) return true;
  const { municipalityIds, programmes, responsibleLevels, hours } = when;
  return (
    (municipalityIds === undefined || municipalityIds.some((id) => id === team.municipalityId)) &&
    (programmes === undefined || programmes.some((programme) => team.programmes.includes(programme))) &&
    (responsibleLevels === undefined || responsibleLevels.includes(responsibleLevelOf(team))) &&
    (hours === undefined || isWithin(hours, team.zone, at))
  );
}

/** The first moment after `at` when the hours of a route of this severity begin or end; null: no route of it asks for hours. */
export function nextChangeOfRoute(pathway: Pathway, severity: Severity, zone: string, at: Date): Date | null {
  const edges = pathway.routes
    .filter((route) => route.severity === severity)
    .flatMap(({ when }) => (when?.hours ? [unitOfHours(when.hours, zone)] : []))
    .flatMap((unit) => (isOpen(unit, at) ? openStretches(unit, at, new Date(at.getTime() + 1))[0]?.to : nextOpening(unit, at)) ?? []);
  return edges.reduce<Date | null>((earliest, edge) => (earliest && earliest <= edge ? earliest : edge), null);
}

/** The level that holds the responsibility for the treatment: the GP's, unless a unit of the team has it. */
export function responsibleLevelOf({ units, responsibleUnitId }: Team): CareLevel {
  return units.find(({ id }) => id === responsibleUnitId)?.careLevel ?? 'gp';
}

/** Asks it of a unit that opens in these hours, so that nights over midnight and changes of the clock are read in one way only. */
function isWithin(openingHours: readonly OpeningHours[], zone: string, at: Date): boolean {
  return isOpen(unitOfHours(openingHours, zone), at);
}

const unitsOfHours = new WeakMap<readonly OpeningHours[], Unit>();

/** A unit that opens in the hours of a route. Kept with them, as what is known of a unit's days is kept with the unit. */
export function unitOfHours(openingHours: readonly OpeningHours[], zone: string): Unit {
  const known = unitsOfHours.get(openingHours);
  if (known?.zone === zone) return known;
  const made = unitOf({ id: 0, name: '', careLevel: 'patient', zone, openingHours });
  unitsOfHours.set(openingHours, made);
  return made;
}

/**
 * The owner of a new or returning episode: the unit that treatment limits in force name, while it is staffed; else whom the pathway chooses,
 * with the reason why it is not that unit.
 * @throws NoOwner when the team has no unit at a level that can own.
 */
export function chooseOwner(pathway: Pathway, team: Team, severity: Severity, at: Date): Owner {
  const named = namedUnitAt(team, severity, at);
  if (named?.unit && isStaffed(named.unit, at)) return toOwner(named.unit, byLimits(named.limits));
  const owner = ownerByPathway(pathway, team, severity, at);
  if (named === null) return owner;
  const why = passedOver(named, at);
  return { ...owner, reason: { nb: `${owner.reason.nb}. ${why.nb}`, en: `${owner.reason.en}. ${why.en}` } };
}

/**
 * By the pathway: the first care level of the route with a unit staffed at `at`; when none is staffed, the first
 * with a unit at all; when the team has none of them, any unit that can own.
 */
function ownerByPathway(pathway: Pathway, team: Team, severity: Severity, at: Date): Owner {
  const { first } = routeOf(pathway, severity, team, at);
  const named = unitsInOrder(team, first);
  const staffed = named.find((unit) => isStaffed(unit, at));
  if (staffed) return toOwner(staffed, staffed === named[0] ? WHY.first : WHY.first_staffed);
  const unstaffed = named[0];
  if (unstaffed) return toOwner(unstaffed, WHY.none_staffed);
  const others = unitsInOrder(team, OWNING_LEVELS);
  const other = others.find((unit) => isStaffed(unit, at)) ?? others[0];
  if (!other) throw new NoOwner('the team has no unit that can own an episode');
  return toOwner(other, WHY.not_on_route);
}

/**
 * Units of these levels that can own, level by level, each once and no guest; `responsible` is the unit that holds the responsibility for the
 * treatment.
 */
export function unitsInOrder(team: Team, levels: readonly (CareLevel | 'responsible')[]): Unit[] {
  const units = levels.flatMap((level) =>
    team.units.filter(({ id, careLevel }) => (level === 'responsible' ? id === team.responsibleUnitId : careLevel === level)),
  );
  return [...new Set(units)].filter(({ id, careLevel }) => OWNING_LEVELS.includes(careLevel) && !team.guestUnitIds.includes(id));
}

const WHY = {
  first: { nb: 'bemannet og først i forløpet', en: 'staffed and first on the pathway' },
  first_staffed: { nb: 'først bemannet i forløpet nå', en: 'first staffed on the pathway now' },
  none_staffed: { nb: 'først i forløpet; ingen er bemannet nå', en: 'first on the pathway; nobody is staffed now' },
  not_on_route: { nb: 'ingen av forløpets nivåer finnes i teamet', en: 'the team has none of the levels on the pathway' },
} satisfies Readonly<Record<string, Words>>;

function toOwner(unit: Unit, why: Words): Owner {
  const level = LEVEL_WORDS[unit.careLevel];
  const reason = {
    nb: `Ansvarlig: ${unit.name} (${level.nb}), ${why.nb}`,
    en: `Owner: ${unit.name} (${level.en}), ${why.en}`,
  };
  return { unitId: unit.id, careLevel: unit.careLevel, reason };
}

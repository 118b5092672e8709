import { SEVERITIES } from '@varde/rules';
import { isZone } from '@varde/vitals';
import { checkRoutes, faultsOfHours } from './check-routes.js';
import { deadEnds, type Meeting } from './dead-ends.js';
import { fault, warning, type PathwayHole } from './hole.js';
import { unitsOfStep } from './ladder.js';
import { nextOpening } from './opening-hours.js';
import { conditionHolds, unitsInOrder } from './owner.js';
import type { Pathway, Route } from './pathway.js';
import { OWNING_LEVELS, type Team, type Unit } from './unit.js';

/** Names every hole of a pathway as this team would walk it; none: every problem finds an owner and every step somebody. */
export function checkPathway(pathway: Pathway, team: Team): PathwayHole[] {
  return [...checkRoutes(pathway, null), ...checkTeam(team), ...team.units.flatMap(checkUnit), ...checkCalled(pathway, team)];
}

/** Whom a pathway is for. */
export interface Community {
  readonly organisationIds: ReadonlySet<number>;
  /** Every kind of patient that follows it or would, with the units they would have. */
  readonly meetings: readonly Meeting[];
}

/**
 * The whole of what is wrong with a pathway, before it is saved: in itself, and as every kind of patient of the community would meet it, at
 * every hour of a week and on every holiday of the year from `from`. Blocking holes refuse it; the others are warnings to whoever saves it.
 */
export function validatePathway(pathway: Pathway, { organisationIds, meetings }: Community, from: Date): PathwayHole[] {
  const inItself = checkRoutes(pathway, organisationIds);
  // A way through routes that are wrong in themselves says nothing.
  if (inItself.some(({ blocking }) => blocking)) return inItself;
  const ofUnits = [...new Set(meetings.flatMap(({ team }) => team.units))].flatMap(checkUnit);
  if (ofUnits.some(({ blocking }) => blocking)) return [...inItself, ...ofUnits];
  const steps = meetings.flatMap(({ name, team }) =>
    checkCalled(pathway, team).map((hole) => ({ ...hole, where: `${name}, ${hole.where}` })),
  );
  const once = [...new Map(steps.map((hole) => [`${hole.where} ${hole.problem}`, hole])).values()];
  return [...inItself, ...deadEnds(pathway, meetings, from), ...ofUnits, ...once];
}

function checkTeam(team: Team): PathwayHole[] {
  if (unitsInOrder(team, OWNING_LEVELS).length > 0) return [];
  return [fault('team', `no unit at a level that can own: ${OWNING_LEVELS.join(', ')}`)];
}

function checkUnit(unit: Unit): PathwayHole[] {
  const where = `unit ${unit.id}`;
  if (!isZone(unit.zone)) return [fault(where, `unknown time zone ${unit.zone}`)];
  const faults = unit.openingHours.flatMap(faultsOfHours);
  if (faults.length > 0) return faults.map((problem) => fault(where, problem));
  const isOwning = OWNING_LEVELS.includes(unit.careLevel);
  // Any moment serves: opening hours repeat every week.
  return isOwning && nextOpening(unit, new Date(0)) === null ? [warning(where, 'it never opens')] : [];
}

/** Levels on the routes of a team that the team has no unit at. */
function checkCalled(pathway: Pathway, team: Team): PathwayHole[] {
  return SEVERITIES.flatMap((severity) => {
    const own = pathway.routes.filter((route) => route.severity === severity);
    return own.filter((route) => mayHold(route, team)).flatMap((route) => checkLevels(route, team, { own }));
  });
}

/** Whether a route is for this team at some hour. */
function mayHold({ when }: Route, team: Team): boolean {
  if (!when) return true;
  const { hours: _, ...rest } = when;
  return conditionHolds(rest, team, new Date(0));
}

function checkLevels(route: Route, team: Team, { own }: { readonly own: readonly Route[] }): PathwayHole[] {
  const where = own.length === 1 ? route.severity : `${route.severity}, route ${own.indexOf(route) + 1}`;
  const first =
    unitsInOrder(team, route.first).length === 0
      ? [warning(where, `the team has no unit at ${route.first.join(', ') || 'any level'} to go first`)]
      : [];
  const steps = route.ladder.flatMap((step, index) =>
    unitsOfStep(step, team).length === 0
      ? [warning(`${where}, step ${index + 1}`, `the team has no unit at ${step.careLevel}; the step moves on at once`)]
      : [],
  );
  return [...first, ...steps];
}

import { SEVERITIES, type Severity } from '@varde/rules';
import { isZone } from './local-time.js';
import { minuteOf, nextOpening } from './opening-hours.js';
import { unitsOfStep } from './ladder.js';
import { OWNING_LEVELS, unitsInOrder } from './owner.js';
import type { Pathway, Route } from './pathway.js';
import type { Team, Unit } from './unit.js';

/** A fault of a pathway with a team. `blocking`: an episode could be without an owner or a clock; otherwise a step would reach nobody. */
export interface PathwayHole {
  readonly blocking: boolean;
  /** Where, such as `red, step 4`, `team` or `unit 12`. */
  readonly where: string;
  readonly problem: string;
}

/** Names every hole of a pathway as this team would walk it; none: every problem finds an owner and every step somebody. */
export function checkPathway(pathway: Pathway, team: Team): PathwayHole[] {
  return [...checkTeam(team), ...team.units.flatMap(checkUnit), ...SEVERITIES.flatMap((severity) => checkRoute(pathway, team, severity))];
}

function checkTeam(team: Team): PathwayHole[] {
  if (unitsInOrder(team, OWNING_LEVELS).length > 0) return [];
  return [{ blocking: true, where: 'team', problem: `no unit at a level that can own: ${OWNING_LEVELS.join(', ')}` }];
}

function checkUnit(unit: Unit): PathwayHole[] {
  const where = `unit ${unit.id}`;
  if (!isZone(unit.zone)) return [{ blocking: true, where, problem: `unknown time zone ${unit.zone}` }];
  const faults = unit.openingHours.flatMap(({ weekdays, from, to }) => [
    ...[from, to].filter((text) => minuteOf(text) === null).map((text) => `${text} is not a time of day (HH:MM)`),
    ...weekdays
      .filter((day) => !Number.isInteger(day) || day < 1 || day > 7)
      .map((day) => `${day} is not a weekday (1 Monday to 7 Sunday)`),
  ]);
  if (faults.length > 0) return faults.map((problem) => ({ blocking: true, where, problem }));
  const isOwning = OWNING_LEVELS.includes(unit.careLevel);
  // Any moment serves: opening hours repeat every week.
  return isOwning && nextOpening(unit, new Date(0)) === null ? [{ blocking: false, where, problem: 'it never opens' }] : [];
}

function checkRoute(pathway: Pathway, team: Team, severity: Severity): PathwayHole[] {
  const routes = pathway.routes.filter((each) => each.severity === severity);
  const [route] = routes;
  if (!route) return [{ blocking: true, where: severity, problem: 'no route' }];
  const holes: PathwayHole[] = [];
  if (routes.length > 1) holes.push({ blocking: true, where: severity, problem: `${routes.length} routes` });
  if (unitsInOrder(team, route.first).length === 0) {
    holes.push({
      blocking: false,
      where: severity,
      problem: `the team has no unit at ${route.first.join(', ') || 'any level'} to go first`,
    });
  }
  if (severity !== 'info' && route.ladder.length === 0) holes.push({ blocking: true, where: severity, problem: 'no ladder' });
  if (route.acknowledgementMin !== null && !(route.acknowledgementMin > 0)) {
    holes.push({ blocking: true, where: severity, problem: 'an acknowledgement would run out as it is made' });
  }
  return [...holes, ...checkLadder(route, team)];
}

function checkLadder({ severity, ladder }: Route, team: Team): PathwayHole[] {
  return ladder.flatMap((step, index) => {
    const where = `${severity}, step ${index + 1}`;
    const before = ladder[index - 1];
    const holes: PathwayHole[] = [];
    if (!(step.afterMin >= 0) || !Number.isFinite(step.afterMin))
      holes.push({ blocking: true, where, problem: 'its time is not a number of minutes' });
    if (before && step.serviceDays === undefined && step.afterMin < before.afterMin) {
      holes.push({ blocking: true, where, problem: 'it is due before the step it follows' });
    }
    if (unitsOfStep(step, team).length === 0) {
      holes.push({ blocking: false, where, problem: `the team has no unit at ${step.careLevel}; the step moves on at once` });
    }
    return holes;
  });
}

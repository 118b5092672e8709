import type { Severity, Words } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { isOpen } from './opening-hours.js';
import type { Pathway, Route } from './pathway.js';
import type { CareLevel, Team, Unit } from './unit.js';
import { LEVEL_WORDS } from './wording.js';

/** Levels whose units can own an episode, in the order they are fallen back on when a route names none that the team has. */
export const OWNING_LEVELS: readonly CareLevel[] = ['dho', 'psht', 'home_nursing', 'gp', 'hospital_outpatient', 'legevakt'];

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

/** The route of a severity; the catalogue's where the pathway has a hole, so that nothing is without one. */
export function routeOf(pathway: Pathway, severity: Severity): Route {
  const route =
    pathway.routes.find((each) => each.severity === severity) ?? DEFAULT_PATHWAY.routes.find((each) => each.severity === severity);
  if (!route) throw new RangeError(`no route for ${severity}`);
  return route;
}

/**
 * The owner of a new or returning episode: the first care level of the route with a unit open at `at`; when none is open, the first
 * with a unit at all; when the team has none of them, any unit that can own.
 * @throws NoOwner when the team has no unit at a level that can own.
 */
export function chooseOwner(pathway: Pathway, team: Team, severity: Severity, at: Date): Owner {
  const { first } = routeOf(pathway, severity);
  const named = unitsInOrder(team, first);
  const open = named.find((unit) => isOpen(unit, at));
  if (open) return toOwner(open, open === named[0] ? 'first' : 'first_open');
  const closed = named[0];
  if (closed) return toOwner(closed, 'none_open');
  const others = unitsInOrder(team, OWNING_LEVELS);
  const other = others.find((unit) => isOpen(unit, at)) ?? others[0];
  if (!other) throw new NoOwner('the team has no unit that can own an episode');
  return toOwner(other, 'not_on_route');
}

/** Units of these levels that can own, level by level, each once; `responsible` is the unit that holds the responsibility for the treatment. */
export function unitsInOrder(team: Team, levels: readonly (CareLevel | 'responsible')[]): Unit[] {
  const units = levels.flatMap((level) =>
    team.units.filter(({ id, careLevel }) => (level === 'responsible' ? id === team.responsibleUnitId : careLevel === level)),
  );
  return [...new Set(units)].filter(({ careLevel }) => OWNING_LEVELS.includes(careLevel));
}

const WHY: Readonly<Record<'first' | 'first_open' | 'none_open' | 'not_on_route', Words>> = {
  first: { nb: 'åpen og først i forløpet', en: 'open and first on the pathway' },
  first_open: { nb: 'først åpen i forløpet nå', en: 'first open on the pathway now' },
  none_open: { nb: 'først i forløpet; ingen er åpen nå', en: 'first on the pathway; nobody is open now' },
  not_on_route: { nb: 'ingen av forløpets nivåer finnes i teamet', en: 'the team has none of the levels on the pathway' },
};

function toOwner(unit: Unit, why: keyof typeof WHY): Owner {
  const level = LEVEL_WORDS[unit.careLevel];
  const reason = {
    nb: `Ansvarlig: ${unit.name} (${level.nb}), ${WHY[why].nb}`,
    en: `Owner: ${unit.name} (${level.en}), ${WHY[why].en}`,
  };
  return { unitId: unit.id, careLevel: unit.careLevel, reason };
}

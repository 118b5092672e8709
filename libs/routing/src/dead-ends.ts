import { isWorse } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import { fault, warning, type PathwayHole } from './hole.js';
import { unitsOfStep } from './ladder.js';
import { isCountedOn, momentsOf, type Moment } from './moments.js';
import { conditionHolds, responsibleLevelOf, routeOf, unitsInOrder } from './owner.js';
import type { LadderStep, Pathway, Route } from './pathway.js';
import { OWNING_LEVELS, type CareLevel, type Team, type Unit } from './unit.js';

/** A kind of patient as the pathway would meet them. */
export interface Meeting {
  /** Such as `municipality Lyngnes`. */
  readonly name: string;
  readonly team: Team;
}

const HOUR_MIN = 60;

/** Moments at which the same units are there and the same routes hold, by the first of them. */
interface Alike {
  readonly first: Moment;
  readonly there: ReadonlySet<Unit>;
  weekMin: number;
  readonly days: Set<string>;
}

/** One way that reaches nobody, with the moments at which it is gone. */
interface DeadEnd {
  readonly isAgreed: boolean;
  readonly path: string;
  readonly first: Moment;
  weekMin: number;
  readonly days: Set<string>;
}

/**
 * The ways that reach nobody: for each kind of patient, each unit that may be responsible, each programme that a route asks about, at every
 * hour of an ordinary week and on every day out of the ordinary of a year. Red and critical are refused unless the route says that emergency
 * advice is an agreed end; then they are named. Yellow and info wait, unless those they wait for never come.
 */
export function deadEnds(pathway: Pathway, meetings: readonly Meeting[], from: Date): PathwayHole[] {
  const said = new Set<string>();
  return meetings.flatMap(({ name, team }) => {
    const alike = momentsAlike(pathway, team, momentsOf(pathway, team, from));
    return variantsOf(pathway, team).flatMap((variant) =>
      SEVERITIES.flatMap((severity) => {
        const ends = endsOf(pathway, { ...variant, severity }, alike);
        // What is so for everybody of the kind is not said again for some of them, nor for the next team of the same municipality.
        const fresh = ends.filter(({ path }) => !said.has(`${name} ${severity} ${path}`));
        for (const { path } of fresh) said.add(`${name} ${severity} ${path}`);
        return fresh.map((end) => toHole([name, ...variant.names, severity].join(', '), end));
      }),
    );
  });
}

function momentsAlike(pathway: Pathway, team: Team, moments: readonly Moment[]): Alike[] {
  const hours = pathway.routes.flatMap(({ when }) => when?.hours ?? []);
  const alike = new Map<string, Alike>();
  for (const moment of moments) {
    const there = new Set(team.units.filter((unit) => isCountedOn(unit, moment.at)));
    const holding = hours.map((each) => conditionHolds({ hours: [each] }, team, moment.at));
    const key = `${team.units.map((unit) => there.has(unit)).join()} ${holding.join()}`;
    const known = alike.get(key) ?? { first: moment, there, weekMin: 0, days: new Set<string>() };
    known.weekMin += moment.weekMin;
    if (moment.weekMin === 0) known.days.add(moment.name.slice(0, moment.name.lastIndexOf(' ')));
    alike.set(key, known);
  }
  return [...alike.values()];
}

function toHole(who: string, { isAgreed, path, first, weekMin, days }: DeadEnd): PathwayHole {
  const hours = Math.round((weekMin / HOUR_MIN) * 10) / 10;
  const often = [
    ...(weekMin > 0 ? [`${hours} ${hours === 1 ? 'hour' : 'hours'} of every week`] : []),
    ...(days.size > 0 ? [`${days.size} ${days.size === 1 ? 'day' : 'days'} out of the ordinary`] : []),
  ].join(', ');
  return (isAgreed ? warning : fault)(`${who}, ${first.name}`, `${path} (${often})`);
}

/** The team as it is, and as it would be with each unit responsible and each programme running that a route asks about. */
function variantsOf({ routes }: Pathway, team: Team): { readonly names: readonly string[]; readonly team: Team }[] {
  const asksLevel = routes.some(
    ({ when, first, ladder }) =>
      when?.responsibleLevels || first.includes('responsible') || ladder.some(({ careLevel }) => careLevel === 'responsible'),
  );
  const responsible = asksLevel ? unitsInOrder(team, OWNING_LEVELS) : [];
  const programmes = [...new Set(routes.flatMap(({ when }) => when?.programmes ?? []))];
  const teams = [
    { names: [], team },
    ...[null, ...responsible].map((unit) => ({
      names: [unit ? `${unit.careLevel} responsible` : 'GP responsible'],
      team: { ...team, responsibleUnitId: unit?.id ?? null },
    })),
  ];
  return teams.flatMap((each) => [
    each,
    ...[[], ...programmes.map((programme) => [programme])].map((running) => ({
      names: [...each.names, running[0] ?? 'no programme'],
      team: { ...each.team, programmes: running },
    })),
  ]);
}

function endsOf(
  pathway: Pathway,
  { team, severity }: { readonly team: Team; readonly severity: Severity },
  alike: readonly Alike[],
): DeadEnd[] {
  const ends = new Map<string, DeadEnd>();
  for (const each of alike) {
    const route = routeOf(pathway, severity, team, each.first.at);
    const path = isWorse(severity, 'yellow') ? pathNow(route, team, each) : pathEver(route, team, alike);
    if (path === null) continue;
    const end = ends.get(path.text) ?? { isAgreed: path.isAgreed, path: path.text, first: each.first, weekMin: 0, days: new Set<string>() };
    end.weekMin += each.weekMin;
    for (const day of each.days) end.days.add(day);
    ends.set(path.text, end);
  }
  return [...ends.values()];
}

interface Path {
  readonly text: string;
  readonly isAgreed: boolean;
}

/** The way of a red or critical episode that begins at one of these moments, when it reaches nobody; null when it does. */
function pathNow(route: Route, team: Team, { there }: Alike): Path | null {
  const called = calledBy(route, team);
  if (called.some(({ units }) => units.some((unit) => there.has(unit)))) return null;
  if (!hasOwner(team)) return { text: `${pathText(called, 'closed')} -> nobody can own it`, isAgreed: false };
  const isAgreed = route.endsWithAdvice === true;
  return { text: `${pathText(called, 'closed')} -> ${isAgreed ? 'emergency advice to the patient' : 'nobody'}`, isAgreed };
}

/** The way of what waits, when nobody it waits for ever comes. */
function pathEver(route: Route, team: Team, alike: readonly Alike[]): Path | null {
  const called = calledBy(route, team);
  if (!hasOwner(team)) return { text: `${pathText(called, 'never open')} -> nobody can own it`, isAgreed: false };
  const comes = called.some(({ units }) => units.some((unit) => alike.some(({ there }) => there.has(unit))));
  return comes ? null : { text: `${pathText(called, 'never open')} -> nobody`, isAgreed: false };
}

const hasOwner = (team: Team): boolean => unitsInOrder(team, OWNING_LEVELS).length > 0;

/** A level that is called, and its units in the team. */
interface Called {
  readonly level: CareLevel;
  readonly units: readonly Unit[];
}

/** Every level that may come to own or to be told, each once and in order; any unit that can own when the team has none to go first. */
function calledBy({ first, ladder }: Route, team: Team): Called[] {
  const responsible = responsibleLevelOf(team);
  const steps = ladder.map((step) => ({ level: levelOf(step.careLevel, responsible), units: unitsOfStep(step, team) }));
  const owners = first
    .filter((level) => level !== 'responsible' || unitsInOrder(team, [level]).length > 0)
    .map((level) => ({ level: levelOf(level, responsible), units: unitsInOrder(team, [level]) }));
  const others = owners.every(({ units }) => units.length === 0) ? othersOf(team) : [];
  const all = [...owners, ...others, ...steps];
  const levels = [...new Set(all.map(({ level }) => level))];
  return levels.map((level) => ({ level, units: all.flatMap((each) => (each.level === level ? each.units : [])) }));
}

const levelOf = (level: LadderStep['careLevel'], responsible: CareLevel): CareLevel => (level === 'responsible' ? responsible : level);

function othersOf(team: Team): Called[] {
  return OWNING_LEVELS.map((level) => ({ level, units: unitsInOrder(team, [level]) })).filter(({ units }) => units.length > 0);
}

function pathText(called: readonly Called[], how: 'closed' | 'never open'): string {
  return called.map(({ level, units }) => `${level} ${units.length === 0 ? 'none' : how}`).join(' -> ');
}

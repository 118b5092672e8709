import type { Severity } from '@varde/rules';
import { minuteOf } from './opening-hours.js';
import { conditionHolds } from './owner.js';
import type { Route } from './pathway.js';
import { OWNING_LEVELS, teamOf, unitOf, type OpeningHours, type Team } from './unit.js';

const MINUTE_MS = 60_000;
const DAY_MIN = 1_440;
/** A Monday; hours of routes repeat every week, and in UTC every day has 24 hours. */
const A_MONDAY = Date.UTC(2026, 0, 5);
/** More than this many programmes in one pathway are not told apart; there are five. */
const PROGRAMMES_MAX = 8;

/** A route that nobody ever takes, and those before it that take everybody it is meant for. */
export interface Unreachable {
  /** Index among all routes of the pathway. */
  readonly index: number;
  readonly shadowedBy: readonly number[];
}

/**
 * Routes of one severity that are never the first to hold. Every kind of patient that conditions can tell apart is asked about, at every
 * moment of the week at which one of them changes, so that a route covered by several others together is found as well. Exact.
 */
export function unreachableRoutes(routes: readonly Route[], severity: Severity): Unreachable[] {
  const own = routes.flatMap((route, index) => (route.severity === severity ? [{ route, index }] : []));
  const taken = new Set<number>();
  const before = new Map<number, Set<number>>();
  for (const holds of everybody(own.map(({ route }) => route))) {
    const holding = own.flatMap(({ index }, position) => (holds(position) ? [index] : []));
    const [first, ...rest] = holding;
    if (first === undefined) continue;
    taken.add(first);
    for (const index of rest) before.set(index, (before.get(index) ?? new Set()).add(first));
  }
  return own
    .filter(({ index }) => !taken.has(index))
    .map(({ index }) => ({ index, shadowedBy: [...(before.get(index) ?? [])].sort((a, b) => a - b) }));
}

/** Each kind of patient at each moment, as the answer to which routes hold. */
function* everybody(routes: readonly Route[]): Generator<(position: number) => boolean> {
  const mentioned = <T>(of: (when: NonNullable<Route['when']>) => readonly T[] | undefined): T[] => [
    ...new Set(routes.flatMap(({ when }) => (when ? (of(when) ?? []) : []))),
  ];
  const municipalities = [null, ...mentioned((when) => when.municipalityIds)];
  const programmes = subsets(mentioned((when) => when.programmes).slice(0, PROGRAMMES_MAX));
  const levels = mentioned((when) => when.responsibleLevels).length > 0 ? OWNING_LEVELS : (['gp'] as const);
  // Hours are the dearest to ask, and the same for every kind of patient.
  const weeks = momentsOf(mentioned((when) => when.hours)).map((at) =>
    routes.map(({ when }) => !when?.hours || conditionHolds({ hours: when.hours }, ANYBODY, at)),
  );
  const alike = [...new Map(weeks.map((within) => [within.join(), within])).values()];
  const teams = municipalities.flatMap((municipalityId) =>
    levels.flatMap((careLevel) => {
      const units = [unitOf({ id: 1, name: '', careLevel, zone: 'UTC', openingHours: [] })];
      return programmes.map((running) => teamOf(units, { municipalityId, responsibleUnitId: 1, programmes: running, zone: 'UTC' }));
    }),
  );
  for (const team of teams) {
    const holds = routes.map(({ when }) => conditionHolds(when && { ...when, hours: ALWAYS }, team, A_MONDAY_NOON));
    for (const within of alike) yield (position) => holds[position] === true && within[position] === true;
  }
}

const ANYBODY: Team = teamOf([], { zone: 'UTC' });
const A_MONDAY_NOON = new Date(A_MONDAY + (DAY_MIN / 2) * MINUTE_MS);
const ALWAYS: readonly OpeningHours[] = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];

/** Every moment of a week at which hours begin or end. */
function momentsOf(hours: readonly OpeningHours[]): Date[] {
  const minutes = new Set([0, ...hours.flatMap(({ from, to }) => [minuteOf(from) ?? 0, (minuteOf(to) ?? 0) % DAY_MIN])]);
  return Array.from({ length: 7 }, (_, day) =>
    [...minutes].map((minute) => new Date(A_MONDAY + (day * DAY_MIN + minute) * MINUTE_MS)),
  ).flat();
}

function subsets<T>(of: readonly T[]): T[][] {
  return of.reduce<T[][]>((sets, each) => [...sets, ...sets.map((set) => [...set, each])], [[]]);
}

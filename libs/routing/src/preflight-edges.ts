import { DEFAULT_PATHWAY } from './default-pathway.js';
import { isOpen, openStretches } from './opening-hours.js';
import { addDays, instantOf, localDayOf, localMinuteOf } from './local-time.js';
import { unitOfHours, unitsInOrder } from './owner.js';
import type { LadderStep } from './pathway.js';
import type { Chain } from './preflight-walk.js';
import type { Team, Unit } from './unit.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Steps of an episode that began up to so long before have their turn within the period. */
const BEFORE_MS = DAY_MS;

/** From and to, which is not part of it. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** Moments in milliseconds, in order. */
export interface Edges {
  /** Where something of a unit changes. */
  readonly all: readonly number[];
  /** Between two of these, what episodes meet that begin there differs only by clocks that stand still at night. */
  readonly starts: readonly number[];
}

/**
 * Does the community count on the unit now? While it is open, and when it has somebody on call at the same local time a week before or
 * after: a rota promises its nights by keeping them.
 */
export function isExpected(unit: Unit, at: Date): boolean {
  if (isOpen(unit, at)) return true;
  const onCall = (unit.duty ?? []).filter(({ kind }) => kind === 'on_call');
  if (onCall.length === 0) return false;
  const moments = [weeksOn(unit, at, -1), weeksOn(unit, at, 1)];
  return onCall.some(({ from, to }) => moments.some((moment) => from <= moment && moment < to));
}

/** The same local time that many weeks later. */
function weeksOn({ zone }: Unit, at: Date, weeks: number): Date {
  return new Date(instantOf(zone, addDays(localDayOf(zone, at), 7 * weeks), localMinuteOf(zone, at), 'first'));
}

/** Every moment at which a chain of one severity can become another: hours, holidays, duty, contacts that grow old, hours of routes, treatment limits. */
export function chainEdges({ pathway, team, severity }: Chain, { from, to }: Period, contactTestedDays: number): Edges {
  const routes = [...pathway.routes, ...DEFAULT_PATHWAY.routes].filter((route) => route.severity === severity);
  const ladders = routes.flatMap(({ ladder }) => ladder);
  if (ladders.length === 0) return { all: [], starts: [] };
  const wide = { from: new Date(from.getTime() - BEFORE_MS), to: new Date(to.getTime() + BEFORE_MS) };
  const hours = routes.flatMap(({ when }) => hourEdges(when?.hours, team.zone, wide));
  const all = ordered([...team.units.flatMap((unit) => edgesOf(unit, wide, contactTestedDays)), ...hours, ...limitEdges(team, wide)]);
  const offsets = new Set(ladders.map(({ afterMin }) => afterMin * MINUTE_MS));
  const plain = [...offsets].flatMap((offset) => all.map((edge) => edge - offset));
  const waiting = ladders.filter(({ openingHoursClock }) => openingHoursClock);
  const owners = unitsInOrder(
    team,
    routes.flatMap(({ first }) => first),
  );
  const starts = [wide.from.getTime(), from.getTime(), ...all, ...plain, ...owners.flatMap((owner) => waits(owner, waiting, all, wide))];
  const within = starts.filter((at) => at >= wide.from.getTime() && at < to.getTime());
  return { all, starts: [...ordered(within), to.getTime()] };
}

/** When an episode begins whose step, on the clock of its owner's opening hours, has its turn at an edge. */
function waits(owner: Unit, steps: readonly LadderStep[], edges: readonly number[], wide: Period): number[] {
  if (steps.length === 0) return [];
  const open = openStretches(owner, new Date(wide.from.getTime() - 7 * DAY_MS), wide.to);
  const minutes = new Set(steps.map(({ afterMin }) => afterMin));
  const moments = [...minutes].flatMap((count) => edges.flatMap((edge) => openBefore(open, edge, count * MINUTE_MS) ?? []));
  return steps.some(({ serviceDays }) => serviceDays !== undefined) ? [...moments, ...midnights(owner.zone, wide)] : moments;
}

/** The moment before `atMs` from which on a unit has been open for so long; null: that lies further back than is known. */
function openBefore(open: readonly Period[], atMs: number, forMs: number): number | null {
  let leftMs = forMs;
  let countedFrom = atMs;
  for (const { from, to } of open.toReversed()) {
    const endMs = Math.min(to.getTime(), countedFrom);
    const openMs = endMs - from.getTime();
    if (openMs <= 0) continue;
    if (leftMs <= openMs) return endMs - leftMs;
    leftMs -= openMs;
    countedFrom = from.getTime();
  }
  return null;
}

/** Where treatment limits begin or end, another unit may be named. */
function limitEdges({ treatmentLimits = [] }: Team, { from, to }: Period): number[] {
  const moments = treatmentLimits.flatMap(({ validFrom, validTo }) => [validFrom, validTo].filter((at) => at !== null));
  return moments.filter((at) => at >= from && at <= to).map((at) => at.getTime());
}

function midnights(zone: string, { from, to }: Period): number[] {
  const moments: number[] = [];
  for (let day = localDayOf(zone, from); day <= to.getTime(); day = addDays(day, 1)) moments.push(instantOf(zone, day, 0, 'first'));
  return moments;
}

function edgesOf(unit: Unit, wide: Period, contactTestedDays: number): number[] {
  const isWithin = (atMs: number) => atMs >= wide.from.getTime() && atMs <= wide.to.getTime();
  const opening = openStretches(unit, wide.from, wide.to).flatMap(({ from, to }) => [from.getTime(), to.getTime()]);
  const duty = (unit.duty ?? []).flatMap(({ from, to }) => [from, to]).flatMap((at) => [at, weeksOn(unit, at, -1), weeksOn(unit, at, 1)]);
  const tested = unit.contacts.flatMap(({ testedAt }) => (testedAt === null ? [] : [testedAt.getTime() + contactTestedDays * DAY_MS]));
  return [...opening, ...duty.map((at) => at.getTime()), ...tested].filter(isWithin);
}

function hourEdges(openingHours: Unit['openingHours'] | undefined, zone: string, wide: Period): number[] {
  if (openingHours === undefined) return [];
  return openStretches(unitOfHours(openingHours, zone), wide.from, wide.to).flatMap(({ from, to }) => [from.getTime(), to.getTime()]);
}

const ordered = (moments: readonly number[]): number[] => [...new Set(moments)].sort((a, b) => a - b);

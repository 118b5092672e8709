import { isWorse, ladderStepKey, SAME_MOMENT_MS, type Climb, type Episode, type EpisodeStep, type NoticeDraft } from '@varde/alerts';
import type { Words } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { addOpenMinutes, endOfServiceDay } from './opening-hours.js';
import { nextChangeOfRoute, routeOf, unitsInOrder } from './owner.js';
import type { LadderStep, Pathway, Route } from './pathway.js';
import { isStaffed, nextStaffed } from './reach.js';
import { namedUnitAt, type NamedUnit } from './treatment-limits.js';
import type { Team, Unit } from './unit.js';
import * as say from './ladder-wording.js';

const MINUTE_MS = 60_000;
/** A ladder on which nobody is known to come on duty is tried again after this long: rosters are written later, and units open anew. */
const TRY_AGAIN_MS = 24 * 60 * MINUTE_MS;

/** What the ladder of one episode is climbed with. */
interface Ground {
  readonly episode: Episode;
  readonly pathway: Pathway;
  readonly route: Route;
  readonly team: Team;
  readonly owner: Unit | undefined;
  readonly now: Date;
}

/** What a look has made of a ladder so far. */
type Told = Pick<Climb, 'steps' | 'notices'>;

/**
 * When a person's acknowledgement runs out: with the person's shift, or after the minutes of the route, whichever is first. A route without
 * minutes, for a person without a roster: after the minutes of the catalogue, so that nothing is held for ever.
 * @param shiftEndsAt `shiftEnd` of the person; null: no duty of theirs runs
 */
export function acknowledgementEnds(route: Route, shiftEndsAt: Date | null, at: Date): Date {
  const { severity, acknowledgementMin } = route;
  const minutes = acknowledgementMin ?? (shiftEndsAt ? Number.POSITIVE_INFINITY : defaultMinutes(severity));
  return new Date(Math.min(at.getTime() + minutes * MINUTE_MS, shiftEndsAt?.getTime() ?? Number.POSITIVE_INFINITY));
}

/**
 * The ladder steps that are due at `now`, each once and in order however late the look (`escalation_ladder`, frozen in `pathway`), and when
 * the next one is; null when nothing is due and no clock moves. Only for an episode that waits for a person; any other is answered with null.
 *
 * A step that reaches nobody moves on to the next at once and says so. When nobody on the rest of the ladder is staffed
 * - but somebody of the ladder is, who has been told: it has ended there, and begins again if nobody acknowledges it for as long as an
 *   acknowledgement would hold;
 * - and nobody of it at all is: a red or critical episode is `unreached`, and the ladder begins again when the first of them is staffed. With
 *   nobody known to come it is tried daily; that is no finding here, because preflight has made it a task before it happened.
 *
 * So an episode that waits always has a next clock, ahead of `now`. Safe to ask at every look, also one at which no clock has run out: what
 * has become of rosters is noticed. A clock that has been set back makes nothing be told twice.
 */
export function dueLadderSteps(episode: Episode, pathway: Pathway, team: Team, now: Date): Climb | null {
  if (episode.closedAt !== null || episode.acknowledgedAt !== null) return null;
  const owner = team.units.find(({ id }) => id === episode.ownerUnitId);
  const groundOf = (of: Episode): Ground => onRoute({ pathway, team, owner, now }, of);
  const before = groundOf(episode);
  const none: Told = { steps: [], notices: [] };
  if (episode.ladderStepsTaken >= before.route.ladder.length) {
    if (episode.nextStepAt && episode.nextStepAt > now) return null;
    // A ladder that ended before ladders began again: it is given its clock.
    if (!episode.nextStepAt) return ended(before, none);
    const again = groundOf({ ...episode, ladderStartedAt: now, ladderStepsTaken: 0 });
    return climbFrom(again, before.route.ladder.length > 0 ? { ...none, steps: [line(again, say.AGAIN)] } : none);
  }
  const isAhead = episode.ladderStartedAt.getTime() - now.getTime() > SAME_MOMENT_MS;
  const climb = climbFrom(isAhead ? groundOf(startNow(before)) : before, none);
  return isSame(episode, climb) ? null : climb;
}

function onRoute({ pathway, team, owner, now }: Omit<Ground, 'episode' | 'route'>, episode: Episode): Ground {
  return { pathway, team, owner, now, episode, route: routeOf(pathway, episode.severity, team, episode.ladderStartedAt) };
}

/**
 * The episode with its ladder begun now instead of ahead of now. One that waits for somebody to be staffed is asked about anew at every
 * look: rosters change. One that has come up steps has had its clock set back, and goes on from the step it has come to.
 */
function startNow({ episode, route, now }: Ground): Episode {
  const sinceMs = (route.ladder[episode.ladderStepsTaken - 1]?.afterMin ?? 0) * MINUTE_MS;
  return { ...episode, ladderStartedAt: new Date(now.getTime() - sinceMs) };
}

/** Takes every step that is due. */
function climbFrom(ground: Ground, before: Told): Climb {
  const { episode, route } = ground;
  const [steps, notices] = [[...before.steps], [...before.notices]];
  let taken = episode.ladderStepsTaken;
  for (;;) {
    const dueAt = stepDueAt(ground, taken);
    if (!dueAt) return ended(ground, { steps, notices });
    if (dueAt > ground.now)
      return { ladderStartedAt: episode.ladderStartedAt, ladderStepsTaken: taken, nextStepAt: dueAt, unreached: false, steps, notices };
    const reached = nextReachable(ground, taken);
    if (!reached) return cannotGoOn(ground, taken, { steps, notices });
    for (let index = taken; index < reached.index; index++) steps.push(line(ground, say.movedOn(route, index)));
    const reason = say.told(route, reached, { named: namedAt(ground, reached.index), at: ground.now });
    steps.push(line(ground, reason));
    notices.push(draft(ground, reached.index, reached.unit, reason));
    taken = reached.index + 1;
  }
}

/** When step `index` of the running ladder is due; null: there is no such step. */
function stepDueAt(ground: Ground, index: number): Date | null {
  const planned = plannedAt(ground, index);
  return planned && new Date(planned.getTime() - broughtForwardMs(ground));
}

/**
 * How much earlier than its route says the rest of a grave ladder runs. Its next step is brought forward by `nextStepAt` alone: the beginning
 * of the ladder names it and says which route it is on, so that it stays where it is.
 */
function broughtForwardMs(ground: Ground): number {
  const { ladderStepsTaken, nextStepAt } = ground.episode;
  if (!isUrgent(ground.route) || ladderStepsTaken === 0 || nextStepAt === null) return 0;
  const planned = plannedAt(ground, ladderStepsTaken);
  return planned ? Math.max(0, planned.getTime() - nextStepAt.getTime()) : 0;
}

/** When step `index` is due by its route. */
function plannedAt({ episode, route, owner }: Ground, index: number): Date | null {
  const step = route.ladder[index];
  if (!step) return null;
  const startedAt = episode.ladderStartedAt;
  const plain = new Date(startedAt.getTime() + step.afterMin * MINUTE_MS);
  if (!waitsForHours(route, step) || !owner) return plain;
  if (step.serviceDays !== undefined) return endOfServiceDay(owner, startedAt, step.serviceDays) ?? plain;
  // The first step is being on the worklist: that needs nobody to be there.
  return step.afterMin === 0 ? plain : (addOpenMinutes(owner, startedAt, step.afterMin) ?? plain);
}

/** What is red or critical never waits for opening hours, whatever a pathway says. */
const isUrgent = ({ severity }: Pick<Route, 'severity'>): boolean => isWorse(severity, 'yellow');
const waitsForHours = (route: Route, step: LadderStep): boolean => step.openingHoursClock && !isUrgent(route);

/** The first step from `index` on that somebody can take now. */
function nextReachable(ground: Ground, from: number): { readonly index: number; readonly unit: Unit } | null {
  for (let index = from; index < ground.route.ladder.length; index++) {
    const unit = unitFor(ground, index);
    if (unit) return { index, unit };
  }
  return null;
}

/** The unit that takes a step: the first staffed of those it calls, or just the first when it waits for opening hours. */
function unitFor(ground: Ground, index: number): Unit | undefined {
  const called = calledBy(ground, index);
  const step = ground.route.ladder[index];
  return called.find((unit) => isStaffed(unit, ground.now)) ?? (step && waitsForHours(ground.route, step) ? called[0] : undefined);
}

/**
 * Whom a step calls, in the order it tries them: the units of its level; the first step before them the unit that treatment limits name, which
 * may not own what it did not open with, and the owner.
 */
export function calledBy(ground: Pick<Ground, 'route' | 'team' | 'owner' | 'now'>, index: number): readonly Unit[] {
  const { route, team, owner } = ground;
  const step = route.ladder[index];
  if (!step) return [];
  const units = unitsOfStep(step, team);
  return index === 0 ? [namedAt(ground, index)?.unit ?? [], owner ?? [], units].flat() : units;
}

/** The unit that treatment limits name, at the step at which they are asked: the first. */
function namedAt({ route, team, now }: Pick<Ground, 'route' | 'team' | 'now'>, index: number): NamedUnit | null {
  return index === 0 ? namedUnitAt(team, route.severity, now) : null;
}

/** The units of a team that a ladder step calls, first choice first; its first step calls the owner before them. */
export function unitsOfStep({ careLevel }: Pick<LadderStep, 'careLevel'>, team: Team): Unit[] {
  if (careLevel !== 'responsible') return unitsInOrder(team, [careLevel]);
  const responsible = unitsInOrder(team, ['responsible']);
  return responsible.length > 0 ? responsible : unitsInOrder(team, ['gp']);
}

/** Nobody on the rest of the ladder can be told now. */
function cannotGoOn(ground: Ground, taken: number, so: Told): Climb {
  const { episode, route, now } = ground;
  const everybody = everybodyOn(ground);
  const standing = everybody.find((unit) => isStaffed(unit, now)) ?? (isUrgent(route) ? undefined : everybody[0]);
  if (standing) {
    const skipped = route.ladder.slice(taken).map((_, offset) => line(ground, say.movedOn(route, taken + offset)));
    const last = draft(ground, route.ladder.length, standing, say.ENDED);
    return ended(ground, { steps: [...so.steps, ...skipped, line(ground, say.ENDED)], notices: [...so.notices, last] });
  }
  // The hours of another route have come since this ladder began: it begins again on that one.
  const fresh = onRoute(ground, { ...episode, ladderStartedAt: now, ladderStepsTaken: 0 });
  if (fresh.route !== route) return climbFrom(fresh, so);
  const next = firstStaffed(ground);
  const at = next?.at ?? triedAgainAt(episode.openedAt, now);
  const { zone } = ground.team;
  const steps = [...so.steps, line(ground, next ? say.beginsAgain(next.unit, at, zone) : say.nobodyKnown(at, zone))];
  return { ladderStartedAt: at, ladderStepsTaken: 0, nextStepAt: at, unreached: isUrgent(route), steps, notices: so.notices };
}

function everybodyOn(ground: Ground): Unit[] {
  const { owner, team, route } = ground;
  return [...new Set([namedAt(ground, 0)?.unit ?? [], owner ?? [], ...route.ladder.map((step) => unitsOfStep(step, team))].flat())];
}

/** When a ladder that only waits is tried again, a whole number of days after its episode opened: the same moment however many looks ask. */
export function triedAgainAt(openedAt: Date, now: Date): Date {
  const days = Math.floor((now.getTime() - openedAt.getTime()) / TRY_AGAIN_MS) + 1;
  return new Date(openedAt.getTime() + Math.max(days, 1) * TRY_AGAIN_MS);
}

/** Hours of routes looked through for somebody who is staffed: some weeks of days and nights. */
const CHANGES_SEARCHED = 60;

/** Who is staffed first on the route of that hour, and when. */
function firstStaffed(ground: Ground): { readonly unit: Unit; readonly at: Date } | null {
  const { pathway, episode, team } = ground;
  let from = ground.now;
  for (let searched = 0; searched < CHANGES_SEARCHED; searched++) {
    const next = firstOf(everybodyOn({ ...ground, route: routeOf(pathway, episode.severity, team, from), now: from }), from);
    const changesAt = nextChangeOfRoute(pathway, episode.severity, team.zone, from);
    if (changesAt === null || (next && next.at < changesAt)) return next;
    from = changesAt;
  }
  return null;
}

function firstOf(units: readonly Unit[], from: Date): { readonly unit: Unit; readonly at: Date } | null {
  return units
    .map((unit) => ({ unit, at: nextStaffed(unit, from) }))
    .reduce<{ unit: Unit; at: Date } | null>((best, { unit, at }) => (at && (!best || at < best.at) ? { unit, at } : best), null);
}

/** The ladder has come to its end; unless somebody acknowledges, it begins again. */
function ended({ episode, route, owner, now }: Ground, so: Told): Climb {
  const again = new Date(now.getTime() + (route.acknowledgementMin ?? defaultMinutes(route.severity)) * MINUTE_MS);
  const nextStepAt = isUrgent(route) || !owner ? again : (nextStaffed(owner, again) ?? again);
  return {
    ladderStartedAt: episode.ladderStartedAt,
    ladderStepsTaken: route.ladder.length,
    nextStepAt,
    unreached: false,
    steps: so.steps,
    notices: so.notices,
  };
}

function defaultMinutes(severity: Route['severity']): number {
  const known = DEFAULT_PATHWAY.routes.find((route) => route.severity === severity)?.acknowledgementMin;
  if (!known) throw new RangeError(`the default pathway has no acknowledgement of ${severity}`);
  return known;
}

/** The look has found the ladder as the one before left it; that nobody is staffed has been said then. */
function isSame(episode: Episode, { ladderStartedAt, ladderStepsTaken, nextStepAt }: Climb): boolean {
  return (
    ladderStepsTaken === episode.ladderStepsTaken &&
    ladderStartedAt.getTime() === episode.ladderStartedAt.getTime() &&
    nextStepAt?.getTime() === episode.nextStepAt?.getTime()
  );
}

function line({ now }: Pick<Ground, 'now'>, reason: Words): EpisodeStep {
  return { at: now, kind: 'escalated', byPersonId: null, reason };
}

function draft({ episode, now }: Ground, index: number, unit: Unit, text: Words): NoticeDraft {
  return { key: ladderStepKey(episode, index), cause: 'escalated', severity: episode.severity, unitId: unit.id, at: now, text };
}

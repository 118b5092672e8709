import { isWorse } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import { calledBy } from './ladder.js';
import { isOpen, nextOpening } from './opening-hours.js';
import { routeOf } from './owner.js';
import type { Pathway, Route } from './pathway.js';
import { chainEdges, isExpected, type Period } from './preflight-edges.js';
import { walkLadder, type Call, type Chain, type Walk } from './preflight-walk.js';
import { isStaffed, onDuty } from './reach.js';
import { taskOwner } from './task-owner.js';
import { namedUnitAt } from './treatment-limits.js';
import type { CareLevel, Team, Unit } from './unit.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What waits for opening hours longer than this has been forgotten. */
const WAITS_MAX_MS = 14 * DAY_MS;

/** A contact that nobody has answered a test message on for this long counts as untested, until a community agrees otherwise. */
export const CONTACT_TESTED_DAYS = 180;

/**
 * What a step can find instead of somebody: a unit that is open, or on call at this hour in other weeks, with nobody on its roster; somebody
 * on call who is only reached by a contact no one has tested; every level that is left closed; a unit with no clinicians; a team with no
 * unit at the level.
 */
export type HoleProblem = 'nobody_on_duty' | 'untested_contact' | 'closed_level' | 'empty_unit' | 'no_unit';

/** The people a unit has, whether on duty or not. */
export interface Staff {
  /** Those who work for it, may sign in and may act on episodes. */
  readonly people: number;
  /** Those of them who lead it. */
  readonly leads: number;
}

/** What is known beside the chain itself. */
export interface Known {
  /** By unit id; a unit that is not named is taken to have people. */
  readonly staff: ReadonlyMap<number, Staff>;
  readonly contactTestedDays: number;
}

/** A stretch of time in which one step of one chain finds nobody. */
export interface Hole {
  readonly fromAt: Date;
  /** Not part of it. */
  readonly toAt: Date;
  readonly severity: Severity;
  readonly step: { readonly number: number; readonly of: number; readonly name: string };
  readonly problem: HoleProblem;
  readonly careLevel: CareLevel | 'responsible';
  /** The unit that has the hole; null: the team has none at the level. */
  readonly unitId: number | null;
  /** Whose team lead must see to it; null: the team has no unit that can. */
  readonly leadUnitId: number | null;
}

/** One patient's chain of one severity, and what is known beside it. */
export interface PreflightChain extends Chain {
  readonly known: Known;
}

interface Ground extends PreflightChain {
  /** What has been walked already, by beginning. */
  readonly met: Map<number, Met>;
}

/** One step that finds nobody at one moment. */
interface Fault {
  readonly atMs: number;
  readonly index: number;
  readonly of: number;
  readonly name: string;
  readonly problem: HoleProblem;
  readonly careLevel: CareLevel | 'responsible';
  readonly unitId: number | null;
  readonly ownerId: number | null;
}

/**
 * Every hole in one patient's chains during a period: what an episode that began then would meet at each step of its ladder if nobody
 * acknowledged it. What the community has decided beforehand is none: yellow waits for opening hours, a level that is closed is passed
 * over while a later one is staffed, and a route that says so ends with emergency advice to the patient. Equal holes are one stretch.
 */
export function findHoles(pathway: Pathway, team: Team, period: Period, known: Known): Hole[] {
  const holes = SEVERITIES.flatMap((severity) => findSeverityHoles({ pathway, team, severity, known }, period));
  return holes.sort((a, b) => a.fromAt.getTime() - b.fromAt.getTime() || a.step.number - b.step.number);
}

/** Those of one severity: some tens of milliseconds of work, between which others can be let in. */
export function findSeverityHoles(chain: PreflightChain, period: Period): Hole[] {
  const edges = chainEdges(chain, period, chain.known.contactTestedDays);
  const ground: Ground = { ...chain, met: new Map() };
  const pieces: Piece[] = [];
  for (let index = 0; index + 1 < edges.starts.length; index++) {
    const [from, to] = [edges.starts[index], edges.starts[index + 1]];
    if (from !== undefined && to !== undefined) pieces.push(...piecesBetween(ground, edges.all, { from, to }));
  }
  return joined(pieces, period).map((piece) => toHole(ground, piece));
}

/** A fault that lasts. */
interface Piece extends Fault {
  readonly toMs: number;
}

/** A stretch of moments when an episode may begin, in milliseconds. */
interface Starts {
  readonly from: number;
  readonly to: number;
}

/**
 * What episodes that begin in this stretch meet. Nothing can differ within it but where a clock that stands still at night comes past an
 * edge: then it is halved until both ends meet the same.
 */
function piecesBetween(ground: Ground, edges: readonly number[], { from, to }: Starts): Piece[] {
  const first = metAt(ground, from);
  if (!first.waits) return first.faults.map((fault) => ({ ...fault, toMs: fault.atMs + (to - from) }));
  const last = metAt(ground, to - 1);
  if (to - from <= MINUTE_MS || (isSame(first, last) && !passesEdge(edges, first, last))) {
    // A turn moves at most as far as its beginning, but for the night it is carried over.
    return first.faults.map((fault, index) => {
      const lastMs = Math.min(last.faults[index]?.atMs ?? fault.atMs, fault.atMs + (to - 1 - from));
      return { ...fault, toMs: Math.max(fault.atMs, lastMs) + 1 };
    });
  }
  const middle = from + Math.ceil((to - from) / 2 / MINUTE_MS) * MINUTE_MS;
  return [...piecesBetween(ground, edges, { from, to: middle }), ...piecesBetween(ground, edges, { from: middle, to })];
}

/** What an episode that begins at one moment meets. */
interface Met {
  readonly faults: readonly Fault[];
  /** When each step had its turn. */
  readonly turns: readonly number[];
  /** A step waits for opening hours, so that its turn does not move with the beginning. */
  readonly waits: boolean;
}

function isSame(a: Met, b: Met): boolean {
  const text = ({ faults, turns }: Met) =>
    `${turns.length} ${faults.map(({ index, problem, unitId, ownerId }) => `${index} ${problem} ${unitId} ${ownerId}`).join()}`;
  return text(a) === text(b);
}

function passesEdge(edges: readonly number[], first: Met, last: Met): boolean {
  return first.turns.some((turn, index) => {
    const later = last.turns[index] ?? turn;
    return edges.some((edge) => edge > turn && edge <= later);
  });
}

function metAt(ground: Ground, startMs: number): Met {
  const known = ground.met.get(startMs);
  if (known) return known;
  const met = meet(ground, startMs);
  ground.met.set(startMs, met);
  return met;
}

function meet(ground: Ground, startMs: number): Met {
  const start = new Date(startMs);
  const { pathway, team, severity } = ground;
  const walk = walkLadder(ground, start);
  if (walk === null) return { faults: noOwner(routeOf(pathway, severity, team, start), startMs), turns: [], waits: false };
  const waits = walk.route.ladder.some(({ openingHoursClock }) => openingHoursClock);
  const faults = walk.calls.flatMap((call) => faultOfCall(ground, walk, call) ?? []);
  const turns = walk.calls.map(({ at }) => at.getTime());
  const end = faultOfEnd(ground, walk, faults);
  return { faults: end === null ? faults : [...faults, end], turns, waits };
}

function noOwner({ first, ladder }: Route, atMs: number): Fault[] {
  if (ladder.length === 0) return [];
  const careLevel = first.find((level): level is CareLevel => level !== 'responsible') ?? 'dho';
  const name = ladder[0]?.to ?? '';
  return [{ atMs, index: 0, of: ladder.length, name, problem: 'no_unit', careLevel, unitId: null, ownerId: null }];
}

/** What is wrong with one step that had its turn, or null. */
function faultOfCall({ team, known }: Ground, walk: Walk, call: Call): Fault | null {
  const named = call.index === 0 ? (namedUnitAt(team, walk.route.severity, call.at)?.unit ?? null) : null;
  // Others are reached in its place, but not as a physician has decided.
  if (named !== null && named !== call.unit && isExpected(named, call.at)) return missing(named, walk, { call, known });
  if (call.unit !== null) {
    const isWaiting = !isWorse(walk.route.severity, 'yellow') && !isOpen(call.unit, call.at) && !isEmpty(call.unit, known);
    const problem = isWaiting ? problemOfWaiting(call.unit, call.at) : problemOfTold(call.unit, call.at, known);
    return problem && faultOf(walk, call, { problem, unit: call.unit });
  }
  const missed = calledBy({ ...walk, team, now: call.at }, call.index).find((unit) => isExpected(unit, call.at));
  return missed ? missing(missed, walk, { call, known }) : null;
}

function missing(unit: Unit, walk: Walk, { call, known }: { readonly call: Call; readonly known: Known }): Fault {
  return faultOf(walk, call, { problem: isEmpty(unit, known) ? 'empty_unit' : 'nobody_on_duty', unit });
}

function problemOfTold(unit: Unit, at: Date, known: Known): HoleProblem | null {
  if (isEmpty(unit, known)) return 'empty_unit';
  if (!isStaffed(unit, at)) return 'nobody_on_duty';
  return isTold(unit, at, known.contactTestedDays) ? null : 'untested_contact';
}

/** What is no graver than yellow, on the worklist of a unit that is closed, waits for opening hours as agreed, unless they never come. */
function problemOfWaiting(unit: Unit, at: Date): HoleProblem | null {
  const opens = nextOpening(unit, at);
  return opens === null || opens.getTime() - at.getTime() > WAITS_MAX_MS ? 'closed_level' : null;
}

/** Somebody sits at the worklist, or somebody on call has a contact that was tested lately: their own, or the unit's. */
function isTold(unit: Unit, at: Date, testedDays: number): boolean {
  if (unit.duty === null) return true;
  const now = onDuty(unit, at);
  if (now.some(({ kind }) => kind === 'shift')) return true;
  const since = at.getTime() - testedDays * DAY_MS;
  const called = new Set(now.map(({ personId }) => personId));
  return unit.contacts.some(
    ({ personId, testedAt }) => testedAt !== null && testedAt.getTime() > since && (personId === null || called.has(personId)),
  );
}

/**
 * Nobody at all was left to tell, and nothing else says why. It is said of one step, whichever the ladder had come to: the last that calls
 * somebody on call, else the last that calls a unit, else the end.
 */
function faultOfEnd({ team }: Ground, walk: Walk, faults: readonly Fault[]): Fault | null {
  const left = walk.calls.filter(({ unreached }) => unreached);
  const [at] = left.map((call) => call.at);
  if (at === undefined || left.some(({ index }) => faults.some((fault) => fault.index === index))) return null;
  if (walk.route.endsWithAdvice === true) return null;
  const called = walk.route.ladder.flatMap((_, index) => calledBy({ ...walk, team, now: at }, index).map((unit) => ({ unit, index })));
  const onCall = called.findLast(({ unit }) => unit.duty?.some(({ kind }) => kind === 'on_call') ?? false);
  const closed = onCall ?? called.findLast(({ index, unit }) => index > 0 || unit === walk.owner);
  const index = closed?.index ?? walk.route.ladder.length - 1;
  const problem = onCall ? 'nobody_on_duty' : closed ? 'closed_level' : 'no_unit';
  return faultOf(walk, { index, at }, { problem, unit: closed?.unit ?? null });
}

function isEmpty({ id }: Unit, known: Known): boolean {
  return known.staff.get(id)?.people === 0;
}

function faultOf(
  { owner, route }: Walk,
  { index, at }: Pick<Call, 'index' | 'at'>,
  { problem, unit }: { readonly problem: HoleProblem; readonly unit: Unit | null },
): Fault {
  const step = route.ladder[index];
  const careLevel = unit?.careLevel ?? step?.careLevel ?? owner.careLevel;
  const name = step?.to ?? '';
  return { atMs: at.getTime(), index, of: route.ladder.length, name, problem, careLevel, unitId: unit?.id ?? null, ownerId: owner.id };
}

const sameHole = ({ index, of, name, problem, careLevel, unitId }: Fault): string =>
  `${index}/${of} ${name} ${problem} ${careLevel} ${unitId}`;

/** Equal pieces that touch are one; what lies outside the period is cut off. */
function joined(pieces: readonly Piece[], { from, to }: Period): Piece[] {
  const groups = new Map<string, { atMs: number; toMs: number; piece: Piece }[]>();
  for (const piece of [...pieces].sort((a, b) => a.atMs - b.atMs)) {
    const [atMs, toMs] = [Math.max(piece.atMs, from.getTime()), Math.min(piece.toMs, to.getTime())];
    if (toMs <= atMs) continue;
    const key = sameHole(piece);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    const last = group.at(-1);
    // Pieces of a clock that stands still are known to the minute.
    if (last && atMs - last.toMs <= MINUTE_MS) last.toMs = Math.max(last.toMs, toMs);
    else group.push({ atMs, toMs, piece });
  }
  return [...groups.values()].flatMap((group) => group.map(({ atMs, toMs, piece }) => ({ ...piece, atMs, toMs })));
}

function toHole({ team, severity, known }: Ground, piece: Piece): Hole {
  const { atMs, toMs, index, of, name, problem, careLevel, unitId } = piece;
  const step = { number: index + 1, of, name };
  const leadUnitId = leadOf(team, known, piece);
  return { fromAt: new Date(atMs), toAt: new Date(toMs), severity, step, problem, careLevel, unitId, leadUnitId };
}

/**
 * The unit whose team lead can mend it: the unit itself for its own roster and contacts; for an end of the chain that is closed or missing,
 * the one that would own the episode. Where that has no team lead, the first of the team that has one.
 */
function leadOf(team: Team, { staff }: Known, { problem, unitId, ownerId }: Fault): number | null {
  const isOwn = problem === 'nobody_on_duty' || problem === 'untested_contact' || problem === 'empty_unit';
  const wanted = [isOwn ? unitId : ownerId, ownerId, taskOwner(team, 'team_lead')].filter((id) => id !== null);
  const members = team.units.map(({ id }) => id).filter((id) => !team.guestUnitIds.includes(id));
  const led = [...wanted, ...members].find((id) => (staff.get(id)?.leads ?? 1) > 0);
  return led ?? wanted[0] ?? null;
}

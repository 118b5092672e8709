import {
  gatherHoles,
  preflightTask,
  PREFLIGHT_TASK,
  problemKey,
  type GatheredHole,
  type HoleProblem,
  type HoleStep,
  type LadderStep,
  type Pathway,
  type Staff,
  type Team,
  type WalkedChain,
} from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { SEEING } from '../episodes/visibility.js';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { readTeams } from '../looks/teams-read.js';
import { LOCK_IDS } from '../server/lock-ids.js';
import { IS_SELF_TEST } from './is-self-test.js';
import { isClinician } from './people.js';

const DAY_MS = 86_400_000;
/** How far ahead chains are walked. */
export const PREFLIGHT_DAYS = 14;
/** A task that a person has closed is not raised again for so long ... */
const RESTS_MS = 7 * DAY_MS;
/** ... unless something that was not known then begins within this time. */
const NEAR_MS = 3 * DAY_MS;

/** A version of a pathway and when it comes into force. */
export interface PathwayInForce {
  readonly pathway: Pathway;
  readonly from: Date;
}

/** Everything all chains are made of, as it was at one moment. */
export interface PreflightMaterial {
  readonly readAt: Date;
  /** Changes that it includes. */
  readonly dueIds: readonly string[];
  /** Patients who are followed, with their teams. */
  readonly teams: ReadonlyMap<number, Team>;
  /** Versions in force, or coming into force within the period, of each patient's pathway; by beginning. */
  readonly pathways: ReadonlyMap<number, readonly PathwayInForce[]>;
  readonly staff: ReadonlyMap<number, Staff>;
}

/** Whether something has changed since chains were walked. */
export async function isPreflightDue(tx: EntityManager): Promise<boolean> {
  const rows = await tx.query<unknown[]>(`select 1 from preflight_due limit 1`);
  return rows.length > 0;
}

/** Reads what all chains are made of, in a handful of statements. Ask it in one REPEATABLE READ transaction. @param patientIds null: all who are followed */
export async function readPreflightMaterial(
  tx: EntityManager,
  patientIds: readonly number[] | null,
  now: Date,
): Promise<PreflightMaterial> {
  const due = await tx.query<{ id: string }[]>(`select id from preflight_due order by id`);
  const patients = await tx.query<{ id: number; pathway_id: number }[]>(
    `select id, pathway_id from patient where not ${IS_SELF_TEST}
       and ($1::int[] is null or id = any($1)) and (monitored_to is null or monitored_to > $2) order by id`,
    [patientIds, now],
  );
  const until = new Date(now.getTime() + PREFLIGHT_DAYS * DAY_MS);
  const versions = await tx.query<(PathwayRow & { in_force_from: Date })[]>(
    `select ${PATHWAY_COLUMNS}, p.in_force_from from pathway p
     where p.id = any($1::int[]) and p.in_force_from <= $3
       and p.version >= (select coalesce(max(o.version), 0) from pathway o where o.id = p.id and o.in_force_from <= $2)
     order by p.id, p.in_force_from, p.version`,
    [[...new Set(patients.map((row) => row.pathway_id))], now, until],
  );
  const inForce = new Map<number, PathwayInForce[]>();
  for (const { in_force_from: from, ...row } of versions)
    inForce.set(row.id, [...(inForce.get(row.id) ?? []), { pathway: toPathway(row), from }]);
  const teams = await readTeams(
    tx,
    patients.map(({ id }) => id),
    now,
  );
  return {
    readAt: now,
    dueIds: due.map(({ id }) => id),
    teams,
    pathways: new Map(patients.map((row) => [row.id, inForce.get(row.pathway_id) ?? []])),
    staff: await readStaff(tx),
  };
}

async function readStaff(tx: EntityManager): Promise<Map<number, Staff>> {
  const rows = await tx.query<{ id: number; people: number; leads: number }[]>(
    `select u.id, count(p.id)::int as people, (count(p.id) filter (where 'team_lead' = any(p.roles)))::int as leads
     from unit u left join person_unit w on w.unit_id = u.id left join person p on p.id = w.person_id and ${isClinician('p')} group by u.id`,
  );
  return new Map(rows.map(({ id, people, leads }) => [id, { people, leads }]));
}

/** What a walk through all chains has found. */
export interface PreflightWalk {
  readonly readAt: Date;
  readonly dueIds: readonly string[];
  readonly chains: readonly WalkedChain[];
}

/**
 * Keeps what a walk found, in place of what was found before, and makes the tasks of team leads say it: raised, put in other words, settled.
 * A walk that knows less than the kept one is thrown away. @returns whether it was kept
 */
export async function savePreflight(tx: EntityManager, { readAt, dueIds, chains }: PreflightWalk, now: Date): Promise<boolean> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK_IDS.preflight]);
  const kept = await tx.query<unknown[]>(
    `insert into preflight_walk (read_at) values ($1) on conflict (only_row) do update set read_at = excluded.read_at
     where preflight_walk.read_at <= excluded.read_at returning 1`,
    [readAt],
  );
  if (kept.length === 0) return false;
  const before = await readHoleRows(tx, null);
  const ahead = gatherHoles(chains).filter(({ toAt }) => toAt > readAt);
  const holes = ahead.map((hole) => ({ ...hole, foundAt: foundBefore(before, hole) ?? now }));
  await saveHoles(tx, before, holes);
  await saveTasks(tx, holes, now);
  await tx.query(`delete from preflight_due where id = any($1::bigint[])`, [dueIds]);
  return true;
}

/** A hole as it is kept. */
interface FoundHole extends GatheredHole {
  readonly foundAt: Date;
}

interface HoleRow {
  lead_unit_id: number;
  unit_id: number | null;
  care_level: LadderStep['careLevel'];
  problem: HoleProblem;
  from_at: Date;
  to_at: Date;
  steps: HoleStep[];
  patient_ids: number[];
  found_at: Date;
}

async function readHoleRows(tx: EntityManager, unitIds: readonly number[] | null): Promise<FoundHole[]> {
  const rows = await tx.query<HoleRow[]>(
    `select lead_unit_id, unit_id, care_level, problem, from_at, to_at, steps, patient_ids, found_at from preflight_hole
     where $1::int[] is null or lead_unit_id = any($1) or unit_id = any($1) order by from_at, id`,
    [unitIds],
  );
  return rows.map((row) => ({
    leadUnitId: row.lead_unit_id,
    unitId: row.unit_id,
    careLevel: row.care_level,
    problem: row.problem,
    fromAt: row.from_at,
    toAt: row.to_at,
    steps: row.steps,
    patientIds: row.patient_ids,
    foundAt: row.found_at,
  }));
}

const isSameProblem = (a: GatheredHole, b: GatheredHole): boolean => a.leadUnitId === b.leadUnitId && problemKey(a) === problemKey(b);

/** When a stretch that this one overlaps was found first. */
function foundBefore(before: readonly FoundHole[], hole: GatheredHole): Date | null {
  const known = before.filter((each) => isSameProblem(each, hole) && each.fromAt < hole.toAt && each.toAt > hole.fromAt);
  return known.reduce<Date | null>((first, { foundAt }) => (first === null || foundAt < first ? foundAt : first), null);
}

async function saveHoles(tx: EntityManager, before: readonly FoundHole[], holes: readonly FoundHole[]): Promise<void> {
  const texts = (list: readonly FoundHole[]) => JSON.stringify(list.map((hole) => JSON.stringify(hole)).sort());
  if (texts(before) === texts(holes)) return;
  await tx.query(`delete from preflight_hole`);
  await tx.query(
    `insert into preflight_hole (lead_unit_id, unit_id, care_level, problem, from_at, to_at, steps, patient_ids, found_at)
     select (h->>'leadUnitId')::int, (h->>'unitId')::int, h->>'careLevel', h->>'problem', (h->>'fromAt')::timestamptz, (h->>'toAt')::timestamptz,
       h->'steps', array(select jsonb_array_elements_text(h->'patientIds')::int), (h->>'foundAt')::timestamptz
     from jsonb_array_elements($1::jsonb) with ordinality as each (h, place) order by place`,
    [JSON.stringify(holes)],
  );
}

interface TaskRow {
  unit_id: number;
  key: string;
  state: string;
  closed_at: Date | null;
  reason_nb: string;
  due_at: Date | null;
}

/** One open task per lead and problem that says what there is now; what is in order is settled. */
async function saveTasks(tx: EntityManager, holes: readonly FoundHole[], now: Date): Promise<void> {
  const groups = new Map<string, [FoundHole, ...FoundHole[]]>();
  for (const hole of holes) {
    const key = `${hole.leadUnitId} ${problemKey(hole)}`;
    const group = groups.get(key);
    if (group) group.push(hole);
    else groups.set(key, [hole]);
  }
  const units = await readUnitNames(tx, holes);
  const rows = await tx.query<TaskRow[]>(
    `select distinct on (unit_id, key) unit_id, key, state, closed_at, reason_nb, due_at from task
     where kind = $1 and patient_id is null order by unit_id, key, raised_at desc, id desc`,
    [PREFLIGHT_TASK],
  );
  const known = new Map(rows.map((row) => [`${row.unit_id} ${row.key}`, row]));
  for (const [key, group] of groups) await saveTaskOf(tx, group, { known: known.get(key), units, now });
  for (const [key, { unit_id: unitId, key: taskKey, state }] of known) {
    if (state !== 'open' || groups.has(key)) continue;
    await tx.query(
      `update task set state = 'settled', closed_at = $3 where unit_id = $1 and key = $2 and patient_id is null and state = 'open'`,
      [unitId, taskKey, now],
    );
  }
}

interface UnitName {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
}

async function readUnitNames(tx: EntityManager, holes: readonly FoundHole[]): Promise<Map<number, UnitName>> {
  const ids = [...new Set(holes.flatMap(({ leadUnitId, unitId }) => [leadUnitId, unitId ?? leadUnitId]))];
  const rows = await tx.query<UnitName[]>(`select id, name, zone from unit where id = any($1::int[])`, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

async function saveTaskOf(
  tx: EntityManager,
  holes: readonly [FoundHole, ...FoundHole[]],
  { known, units, now }: { readonly known: TaskRow | undefined; readonly units: ReadonlyMap<number, UnitName>; readonly now: Date },
): Promise<void> {
  const [{ leadUnitId, unitId }] = holes;
  const place = unitId === null ? null : (units.get(unitId) ?? null);
  const zone = (place ?? units.get(leadUnitId))?.zone ?? 'Europe/Oslo';
  const task = preflightTask(holes, { unitName: place?.name ?? null, zone });
  if (known?.state === 'open') {
    if (known.reason_nb === task.reason.nb && known.due_at?.getTime() === task.dueAt?.getTime()) return;
    await tx.query(
      `update task set reason_nb = $3, reason_en = $4, due_at = $5 where unit_id = $1 and key = $2 and patient_id is null and state = 'open'`,
      [leadUnitId, task.key, task.reason.nb, task.reason.en, task.dueAt],
    );
    return;
  }
  if (known?.closed_at && rests(known, known.closed_at, holes, now)) return;
  await tx.query(
    `insert into task (patient_id, unit_id, for_role, key, kind, rule_id, reason_nb, reason_en, due_at, raised_at, by_look)
     values (null, $1, $2, $3, $4, null, $5, $6, $7, $8, false) on conflict do nothing`,
    [leadUnitId, task.forRole, task.key, task.kind, task.reason.nb, task.reason.en, task.dueAt, now],
  );
}

/** A person has said a short while ago that it is done or need not be, and nothing near has come since. */
function rests({ state }: TaskRow, closedAt: Date, holes: readonly FoundHole[], now: Date): boolean {
  if (state === 'settled' || now.getTime() - closedAt.getTime() >= RESTS_MS) return false;
  return !holes.some(({ foundAt, fromAt }) => foundAt > closedAt && fromAt.getTime() - now.getTime() < NEAR_MS);
}

/** A hole on the list of a person. */
export interface PreflightHole {
  readonly leadUnitId: number;
  readonly leadUnit: string;
  readonly unitId: number | null;
  readonly unit: string | null;
  readonly careLevel: LadderStep['careLevel'];
  readonly problem: HoleProblem;
  readonly fromAt: Date;
  readonly toAt: Date;
  readonly steps: readonly HoleStep[];
  /** IANA zone the unit's hours are written in. */
  readonly zone: string;
  readonly foundAt: Date;
  /** How many patients it concerns. */
  readonly patientCount: number;
  /** Those of them the person may see, by id. */
  readonly patients: readonly { readonly id: number; readonly name: string }[];
}

/** Which holes; null does not narrow. */
export interface PreflightQuestion {
  readonly unitId: number | null;
  readonly patientId: number | null;
}

interface ListedRow extends HoleRow {
  lead_unit: string;
  unit: string | null;
  zone: string;
  patients: { id: number; name: string }[];
}

/** The holes of the next 14 days that the last walk found, of units of the person or of patients the person may see; by beginning. */
export async function readPreflight(
  manager: EntityManager,
  viewer: { readonly unitIds: readonly number[] },
  { unitId, patientId }: PreflightQuestion,
  now: Date,
): Promise<{ readonly walkedAt: Date | null; readonly holes: PreflightHole[] }> {
  const [walk] = await manager.query<{ read_at: Date }[]>(`select read_at from preflight_walk`);
  const rows = await manager.query<ListedRow[]>(
    // Who sees whom is asked once, not for each patient of each hole: one hole may concern everybody a unit follows.
    `with seen as materialized (
       select p.id, p.name from patient p
       where p.id in (select patient_id from ${SEEING} seeing where unit_id = any($1::int[]))
     ), named as (
       select h.id, json_agg(json_build_object('id', seen.id, 'name', seen.name) order by seen.id) as list
       from preflight_hole h cross join unnest(h.patient_ids) as concerned (id) join seen on seen.id = concerned.id
       where h.to_at > $4 group by h.id
     )
     select h.*, l.name as lead_unit, u.name as unit, coalesce(u.zone, l.zone) as zone, coalesce(named.list, '[]') as patients
     from preflight_hole h join unit l on l.id = h.lead_unit_id left join unit u on u.id = h.unit_id left join named on named.id = h.id
     where (h.lead_unit_id = any($1::int[]) or h.unit_id = any($1::int[]) or named.list is not null)
       and ($2::int is null or h.lead_unit_id = $2 or h.unit_id = $2)
       and ($3::int is null or $3 = any(h.patient_ids) and exists (select from seen where id = $3))
       and h.to_at > $4
     order by h.from_at, h.id`,
    [viewer.unitIds, unitId, patientId, now],
  );
  return { walkedAt: walk?.read_at ?? null, holes: rows.map(toListed) };
}

function toListed(row: ListedRow): PreflightHole {
  return {
    leadUnitId: row.lead_unit_id,
    leadUnit: row.lead_unit,
    unitId: row.unit_id,
    unit: row.unit,
    careLevel: row.care_level,
    problem: row.problem,
    fromAt: row.from_at,
    toAt: row.to_at,
    steps: row.steps,
    zone: row.zone,
    foundAt: row.found_at,
    patientCount: row.patient_ids.length,
    patients: row.patients,
  };
}

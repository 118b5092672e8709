import type { CarePlan, Enrolment, Pause, PersonalLimit, Programme, ScheduledMeasurement } from '@varde/plans';
import type { CareLevel, OpeningHours, Pathway, Route, Team, Unit } from '@varde/routing';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** What has ended before this is not read: a look judges days, a preview of a limit 90 days, never the whole history. */
const ENDED_DAYS_MAX = 100;
/** Closed episodes younger than this may come back (72 h, and 72 h more for late readings) on the pathway they were frozen with. */
const REOPEN_DAYS = 7;
const DAY_MS = 86_400_000;

/** A care plan with the version a watcher may keep it under: it rises with every change of plan or team. */
export interface VersionedPlan {
  readonly planVersion: number;
  readonly plan: CarePlan;
  readonly communityId: number;
  readonly pathwayId: number;
}

/** Everything agreed about one patient, as a look needs it. */
export interface Agreed extends VersionedPlan {
  readonly team: Team;
  /** The pathway in force now, for new episodes; null: none is, and this patient cannot be judged. */
  readonly pathway: Pathway | null;
  /** The version an episode was frozen with; null when no open or lately closed episode of the patients asked for runs on it. */
  readonly frozenPathway: (id: number, version: number) => Pathway | null;
}

interface PlanRow {
  id: number;
  community_id: number;
  plan_version: number;
  zone: string;
  pathway_id: number;
  enrolments: { programme: Programme; from: string; to: string | null }[] | null;
  limits: (Omit<PersonalLimit, 'setAt' | 'validFrom' | 'validTo'> & { setAt: string; validFrom: string; validTo: string | null })[] | null;
  schedule: { metric: Metric; atLocal: string; weekdays: number[]; from: string; to: string | null }[] | null;
  pauses: (Omit<Pause, 'from' | 'to'> & { from: string; to: string })[] | null;
}

const PLANS: Prepared = {
  name: 'varde_plans',
  text: `
  select p.id, p.community_id, p.plan_version, p.zone, p.pathway_id,
    e.list as enrolments, l.list as limits, s.list as schedule, z.list as pauses
  from patient p
  left join (
    select patient_id, json_agg(json_build_object('programme', programme, 'from', from_at, 'to', to_at) order by from_at, id) as list
    from enrolment where patient_id = any($1::int[]) and (to_at is null or to_at > $2) group by patient_id
  ) e on e.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'id', id, 'ruleId', rule_id, 'parameter', parameter, 'value', value, 'reason', reason, 'setByPersonId', set_by_person_id,
      'setAt', set_at, 'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by rule_id, parameter, version) as list
    from personal_limit where patient_id = any($1::int[]) and (valid_to is null or valid_to > $2) group by patient_id
  ) l on l.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'metric', metric, 'atLocal', at_local, 'weekdays', weekdays, 'from', from_at, 'to', to_at
    ) order by at_local, metric, id) as list
    from scheduled_measurement where patient_id = any($1::int[]) and (to_at is null or to_at > $2) group by patient_id
  ) s on s.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object('id', id, 'kind', kind, 'from', from_at, 'to', to_at, 'reason', reason) order by from_at, id) as list
    from pause where patient_id = any($1::int[]) and to_at > $2 and to_at > from_at group by patient_id
  ) z on z.patient_id = p.id
  where p.id = any($1::int[])`,
};

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text));

function toPlan(row: PlanRow): VersionedPlan {
  const enrolments: Enrolment[] = (row.enrolments ?? []).map((each) => ({
    programme: each.programme,
    from: new Date(each.from),
    to: instant(each.to),
  }));
  const limits: PersonalLimit[] = (row.limits ?? []).map((each) => ({
    ...each,
    setAt: new Date(each.setAt),
    validFrom: new Date(each.validFrom),
    validTo: instant(each.validTo),
  }));
  const schedule: ScheduledMeasurement[] = (row.schedule ?? []).map((each) => ({
    ...each,
    from: new Date(each.from),
    to: instant(each.to),
  }));
  const pauses: Pause[] = (row.pauses ?? []).map((each) => ({ ...each, from: new Date(each.from), to: new Date(each.to) }));
  return {
    planVersion: row.plan_version,
    communityId: row.community_id,
    pathwayId: row.pathway_id,
    plan: { patientId: row.id, zone: row.zone, enrolments, limits, unitLimits: [], references: [], pauses, schedule },
  };
}

/**
 * Care plans of these patients in one statement: what runs, and what ended in the last 100 days. Unknown ids are left out.
 * @returns by patient id
 */
export async function readCarePlans(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, VersionedPlan>> {
  const endedAfter = new Date(now.getTime() - ENDED_DAYS_MAX * DAY_MS);
  const rows = await queryPrepared<PlanRow>(tx, PLANS, [patientIds, endedAfter], patientIds.length);
  return new Map(rows.map((row) => [row.id, toPlan(row)]));
}

/** A unit's columns as `Unit` names them. */
export interface UnitRow {
  id: number;
  name: string;
  care_level: CareLevel;
  zone: string;
  opening_hours: OpeningHours[];
}

/** The unit a row of table `unit` holds. */
export function toUnit(row: UnitRow): Unit {
  return { id: row.id, name: row.name, careLevel: row.care_level, zone: row.zone, openingHours: row.opening_hours };
}

const TEAMS: Prepared = {
  name: 'varde_teams',
  text: 'select patient_id, array_agg(unit_id order by unit_id) as unit_ids from team_unit where patient_id = any($1::int[]) group by patient_id',
};
const UNITS: Prepared = {
  name: 'varde_units',
  text: 'select id, name, care_level, zone, opening_hours from unit where id = any($1::int[])',
};

/**
 * Teams of these patients in two statements; patients with the same unit share one `Unit`. A patient without a unit is left out.
 * @returns by patient id, units in order of their id
 */
export async function readTeams(tx: EntityManager, patientIds: readonly number[]): Promise<Map<number, Team>> {
  const teams = await queryPrepared<{ patient_id: number; unit_ids: number[] }>(tx, TEAMS, [patientIds], patientIds.length);
  const unitIds = [...new Set(teams.flatMap((each) => each.unit_ids))];
  const rows = await queryPrepared<UnitRow>(tx, UNITS, [unitIds], unitIds.length);
  const units = new Map(rows.map((row) => [row.id, toUnit(row)]));
  return new Map(
    teams.map((each) => [each.patient_id, { units: each.unit_ids.flatMap((id) => units.get(id) ?? []) }] satisfies [number, Team]),
  );
}

/** Pathways by id and version, and which of them is in force. */
export interface Pathways {
  /** The version in force of pathway `id`, or null. */
  readonly inForce: (id: number) => Pathway | null;
  readonly frozen: (id: number, version: number) => Pathway | null;
}

const PATHWAYS: Prepared = {
  name: 'varde_pathways',
  text: `
  with wanted as (
    select p.id, max(p.version) as version from pathway p
      where p.id in (select pathway_id from patient where id = any($1::int[])) and p.in_force_from <= $2 group by p.id
    union
    select e.pathway_id, e.pathway_version from episode_domain d join episode e on e.id = d.episode_id where d.patient_id = any($1::int[])
    union
    select e.pathway_id, e.pathway_version from episode e where e.patient_id = any($1::int[]) and e.closed_at > $3
  )
  select p.id, p.version, p.routes, p.in_force_from <= $2 as reached from wanted join pathway p using (id, version)`,
};

/** The pathways these patients follow at `now`, and those their open and lately closed episodes were frozen with; one statement. */
export async function readPathways(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Pathways> {
  const closedAfter = new Date(now.getTime() - REOPEN_DAYS * DAY_MS);
  const rows = await queryPrepared<{ id: number; version: number; routes: Route[]; reached: boolean }>(
    tx,
    PATHWAYS,
    [patientIds, now, closedAfter],
    patientIds.length,
  );
  const byVersion = new Map<string, Pathway>();
  const inForce = new Map<number, Pathway>();
  for (const { id, version, routes, reached } of rows) {
    const pathway: Pathway = { id, version, routes };
    byVersion.set(`${id}/${version}`, pathway);
    if (reached && version > (inForce.get(id)?.version ?? 0)) inForce.set(id, pathway);
  }
  return { inForce: (id) => inForce.get(id) ?? null, frozen: (id, version) => byVersion.get(`${id}/${version}`) ?? null };
}

/**
 * Everything agreed about these patients, in four statements however many they are. Unknown ids are left out.
 * @returns by patient id
 */
export async function readPlans(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Agreed>> {
  if (patientIds.length === 0) return new Map();
  const plans = await readCarePlans(tx, patientIds, now);
  const teams = await readTeams(tx, patientIds);
  const pathways = await readPathways(tx, patientIds, now);
  const agreed = new Map<number, Agreed>();
  for (const [id, plan] of plans) {
    const team = teams.get(id) ?? { units: [] };
    agreed.set(id, { ...plan, team, pathway: pathways.inForce(plan.pathwayId), frozenPathway: pathways.frozen });
  }
  return agreed;
}

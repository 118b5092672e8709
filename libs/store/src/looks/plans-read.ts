import { PREVIEW_DAYS, WARM_UP_DAYS } from '@varde/look';
import {
  keepToMeasuringDays,
  withPressureWeeks,
  type CarePlan,
  type Enrolment,
  type MeasuringDays,
  type Pause,
  type PersonalLimit,
  type PlanText,
  type Programme,
  type Reference,
  type ReviewDate,
  type RuleSwitch,
  type ScheduledMeasurement,
  type UnitLimit,
} from '@varde/plans';
import { teamOf, type Pathway, type Team } from '@varde/routing';
import type { Metric } from '@varde/vitals';
import type { DataSource, EntityManager } from 'typeorm';
import type { JsonTexts } from '../server/json-texts.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { together } from '../server/together.js';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from './pathway-rows.js';
import { readTeams } from './teams-read.js';

/** What has ended before this is not read: a look judges days, a preview the longest time, never the whole history. */
const ENDED_DAYS_MAX = PREVIEW_DAYS + WARM_UP_DAYS;
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
  birth_year: number | null;
  enrolments: { programme: Programme; from: string; to: string | null }[] | null;
  limits: (JsonTexts<Omit<PersonalLimit, 'nurseRange'>> & { nurseMin: number | null; nurseMax: number | null })[] | null;
  references: JsonTexts<Reference>[] | null;
  unit_limits: JsonTexts<UnitLimit>[] | null;
  rule_switches: JsonTexts<RuleSwitch>[] | null;
  schedule: { metric: Metric; atLocal: string; weekdays: number[]; from: string; to: string | null; onlyInEpisode: boolean }[] | null;
  pauses: (Omit<Pause, 'from' | 'to'> & { from: string; to: string })[] | null;
  texts: (JsonTexts<Omit<PlanText, 'text'>> & { nb: string; en: string })[] | null;
  measuring_days: JsonTexts<MeasuringDays>[] | null;
  review_dates: JsonTexts<ReviewDate>[] | null;
}

const PLANS: Prepared = {
  name: 'varde_plans',
  text: `
  select p.id, p.community_id, p.plan_version, p.zone, p.pathway_id, p.birth_year,
    e.list as enrolments, l.list as limits, s.list as schedule, z.list as pauses,
    r.list as references, u.list as unit_limits, w.list as rule_switches, x.list as texts, m.list as measuring_days, v.list as review_dates
  from patient p
  left join (
    select patient_id, json_agg(json_build_object('programme', programme, 'from', from_at, 'to', to_at) order by from_at, id) as list
    from enrolment where patient_id = any($1::int[]) and (to_at is null or to_at > $2) group by patient_id
  ) e on e.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'id', o.id, 'ruleId', rule_id, 'parameter', parameter, 'value', value, 'reason', reason, 'setByPersonId', set_by_person_id,
      'setByName', n.name, 'approvedByPersonId', approved_by_person_id, 'endedByPersonId', ended_by_person_id,
      'nurseMin', nurse_min, 'nurseMax', nurse_max,
      'setAt', set_at, 'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by rule_id, parameter, version) as list
    from personal_limit o join person n on n.id = o.set_by_person_id
    where patient_id = any($1::int[]) and (valid_to is null or valid_to > $2) group by patient_id
  ) l on l.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'id', o.id, 'key', key, 'value', value, 'reason', reason, 'setByPersonId', set_by_person_id, 'setByName', n.name,
      'validFrom', valid_from, 'validTo', valid_to, 'reviewBy', review_by, 'version', version
    ) order by key, version) as list
    from reference_value o join person n on n.id = o.set_by_person_id
    where patient_id = any($1::int[]) and (valid_to is null or valid_to > $2) group by patient_id
  ) r on r.patient_id = p.id
  left join (
    select t.patient_id, json_agg(json_build_object(
      'id', o.id, 'unitId', o.unit_id, 'unitName', n.name, 'ruleId', rule_id, 'parameter', parameter, 'value', value, 'reason', reason,
      'setByPersonId', set_by_person_id, 'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by o.unit_id, rule_id, parameter, version) as list
    from team_unit t join unit_limit o on o.unit_id = t.unit_id join unit n on n.id = o.unit_id
    where t.patient_id = any($1::int[]) and t.guest_since is null and (valid_to is null or valid_to > $2) group by t.patient_id
  ) u on u.patient_id = p.id
  left join (
    select t.patient_id, json_agg(json_build_object(
      'id', o.id, 'unitId', o.unit_id, 'ruleId', rule_id, 'enabled', enabled, 'reason', reason, 'setByPersonId', set_by_person_id,
      'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by o.unit_id, rule_id, version) as list
    from team_unit t join rule_switch o on o.unit_id = t.unit_id
    where t.patient_id = any($1::int[]) and t.guest_since is null and (valid_to is null or valid_to > $2) group by t.patient_id
  ) w on w.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'metric', metric, 'atLocal', at_local, 'weekdays', weekdays, 'from', from_at, 'to', to_at, 'onlyInEpisode', only_in_episode
    ) order by at_local, metric, id) as list
    from scheduled_measurement where patient_id = any($1::int[]) and (to_at is null or to_at > $2) group by patient_id
  ) s on s.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object('id', id, 'kind', kind, 'from', from_at, 'to', to_at, 'reason', reason) order by from_at, id) as list
    from pause where patient_id = any($1::int[]) and to_at > $2 and to_at > from_at group by patient_id
  ) z on z.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'id', id, 'key', key, 'nb', text_nb, 'en', text_en, 'reason', reason, 'setByPersonId', set_by_person_id,
      'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by key, version) as list
    from plan_text where patient_id = any($1::int[]) and (valid_to is null or valid_to > $2) group by patient_id
  ) x on x.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'id', o.id, 'weekdays', weekdays, 'daysAWeek', days_a_week, 'reason', reason, 'setByPersonId', set_by_person_id, 'setByName', n.name,
      'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by version) as list
    from measuring_days o join person n on n.id = o.set_by_person_id
    where patient_id = any($1::int[]) and (valid_to is null or valid_to > $2) group by patient_id
  ) m on m.patient_id = p.id
  left join (
    select patient_id, json_agg(json_build_object(
      'id', o.id, 'reviewOn', review_on, 'reason', reason, 'setByPersonId', set_by_person_id, 'setByName', n.name,
      'validFrom', valid_from, 'validTo', valid_to, 'version', version
    ) order by version) as list
    from review_date o join person n on n.id = o.set_by_person_id
    where patient_id = any($1::int[]) and (valid_to is null or valid_to > $2) group by patient_id
  ) v on v.patient_id = p.id
  where p.id = any($1::int[])`,
};

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text));

interface Valid {
  readonly validFrom: string;
  readonly validTo: string | null;
}

/** The version's validity as times. */
function valid({ validFrom, validTo }: Valid): { validFrom: Date; validTo: Date | null } {
  return { validFrom: new Date(validFrom), validTo: instant(validTo) };
}

function toLimit({ nurseMin, nurseMax, ...limit }: NonNullable<PlanRow['limits']>[number]): PersonalLimit {
  const nurseRange = nurseMin === null || nurseMax === null ? null : { min: nurseMin, max: nurseMax };
  return { ...limit, ...valid(limit), setAt: new Date(limit.setAt), nurseRange };
}

function toPlan(row: PlanRow): VersionedPlan {
  const enrolments: Enrolment[] = (row.enrolments ?? []).map((each) => ({
    programme: each.programme,
    from: new Date(each.from),
    to: instant(each.to),
  }));
  const references: Reference[] = (row.references ?? []).map((each) => ({ ...each, ...valid(each), reviewBy: instant(each.reviewBy) }));
  const unitLimits: UnitLimit[] = (row.unit_limits ?? []).map((each) => ({ ...each, ...valid(each) }));
  const ruleSwitches: RuleSwitch[] = (row.rule_switches ?? []).map((each) => ({ ...each, ...valid(each) }));
  const planned: ScheduledMeasurement[] = (row.schedule ?? []).map((each) => ({
    ...each,
    from: new Date(each.from),
    to: instant(each.to),
  }));
  const measuringDays: MeasuringDays[] = (row.measuring_days ?? []).map((each) => ({ ...each, ...valid(each) }));
  const pauses: Pause[] = (row.pauses ?? []).map((each) => ({ ...each, from: new Date(each.from), to: new Date(each.to) }));
  const { id: patientId, zone, birth_year: birthYear } = row;
  const limits = (row.limits ?? []).map(toLimit);
  const texts: PlanText[] = (row.texts ?? []).map(({ nb, en, ...each }) => ({ ...each, ...valid(each), text: { nb, en } }));
  const reviewDates: ReviewDate[] = (row.review_dates ?? []).map((each) => ({ ...each, ...valid(each) }));
  const { schedule, leftOut } = keepToMeasuringDays(withPressureWeeks(planned, { reviewDates, zone, enrolments }), measuringDays);
  return {
    planVersion: row.plan_version,
    communityId: row.community_id,
    pathwayId: row.pathway_id,
    plan: {
      patientId,
      zone,
      birthYear,
      enrolments,
      limits,
      unitLimits,
      ruleSwitches,
      references,
      pauses,
      schedule,
      ...(texts.length > 0 && { texts }),
      ...(measuringDays.length > 0 && { measuringDays, leftOut }),
      ...(reviewDates.length > 0 && { reviewDates }),
    },
  };
}

/**
 * Care plans of these patients in one statement: what runs, and what ended in the last 100 days. Unknown ids are left out.
 * @returns by patient id
 */
export async function readCarePlans(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, VersionedPlan>> {
  const endedAfter = endedAfterOf(now);
  const rows = await queryPrepared<PlanRow>(tx, PLANS, [patientIds, endedAfter], patientIds.length);
  return new Map(rows.map((row) => [row.id, toPlan(row)]));
}

/** From the beginning of a day on, so that a plan is the same for the whole of one. */
function endedAfterOf(now: Date): Date {
  return new Date(Math.floor(now.getTime() / DAY_MS - ENDED_DAYS_MAX) * DAY_MS);
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
  select ${PATHWAY_COLUMNS}, p.in_force_from <= $2 as reached from wanted join pathway p using (id, version)`,
};

/** The pathways these patients follow at `now`, and those their open and lately closed episodes were frozen with; one statement. */
export async function readPathways(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Pathways> {
  const closedAfter = new Date(now.getTime() - REOPEN_DAYS * DAY_MS);
  const rows = await queryPrepared<PathwayRow & { reached: boolean }>(tx, PATHWAYS, [patientIds, now, closedAfter], patientIds.length);
  const byVersion = new Map<string, Pathway>();
  const inForce = new Map<number, Pathway>();
  for (const { reached, ...row } of rows) {
    const pathway = toPathway(row);
    const { id, version } = pathway;
    byVersion.set(`${id}/${version}`, pathway);
    if (reached && version > (inForce.get(id)?.version ?? 0)) inForce.set(id, pathway);
  }
  return { inForce: (id) => inForce.get(id) ?? null, frozen: (id, version) => byVersion.get(`${id}/${version}`) ?? null };
}

/**
 * Everything agreed about these patients, in four statements however many they are, or five when a unit has changed. Unknown ids are left out.
 * @returns by patient id
 */
export async function readPlans(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Agreed>> {
  if (patientIds.length === 0) return new Map();
  const plans = await readCarePlans(tx, patientIds, now);
  const teams = await readTeams(tx, patientIds, now);
  const pathways = await readPathways(tx, patientIds, now);
  return agreedOf(plans, teams, pathways);
}

function agreedOf(plans: ReadonlyMap<number, VersionedPlan>, teams: ReadonlyMap<number, Team>, pathways: Pathways): Map<number, Agreed> {
  const agreed = new Map<number, Agreed>();
  for (const [id, plan] of plans) {
    const team = teams.get(id) ?? teamOf([]);
    agreed.set(id, { ...plan, team, pathway: pathways.inForce(plan.pathwayId), frozenPathway: pathways.frozen });
  }
  return agreed;
}

/** A plan with everything that tells whether it is still the same. */
interface RememberedPlan {
  readonly endedAfterMs: number;
  /** Another one as soon as a unit of it has changed. */
  readonly team: Team;
  readonly plan: VersionedPlan;
}

/** Care plans as they were last read, by database: reading them again with every look was a fifth of what a round cost. */
const KEPT = new WeakMap<DataSource, Map<number, RememberedPlan>>();
const KEPT_MAX = 20_000;

/**
 * As `readPlans`, but reads only care plans that are not known under this version and with this team: whoever changes what is agreed raises the version
 * in the same transaction, and units have one of their own. Must run in a transaction that sees one state of the database, the one the versions
 * were read in.
 */
export async function readKnownPlans(
  tx: EntityManager,
  patients: readonly { readonly patientId: number; readonly planVersion: number }[],
  now: Date,
): Promise<Map<number, Agreed>> {
  const ids = patients.map(({ patientId }) => patientId);
  const [teams, pathways] = await together([readTeams(tx, ids, now), readPathways(tx, ids, now)]);
  const remembered = KEPT.get(tx.connection);
  const kept = remembered !== undefined && remembered.size < KEPT_MAX ? remembered : new Map<number, RememberedPlan>();
  KEPT.set(tx.connection, kept);
  const endedAfterMs = endedAfterOf(now).getTime();
  const plans = new Map<number, VersionedPlan>();
  const unknown: number[] = [];
  for (const { patientId, planVersion } of patients) {
    const known = kept.get(patientId);
    const isSame = known?.plan.planVersion === planVersion && known.endedAfterMs === endedAfterMs && known.team === teams.get(patientId);
    if (isSame) plans.set(patientId, known.plan);
    else unknown.push(patientId);
  }
  if (unknown.length > 0) {
    for (const [id, plan] of await readCarePlans(tx, unknown, now)) {
      const team = teams.get(id);
      if (team) kept.set(id, { endedAfterMs, team, plan });
      plans.set(id, plan);
    }
  }
  return agreedOf(plans, teams, pathways);
}

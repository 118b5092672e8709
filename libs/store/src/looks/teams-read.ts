import type { RoutedLimits } from '@varde/plans';
import { teamOf, type CareLevel, type Contact, type Duty, type HolidayRule, type OpeningHours, type Team, type Unit } from '@varde/routing';
import type { DataSource, EntityManager } from 'typeorm';
import { COUNTED_DUTY } from '../directory/counted-duty.js';
import type { JsonTexts } from '../server/json-texts.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { together } from '../server/together.js';

/** A special day as it is kept: the day as `YYYY-MM-DD`. */
export interface KeptSpecialDay {
  readonly day: string;
  readonly hours: readonly Pick<OpeningHours, 'from' | 'to'>[];
}

/** What tells one state of a unit from another: its version, and the week whose roster is read. */
interface UnitState {
  id: number;
  version: string;
  monday: string;
}

/** A unit's columns as `Unit` names them. */
interface UnitRow extends UnitState {
  name: string;
  care_level: CareLevel;
  zone: string;
  opening_hours: OpeningHours[];
  on_holidays: HolidayRule;
  special_days: KeptSpecialDay[];
  organisation_ids: number[];
  /** Person, kind, from, to. */
  duty: [number, Duty['kind'], string, string][] | null;
  contacts: { id: number; channel: Contact['channel']; personId: number | null; testedAt: string | null }[];
}

const STATE = `u.id, u.look_version as version, date_trunc('week', $2::timestamptz at time zone u.zone)::text as monday`;
const STATES: Prepared = { name: 'varde_unit_states', text: `select ${STATE} from unit u where u.id = any($1::int[])` };
const STATES_OF_TEAMS: Prepared = {
  name: 'varde_team_unit_states',
  text: `select ${STATE} from unit u where u.id in (select unit_id from team_unit where patient_id = any($1::int[]))`,
};

/**
 * The roster a look sees: whole calendar weeks of the unit, from the Monday a week before this one to the end of the third week after it.
 * So what looks are given, and the log keeps, changes once a week and not with every look; the next 14 days are always within it.
 * Only people who work for the unit and may act on episodes count.
 */
const UNITS: Prepared = {
  name: 'varde_units',
  text: `
  select u.id, u.look_version as version, m.monday::text as monday, u.name, u.care_level, u.zone, u.opening_hours, u.on_holidays, u.special_days,
    array(select o.organisation_id from unit_organisation o where o.unit_id = u.id order by 1) as organisation_ids,
    case when u.roster_kept then (
      select coalesce(json_agg(json_build_array(d.person_id, d.kind, d.from_at, d.to_at) order by d.from_at, d.id), '[]')
      from ${COUNTED_DUTY}
      where d.unit_id = u.id and d.removed_at is null
        and d.to_at > (m.monday - interval '7 days') at time zone u.zone and d.from_at < (m.monday + interval '28 days') at time zone u.zone
    ) end as duty,
    (
      select coalesce(json_agg(json_build_object('id', c.id, 'channel', c.channel, 'personId', c.person_id, 'testedAt', c.tested_at)
        order by c.id), '[]')
      from contact c left join person_unit w on w.person_id = c.person_id and w.unit_id = c.unit_id left join person n on n.id = w.person_id
      where c.unit_id = u.id and c.removed_at is null and (c.person_id is null or n.active)
    ) as contacts
  from unit u cross join lateral (select date_trunc('week', $2::timestamptz at time zone u.zone) as monday) m
  where u.id = any($1::int[])`,
};

function toUnit(row: UnitRow): Unit {
  return {
    id: row.id,
    name: row.name,
    careLevel: row.care_level,
    zone: row.zone,
    openingHours: row.opening_hours,
    onHolidays: row.on_holidays,
    specialDays: row.special_days.map(({ day, hours }) => ({ day: Date.parse(day), hours })),
    organisationIds: row.organisation_ids,
    duty: row.duty?.map(([personId, kind, from, to]) => ({ personId, kind, from: new Date(from), to: new Date(to) })) ?? null,
    contacts: row.contacts.map(({ testedAt, ...contact }) => ({ ...contact, testedAt: testedAt === null ? null : new Date(testedAt) })),
  };
}

/** A unit as it was in one state. */
interface RememberedUnit {
  readonly version: string;
  readonly monday: string;
  readonly unit: Unit;
}

/** Units as they were last read, by database: a roster of five weeks takes milliseconds to read, and what is reckoned from it is kept with it. */
const KEPT = new WeakMap<DataSource, Map<number, RememberedUnit>>();

/**
 * Units as a look sees them at `now`, in one statement, and one more for those that have changed since they were last read. Unknown ids
 * are left out.
 * @returns by id
 */
export async function readUnitsForLook(tx: EntityManager, unitIds: readonly number[], now: Date): Promise<Map<number, Unit>> {
  if (unitIds.length === 0) return new Map();
  return unitsInState(tx, await queryPrepared<UnitState>(tx, STATES, [unitIds, now], unitIds.length), now);
}

async function unitsInState(tx: EntityManager, states: readonly UnitState[], now: Date): Promise<Map<number, Unit>> {
  const kept = KEPT.get(tx.connection) ?? new Map<number, RememberedUnit>();
  KEPT.set(tx.connection, kept);
  const units = new Map<number, Unit>();
  const changed: number[] = [];
  for (const { id, version, monday } of states) {
    const known = kept.get(id);
    if (known?.version === version && known.monday === monday) units.set(id, known.unit);
    else changed.push(id);
  }
  if (changed.length === 0) return units;
  for (const row of await queryPrepared<UnitRow>(tx, UNITS, [changed, now], changed.length)) {
    const unit = toUnit(row);
    kept.set(row.id, { version: row.version, monday: row.monday, unit });
    units.set(row.id, unit);
  }
  return units;
}

interface TeamRow {
  patient_id: number;
  /** What `PackedTeam` holds, as JSON: patients with the same team have the same text. */
  team: string;
}

type PackedTeam = readonly [
  zone: string,
  municipalityId: number | null,
  responsibleUnitId: number | null,
  programmes: string[],
  unitIds: number[],
  guestUnitIds: number[],
  treatmentLimits: JsonTexts<RoutedLimits>[] | null,
];

const TEAMS: Prepared = {
  name: 'varde_teams',
  text: `
  select p.id as patient_id, json_build_array(p.zone, p.municipality_id, p.responsible_unit_id,
    array(select distinct e.programme from enrolment e
      where e.patient_id = p.id and e.from_at <= $2 and (e.to_at is null or e.to_at > $2) order by 1),
    array(select t.unit_id from team_unit t where t.patient_id = p.id order by 1),
    array(select t.unit_id from team_unit t where t.patient_id = p.id and t.guest_since is not null order by 1),
    (select json_agg(json_build_object('fromSeverity', l.from_severity, 'unitId', l.unit_id, 'unitName', u.name, 'validFrom', l.valid_from,
        'validTo', l.valid_to, 'reviewBy', l.review_by, 'endedByPersonId', l.ended_by_person_id, 'version', l.version) order by l.version)
      from treatment_limits l join unit u on u.id = l.unit_id
      where l.patient_id = p.id and (l.valid_to is null or l.valid_to > $3)))::text as team
  from patient p where p.id = any($1::int[])`,
};

/** Teams as they were last put together, by database. */
const TEAMS_KEPT = new WeakMap<DataSource, Map<string, Team>>();
const TEAMS_KEPT_MAX = 5_000;

/** Treatment limits that ended before this route nothing, and what is asked of a physician because of their end has been asked. */
const ENDED_DAYS = 30;
const DAY_MS = 86_400_000;
/** From the beginning of a day on, so that a team is the same for the whole of one. */
const endedAfter = (now: Date): Date => new Date(Math.floor(now.getTime() / DAY_MS - ENDED_DAYS) * DAY_MS);

/**
 * Teams of these patients at `now`, in two statements, or three when a unit has changed. Patients with the same unit share one `Unit`, those with the
 * same team one `Team`, and it stays the same object until something of it changes. Unknown ids are left out.
 * @returns by patient id, units in order of their id
 */
export async function readTeams(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, Team>> {
  const [rows, states] = await together([
    queryPrepared<TeamRow>(tx, TEAMS, [patientIds, now, endedAfter(now)], patientIds.length),
    queryPrepared<UnitState>(tx, STATES_OF_TEAMS, [patientIds, now], patientIds.length),
  ]);
  const units = await unitsInState(tx, states, now);
  const remembered = TEAMS_KEPT.get(tx.connection);
  const kept = remembered !== undefined && remembered.size < TEAMS_KEPT_MAX ? remembered : new Map<string, Team>();
  TEAMS_KEPT.set(tx.connection, kept);
  const checked = new Set<string>();
  for (const { team: text } of rows) {
    if (checked.has(text)) continue;
    checked.add(text);
    const known = kept.get(text);
    if (!known || known.units.some((unit) => units.get(unit.id) !== unit)) kept.set(text, toTeam(text, units));
  }
  return new Map(rows.map(({ patient_id: id, team }) => [id, kept.get(team) ?? toTeam(team, units)]));
}

function toTeam(text: string, units: ReadonlyMap<number, Unit>): Team {
  const [zone, municipalityId, responsibleUnitId, programmes, unitIds, guestUnitIds, limits] = JSON.parse(text) as PackedTeam;
  const ofTeam = unitIds.flatMap((id) => units.get(id) ?? []);
  const treatmentLimits = limits?.map(toLimits);
  return teamOf(ofTeam, { guestUnitIds, zone, programmes, municipalityId, responsibleUnitId, ...(treatmentLimits && { treatmentLimits }) });
}

function toLimits({ validFrom, validTo, reviewBy, ...limits }: JsonTexts<RoutedLimits>): RoutedLimits {
  return { ...limits, validFrom: new Date(validFrom), validTo: validTo === null ? null : new Date(validTo), reviewBy: new Date(reviewBy) };
}

import type { CarePlan, Programme } from '@varde/plans';
import { checkPathway, teamOf, type PathwayHole, type Team } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, found, NotFound, refuseFaults } from './illegal.js';
import { withdrawFromLeftHomes } from '../looks/home-left.js';
import { readCarePlans, readPathways } from '../looks/plans-read.js';
import { readTeams } from '../looks/teams-read.js';
import { endAgreements, faultOfProgramme, lockPatient, startProgramme } from './schedules.js';
import type { Viewer } from './sessions.js';
import { refuseTeam, saveTeam } from './teams.js';
import { faultOfZone } from './units.js';
import { IS_SELF_TEST } from './is-self-test.js';

/** A patient to follow. */
export interface NewPatient {
  readonly communityId: number;
  readonly name: string;
  readonly birthYear: number | null;
  /** IANA zone of the home. */
  readonly zone: string;
  /** The organisation of the municipality where the patient lives; left out: not known. */
  readonly municipalityId?: number | null;
  /** The team: units of the patient's community that problems can go to. */
  readonly unitIds: readonly number[];
  /** The unit of the team that holds the responsibility for the treatment; left out: the GP does, as for everybody. */
  readonly responsibleUnitId?: number | null;
  readonly programmes: readonly Programme[];
  /** Null: the community's first pathway. */
  readonly pathwayId: number | null;
}

/** One line of the list of patients. */
export interface PatientLine {
  readonly id: number;
  readonly communityId: number;
  readonly name: string;
  readonly birthYear: number | null;
  readonly zone: string;
  readonly municipalityId: number | null;
  readonly responsibleUnitId: number | null;
  readonly pathwayId: number;
  readonly monitoredFrom: Date;
  readonly monitoredTo: Date | null;
  readonly programmes: readonly Programme[];
  readonly unitIds: readonly number[];
}

const BIRTH_YEAR_MIN = 1890;

async function readFirstPathwayId(tx: EntityManager, communityId: number): Promise<number> {
  const rows = await tx.query<{ id: number }[]>(`select id from pathway where community_id = $1 order by id limit 1`, [communityId]);
  return found(rows, 'pathway of community', communityId).id;
}

/**
 * Begins to follow a patient: team, programmes with their default schedule, and a first look at once.
 * @throws Invalid; NotFound community, pathway or unit
 * @returns the patient's id
 */
export async function savePatient(manager: EntityManager, patient: NewPatient, now: Date): Promise<number> {
  const { communityId, name, birthYear, zone, unitIds, programmes, municipalityId = null, responsibleUnitId = null } = patient;
  refuseFaults([
    name.trim() === '' && 'a patient needs a name',
    birthYear !== null &&
      !(Number.isInteger(birthYear) && birthYear >= BIRTH_YEAR_MIN && birthYear <= now.getUTCFullYear()) &&
      `the year of birth must be from ${BIRTH_YEAR_MIN} to ${now.getUTCFullYear()}`,
    faultOfZone(zone),
    ...programmes.map(faultOfProgramme),
  ]);
  return manager.transaction(async (tx) => {
    found(await tx.query<unknown[]>(`select id from community where id = $1`, [communityId]), 'community', communityId);
    const pathwayId = patient.pathwayId ?? (await readFirstPathwayId(tx, communityId));
    const team = { unitIds, municipalityId, responsibleUnitId, programmes, zone };
    await refuseTeam(tx, { ...team, communityId, pathwayId }, now);
    const rows = await tx.query<{ id: number }[]>(
      `insert into patient (community_id, name, birth_year, zone, pathway_id, monitored_from, municipality_id, responsible_unit_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
      [communityId, name.trim(), birthYear, zone, pathwayId, now, municipalityId, responsibleUnitId],
    );
    const { id } = found(rows, 'patient', name);
    await saveTeam(tx, id, unitIds);
    for (const programme of new Set(programmes)) {
      // Nothing has been measured yet that a preview could show.
      await startProgramme(tx, id, { programme, previewId: null }, now);
    }
    await tx.query(`insert into patient_watch (patient_id, due_at) values ($1, $2)`, [id, now]);
    return id;
  });
}

/**
 * Ends the follow-up of a patient: programmes, schedule and devices end with it, and what waits to be told at home; open episodes stay until a person closes them.
 * @throws NotFound patient; Conflict already ended
 */
export async function endMonitoring(manager: EntityManager, patientId: number, now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const [rows] = await tx.query<[unknown[], number]>(
      `update patient set monitored_to = $2 where id = $1 and (monitored_to is null or monitored_to > $2) returning id`,
      [patientId, now],
    );
    if (rows.length === 0) throw new Conflict(`the follow-up of patient ${patientId} has already ended`);
    await endAgreements(tx, patientId, now);
    await tx.query(`update wearer set to_at = greatest($2, from_at + interval '1 millisecond') where patient_id = $1 and to_at is null`, [
      patientId,
      now,
    ]);
    await raisePlanVersion(tx, [patientId], now);
    await withdrawFromLeftHomes(tx, patientId, now);
  });
}

interface LineRow {
  id: number;
  community_id: number;
  name: string;
  birth_year: number | null;
  zone: string;
  municipality_id: number | null;
  responsible_unit_id: number | null;
  pathway_id: number;
  monitored_from: Date;
  monitored_to: Date | null;
  programmes: Programme[];
  unit_ids: number[];
}

/** Everybody who is or was followed, by id, a page at a time. */
export async function readPatientLines(
  manager: EntityManager,
  page: { readonly afterId: number; readonly limit: number },
  now: Date,
): Promise<PatientLine[]> {
  const rows = await manager.query<LineRow[]>(
    `select p.id, p.community_id, p.name, p.birth_year, p.zone, p.municipality_id, p.responsible_unit_id, p.pathway_id, p.monitored_from, p.monitored_to,
       array(select distinct programme from enrolment e
         where e.patient_id = p.id and e.from_at <= $3 and (e.to_at is null or e.to_at > $3) order by 1) as programmes,
       array(select unit_id from team_unit t where t.patient_id = p.id order by 1) as unit_ids
     from patient p where p.id > $1 and not p.${IS_SELF_TEST} order by p.id limit $2`,
    [page.afterId, page.limit, now],
  );
  return rows.map((row) => ({
    id: row.id,
    communityId: row.community_id,
    name: row.name,
    birthYear: row.birth_year,
    zone: row.zone,
    municipalityId: row.municipality_id,
    responsibleUnitId: row.responsible_unit_id,
    pathwayId: row.pathway_id,
    monitoredFrom: row.monitored_from,
    monitoredTo: row.monitored_to,
    programmes: row.programmes,
    unitIds: row.unit_ids,
  }));
}

/** Patients whom a unit follows now, by id: of whom a change of the unit's defaults would speak. */
export async function readPatientsOfUnit(tx: EntityManager, unitId: number, now: Date): Promise<number[]> {
  const rows = await tx.query<{ patient_id: number }[]>(
    `select t.patient_id from team_unit t join patient p on p.id = t.patient_id
     where t.unit_id = $1 and t.guest_since is null and p.monitored_from <= $2 and (p.monitored_to is null or p.monitored_to > $2)
     order by t.patient_id`,
    [unitId, now],
  );
  return rows.map((row) => row.patient_id);
}

/** Somebody is or was followed under this id. @throws NotFound patient */
export async function refuseUnknownPatient(manager: EntityManager, patientId: number): Promise<void> {
  found(await manager.query<unknown[]>(`select 1 from patient where id = $1`, [patientId]), 'patient', patientId);
}

/** The units of a patient's team that the person works for, by id. */
export async function readTeamUnitIds(tx: EntityManager, patientId: number, { unitIds }: Pick<Viewer, 'unitIds'>): Promise<number[]> {
  const rows = await tx.query<{ unit_id: number }[]>(
    `select unit_id from team_unit where patient_id = $1 and unit_id = any($2::integer[]) order by unit_id`,
    [patientId, unitIds],
  );
  return rows.map((row) => row.unit_id);
}

/** What is agreed about one patient. */
export interface PatientAgreement {
  readonly plan: CarePlan;
  readonly team: Team;
  /** Steps of the pathway that would reach nobody with this team, and worse. */
  readonly holes: readonly PathwayHole[];
}

/** One patient's plan, team, and the holes of the pathway as this team would walk it. @throws NotFound patient */
export async function readAgreement(manager: EntityManager, patientId: number, now: Date): Promise<PatientAgreement> {
  const versioned = (await readCarePlans(manager, [patientId], now)).get(patientId);
  if (versioned === undefined) throw new NotFound('patient', patientId);
  const team = (await readTeams(manager, [patientId], now)).get(patientId) ?? teamOf([]);
  const pathway = (await readPathways(manager, [patientId], now)).inForce(versioned.pathwayId);
  const none: PathwayHole = { blocking: true, where: 'pathway', problem: 'no version is in force' };
  return { plan: versioned.plan, team, holes: pathway === null ? [none] : checkPathway(pathway, team) };
}

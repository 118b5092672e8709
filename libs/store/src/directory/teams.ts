import { checkPathway, teamOf, type Pathway } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { settleLeftNotices } from '../episodes/episode-notices.js';
import { readUnitsInSight, saveSightChanged } from '../episodes/sight-changes.js';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { moveTasks } from '../looks/task-save.js';
import { readTeams, readUnitsForLook } from '../looks/teams-read.js';
import { raisePlanVersion } from './agreement.js';
import { refuseForeignUnits } from './data-responsibility.js';
import { Conflict, found, Invalid, NotFound, refuseFaults } from './illegal.js';
import { lockPatient } from './schedules.js';
import { lockWatch } from '../looks/watch-claim.js';

/** A team somebody is to have, and what a route may ask about the patient. */
export interface NewTeam {
  readonly communityId: number;
  readonly pathwayId: number;
  readonly unitIds: readonly number[];
  /** Those of `unitIds` that are there only for an episode they own; whom a person names is none. */
  readonly guestUnitIds?: readonly number[];
  /** The organisation of the municipality where the patient lives; null: not known. */
  readonly municipalityId: number | null;
  /** The unit of the team that holds the responsibility for the treatment; null: the GP does. */
  readonly responsibleUnitId: number | null;
  readonly programmes: readonly string[];
  readonly zone: string;
}

async function readPathwayInForce(tx: EntityManager, pathwayId: number, communityId: number, now: Date): Promise<Pathway> {
  const rows = await tx.query<PathwayRow[]>(
    `select ${PATHWAY_COLUMNS} from pathway p where p.id = $1 and p.community_id = $2 and p.in_force_from <= $3 order by p.version desc limit 1`,
    [pathwayId, communityId, now],
  );
  return toPathway(found(rows, 'pathway in force', pathwayId));
}

async function refuseNoMunicipality(tx: EntityManager, { municipalityId, communityId }: NewTeam): Promise<void> {
  if (municipalityId === null) return;
  const rows = await tx.query<{ kind: string }[]>(`select kind from organisation where id = $1 and community_id = $2`, [
    municipalityId,
    communityId,
  ]);
  const { kind } = found(rows, 'organisation of the community', municipalityId);
  if (kind !== 'municipality') throw new Invalid(['where a patient lives is a municipality; the organisation is none']);
}

/**
 * Refuses a team by which a problem could be without an owner, or in which a unit may not hold the patient's data.
 * @throws NotFound unit or organisation of the community; Invalid naming every blocking hole, or every unit that may not
 */
export async function refuseTeam(tx: EntityManager, team: NewTeam, now: Date): Promise<void> {
  const { communityId, pathwayId, unitIds, guestUnitIds = [], responsibleUnitId } = team;
  const pathway = await readPathwayInForce(tx, pathwayId, communityId, now);
  await refuseNoMunicipality(tx, team);
  const rows = await tx.query<{ id: number }[]>(
    `select u.id from unit u join organisation o on o.id = u.organisation_id where u.id = any($1::int[]) and o.community_id = $2`,
    [unitIds, communityId],
  );
  const missing = unitIds.find((id) => !rows.some((row) => row.id === id));
  if (missing !== undefined) throw new NotFound('unit of the community', missing);
  refuseFaults([
    responsibleUnitId !== null &&
      (!unitIds.includes(responsibleUnitId) || guestUnitIds.includes(responsibleUnitId)) &&
      `unit ${responsibleUnitId} holds the responsibility for the treatment and must be in the team`,
  ]);
  const units = await readUnitsForLook(tx, unitIds, now);
  const holes = checkPathway(pathway, teamOf([...units.values()], { ...team, guestUnitIds }));
  refuseFaults(holes.map((hole) => hole.blocking && `${hole.where}: ${hole.problem}`));
  await refuseForeignUnits(tx, team, now);
}

/** Writes the units of a team that has not been refused: whoever is named is of the team, also who was a guest before. */
export async function saveTeam(tx: EntityManager, patientId: number, unitIds: readonly number[]): Promise<void> {
  await tx.query(`delete from team_unit where patient_id = $1 and unit_id <> all($2::int[])`, [patientId, unitIds]);
  await tx.query(
    `insert into team_unit (patient_id, unit_id) select $1, id from unnest($2::int[]) as id
     on conflict (patient_id, unit_id) do update set guest_since = null where team_unit.guest_since is not null`,
    [patientId, unitIds],
  );
}

/** Writes who answers for a patient whose team has not been refused. */
export async function saveResponsibility(tx: EntityManager, patientId: number, of: Required<Responsibility>): Promise<void> {
  await tx.query(`update patient set municipality_id = $2, responsible_unit_id = $3 where id = $1`, [
    patientId,
    of.municipalityId,
    of.responsibleUnitId,
  ]);
}

/** Locks a patient and answers the team they have now. @throws NotFound */
export async function readTeamNow(tx: EntityManager, patientId: number, now: Date): Promise<NewTeam> {
  const { communityId, pathwayId } = await lockPatient(tx, patientId);
  const { units, ...about } = (await readTeams(tx, [patientId], now)).get(patientId) ?? teamOf([]);
  return { ...about, communityId, pathwayId, unitIds: units.map(({ id }) => id) };
}

/**
 * Replaces a patient's team. A unit that owns one of the patient's open episodes must stay: the owner is moved by handover, not by taking
 * the unit away. Open tasks of a unit that leaves go to the new team, and what it was still to be told is not sent.
 * @throws NotFound patient or unit; Invalid team; Conflict an open episode would lose its owner
 */
export async function changeTeam(manager: EntityManager, patientId: number, unitIds: readonly number[], now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    const team = await readTeamNow(tx, patientId, now);
    await refuseTeam(tx, { ...team, unitIds, guestUnitIds: [] }, now);
    // Before it is asked who owns what: a look in progress may be opening an episode with a unit that is to leave.
    await lockWatch(tx, patientId);
    const [owned] = await tx.query<{ id: string; owner_unit_id: number }[]>(
      `select e.id, e.owner_unit_id from episode_domain d join episode e on e.id = d.episode_id
       where d.patient_id = $1 and e.owner_unit_id <> all($2::int[]) limit 1`,
      [patientId, unitIds],
    );
    if (owned)
      throw new Conflict(`unit ${owned.owner_unit_id} owns the open episode ${owned.id} of this patient and cannot leave the team`);
    const before = await readUnitsInSight(tx, patientId);
    await saveTeam(tx, patientId, unitIds);
    await moveTasks(tx, patientId, (await readTeams(tx, [patientId], now)).get(patientId) ?? teamOf([]));
    await raisePlanVersion(tx, [patientId], now);
    const inSight = await readUnitsInSight(tx, patientId);
    await settleLeftNotices(tx, { patientId, leftUnitIds: before.filter((id) => !inSight.includes(id)) }, now);
    await saveSightChanged(tx, { patientId, before }, now);
  });
}

/** Who answers for a patient; what is left out stays. */
export interface Responsibility {
  readonly municipalityId?: number | null;
  readonly responsibleUnitId?: number | null;
}

/**
 * Says where a patient lives, or which unit of the team holds the responsibility for the treatment. The team stays as it is: to move away
 * with what is open is another act.
 * @throws NotFound patient or organisation; Invalid the team does not fit
 */
export async function changeResponsibility(manager: EntityManager, patientId: number, change: Responsibility, now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    const known = await readTeamNow(tx, patientId, now);
    const { municipalityId = known.municipalityId, responsibleUnitId = known.responsibleUnitId } = change;
    await refuseTeam(tx, { ...known, municipalityId, responsibleUnitId }, now);
    await saveResponsibility(tx, patientId, { municipalityId, responsibleUnitId });
    await raisePlanVersion(tx, [patientId], now);
  });
}

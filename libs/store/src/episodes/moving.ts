import { nextEpisode, type Episode, type PersonStep, type Transition } from '@varde/alerts';
import { chooseOwner, taskOwner, teamOf, type Team } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from '../directory/agreement.js';
import { Conflict, found, NotFound, refuseFaults } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { readTeamNow, refuseTeam, saveResponsibility, saveTeam } from '../directory/teams.js';
import { savePersonAct } from '../looks/look-log.js';
import { readFrozenPathways } from '../looks/replay-read.js';
import { moveTasks, saveTask } from '../looks/task-save.js';
import { readTeams } from '../looks/teams-read.js';
import { settleLeftNotices } from './episode-notices.js';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from './episode-rows.js';
import { saveEpisodeChanges } from './episodes.js';
import { readUnitsInSight, saveSightChanged } from './sight-changes.js';

/** A patient moves to another municipality of the community. */
export interface Moving {
  readonly patientId: number;
  /** The municipality where they live from now on. */
  readonly municipalityId: number;
  /** The whole new team. */
  readonly unitIds: readonly number[];
  /** The unit of the new team that holds the responsibility for the treatment; null: the GP does. */
  readonly responsibleUnitId: number | null;
  readonly reason: string;
}

/** What became of the patient's open episodes. */
export interface Moved {
  readonly episodes: readonly Episode[];
}

/**
 * Moves a patient with everything: the new team takes over plan, history and open episodes in this one transaction. An episode whose owner is
 * not in the new team goes to the unit that its frozen pathway chooses there; offers and questions that wait end. The new team gets a
 * task to go through the plan, and the units that leave one that says so, without a name: they no longer see the patient.
 * @throws NotFound patient, unit or municipality; Invalid the team has a hole or may not hold the data; Conflict the patient lives there already
 */
export async function movePatient(tx: EntityManager, viewer: Viewer, moving: Moving, now: Date): Promise<Moved> {
  const { patientId, municipalityId, unitIds, responsibleUnitId, reason } = moving;
  refuseFaults([reason.trim() === '' && 'a move needs a reason']);
  const before = await readTeamNow(tx, patientId, now);
  if (before.municipalityId === municipalityId) throw new Conflict(`patient ${patientId} lives in that municipality already`);
  await refuseTeam(tx, { ...before, unitIds, guestUnitIds: [], municipalityId, responsibleUnitId }, now);
  const inSight = await readUnitsInSight(tx, patientId);
  await saveResponsibility(tx, patientId, { municipalityId, responsibleUnitId });
  await saveTeam(tx, patientId, unitIds);
  // Takes the patient's watch, as every change of an episode does.
  await raisePlanVersion(tx, [patientId], now);
  const team = (await readTeams(tx, [patientId], now)).get(patientId) ?? teamOf([]);
  await moveTasks(tx, patientId, team);
  const left = before.unitIds.filter((id) => !unitIds.includes(id));
  await tellBothSides(tx, { moving, from: before.municipalityId, team, left }, now);
  const changed = await moveEpisodes(tx, viewer, { moving, team }, now);
  const changes = changed.map(({ episode, steps, notices }) => ({ patientId, change: { episode, steps, notices, findings: [] } }));
  await settleLeftNotices(tx, { patientId, leftUnitIds: inSight.filter((id) => !unitIds.includes(id)) }, now);
  await saveEpisodeChanges(tx, changes, now);
  await saveSightChanged(tx, { patientId, before: inSight }, now);
  return { episodes: changed.map(({ episode }) => episode) };
}

async function moveEpisodes(
  tx: EntityManager,
  viewer: Viewer,
  { moving: { patientId, reason }, team }: { readonly moving: Moving; readonly team: Team },
  now: Date,
): Promise<Transition[]> {
  const rows = await tx.query<EpisodeRow[]>(
    `select ${EPISODE_COLUMNS} from episode e where e.patient_id = $1 and e.closed_at is null order by e.id for update of e`,
    [patientId],
  );
  const episodes = rows.map(toEpisode);
  const versions = episodes.map(({ pathwayId, pathwayVersion }) => ({ id: pathwayId, version: pathwayVersion }));
  const pathways = await readFrozenPathways(tx, versions);
  const moved: Transition[] = [];
  for (const episode of episodes) {
    const { pathwayId, pathwayVersion, severity, ownerUnitId, id } = episode;
    const pathway = pathways.get(`${pathwayId}/${pathwayVersion}`);
    if (pathway === undefined) throw new NotFound('pathway', pathwayId);
    const stays = team.units.some((unit) => unit.id === ownerUnitId);
    const toUnitId = stays ? ownerUnitId : chooseOwner(pathway, team, severity, now).unitId;
    const toUnit = found(
      team.units.filter((unit) => unit.id === toUnitId),
      'unit',
      toUnitId,
    ).name;
    const step: PersonStep = { kind: 'move', at: now, byPersonId: viewer.personId, toUnitId, toUnit, reason, away: true };
    await savePersonAct(tx, patientId, id, step);
    moved.push(nextEpisode(episode, step));
  }
  return moved;
}

interface Sides {
  readonly moving: Moving;
  readonly from: number | null;
  readonly team: Team;
  /** Units that are not in the team any more. */
  readonly left: readonly number[];
}

async function tellBothSides(tx: EntityManager, { moving, from, team, left }: Sides, now: Date): Promise<void> {
  const { patientId, municipalityId } = moving;
  const rows = await tx.query<{ id: number; name: string }[]>(`select id, name from organisation where id = any($1::integer[])`, [
    [municipalityId, ...(from === null ? [] : [from])],
  ]);
  const nameOf = (id: number | null): string => rows.find((row) => row.id === id)?.name ?? '–';
  const common = { key: `moved/${patientId}/${now.toISOString()}`, kind: 'patient-moved', ruleId: null, dueAt: null };
  const unitId = taskOwner(team, 'nurse');
  if (unitId !== null) {
    const reason = {
      nb: `Har flyttet hit fra ${nameOf(from)}: gå gjennom plan, grenser og åpne hendelser`,
      en: `Has moved here from ${nameOf(from)}: go through the plan, the limits and what is open`,
    };
    await saveTask(tx, { patientId, unitId, task: { ...common, forRole: 'nurse', reason } }, now);
  }
  const gone = {
    nb: `Pasient ${patientId} har flyttet til ${nameOf(municipalityId)} og følges ikke herfra lenger`,
    en: `Patient ${patientId} has moved to ${nameOf(municipalityId)} and is no longer followed from here`,
  };
  for (const each of left) await saveTask(tx, { patientId: null, unitId: each, task: { ...common, forRole: 'nurse', reason: gone } }, now);
}

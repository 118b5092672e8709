import type { EntityManager } from 'typeorm';
import { Forbidden, found } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';

/**
 * SQL: whether a patient may be seen by people of these units: the patient's team has one of them, or an offer or a question waits for
 * an answer of one. Every read that shows patients to a person carries it, so that no handler can forget to ask. Changes need the team:
 * see `refuseOutsideTeam`.
 * @param patientId column with the patient's id
 * @param unitIds parameter with the person's units, such as `$2`
 */
export function seenBy(patientId: string, unitIds: string): string {
  return `exists (select from ${SEEING} seen where seen.patient_id = ${patientId} and seen.unit_id = any(${unitIds}::integer[]))`;
}

/** SQL: table of patients and the units whose people may see them. */
export const SEEING = `(
    select patient_id, unit_id from team_unit
    union all select patient_id, to_unit_id from handover where fate is null
    union all select patient_id, unit_id from consultation where fate is null)`;

/**
 * SQL: whether an episode was ever offered to one of these units, or one was asked for advice on it. Whoever was asked is told what became of
 * it, also when they answer too late.
 * @param episodeId column with the episode's id
 * @param unitIds parameter with the person's units
 */
export function askedOf(episodeId: string, unitIds: string): string {
  return `(exists (select from handover asked where asked.episode_id = ${episodeId} and asked.to_unit_id = any(${unitIds}::integer[]))
    or exists (select from consultation asked where asked.episode_id = ${episodeId} and asked.unit_id = any(${unitIds}::integer[])))`;
}

/**
 * Refuses a change of a patient to whoever is not of the team. A waiting offer or question lets its unit read the patient and answer, not
 * change plan, team, limits, devices or entries.
 * @throws NotFound when the person may not see the patient, or there is none; Forbidden when they only see it because they were asked
 */
export async function refuseOutsideTeam(manager: EntityManager, viewer: Pick<Viewer, 'unitIds'>, patientId: number): Promise<void> {
  const rows = await manager.query<{ isInTeam: boolean }[]>(
    `select exists (select from team_unit t where t.patient_id = p.id and t.unit_id = any($2::integer[])) as "isInTeam"
     from patient p where p.id = $1 and ${seenBy('p.id', '$2')}`,
    [patientId, viewer.unitIds],
  );
  if (!found(rows, 'patient', patientId).isInTeam)
    throw new Forbidden('only the units of the team may change this: yours has been asked, and may read and answer');
}

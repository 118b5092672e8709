import type { EntityManager } from 'typeorm';
import { Forbidden, found } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';

/**
 * SQL: table of patients and the units that have a say in them: those of the team, and from step 5 of the staircase on those of an
 * organisation that shares its worklist with one of a member of the team (view `one_worklist`), which nobody is by being a guest.
 */
export const SHARING = `(
    select patient_id, unit_id from team_unit
    union all
    select t.patient_id, o.seen_by_unit_id
    from read_one_worklist() o
    join team_unit t on t.unit_id = o.unit_id and t.guest_since is null
    join patient p on p.id = t.patient_id and p.pathway_id = o.pathway_id
    where o.programme is null or exists (
      select from enrolment e
      where e.patient_id = p.id and e.programme = o.programme and e.from_at <= now() and (e.to_at is null or e.to_at > now())))`;

/** SQL: table of patients and the units that an offer or a question lets in while it waits for an answer. */
const ASKED = `
    select patient_id, to_unit_id as unit_id from handover where fate is null
    union all select patient_id, unit_id from consultation where fate is null`;

/** SQL: table of patients and the units whose people may see them: those with a say in them, and those that are asked. */
export const SEEING = `(
    select patient_id, unit_id from ${SHARING} sharing
    union all ${ASKED})`;

/**
 * SQL: whether a patient may be seen by people of these units (`SEEING`). Every read that shows patients to a person carries it, so that no
 * handler can forget to ask. Changes need more: see `refuseOutsideTeam`.
 * @param patientId column or parameter with the patient's id
 * @param unitIds parameter with the person's units, such as `$2`
 */
export function seenBy(patientId: string, unitIds: string): string {
  // Names of their own: an unqualified `patient_id` would be the one in here, and so be seen by whoever sees anybody.
  return `exists (select from ${SEEING} seen (seen_patient_id, by_unit_id) where seen_patient_id = ${patientId} and by_unit_id = any(${unitIds}::integer[]))`;
}

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
 * Refuses a change of a patient to whoever has no say in them (`SHARING`). A waiting offer or question lets its unit read the patient and answer, not
 * change plan, team, limits, devices or entries.
 * @throws NotFound when the person may not see the patient, or there is none; Forbidden when they only see it because they were asked
 */
export async function refuseOutsideTeam(manager: EntityManager, viewer: Pick<Viewer, 'unitIds'>, patientId: number): Promise<void> {
  const rows = await manager.query<{ isInTeam: boolean }[]>(
    `select t."isInTeam" from (
       select exists (select from ${SHARING} sharing where patient_id = $1 and unit_id = any($2::integer[])) as "isInTeam") t
     where t."isInTeam" or exists (select from (${ASKED}) asked where patient_id = $1 and unit_id = any($2::integer[]))`,
    [patientId, viewer.unitIds],
  );
  if (!found(rows, 'patient', patientId).isInTeam)
    throw new Forbidden('only the units of the team may change this: yours has been asked, and may read and answer');
}

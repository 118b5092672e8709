/**
 * SQL: whether a patient may be seen by people of these units: the patient's team has one of them, or an offer or a question waits for
 * an answer of one. Every read that shows patients to a person carries it, so that no handler can forget to ask.
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

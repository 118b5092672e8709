/**
 * SQL: whether a patient may be seen by people of these units, which is whether the patient's team has one of them. Every read
 * that shows patients to a person carries it, so that no handler can forget to ask.
 * @param patientId column with the patient's id
 * @param unitIds parameter with the person's units, such as `$2`
 */
export function seenBy(patientId: string, unitIds: string): string {
  return `exists (select from team_unit seen where seen.patient_id = ${patientId} and seen.unit_id = any(${unitIds}::integer[]))`;
}

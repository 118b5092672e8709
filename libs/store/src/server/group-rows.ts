/** A row about a patient. */
export interface PatientRow {
  readonly patient_id: number;
}

/** What rows hold, by patient and in the order of the rows. Patients without rows are left out. */
export function groupRows<Row extends PatientRow, Item>(rows: readonly Row[], toItem: (row: Row) => Item): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const row of rows) {
    const group = groups.get(row.patient_id);
    if (group) group.push(toItem(row));
    else groups.set(row.patient_id, [toItem(row)]);
  }
  return groups;
}

import type { EntityManager } from 'typeorm';
import { saveWorklistChanges } from './stream.js';
import { SEEING } from './visibility.js';

/** The units whose people see a patient now. */
export async function readUnitsInSight(tx: EntityManager, patientId: number): Promise<number[]> {
  const rows = await tx.query<{ unit_id: number }[]>(`select distinct unit_id from ${SEEING} seen where patient_id = $1 order by 1`, [
    patientId,
  ]);
  return rows.map((row) => row.unit_id);
}

/**
 * Tells the followers of the worklist that others may see a patient than before: who sees them now, and each unit of `before` that does not
 * any more, which would keep the patient on its list. Must be the last thing its transaction does.
 * @param before what `readUnitsInSight` answered before the change
 */
export async function saveSightChanged(
  tx: EntityManager,
  { patientId, before }: { readonly patientId: number; readonly before: readonly number[] },
  now: Date,
): Promise<void> {
  const seeing = await readUnitsInSight(tx, patientId);
  const left = before.filter((id) => !seeing.includes(id));
  const common = { at: now, patientId, episodeId: null, kind: 'changed' as const };
  await saveWorklistChanges(
    tx,
    [null, ...left].map((unitId) => ({ ...common, unitId })),
  );
}

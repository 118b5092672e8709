import type { EntityManager } from 'typeorm';

/** Does something and expects that it makes a patient due for a look at that moment, who was not for a long time. */
export async function expectDue(manager: EntityManager, patientId: number, at: Date, act: () => Promise<unknown>): Promise<void> {
  await manager.query(`update patient_watch set due_at = 'infinity' where patient_id = $1`, [patientId]);
  await act();
  const [watch] = await manager.query<{ due_at: Date }[]>(`select due_at from patient_watch where patient_id = $1`, [patientId]);
  expect(watch?.due_at).toEqual(at);
}

import type { EntityManager } from 'typeorm';

/**
 * Says that plan or team of these patients has changed: watchers read them anew, and a look follows at once. Call it last in
 * the transaction of the change: a watcher may hold a patient's row of `patient_watch` for the length of a look.
 */
export async function raisePlanVersion(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<void> {
  const ids = [...new Set(patientIds)];
  if (ids.length === 0) return;
  // In order of id, so that two changes that share patients wait for each other instead of deadlocking.
  await tx.query(`select id from patient where id = any($1::int[]) order by id for no key update`, [ids]);
  await tx.query(`update patient set plan_version = plan_version + 1 where id = any($1::int[])`, [ids]);
  await tx.query(
    `insert into patient_watch (patient_id, due_at) select id, $2 from unnest($1::int[]) as id order by id
     on conflict (patient_id) do update set due_at = least(patient_watch.due_at, excluded.due_at)`,
    [ids, now],
  );
  await savePreflightDue(tx, now);
}

/** Says that something a chain is made of has changed: holes of the next 14 days are looked for anew. */
export async function savePreflightDue(tx: EntityManager, now: Date): Promise<void> {
  await tx.query(`insert into preflight_due (at) values ($1)`, [now]);
}

/** Does the same for everyone whose team has this unit, after a change of the unit. */
export async function raisePlanVersionOfUnit(tx: EntityManager, unitId: number, now: Date): Promise<void> {
  await raisePlanVersionOfUnits(tx, [unitId], now);
}

/** Does the same for everyone whose team has one of these units. */
export async function raisePlanVersionOfUnits(tx: EntityManager, unitIds: readonly number[], now: Date): Promise<void> {
  const rows = await tx.query<{ patient_id: number }[]>(`select patient_id from team_unit where unit_id = any($1::int[])`, [unitIds]);
  const patientIds = rows.map((row) => row.patient_id);
  await raisePlanVersion(tx, patientIds, now);
}

import type { Episode } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from '../directory/agreement.js';

/**
 * Takes the owner into the patient's team when it is not there, as a guest: its people see the patient, and its hours and roster are known to
 * every look. The patient is locked.
 */
export async function saveGuest(tx: EntityManager, { patientId, ownerUnitId }: Episode, now: Date): Promise<void> {
  const joined = await tx.query<unknown[]>(
    `insert into team_unit (patient_id, unit_id, guest_since) values ($1, $2, $3) on conflict do nothing returning unit_id`,
    [patientId, ownerUnitId, now],
  );
  if (joined.length > 0) await raisePlanVersion(tx, [patientId], now);
}

// The patient's watch is held and the patient may not be waited for: whoever has it locked changes what is agreed, and raises its version.
const LEAVE = `
  with gone as (
    delete from team_unit t using (
      select g.patient_id, g.unit_id from team_unit g
      where g.patient_id = any($1::int[]) and g.guest_since is not null and not exists (
        select from episode e where e.patient_id = g.patient_id and e.owner_unit_id = g.unit_id and e.closed_at is null)
      order by g.patient_id, g.unit_id for update skip locked
    ) g where t.patient_id = g.patient_id and t.unit_id = g.unit_id
    returning t.patient_id
  ),
  free as (select id from patient where id in (select patient_id from gone) order by id for no key update skip locked),
  raised as (update patient set plan_version = plan_version + 1 where id in (select id from free)),
  due as (update patient_watch set due_at = least(due_at, $2) where patient_id in (select patient_id from gone))
  insert into preflight_due (at) select $2::timestamptz where exists (select from gone)`;

/**
 * Lets go of guests that own no open episode any more, once the changes that are given have been stored. Writes nothing unless one closed or
 * got another owner.
 */
export async function removeGuests(
  tx: EntityManager,
  changes: readonly { readonly episode: Episode; readonly steps: readonly { readonly kind: string }[] }[],
  now: Date,
): Promise<void> {
  const patientIds = changes
    .filter(({ episode, steps }) => episode.closedAt !== null || steps.some(({ kind }) => kind === 'owner_changed'))
    .map(({ episode }) => episode.patientId);
  if (patientIds.length > 0) await tx.query(LEAVE, [patientIds, now]);
}

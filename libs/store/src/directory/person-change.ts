import type { EntityManager } from 'typeorm';
import { leaveEpisodes } from '../episodes/leaving.js';
import { found } from './illegal.js';
import {
  changePersonRoles,
  changePersonWork,
  raiseUnitsOfPerson,
  refuseLosingLastAdministrator,
  type PersonRole,
  type Work,
} from './people.js';

/** What becomes of a person; what is left out stays. */
export interface PersonChange extends Work {
  readonly roles?: readonly PersonRole[] | undefined;
  /** Whether they may sign in. A person is never deleted: what they did names them. */
  readonly active?: boolean | undefined;
}

/**
 * Changes a person's roles, employer, units, or whether they may sign in: rosters that name them count anew. What they had in hand and may act on
 * no longer is back in the queue.
 * @throws Invalid roles; NotFound person, organisation or unit; Conflict a unit of an organisation that does not share staff with the person's
 * own, or no administrator would be left
 */
export async function changePerson(manager: EntityManager, personId: number, change: PersonChange, now: Date): Promise<void> {
  const { roles, active, unitIds, organisationId } = change;
  await manager.transaction(async (tx) => {
    if (roles !== undefined) await changePersonRoles(tx, personId, roles);
    if (unitIds !== undefined || organisationId !== undefined) await changePersonWork(tx, personId, { unitIds, organisationId }, now);
    if (active !== undefined) await changePersonActive(tx, personId, active);
    await raiseUnitsOfPerson(tx, personId, now);
    await leaveEpisodes(tx, personId, now);
  });
}

/** Whose account is closed has no sign-in left. */
async function changePersonActive(tx: EntityManager, personId: number, active: boolean): Promise<void> {
  if (!active) await refuseLosingLastAdministrator(tx, personId);
  const [rows] = await tx.query<[unknown[], number]>(`update person set active = $2 where id = $1 returning id`, [personId, active]);
  found(rows, 'person', personId);
  if (!active) await tx.query(`delete from session where person_id = $1`, [personId]);
}

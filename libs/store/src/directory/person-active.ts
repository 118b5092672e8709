import type { EntityManager } from 'typeorm';
import { leaveEpisodes } from '../episodes/leaving.js';
import { found } from './illegal.js';
import { raiseUnitsOfPerson, refuseLosingLastAdministrator } from './people.js';

/**
 * Lets a person sign in, or not any more; their sign-ins end with it, no roster counts them, and what they had in hand is back in the queue. A
 * person is never deleted: what they did names them.
 * @throws NotFound person; Conflict when no administrator would be left
 */
export async function changePersonActive(manager: EntityManager, personId: number, active: boolean, now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    if (!active) await refuseLosingLastAdministrator(tx, personId);
    const [rows] = await tx.query<[unknown[], number]>(`update person set active = $2 where id = $1 returning id`, [personId, active]);
    found(rows, 'person', personId);
    if (!active) await tx.query(`delete from session where person_id = $1`, [personId]);
    await raiseUnitsOfPerson(tx, personId, now);
    if (!active) await leaveEpisodes(tx, personId, now);
  });
}

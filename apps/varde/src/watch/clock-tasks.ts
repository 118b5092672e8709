import type { ClockSeen, LookInput } from '@varde/look';
import { taskOwner } from '@varde/routing';
import { inTransaction, readClocks, saveClockTasks, type Claim, type Database } from '@varde/store';
import type { EntityManager } from 'typeorm';
import type { Log } from '../log.js';

interface LookedWith {
  readonly claim: Claim;
  readonly input: LookInput | null;
}

interface Keeping {
  readonly database: Database;
  readonly log: Log;
}

/** What the acts that have arrived show of the clocks they were timed by, for whoever is to set them. */
export function readArrivedClocks(tx: EntityManager, looked: readonly LookedWith[], now: Date): Promise<ClockSeen[]> {
  const acts = looked.flatMap(({ claim: { patientId, arrivedIds }, input }) => {
    const unitId = input === null ? null : taskOwner(input.team, 'nurse');
    return unitId === null ? [] : [{ patientId, unitId, measurementIds: arrivedIds }];
  });
  return readClocks(tx, acts, now);
}

/**
 * Raises and settles clock tasks in a transaction of its own, after the round: patients of one gateway share its task, and no look may wait
 * for that or fail by it. If it fails, the next reading shows the clock again.
 */
export async function keepClockTasks({ database, log }: Keeping, clocks: readonly ClockSeen[], now: Date): Promise<void> {
  if (clocks.length === 0) return;
  try {
    await inTransaction(database.dataSource, (tx) => saveClockTasks(tx, clocks, now));
  } catch (error) {
    log.error({ err: error }, 'a task about a clock could not be written; the next reading shows the clock again');
  }
}

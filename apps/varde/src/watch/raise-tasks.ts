import type { LookInput, LookOutcome } from '@varde/look';
import { compareTasks, readKnownTasks, saveTaskChanges, type Claim } from '@varde/store';
import type { EntityManager } from 'typeorm';

/** A look with what it decided; input null when nothing could be read to decide by. */
export interface LookWithTasks {
  readonly claim: Pick<Claim, 'patientId'>;
  readonly input: LookInput | null;
  readonly outcome: LookOutcome;
}

/** Raises the tasks these looks want and settles those they no longer want: one read, and a write only when something has changed. */
export async function raiseTasks(tx: EntityManager, looked: readonly LookWithTasks[], now: Date): Promise<void> {
  const wanted = looked.flatMap(({ claim: { patientId }, input, outcome: { tasks, unaskedTasks = [], keptTasks = [], episodes } }) => {
    const kept = [...keptTasks, ...episodes.flatMap((change) => change.tasks ?? [])];
    return input === null || (tasks === null && kept.length === 0)
      ? []
      : [{ patientId, team: input.team, tasks, unasked: unaskedTasks, kept }];
  });
  if (wanted.length === 0) return;
  const known = await readKnownTasks(
    tx,
    wanted.map(({ patientId }) => patientId),
    now,
  );
  await saveTaskChanges(tx, compareTasks(wanted, known), now);
}

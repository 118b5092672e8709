import type { ChangedBy, TaskDraft } from '@varde/plans';
import { responsibleUnitOf } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { saveTask } from '../looks/task-save.js';
import { readTeams } from '../looks/teams-read.js';

/** A change of what a patient is judged or routed by, and who answers for it. */
export interface ChangeToTell extends Pick<TaskDraft, 'key' | 'ruleId'> {
  readonly patientId: number;
  /** Null: whoever runs the command line. */
  readonly setByPersonId: number | null;
  /** The second clinician; null: none was needed. */
  readonly approvedByPersonId: number | null;
  /** The words of it, with times by the clock of the patient's home. */
  readonly words: (by: ChangedBy, zone: string) => TaskDraft['reason'];
}

/** Kind of the tasks that tell of a change; a physician closes them, and no look settles them. */
const CHANGED_TASK = 'limit-changed';

/**
 * Tells the unit that holds the responsibility for the treatment of a change (clinical README, hazard 9): by a task of its physicians that is
 * open until one of them has closed it. Not where one of them has made or approved it.
 */
export async function tellResponsible(tx: EntityManager, change: ChangeToTell, now: Date): Promise<void> {
  const { patientId, setByPersonId, approvedByPersonId, key, ruleId, words } = change;
  const team = (await readTeams(tx, [patientId], now)).get(patientId);
  const unitId = team && responsibleUnitOf(team)?.id;
  if (team === undefined || unitId === undefined) return;
  const people = await tx.query<{ id: number; name: string; answers: boolean }[]>(
    `select id, name, 'physician' = any(roles) and exists (select from person_unit w where w.person_id = p.id and w.unit_id = $2) as answers
     from person p where id = any($1::integer[])`,
    [[setByPersonId, approvedByPersonId], unitId],
  );
  if (people.some(({ answers }) => answers)) return;
  const nameOf = (personId: number | null): string | null => people.find(({ id }) => id === personId)?.name ?? null;
  const reason = words({ setBy: nameOf(setByPersonId), approvedBy: nameOf(approvedByPersonId) }, team.zone);
  await saveTask(tx, { patientId, unitId, task: { key, kind: CHANGED_TASK, ruleId, forRole: 'physician', reason, dueAt: null } }, now);
}

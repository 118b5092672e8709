import type { TaskRole } from '@varde/plans';
import type { Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { Conflict, Forbidden, found, Invalid } from '../directory/illegal.js';
import type { PersonRole } from '../directory/people.js';
import { PROPOSAL_TASK } from '../directory/proposal-rows.js';
import type { Viewer } from '../directory/sessions.js';
import { refuseOutsideTeam, seenBy } from './visibility.js';

/** Where a task stands. Settled: what it was about is in order, without anybody closing it. */
export const TASK_STATES = ['open', 'done', 'dismissed', 'settled'] as const;
/** Where a task stands. */
export type TaskState = (typeof TASK_STATES)[number];

/** A task on the list of a unit. */
export interface Task {
  readonly id: number;
  /** Null: about the unit's rules. */
  readonly patientId: number | null;
  readonly patientName: string | null;
  readonly unitId: number;
  readonly unit: string;
  readonly forRole: TaskRole;
  readonly key: string;
  readonly kind: string;
  readonly ruleId: string | null;
  readonly reason: Words;
  readonly dueAt: Date | null;
  readonly raisedAt: Date;
  readonly state: TaskState;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly outcome: string | null;
}

/** Which tasks are asked for; null does not narrow. */
export interface TasksQuestion {
  readonly unitId: number | null;
  readonly forRole: TaskRole | null;
  readonly patientId: number | null;
  readonly state: TaskState;
  readonly limit: number;
}

interface TaskRow {
  id: string;
  patient_id: number | null;
  patient_name: string | null;
  unit_id: number;
  unit: string;
  for_role: TaskRole;
  key: string;
  kind: string;
  rule_id: string | null;
  reason_nb: string;
  reason_en: string;
  due_at: Date | null;
  raised_at: Date;
  state: TaskState;
  closed_at: Date | null;
  closed_by: string | null;
  outcome: string | null;
}

const COLUMNS = `t.id, t.patient_id, p.name as patient_name, t.unit_id, u.name as unit, t.for_role, t.key, t.kind, t.rule_id, t.reason_nb, t.reason_en,
  t.due_at, t.raised_at, t.state, t.closed_at, b.name as closed_by, t.outcome`;
const FROM = `task t join unit u on u.id = t.unit_id left join patient p on p.id = t.patient_id left join person b on b.id = t.closed_by_person_id`;
/** About a patient the person may see, or about a unit of theirs. */
const SEEN = `(${seenBy('t.patient_id', '$1')} or (t.patient_id is null and t.unit_id = any($1::integer[])))`;

function toTask(row: TaskRow): Task {
  return {
    id: Number(row.id),
    patientId: row.patient_id,
    patientName: row.patient_name,
    unitId: row.unit_id,
    unit: row.unit,
    forRole: row.for_role,
    key: row.key,
    kind: row.kind,
    ruleId: row.rule_id,
    reason: { nb: row.reason_nb, en: row.reason_en },
    dueAt: row.due_at,
    raisedAt: row.raised_at,
    state: row.state,
    closedAt: row.closed_at,
    closedBy: row.closed_by,
    outcome: row.outcome,
  };
}

/** Tasks the person may see, those due first at the top. */
export async function readTasks(manager: EntityManager, viewer: Pick<Viewer, 'unitIds'>, question: TasksQuestion): Promise<Task[]> {
  const { unitId, forRole, patientId, state, limit } = question;
  const rows = await manager.query<TaskRow[]>(
    `select ${COLUMNS} from ${FROM}
     where ${SEEN} and ($2::integer is null or t.unit_id = $2) and ($3::text is null or t.for_role = $3)
       and ($4::integer is null or t.patient_id = $4) and t.state = $5
     order by t.due_at nulls last, t.raised_at, t.id limit $6`,
    [viewer.unitIds, unitId, forRole, patientId, state, limit],
  );
  return rows.map(toTask);
}

/** Roles that may close a task; there are no accounts of programme leads, the team lead stands in. */
const CLOSES: Readonly<Record<TaskRole, readonly PersonRole[]>> = {
  physician: ['physician'],
  nurse: ['nurse', 'physician'],
  team_lead: ['team_lead'],
  programme_lead: ['team_lead'],
};

/** How a person closes a task. */
export interface TaskClosing {
  readonly taskId: number;
  readonly state: 'done' | 'dismissed';
  /** What was done, or why it need not be. */
  readonly outcome: string;
}

/**
 * Closes a task. What is still wanted comes again when a look asks for it a week later.
 * @throws NotFound among those the person may see; Conflict closed before; Forbidden not of the person's role, or of a patient
 * whose team they are not of
 */
export async function closeTask(manager: EntityManager, viewer: Viewer, { taskId, state, outcome }: TaskClosing, now: Date): Promise<Task> {
  if (outcome.trim() === '') throw new Invalid(['say what was done, or why it need not be']);
  return manager.transaction(async (tx) => {
    const rows = await tx.query<TaskRow[]>(`select ${COLUMNS} from ${FROM} where t.id = $2 and ${SEEN} for no key update of t`, [
      viewer.unitIds,
      taskId,
    ]);
    const task = toTask(found(rows, 'task', taskId));
    if (task.patientId !== null) await refuseOutsideTeam(tx, viewer, task.patientId);
    if (task.state !== 'open') throw new Conflict(`the task ${taskId} is ${task.state} already`);
    if (task.kind === PROPOSAL_TASK) throw new Conflict('approve or decline the proposal; the task follows');
    const closers = CLOSES[task.forRole];
    if (!viewer.roles.some((role) => closers.includes(role))) throw new Forbidden(`this task is for a ${closers.join(' or ')}`);
    const closed = { state, closedAt: now, closedBy: viewer.name, outcome: outcome.trim() };
    await tx.query(`update task set state = $2, closed_at = $3, closed_by_person_id = $4, outcome = $5 where id = $1`, [
      taskId,
      state,
      now,
      viewer.personId,
      closed.outcome,
    ]);
    return { ...task, ...closed };
  });
}

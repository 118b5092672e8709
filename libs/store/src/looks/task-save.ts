import type { TaskDraft } from '@varde/plans';
import { taskOwner, type Team } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** A task a person has closed is not raised again by looks for this long, though it may still be wanted. */
export const RESTS_DAYS = 7;
const DAY_MS = 86_400_000;

/** Tasks of a patient as a look must know them. */
export interface KnownTasks {
  /** Open tasks that looks raised, kind by key: settled when no longer wanted. */
  readonly open: ReadonlyMap<string, string>;
  /** Keys that are not raised again: open, or closed by a person a short while ago. */
  readonly known: ReadonlySet<string>;
}

const KNOWN: Prepared = {
  name: 'varde_known_tasks',
  text: `
  select patient_id, key, kind, state = 'open' and by_look as is_open
  from task where patient_id = any($1::int[]) and (closed_at is null or (closed_at > $2 and state in ('done', 'dismissed')))`,
};

/** What is known of these patients' tasks, in one statement; patients without any are left out. */
export async function readKnownTasks(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, KnownTasks>> {
  interface Row {
    patient_id: number;
    key: string;
    kind: string;
    is_open: boolean;
  }
  const rows = await queryPrepared<Row>(tx, KNOWN, [patientIds, new Date(now.getTime() - RESTS_DAYS * DAY_MS)], patientIds.length);
  const groups = new Map<number, { open: Map<string, string>; known: Set<string> }>();
  for (const row of rows) {
    const group = groups.get(row.patient_id) ?? { open: new Map<string, string>(), known: new Set<string>() };
    groups.set(row.patient_id, group);
    group.known.add(row.key);
    if (row.is_open) group.open.set(row.key, row.kind);
  }
  return groups;
}

/** What a look wants of a patient's tasks, and the team they go to. Null: not known, so nothing changes. */
export interface WantedTasks {
  readonly patientId: number;
  readonly team: Team;
  readonly tasks: readonly TaskDraft[] | null;
  /** Kinds that were not asked about: open tasks of them stay. */
  readonly unasked: readonly string[];
  /** What is raised and never settled by a look: it is a person's to do, whatever becomes of its reason. */
  readonly kept: readonly TaskDraft[];
}

interface Raised {
  readonly patientId: number;
  readonly unitId: number;
  readonly task: TaskDraft;
}

/** The difference between what is wanted and what there is. */
export interface TaskChanges {
  readonly raised: readonly Raised[];
  readonly kept: readonly Raised[];
  readonly settled: readonly { readonly patientId: number; readonly key: string }[];
}

/** Compares in memory: with nothing changed, nothing is written. A team without a unit that can have a task gets none. */
export function compareTasks(wanted: readonly WantedTasks[], known: ReadonlyMap<number, KnownTasks>): TaskChanges {
  const raised: Raised[] = [];
  const kept: Raised[] = [];
  const settled: { patientId: number; key: string }[] = [];
  for (const each of wanted) {
    const { patientId, tasks, unasked } = each;
    const there = known.get(patientId);
    kept.push(...newOf(each, each.kept, there));
    if (tasks === null) continue;
    raised.push(...newOf(each, tasks, there));
    for (const [key, kind] of there?.open ?? []) {
      if (!unasked.includes(kind) && !tasks.some((task) => task.key === key)) settled.push({ patientId, key });
    }
  }
  return { raised, kept, settled };
}

function newOf({ patientId, team }: WantedTasks, tasks: readonly TaskDraft[], there: KnownTasks | undefined): Raised[] {
  return tasks.flatMap((task) => {
    const unitId = there?.known.has(task.key) === true ? null : taskOwner(team, task.forRole);
    return unitId === null ? [] : [{ patientId, unitId, task }];
  });
}

const RAISE: Prepared = {
  name: 'varde_raise_tasks',
  text: `
  insert into task (patient_id, unit_id, for_role, key, kind, rule_id, reason_nb, reason_en, due_at, raised_at, by_look)
  select (t->>'patientId')::int, (t->>'unitId')::int, t->'task'->>'forRole', t->'task'->>'key', t->'task'->>'kind', t->'task'->>'ruleId',
    t->'task'->'reason'->>'nb', t->'task'->'reason'->>'en', (t->'task'->>'dueAt')::timestamptz, $2, $3
  from jsonb_array_elements($1::jsonb) as t
  on conflict do nothing`,
};

const SETTLE: Prepared = {
  name: 'varde_settle_tasks',
  text: `
  update task t set state = 'settled', closed_at = $3
  from unnest($1::int[], $2::text[]) as s (patient_id, key)
  where t.patient_id = s.patient_id and t.key = s.key and t.state = 'open'`,
};

/** Raises and settles what looks have changed. */
export async function saveTaskChanges(tx: EntityManager, { raised, kept, settled }: TaskChanges, now: Date): Promise<void> {
  if (raised.length > 0) await queryPrepared(tx, RAISE, [JSON.stringify(raised), now, true], raised.length);
  if (kept.length > 0) await queryPrepared(tx, RAISE, [JSON.stringify(kept), now, false], kept.length);
  if (settled.length === 0) return;
  await queryPrepared(tx, SETTLE, [settled.map(({ patientId }) => patientId), settled.map(({ key }) => key), now], settled.length);
}

/** A task that no look asks for. `patientId` null: about the unit itself. */
export interface OtherTask {
  readonly patientId: number | null;
  readonly unitId: number;
  readonly task: TaskDraft;
}

/** Raises tasks that no look asks for; those that are open with the same key stay as they are. */
export async function saveTasks(tx: EntityManager, tasks: readonly OtherTask[], now: Date): Promise<void> {
  if (tasks.length === 0) return;
  const rows = JSON.stringify(tasks.map(({ patientId, unitId, task }) => ({ patientId, unitId, task })));
  await queryPrepared(tx, RAISE, [rows, now, false], tasks.length);
}

/** The same for one. */
export async function saveTask(tx: EntityManager, task: OtherTask, now: Date): Promise<void> {
  await saveTasks(tx, [task], now);
}

/** Open tasks of a patient go to the new team: what units that are not in it were to do, somebody there does now. */
export async function moveTasks(tx: EntityManager, patientId: number, team: Team): Promise<void> {
  for (const forRole of ['physician', 'nurse', 'team_lead', 'programme_lead'] as const) {
    const unitId = taskOwner(team, forRole);
    if (unitId === null) continue;
    await tx.query(
      `update task set unit_id = $3 where patient_id = $1 and for_role = $2 and state = 'open' and unit_id <> all($4::integer[])`,
      [patientId, forRole, unitId, team.units.map(({ id }) => id)],
    );
  }
}

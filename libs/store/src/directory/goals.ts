import type { EntityManager } from 'typeorm';
import { Conflict, found, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';

/** What became of a goal: reached; changed for another; given up. */
export const GOAL_OUTCOMES = ['reached', 'changed', 'given_up'] as const;
/** One of `GOAL_OUTCOMES`. */
export type GoalOutcome = (typeof GOAL_OUTCOMES)[number];

/** What matters to a patient, in their own words. No rule reads it: it is for whoever meets the patient. Never overwritten, only ended. */
export interface Goal {
  readonly id: number;
  readonly words: string;
  readonly setByPersonId: number;
  readonly setByName: string;
  readonly setAt: Date;
  /** Null while it stands; then so are the outcome and who ended it. */
  readonly endedAt: Date | null;
  readonly endedByName: string | null;
  readonly outcome: GoalOutcome | null;
  readonly note: string | null;
}

/** Goals of one patient that stand at most: more are no help to who must act by them. */
export const STANDING_GOALS_MAX = 10;
/** Longest words of a goal, and of what is said of its end, in characters. */
export const GOAL_CHARS_MAX = 500;

const SELECT = `
  select g.id, g.words, g.set_by_person_id as "setByPersonId", s.name as "setByName", g.set_at as "setAt", g.ended_at as "endedAt",
    e.name as "endedByName", g.outcome, g.note
  from goal g join person s on s.id = g.set_by_person_id left join person e on e.id = g.ended_by_person_id`;

/** Writes down what matters to a patient. @throws Invalid; NotFound patient; Conflict so many stand already */
export async function addGoal(
  manager: EntityManager,
  author: Author,
  { patientId, words }: { readonly patientId: number; readonly words: string },
  now: Date,
): Promise<Goal> {
  const said = words.trim();
  refuseFaults([(said === '' || said.length > GOAL_CHARS_MAX) && `a goal has 1 to ${GOAL_CHARS_MAX} characters`]);
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const standing = await tx.query<{ words: string }[]>('select words from goal where patient_id = $1 and ended_at is null', [patientId]);
    if (standing.some((goal) => goal.words === said)) throw new Conflict('this goal stands already');
    if (standing.length >= STANDING_GOALS_MAX) {
      throw new Conflict(`${STANDING_GOALS_MAX} goals stand already: end one that does not matter any more`);
    }
    const inserted = await tx.query<{ id: number }[]>(
      'insert into goal (patient_id, words, set_by_person_id, set_at) values ($1, $2, $3, $4) returning id',
      [patientId, said, author.personId, now],
    );
    const { id } = found(inserted, 'goal of patient', patientId);
    return found(await tx.query<Goal[]>(`${SELECT} where g.id = $1`, [id]), 'goal', id);
  });
}

/** A goal that stands no more, and what became of it. */
export interface GoalEnd {
  readonly patientId: number;
  readonly goalId: number;
  readonly outcome: GoalOutcome;
  /** What there is to say of it; null: nothing. */
  readonly note: string | null;
}

/** Ends a goal. @throws Invalid; NotFound; Conflict it has ended before */
export async function endGoal(
  manager: EntityManager,
  author: Author,
  { patientId, goalId, outcome, note }: GoalEnd,
  now: Date,
): Promise<void> {
  refuseFaults([(note?.length ?? 0) > GOAL_CHARS_MAX && `a note has at most ${GOAL_CHARS_MAX} characters`]);
  await manager.transaction(async (tx) => {
    const rows = await tx.query<{ ended_at: Date | null }[]>('select ended_at from goal where id = $1 and patient_id = $2 for update', [
      goalId,
      patientId,
    ]);
    if (found(rows, 'goal of the patient', goalId).ended_at !== null) throw new Conflict(`the goal ${goalId} has ended before`);
    await tx.query('update goal set ended_at = $2, ended_by_person_id = $3, outcome = $4, note = $5 where id = $1', [
      goalId,
      now,
      author.personId,
      outcome,
      note?.trim() || null,
    ]);
  });
}

/** Every goal of a patient: those that stand first, in the order they were set, then those that have ended, the newest first. */
export async function readGoals(manager: EntityManager, patientId: number): Promise<Goal[]> {
  return manager.query<Goal[]>(`${SELECT} where g.patient_id = $1 order by g.ended_at desc nulls first, g.set_at, g.id`, [patientId]);
}

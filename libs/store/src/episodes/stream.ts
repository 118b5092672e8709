import type { DataSource, EntityManager } from 'typeorm';
import { LOCK_IDS } from '../server/lock-ids.js';
import { queryPrepared, runPrepared, type Prepared } from '../server/prepared.js';
import { SHARING } from './visibility.js';

/** Channel that wakes readers of worklist changes (`Database.listen`); the payload is empty, the rows say what changed. */
export const WORKLIST_CHANNEL = 'varde_worklist';

/** What happened to a patient's place on the worklist. */
export type WorklistChangeKind =
  | 'opened'
  | 'changed'
  | 'closed'
  /** It has gone into another open episode of the patient, whose own change comes with it. */
  | 'merged'
  | 'snoozed'
  | 'snooze_undone'
  | 'not_up_to_date'
  | 'up_to_date';

/** One change to be told to everybody who follows the worklist. */
export interface WorklistChangeDraft {
  readonly at: Date;
  readonly patientId: number;
  readonly episodeId: number | null;
  /** The owner of the episode after the change; where it is about no episode, a unit that sees the patient no more. */
  readonly unitId: number | null;
  readonly kind: WorklistChangeKind;
}

/** A stored change. Ids rise in the order of the commits and none appears late: a reader that has seen an id has seen all below it. */
export interface WorklistChange extends WorklistChangeDraft {
  readonly id: number;
}

// One statement: the lock is taken before the first nextval because every row comes out of the join with it.
const SAVE: Prepared = {
  name: 'varde_save_worklist_changes',
  text: `
  with locked as materialized (select pg_advisory_xact_lock($1)),
  saved as (
    insert into worklist_change (id, at, patient_id, episode_id, unit_id, kind)
    select nextval('worklist_change_id'), c.at, c.patient_id, c.episode_id, c.unit_id, c.kind
    from locked cross join unnest($2::timestamptz[], $3::integer[], $4::bigint[], $5::integer[], $6::text[])
      as c (at, patient_id, episode_id, unit_id, kind)
    returning id
  )
  select pg_notify('${WORKLIST_CHANNEL}', '') from (select count(*) from saved) as done`,
};

/**
 * Tells the followers of the worklist. Must be the last statement of its transaction: it holds a lock that every other writer
 * of changes waits for, until the commit.
 */
export async function saveWorklistChanges(tx: EntityManager, changes: readonly WorklistChangeDraft[]): Promise<void> {
  if (changes.length === 0) return;
  await queryPrepared(
    tx,
    SAVE,
    [
      LOCK_IDS.worklistChange,
      changes.map((change) => change.at),
      changes.map((change) => change.patientId),
      changes.map((change) => change.episodeId),
      changes.map((change) => change.unitId),
      changes.map((change) => change.kind),
    ],
    changes.length,
  );
}

/**
 * A change with who may be told of it: people of the units that may see the patient now, follow the episode, owned it by the change or lost
 * sight of the patient by it, or were ever asked to take or advise on it.
 */
export interface SeenWorklistChange extends WorklistChange {
  readonly seenByUnitIds: readonly number[];
}

const READ: Prepared = {
  name: 'varde_worklist_changes',
  text: `
  select c.id, c.at, c.patient_id, c.episode_id, c.unit_id, c.kind, array(
    select unit_id from ${SHARING} sharing where patient_id = c.patient_id
    union select to_unit_id from handover where episode_id = c.episode_id
    union select unit_id from consultation where episode_id = c.episode_id
    union select unnest(follower_unit_ids) from episode where id = c.episode_id
    union select c.unit_id where c.unit_id is not null
    order by 1
  ) as unit_ids
  from worklist_change c where c.id > $1 order by c.id limit $2`,
};

type ChangeRow = readonly [
  id: string,
  at: Date,
  patientId: number,
  episodeId: string | null,
  unitId: number | null,
  kind: WorklistChangeKind,
  seenByUnitIds: number[],
];

/** Changes after an id, in order, at most `limit`, for all who follow: whoever tells them on must look at `seenByUnitIds`. */
export async function readWorklistChanges(dataSource: DataSource, afterId: number, limit: number): Promise<SeenWorklistChange[]> {
  const rows = (await runPrepared(dataSource, READ, [afterId, limit], 1)) as unknown as ChangeRow[];
  return rows.map(([id, at, patientId, episodeId, unitId, kind, seenByUnitIds]) => ({
    id: Number(id),
    at,
    patientId,
    unitId,
    kind,
    seenByUnitIds,
    episodeId: episodeId === null ? null : Number(episodeId),
  }));
}

/** Which changes can be read again. */
export interface KeptChanges {
  /** A reader that has seen this id or a later one has missed nothing; an earlier one must start over. */
  readonly resumableFrom: number;
  /** The newest committed id, 0 before the first. */
  readonly newest: number;
}

// The lock waits for writers that have taken an id and not yet committed. With nothing kept, the sequence tells how far it
// had come; ids taken and rolled back only make a reader start over once more.
const KEPT = `
  select coalesce((select min(id) - 1 from worklist_change), s.reached) as resumable_from,
    coalesce((select max(id) from worklist_change), s.reached) as newest
  from (select case when is_called then last_value else 0 end as reached from worklist_change_id) s`;

// Changes are trimmed from the oldest on, so one that has been seen and is missing among those kept has never been, for this database.
const GONE_BACK: Prepared = {
  name: 'varde_worklist_gone_back',
  text: `
  select coalesce(kept.newest, s.reached) < $1
    or (kept.oldest <= $1 and not exists (select from worklist_change where id = $1))
  from (select min(id) as oldest, max(id) as newest from worklist_change) kept,
    (select case when is_called then last_value else 0 end as reached from worklist_change_id) s`,
};

/** Whether the database knows nothing of a change that was read from it: it was restored, or failed over without its last commits. */
export async function hasGoneBack(dataSource: DataSource, seenId: number): Promise<boolean> {
  const [row] = await runPrepared(dataSource, GONE_BACK, [seenId], 1);
  return row?.[0] === true;
}

/** How far back changes are kept; housekeeping trims them. Needs a transaction of its own: it waits for the writers' lock. */
export async function readKeptChanges(tx: EntityManager): Promise<KeptChanges> {
  await tx.query('select pg_advisory_xact_lock($1)', [LOCK_IDS.worklistChange]);
  const [row]: { resumable_from: string; newest: string }[] = await tx.query(KEPT);
  return { resumableFrom: Number(row?.resumable_from ?? 0), newest: Number(row?.newest ?? 0) };
}

import type { EntityManager } from 'typeorm';
import { saveWorklistChanges } from '../episodes/stream.js';
import type { ServicePart } from './heartbeat.js';

/** What may be blind: a part of the service, the database, one gateway, or the chain as a made-up patient walks it. */
export type BlindPart = ServicePart | 'database' | 'gateway' | 'chain';

/** Said nothing; says something but is behind; or a value sent on purpose did not arrive. */
export type BlindWhy = 'silent' | 'late' | 'not_arrived';

/** Parts without which the worklist is not up to date; the others tell people too late or not at all. */
const WORKLIST_PARTS: readonly BlindPart[] = ['broker', 'ingest', 'watch', 'database'];

/** Parts whose absence holds up every reading that is measured meanwhile. */
const HOLDS_UP: readonly BlindPart[] = ['broker', 'ingest', 'database', 'gateway'];

/** A stretch of blindness as somebody notices it. */
export interface Noticed {
  readonly part: BlindPart;
  /** Which one, where there are several; '' where there is one. */
  readonly subject: string;
  readonly why: BlindWhy;
  readonly since: Date;
  /** Whom it touches; none: everybody. */
  readonly unitIds?: readonly number[];
  readonly patientIds?: readonly number[];
  readonly detail?: string | null;
}

/** A stretch of blindness as it is kept. */
export interface Blindness extends Required<Noticed> {
  readonly id: number;
  readonly to: Date | null;
  readonly patientsWaiting: number;
  readonly noticedAt: Date;
  readonly toldAt: Date | null;
}

interface Row {
  id: number;
  part: BlindPart;
  subject: string;
  why: BlindWhy;
  since: Date;
  to_at: Date | null;
  unit_ids: number[];
  patient_ids: number[];
  detail: string | null;
  patients_waiting: number;
  noticed_at: Date;
  told_at: Date | null;
}

const toBlindness = (row: Row): Blindness => ({
  id: row.id,
  part: row.part,
  subject: row.subject,
  why: row.why,
  since: row.since,
  to: row.to_at,
  unitIds: row.unit_ids,
  patientIds: row.patient_ids,
  detail: row.detail,
  patientsWaiting: row.patients_waiting,
  noticedAt: row.noticed_at,
  toldAt: row.told_at,
});

/**
 * Writes down that something is blind, to be told from `tellAt` on; for patients of a gateway the worklist changes at once. However many
 * processes notice it, it is one row. Answers whether it is new.
 */
export async function saveBlind(tx: EntityManager, noticed: Noticed, now: Date, tellAt: Date | null = now): Promise<boolean> {
  const { part, subject, why, since, unitIds = [], patientIds = [], detail = null } = noticed;
  const rows = await tx.query<unknown[]>(
    `insert into blindness (part, subject, why, since, noticed_at, unit_ids, patient_ids, detail, next_tell_at)
     values ($1, $2, $3, least($4::timestamptz, $5), $5, $6, $7, $8, $9) on conflict (part, subject) where to_at is null do nothing returning id`,
    [part, subject, why, since, now, unitIds, patientIds, detail, tellAt],
  );
  if (rows.length > 0) await tellWorklist(tx, patientIds, 'not_up_to_date', now);
  return rows.length > 0;
}

/** Writes down which of several that a blind part does is late now: it is told so the next time. */
export async function saveBlindDetail(manager: EntityManager, id: number, detail: string | null): Promise<void> {
  await manager.query(`update blindness set detail = $2 where id = $1 and to_at is null`, [id, detail]);
}

/**
 * Writes down that something open touches these patients besides: the worklist changes for them, and people are told now if nobody has been.
 * However many processes notice it, it is done once.
 */
export async function saveMoreTouched(
  tx: EntityManager,
  id: number,
  { patientIds, unitIds }: { readonly patientIds: readonly number[]; readonly unitIds: readonly number[] },
  now: Date,
): Promise<void> {
  const [rows]: [unknown[], number] = await tx.query(
    `update blindness set
       patient_ids = array(select unnest(patient_ids) union select unnest($2::integer[]) order by 1),
       unit_ids = array(select unnest(unit_ids) union select unnest($3::integer[]) order by 1),
       next_tell_at = case when told_at is null then coalesce(next_tell_at, $4::timestamptz) else next_tell_at end
     where id = $1 and to_at is null and not patient_ids @> $2::integer[] returning id`,
    [id, patientIds, unitIds, now],
  );
  if (rows.length > 0) await tellWorklist(tx, patientIds, 'not_up_to_date', now);
}

/** The database was away from `since` until now, and people were told without it. One process writes it down, however many told. */
export async function saveDatabaseWasAway(tx: EntityManager, since: Date, now: Date, overTellAt: Date): Promise<void> {
  await tx.query(
    `insert into blindness (part, why, since, noticed_at, told_at, to_at, next_tell_at)
     select 'database', 'silent', $1, $2, $2, $2, $3
     where not exists (select from blindness where part = 'database' and (to_at is null or to_at > $1))`,
    [since, now, overTellAt],
  );
}

/**
 * Writes down that these see again. What nobody was told of is not told as over either.
 * @param overTellAt when it is told: late enough for what was late to have come; null: it is not told
 */
export async function saveSeesAgain(tx: EntityManager, ids: readonly number[], now: Date, overTellAt: Date | null): Promise<void> {
  if (ids.length === 0) return;
  const [rows]: [{ patient_ids: number[] }[], number] = await tx.query(
    `update blindness set to_at = greatest($2, since), next_tell_at = case when told_at is null then null else $3::timestamptz end
     where id = any($1::integer[]) and to_at is null returning patient_ids`,
    [ids, now, overTellAt],
  );
  await tellWorklist(
    tx,
    rows.flatMap((row) => row.patient_ids),
    'up_to_date',
    now,
  );
}

async function tellWorklist(
  tx: EntityManager,
  patientIds: readonly number[],
  kind: 'not_up_to_date' | 'up_to_date',
  at: Date,
): Promise<void> {
  const changes = [...new Set(patientIds)].map((patientId) => ({ at, patientId, episodeId: null, unitId: null, kind }));
  await saveWorklistChanges(tx, changes);
}

/** Patients who have waited too long while something is blind: the most at any moment is what is told. */
export async function savePatientsWaiting(tx: EntityManager, waiting: number): Promise<void> {
  if (waiting === 0) return;
  await tx.query(`update blindness set patients_waiting = greatest(patients_waiting, $1) where to_at is null or next_tell_at is not null`, [
    waiting,
  ]);
}

/** How many patients have waited for their look for more than a minute. */
export async function readPatientsWaiting(manager: EntityManager, now: Date): Promise<number> {
  const [row] = await manager.query<{ n: number }[]>(
    `select count(*)::integer as n from (select patient_id from arrival where arrived_at < $1::timestamptz - interval '1 minute'
     union select patient_id from patient_watch where due_at < $1::timestamptz - interval '1 minute') waiting`,
    [now],
  );
  return row?.n ?? 0;
}

/** Everything that is blind now. */
export async function readBlind(manager: EntityManager): Promise<Blindness[]> {
  const rows = await manager.query<Row[]>(`select * from blindness where to_at is null order by since, id`);
  return rows.map(toBlindness);
}

/** Since when the worklist is not to be relied on, by what is blind; null: it is. One gateway makes only its own patients' rows stale. */
export function worklistStaleSince(blind: readonly Pick<Blindness, 'part' | 'since'>[]): Date | null {
  const since = blind.filter(({ part }) => WORKLIST_PARTS.includes(part)).map((each) => each.since.getTime());
  return since.length === 0 ? null : new Date(Math.min(...since));
}

/**
 * Takes what is due to be told, for `leaseMs`: a teller that dies lets it fall due again, and two tellers never hold the same.
 * What is over in the meantime is told as over only.
 */
export async function claimTellings(manager: EntityManager, now: Date, leaseMs: number): Promise<Blindness[]> {
  const [rows]: [Row[], number] = await manager.query(
    `update blindness set next_tell_at = $2 where id in (select id from blindness where next_tell_at <= $1 for update skip locked) returning *`,
    [now, new Date(now.getTime() + leaseMs)],
  );
  return rows.map(toBlindness);
}

/** People have been told; `nextTellAt` is when they are told again, null when they are not until it is over. */
export async function saveTold(manager: EntityManager, ids: readonly number[], now: Date, nextTellAt: Date | null): Promise<void> {
  // One that ended while it was told is told as over soon.
  await manager.query(
    `update blindness set told_at = coalesce(told_at, $2), next_tell_at = case when to_at is null then $3::timestamptz else $2 end
     where id = any($1::integer[])`,
    [ids, now, nextTellAt],
  );
}

/** People have been told that it is over, and what was late. */
export async function saveOverTold(manager: EntityManager, ids: readonly number[], now: Date, caughtUp: CaughtUp): Promise<void> {
  await manager.query(`update blindness set over_told_at = $2, next_tell_at = null, caught_up = $3 where id = any($1::integer[])`, [
    ids,
    now,
    JSON.stringify(caughtUp),
  ]);
}

/** Nobody could be told: it is tried again then. */
export async function saveNotTold(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void> {
  await manager.query(`update blindness set next_tell_at = $2 where id = any($1::integer[])`, [ids, againAt]);
}

/** What was late because of a stretch of blindness. */
export interface CaughtUp {
  /** Readings measured in it: held up when nothing could be received or stored, else those that came more than a minute late. */
  readonly readingsLate: number;
  /** Patients whose look was late. */
  readonly patientsLate: number;
  /** Notices that were sent more than a minute after they were queued. */
  readonly noticesLate: number;
  /** Patients and notices that still wait; 0: everything that was acknowledged has been looked at, and everything due has been sent. */
  readonly stillWaiting: number;
  /** Messages to homes that became of no use in it before they were sent: requests to measure again, advice. They are lost. */
  readonly homesUntold: number;
  /** Notices about those patients that no try brought there before they were given up in it: they stand on the worklist, and nobody was called. */
  readonly noticesGivenUp: number;
}

/** The newest rows that are searched for late ones: no outage makes more before it is told as over. */
const NEWEST_SEARCHED = 100_000;

/** Whether a patient is one that is asked about: of those the stretch touches (none named: all), and of the units' (null: whoever's). */
const isAsked = (patientId: string): string => `(cardinality($5::integer[]) = 0 or ${patientId} = any($5))
       and ($6::integer[] is null or exists (select from team_unit t where t.patient_id = ${patientId} and t.unit_id = any($6)))`;
/** The same of a notice `n` and its episode `e`, by the unit it goes to: some are about no patient. */
const IS_NOTICE_ASKED = `(cardinality($5::integer[]) = 0 or e.patient_id = any($5)) and ($6::integer[] is null or n.unit_id = any($6))`;

// Looks are found by the newest lines of the log: it has no index by time, and none is worth one question in an outage.
const CAUGHT_UP = `
  select
    (select count(*)::integer from reading r
     where r.observed_at between $1::timestamptz - interval '1 minute' and $2
       and r.received_at > case when $4 then $1 else r.observed_at + interval '1 minute' end
       and ${isAsked('r.patient_id')}) as readings_late,
    (select count(distinct l.patient_id)::integer from (select * from patient_log order by id desc limit ${NEWEST_SEARCHED}) l
     cross join lateral unnest(l.measurement_ids) as looked (id) join measurement m on m.id = looked.id
     where l.kind = 'look' and l.at > $1 and m.received_at < l.at - interval '1 minute' and ${isAsked('l.patient_id')}) as patients_late,
    (select count(*)::integer from (select * from notice order by id desc limit ${NEWEST_SEARCHED}) n left join episode e on e.id = n.episode_id
     where n.queued_at between $1::timestamptz - interval '1 minute' and $2 and n.sent_at > n.queued_at + interval '1 minute'
       and ${IS_NOTICE_ASKED}) as notices_late,
    (select count(distinct a.patient_id)::integer from arrival a
     where a.arrived_at < $3::timestamptz - interval '1 minute' and ${isAsked('a.patient_id')})
      + (select count(*)::integer from notice n left join episode e on e.id = n.episode_id
         where n.next_try_at < $3::timestamptz - interval '1 minute' and ${IS_NOTICE_ASKED}) as still_waiting,
    (select count(*)::integer from (select * from home_ask order by id desc limit ${NEWEST_SEARCHED}) a
     where a.answer_by between $1 and $2 and a.sent_at is null and a.settled_at is null and ${isAsked('a.patient_id')})
      + (select count(*)::integer from (select * from home_advice order by id desc limit ${NEWEST_SEARCHED}) a
         where a.of_use_until between $1 and $2 and a.sent_at is null and a.answered_at is null and a.withdrawn_at is null
           and a.client_id is not null and ${isAsked('a.patient_id')}) as homes_untold,
    (select count(*)::integer from (select * from notice order by id desc limit ${NEWEST_SEARCHED}) n join episode e on e.id = n.episode_id
     where n.given_up_at between $1 and $2 and n.has_failed and ${IS_NOTICE_ASKED}) as notices_given_up`;

/**
 * Counts what was late because of a stretch of blindness.
 * @param unitIds only of patients these units follow, and of what these units are told; null: of all
 */
export async function readCaughtUp(
  manager: EntityManager,
  { part, since, to, patientIds, patientsWaiting }: Blindness,
  now: Date,
  unitIds: readonly number[] | null = null,
): Promise<CaughtUp> {
  interface Counts {
    readings_late: number;
    patients_late: number;
    notices_late: number;
    still_waiting: number;
    homes_untold: number;
    notices_given_up: number;
  }
  const [row] = await manager.query<Counts[]>(CAUGHT_UP, [since, to ?? now, now, HOLDS_UP.includes(part), patientIds, unitIds]);
  // Who waited without having measured was counted then, and only of all.
  const waitingOfAll = patientIds.length === 0 && unitIds === null ? patientsWaiting : 0;
  return {
    readingsLate: row?.readings_late ?? 0,
    patientsLate: Math.max(row?.patients_late ?? 0, waitingOfAll),
    noticesLate: row?.notices_late ?? 0,
    stillWaiting: row?.still_waiting ?? 0,
    homesUntold: row?.homes_untold ?? 0,
    noticesGivenUp: row?.notices_given_up ?? 0,
  };
}

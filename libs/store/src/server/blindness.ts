import type { EntityManager } from 'typeorm';
import { saveWorklistChanges } from '../episodes/stream.js';
import type { ServicePart } from './heartbeat.js';

/** What may be blind: a part of the service, the database, one gateway, or the chain as a made-up patient walks it. */
export type BlindPart = ServicePart | 'database' | 'gateway' | 'chain';

/** Said nothing; says something but is behind; or a value sent on purpose did not arrive. */
export type BlindWhy = 'silent' | 'late' | 'not_arrived';

/** Parts without which the worklist is not up to date; the others tell people too late or not at all. */
const WORKLIST_PARTS: readonly BlindPart[] = ['broker', 'ingest', 'watch', 'database'];

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

/** A stretch of blindness as somebody notices it, and when it is told; null: when it touches somebody. */
export interface NoticedToTell extends Noticed {
  readonly tellAt: Date | null;
}

const SAVE_BLIND = `
  insert into blindness (part, subject, why, since, noticed_at, unit_ids, patient_ids, detail, next_tell_at)
  select n.part, n.subject, n.why, least(n.since, $2::timestamptz), $2, n."unitIds", n."patientIds", n.detail, n."tellAt"
  from jsonb_to_recordset($1::jsonb) as n (part text, subject text, why text, since timestamptz, "unitIds" integer[], "patientIds" integer[],
    detail text, "tellAt" timestamptz)
  on conflict (part, subject) where to_at is null do nothing returning patient_ids`;

/**
 * Writes down that these are blind, in one statement however many they are; for patients of a gateway the worklist changes at once. However many
 * processes notice it, each is one row. Answers how many are new.
 */
export async function saveAllBlind(tx: EntityManager, noticed: readonly NoticedToTell[], now: Date): Promise<number> {
  if (noticed.length === 0) return 0;
  const rows = noticed.map((each) => ({ unitIds: [], patientIds: [], detail: null, ...each }));
  const saved = await tx.query<{ patient_ids: number[] }[]>(SAVE_BLIND, [JSON.stringify(rows), now]);
  const patientIds = saved.flatMap((row) => row.patient_ids);
  await tellWorklist(tx, patientIds, 'not_up_to_date', now);
  return saved.length;
}

/** The same of one, to be told from `tellAt` on. Answers whether it is new. */
export async function saveBlind(tx: EntityManager, noticed: Noticed, now: Date, tellAt: Date | null = now): Promise<boolean> {
  return (await saveAllBlind(tx, [{ ...noticed, tellAt }], now)) > 0;
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

/** Patients who have waited too long while something is blind: the most at any moment is what is told; of a gateway never. */
export async function savePatientsWaiting(tx: EntityManager, waiting: number): Promise<void> {
  await tx.query(
    `update blindness set patients_waiting = $1
     where patients_waiting < $1 and part <> 'gateway' and (to_at is null or next_tell_at is not null)`,
    [waiting],
  );
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

/** What is told of something: that it is blind, or that it is over. */
export type Telling = 'blind' | 'over';

/**
 * Takes what is due to be told, for `leaseMs`: a teller that dies lets it fall due again, and two tellers never hold the same.
 * What is over in the meantime is told as over only.
 */
export async function claimTellings(manager: EntityManager, telling: Telling, now: Date, leaseMs: number): Promise<Blindness[]> {
  const [rows]: [Row[], number] = await manager.query(
    `update blindness set next_tell_at = $2 where id in
       (select id from blindness where next_tell_at <= $1 and (to_at is not null) = $3 for update skip locked) returning *`,
    [now, new Date(now.getTime() + leaseMs), telling === 'over'],
  );
  // The key of a message names them in their order: it must be the same however often it is tried.
  return rows.map(toBlindness).sort((a, b) => a.id - b.id);
}

/** People have been told; `nextTellAt` is when they are told again, null when they are not until it is over. */
export async function saveTold(manager: EntityManager, ids: readonly number[], now: Date, nextTellAt: Date | null): Promise<void> {
  // One that ended while it was told for the first time is told as over soon; later, its end has said when.
  await manager.query(
    `update blindness set told_at = coalesce(told_at, $2),
       next_tell_at = case when to_at is null then $3::timestamptz when told_at is null then $2 else next_tell_at end
     where id = any($1::integer[])`,
    [ids, now, nextTellAt],
  );
}

/** Nobody could be told: it is tried again then, unless it has ended meanwhile and is not to be told any more. */
export async function saveNotTold(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void> {
  await manager.query(`update blindness set next_tell_at = $2 where id = any($1::integer[]) and next_tell_at is not null`, [ids, againAt]);
}

import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** A patient whom one watcher has taken for the length of its transaction. */
export interface Claim {
  readonly patientId: number;
  readonly planVersion: number;
  /** IANA zone of the home. */
  readonly zone: string;
  /** Observed time of the oldest reading no look has seen; null when only a clock ran out. */
  readonly unlookedFrom: Date | null;
  /** Whether anything has arrived since the last look. */
  readonly hasArrived: boolean;
  /** Acts of measuring that have, never looked at before. */
  readonly arrivedIds: readonly number[];
  /** Newest accepted time per metric, as the last look left it. */
  readonly lastObserved: ReadonlyMap<Metric, Date>;
  /** Last local day that is in day_median, `YYYY-MM-DD`; null before the first look. */
  readonly summarisedTo: string | null;
  /** Looks that failed in a row. */
  readonly failures: number;
  /** Whether a clock had run out: then something may have fallen silent. */
  readonly isByClock: boolean;
}

interface ClaimRow {
  patient_id: number;
  plan_version: number;
  zone: string;
  unlooked_from: Date | null;
  last_observed: Record<string, string>;
  summarised_to: string | null;
  failures: number;
  by_clock: boolean;
}

/** Arrivals that one claim looks through at most, oldest first. */
const ARRIVALS_SEEN_MAX = 10_000;

// Of those who have arrivals, who was looked at longest ago comes first: a quiet patient does not wait behind those whose devices talk all
// the time. Of those whose clock has run out, whose did so first. A round takes from both in turn, so neither waits behind the other, and
// nobody waits for ever, because a look makes a patient the last. A look in the future was before the clock was set back.
const CLAIM: Prepared = {
  name: 'varde_claim',
  text: `
  with arrived as (
    select w.patient_id, w.looked_at
    from (select distinct patient_id from (select patient_id from arrival order by id limit ${ARRIVALS_SEEN_MAX}) oldest) a
    join patient_watch w on w.patient_id = a.patient_id
    where w.looked_at is null or w.looked_at <= $3 or w.looked_at > $1
    order by w.looked_at nulls first limit $2
  ), due as (
    select patient_id, due_at from patient_watch where due_at <= $1 order by due_at limit $2
  ), wanted as (
    select patient_id, min(place) as place
    from (
      select patient_id, row_number() over (order by looked_at nulls first) as place from arrived
      union all
      select patient_id, row_number() over (order by due_at) from due
    ) either
    group by patient_id
  ), taken as (
    select w.*
    from wanted join patient_watch w on w.patient_id = wanted.patient_id
    order by wanted.place, w.looked_at nulls first
    limit $2
    for update of w skip locked
  )
  select t.patient_id, p.plan_version, p.zone, t.unlooked_from, t.last_observed, t.summarised_to::text, t.failures,
    coalesce(t.due_at <= $1, false) as by_clock
  from taken t join patient p on p.id = t.patient_id`,
};

const UNSEEN: Prepared = {
  name: 'varde_unseen',
  text: 'delete from arrival where patient_id = any($1) returning patient_id, observed_from, measurement_ids',
};

interface Seen {
  patient_id: number;
  observed_from: Date;
  measurement_ids: string[];
}

/** How patients are claimed. */
export interface Claiming {
  /** Patients at most. */
  readonly limit: number;
  /** A patient looked at so lately is not looked at again only because readings have come. Clocks are not held back by it. */
  readonly restMs: number;
}

/**
 * Takes up to `limit` patients who are due or have unseen readings, of both those who have waited longest, passing over those another
 * watcher holds. The claim is the row lock: a watcher that dies lets go of it, and nothing it had not committed has happened.
 */
export async function claimDue(tx: EntityManager, now: Date, { limit, restMs }: Claiming): Promise<Claim[]> {
  // A look reads a few rows of each patient along an index. A plan that a connection made while a table was empty would read the whole
  // of it for every patient, and is kept for as long as nobody analyses the table: seconds for a round of a young, busy database.
  await tx.query('set local enable_seqscan = off');
  const rows = await queryPrepared<ClaimRow>(tx, CLAIM, [now, limit, new Date(now.getTime() - restMs)], 1);
  if (rows.length === 0) return [];
  const patientIds = rows.map((row) => row.patient_id);
  const seen = await queryPrepared<Seen>(tx, UNSEEN, [patientIds], patientIds.length);
  const earliest = new Map<number, Date>();
  const arrivedIds = new Map<number, number[]>();
  for (const { patient_id: patientId, observed_from: from, measurement_ids: ids } of seen) {
    const known = earliest.get(patientId);
    if (!known || from < known) earliest.set(patientId, from);
    const arrived = arrivedIds.get(patientId) ?? [];
    arrivedIds.set(patientId, arrived);
    for (const id of ids) arrived.push(Number(id));
  }
  return rows.map((row) => ({
    patientId: row.patient_id,
    planVersion: row.plan_version,
    zone: row.zone,
    unlookedFrom: earlier(row.unlooked_from, earliest.get(row.patient_id) ?? null),
    hasArrived: earliest.has(row.patient_id),
    arrivedIds: arrivedIds.get(row.patient_id) ?? [],
    lastObserved: new Map(Object.entries(row.last_observed).map(([metric, at]) => [metric as Metric, new Date(at)])),
    summarisedTo: row.summarised_to,
    failures: row.failures,
    isByClock: row.by_clock,
  }));
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/** Takes one patient for the length of the transaction, waiting for a watcher that holds it. Nothing is counted as seen. */
export async function lockWatch(tx: EntityManager, patientId: number): Promise<void> {
  await tx.query('select 1 from patient_watch where patient_id = $1 for update', [patientId]);
}

const NEXT_DUE = `
  select least(
    (select min(due_at) from patient_watch where due_at is not null),
    (select min(w.looked_at) + make_interval(secs => $1::float8 / 1000)
     from (select distinct patient_id from (select patient_id from arrival order by id limit ${ARRIVALS_SEEN_MAX}) oldest) a
     join patient_watch w on w.patient_id = a.patient_id)
  ) as due_at`;

/**
 * When the next patient falls due, by the clock or because the rest after the last look is over; null when nobody will. Other arrivals
 * wake a watcher by themselves.
 */
export async function readNextDueAt(tx: EntityManager, restMs: number): Promise<Date | null> {
  const [row]: { due_at: Date | null }[] = await tx.query(NEXT_DUE, [restMs]);
  return row?.due_at ?? null;
}

import type { EntityManager } from 'typeorm';
import { saveWearerCorrected } from '../looks/look-log.js';

/** Doubt of readings whose wearer was taken back to before they were made: nobody knows yet whose they are. */
const WEARER_UNSURE = 'wearer-unsure';

/** The readings of a device from a moment on that a change of wearer is about. */
export interface CorrectedWear {
  readonly deviceId: number;
  /** Slot of a shared device; null: all of the device's. */
  readonly userSlot: number | null;
  readonly from: Date;
}

interface WornRow {
  id: string;
  patient_id: number;
  observed_at: Date;
}

// The slot stands in what makes acts unique: sequence, slot, content.
const OF_WEAR = `m.device_id = $1 and m.observed_at >= $2 and ($3::int is null or m.occurrence ~ ('^[^/]*/' || $3::int || '(/|$)'))`;

/**
 * Moves what a device has delivered since a moment to the patient who is now known to have worn it then, in the transaction that says so:
 * readings, answers and what was refused. Both patients are looked at again from there, their daily medians are made anew, and the open
 * episodes of both say what happened. Findings that were made stay: what was said was said.
 * @returns how many measurements were moved
 */
export async function moveReadings(tx: EntityManager, wear: CorrectedWear, patientId: number, now: Date): Promise<number> {
  const { deviceId, userSlot, from } = wear;
  const worn = await tx.query<WornRow[]>(
    `select m.id, m.patient_id, m.observed_at from measurement m where ${OF_WEAR} order by m.id for update`,
    [deviceId, from, userSlot],
  );
  const usableAgain = await takeBackDoubt(tx, worn);
  const moved = worn.filter((each) => each.patient_id !== patientId);
  if (moved.length === 0) {
    if (usableAgain > 0) await forgetSummaries(tx, { patientIds: [patientId], lost: [], from: span(worn)[0], metrics: [] }, now);
    return 0;
  }
  const ids = moved.map(({ id }) => id);
  const before = patientsOf(moved);
  const [oldest, newest] = span(moved);
  const [values] = await tx.query<[{ metric: string }[], number]>(
    `update reading set patient_id = $2 where patient_id = any($3::int[]) and measurement_id = any($1::bigint[])
       and observed_at between $4 and $5 returning metric`,
    [ids, patientId, before, oldest, newest],
  );
  await tx.query(`update answer_set set patient_id = $2 where measurement_id = any($1::bigint[])`, [ids, patientId]);
  await tx.query(
    `update refused set patient_id = $2 where device_id = $1 and patient_id = any($3::int[]) and observed_at between $4 and $5`,
    [deviceId, patientId, before, oldest, newest],
  );
  await tx.query(
    `update measurement set patient_id = $2, detail = coalesce(detail, '{}') || jsonb_build_object('movedFromPatient', patient_id, 'movedAt', $3::text)
     where id = any($1::bigint[])`,
    [ids, patientId, now.toISOString()],
  );
  const metrics = [...new Set(values.map(({ metric }) => metric))];
  await forgetSummaries(tx, { patientIds: [...before, patientId], lost: before, from: span(worn)[0], metrics }, now);
  await noteMoved(tx, { count: moved.length, from: before, to: patientId }, now);
  return moved.length;
}

const patientsOf = (rows: readonly WornRow[]): number[] => [...new Set(rows.map((each) => each.patient_id))].sort((a, b) => a - b);

/** When the first and the last of them was made. */
function span(rows: readonly WornRow[]): readonly [Date, Date] {
  const times = rows.map(({ observed_at: at }) => at.getTime());
  const [first, last] = times.reduce(([from, to], at) => [Math.min(from, at), Math.max(to, at)] as const, [Infinity, -Infinity] as const);
  return [new Date(first), new Date(last)];
}

// Patients and times stand in the statement: joined to the measurements, it would go through all compressed readings there are.
async function takeBackDoubt(tx: EntityManager, worn: readonly WornRow[]): Promise<number> {
  if (worn.length === 0) return 0;
  const [, count] = await tx.query<[unknown, number]>(
    `update reading set doubt = null where patient_id = any($1::int[]) and measurement_id = any($2::bigint[])
       and observed_at between $3 and $4 and doubt = '${WEARER_UNSURE}'`,
    [patientsOf(worn), worn.map(({ id }) => id), ...span(worn)],
  );
  return count;
}

/**
 * Doubts what a device has delivered to a patient since a moment from which the patient is known not to have worn it. It is kept and
 * shown, and moves when somebody says who did. The patient is looked at again.
 */
export async function doubtReadings(tx: EntityManager, wear: CorrectedWear, patientId: number, now: Date): Promise<void> {
  const rows = await tx.query<WornRow[]>(
    `select m.id, m.patient_id, m.observed_at from measurement m where ${OF_WEAR} and m.patient_id = $4 order by m.id`,
    [wear.deviceId, wear.from, wear.userSlot, patientId],
  );
  if (rows.length === 0) return;
  const [oldest, newest] = span(rows);
  const [, doubted] = await tx.query<[unknown, number]>(
    `update reading set doubt = '${WEARER_UNSURE}' where patient_id = $2 and measurement_id = any($1::bigint[]) and doubt is null
       and observed_at between $3 and $4`,
    [rows.map(({ id }) => id), patientId, oldest, newest],
  );
  if (doubted === 0) return;
  await forgetSummaries(tx, { patientIds: [patientId], lost: [], from: oldest, metrics: [] }, now);
}

const STORING_MS_MAX = 60_000;

/**
 * Waits until every statement has ended that was storing when this began: one that began before a change of wearer was committed may bind what it
 * stores by the wearers before. A statement locks its tables before it takes the snapshot in which it compares the directory's version, so whoever
 * has no lock now will see the change.
 */
export async function awaitStoring(manager: EntityManager): Promise<void> {
  const untilMs = performance.now() + STORING_MS_MAX;
  const storing = async (): Promise<string[]> =>
    (
      await manager.query<{ id: string }[]>(
        `select virtualtransaction as id from pg_locks
         where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
           and relation = 'measurement'::regclass and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()`,
      )
    ).map(({ id }) => id);
  let left = await storing();
  while (left.length > 0 && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = new Set(await storing());
    left = left.filter((id) => now.has(id));
  }
}

interface Forgetting {
  readonly patientIds: readonly number[];
  /** Whose newest readings may be gone. */
  readonly lost: readonly number[];
  readonly from: Date;
  readonly metrics: readonly string[];
}

async function forgetSummaries(tx: EntityManager, { patientIds, lost, from, metrics }: Forgetting, now: Date): Promise<void> {
  await tx.query(
    `delete from day_median d using patient p where p.id = d.patient_id and p.id = any($1::int[]) and d.day >= ($2 at time zone p.zone)::date`,
    [patientIds, from],
  );
  await tx.query(
    `update patient_watch w set last_observed = (w.last_observed - $2::text[]) || coalesce((
       select jsonb_object_agg(metric, at) from (
         select metric, to_char(max(observed_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
         from reading where patient_id = w.patient_id and metric = any($2::text[]) group by metric
       ) as newest), '{}')
     where w.patient_id = any($1::int[])`,
    [lost, metrics],
  );
  await saveWearerCorrected(tx, patientIds, now);
  await tx.query(`insert into arrival (patient_id, observed_from) select id, $2 from unnest($1::int[]) id order by id`, [patientIds, from]);
  await tx.query(`select pg_notify('varde_due', '')`);
}

interface Move {
  readonly count: number;
  readonly from: readonly number[];
  readonly to: number;
}

async function noteMoved(tx: EntityManager, { count, from, to }: Move, now: Date): Promise<void> {
  await tx.query(
    `insert into episode_step (episode_id, at, kind, reason_nb, reason_en)
     select e.id, $2, 'noted', case when e.patient_id = $1 then $4 else $6 end, case when e.patient_id = $1 then $5 else $7 end
     from episode e where e.patient_id = any($3::int[]) and e.closed_at is null order by e.id`,
    [
      to,
      now,
      [...from, to],
      `${count} målinger er flyttet hit: enheten var brukt av denne pasienten`,
      `${count} measurements were moved here: this patient wore the device`,
      `${count} målinger er flyttet bort: enheten var brukt av en annen pasient`,
      `${count} measurements were moved away: another patient wore the device`,
    ],
  );
}

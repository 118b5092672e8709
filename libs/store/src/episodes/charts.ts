import { closelyFollowedFrom } from '@varde/alerts';
import type { CarePlan } from '@varde/plans';
import type { CareLevel } from '@varde/routing';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { found } from '../directory/illegal.js';
import { readCarePlans } from '../looks/plans-read.js';
import { SAID, SAID_COLUMNS, toWhoseWeight, type SaidRow, type WhoseWeight } from '../messages/said-of-weight.js';
import { BUCKET_COLUMNS } from '../server/policies.js';
import type { Viewer } from '../directory/sessions.js';
import { readEpisodesForLook } from './episode-rows.js';
import { seenBy } from './visibility.js';

/** A unit of the patient's team. */
export interface TeamUnit {
  readonly id: number;
  readonly name: string;
  readonly careLevel: CareLevel;
  readonly organisation: string;
}

/** A device the patient wears now. */
export interface WornDevice {
  readonly deviceId: number;
  readonly name: string;
  readonly kind: string;
  readonly model: string | null;
  readonly userSlot: number | null;
  readonly from: Date;
  readonly batteryPercent: number | null;
  readonly statusAt: Date | null;
}

/** What is agreed about one patient, and who and what is around them. */
export interface Chart {
  readonly id: number;
  readonly name: string;
  readonly birthYear: number | null;
  readonly monitoredFrom: Date;
  readonly monitoredTo: Date | null;
  readonly planVersion: number;
  /** When a look last judged the patient; null: never. */
  readonly lookedAt: Date | null;
  readonly plan: CarePlan;
  /** Since when what is agreed for an open episode runs; null: it does not. */
  readonly closelyFollowedFrom: Date | null;
  readonly team: readonly TeamUnit[];
  readonly devices: readonly WornDevice[];
}

interface ChartRow {
  id: number;
  name: string;
  birth_year: number | null;
  monitored_from: Date;
  monitored_to: Date | null;
  looked_at: Date | null;
}

/** One patient. @throws NotFound when there is none among those the person may see */
export async function readChart(manager: EntityManager, viewer: Viewer, patientId: number, now: Date): Promise<Chart> {
  const rows = await manager.query<ChartRow[]>(
    `select p.id, p.name, p.birth_year, p.monitored_from, p.monitored_to, w.looked_at
     from patient p left join patient_watch w on w.patient_id = p.id
     where p.id = $1 and ${seenBy('p.id', '$2')}`,
    [patientId, viewer.unitIds],
  );
  const row = found(rows, 'patient', patientId);
  const { plan, planVersion } = found([...(await readCarePlans(manager, [patientId], now)).values()], 'patient', patientId);
  return {
    id: row.id,
    name: row.name,
    birthYear: row.birth_year,
    monitoredFrom: row.monitored_from,
    monitoredTo: row.monitored_to,
    lookedAt: row.looked_at,
    planVersion,
    plan,
    closelyFollowedFrom: closelyFollowedFrom((await readEpisodesForLook(manager, [patientId], now)).get(patientId) ?? []),
    team: await readTeamUnits(manager, patientId),
    devices: await readWornDevices(manager, patientId, now),
  };
}

async function readTeamUnits(manager: EntityManager, patientId: number): Promise<TeamUnit[]> {
  return manager.query<TeamUnit[]>(
    `select u.id, u.name, u.care_level as "careLevel", o.name as organisation
     from team_unit t join unit u on u.id = t.unit_id join organisation o on o.id = u.organisation_id
     where t.patient_id = $1 order by u.care_level, u.name`,
    [patientId],
  );
}

async function readWornDevices(manager: EntityManager, patientId: number, now: Date): Promise<WornDevice[]> {
  return manager.query<WornDevice[]>(
    `select d.id as "deviceId", d.name, d.kind, d.model, w.user_slot as "userSlot", w.from_at as "from",
       d.battery_percent as "batteryPercent", d.status_at as "statusAt"
     from wearer w join device d on d.id = w.device_id
     where w.patient_id = $1 and (w.to_at is null or w.to_at > $2) order by d.kind, d.name`,
    [patientId, now],
  );
}

/** Which values of one metric, and how many points are wanted at most. */
export interface SeriesQuestion {
  readonly patientId: number;
  readonly metric: Metric;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  readonly points: number;
}

/** One stored reading. */
export interface RawPoint {
  readonly observedAt: Date;
  readonly receivedAt: Date;
  readonly value: number;
  /** Why it must be used with care; null when nothing is known against it. */
  readonly doubt: string | null;
  readonly measurementId: number;
  /** Of a weight: whose it is, as was answered; it lifts the doubt that it may be another person's, or leaves it out. Null: nothing was. */
  readonly whose: WhoseWeight | null;
}

/** The readings of one stretch of time. Values of accepted readings; of the doubtful ones when the stretch has no other. */
export interface Bucket {
  readonly from: Date;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly count: number;
  /** How many of them are doubtful. */
  readonly doubtful: number;
}

/** Every reading when they are few enough, else stretches of equal length; those without a reading are left out. */
export type Series =
  | { readonly resolution: 'raw'; readonly points: readonly RawPoint[] }
  | { readonly resolution: 'buckets'; readonly bucketMs: number; readonly buckets: readonly Bucket[] };

const OF_SERIES = `r.patient_id = $1 and r.metric = $2 and r.observed_at >= $3 and r.observed_at < $4 and ${seenBy('$1', '$5')}`;

const RAW = `
  select r.observed_at, r.received_at, r.value, r.doubt, r.measurement_id, ${SAID_COLUMNS} from reading r ${SAID}
  where ${OF_SERIES} order by r.observed_at, r.measurement_id limit $6 + 1`;

const BUCKETS = `
  select time_bucket($6::double precision * interval '1 millisecond', observed_at, $3::timestamptz) as "from", ${BUCKET_COLUMNS}
  from reading r where ${OF_SERIES} group by 1 order by 1`;

// Days are summed up beforehand on the full edition; a late reading is in its day after the next refresh, within the hour.
const DAILY = `
  select day as "from", count, doubtful, min, median, max from reading_daily
  where patient_id = $1 and metric = $2 and day >= $3 and day < $4 and ${seenBy('$1', '$5')} order by day`;

const DAY_MS = 86_400_000;

/** Readings of a period; made fewer by the database when there are more than asked for. @throws NotFound patient */
export async function readSeries(manager: EntityManager, viewer: Viewer, question: SeriesQuestion): Promise<Series> {
  const { patientId, metric, from, to, points } = question;
  await refuseUnseen(manager, viewer, patientId);
  const of = [patientId, metric, from, to, viewer.unitIds];
  interface RawRow extends SaidRow {
    observed_at: Date;
    received_at: Date;
    value: number;
    doubt: string | null;
    measurement_id: string;
  }
  const raw = await manager.query<RawRow[]>(RAW, [...of, points]);
  if (raw.length <= points) {
    return {
      resolution: 'raw',
      points: raw.map((row) => ({
        observedAt: row.observed_at,
        receivedAt: row.received_at,
        value: row.value,
        doubt: row.doubt,
        measurementId: Number(row.measurement_id),
        whose: toWhoseWeight(row),
      })),
    };
  }
  const bucketMs = Math.ceil((to.getTime() - from.getTime()) / points);
  if (bucketMs <= DAY_MS / 2 || bucketMs > DAY_MS) {
    return { resolution: 'buckets', bucketMs, buckets: await manager.query<Bucket[]>(BUCKETS, [...of, bucketMs]) };
  }
  return { resolution: 'buckets', bucketMs: DAY_MS, buckets: await readDays(manager, viewer, question) };
}

/** Whole days by UTC, the first and the last with all their readings; the same on both editions of TimescaleDB. */
async function readDays(manager: EntityManager, viewer: Viewer, { patientId, metric, from, to }: SeriesQuestion): Promise<Bucket[]> {
  const firstDay = new Date(Math.floor(from.getTime() / DAY_MS) * DAY_MS);
  const afterLast = new Date(Math.ceil(to.getTime() / DAY_MS) * DAY_MS);
  const of = [patientId, metric, firstDay, afterLast, viewer.unitIds];
  const [summed] = await manager.query<{ isThere: boolean }[]>(`select to_regclass('reading_daily') is not null as "isThere"`);
  return summed?.isThere ? manager.query<Bucket[]>(DAILY, of) : manager.query<Bucket[]>(BUCKETS, [...of, DAY_MS]);
}

/** @throws NotFound when the person may not see the patient, or there is none: the two are not told apart */
export async function refuseUnseen(manager: EntityManager, viewer: Viewer, patientId: number): Promise<void> {
  const rows = await manager.query<unknown[]>(`select from patient p where p.id = $1 and ${seenBy('p.id', '$2')}`, [
    patientId,
    viewer.unitIds,
  ]);
  found(rows, 'patient', patientId);
}

import { BASELINE_DAYS, CONTEXT_READINGS_MAX, windowBounds } from '@varde/look';
import { localDay } from '@varde/plans';
import type { DailyMedian, RefusedValue, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import type { Claim } from './watch-claim.js';

export { WINDOW_HOURS } from '@varde/look';

const DAY_MS = 24 * 3_600_000;

// Text arrays: cheaper to build than JSON, and exact for float8 and for whole milliseconds.
const READING = `array[measurement_id::text, value::text, (date_part('epoch', observed_at) * 1000)::bigint::text, (date_part('epoch', received_at) * 1000)::bigint::text, doubt]`;

// The metrics that a patient has readings of, by stepping through the index from one to the next: most have two or three of the twenty
// there are, and asking for each of the others too was most of what a look cost.
const METRICS = `
    with recursive step as (
      (select metric from reading where patient_id = p.patient_id and observed_at >= $5 and observed_at <= $6 order by metric limit 1)
      union all
      select (select n.metric from reading n where n.patient_id = p.patient_id and n.metric > step.metric and n.observed_at >= $5
        and n.observed_at <= $6 order by n.metric limit 1)
      from step where step.metric is not null
    ) select metric from step`;

// One row per patient and metric, with the readings as one JSON text: the driver's own parsing of a row per reading, its times above
// all, cost more than everything else a look does. Times come as milliseconds.
const READINGS = `
  select p.patient_id, m.metric, array_to_json(array_agg(r.reading))::text as readings
  from unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) as p (patient_id, from_at, unseen_from)
  cross join lateral (${METRICS}) as m
  cross join lateral (
    select ${READING} as reading from reading
    where patient_id = p.patient_id and metric = m.metric and observed_at >= p.unseen_from and observed_at >= $5 and observed_at <= $6
    union all
    (select ${READING} from reading
     where patient_id = p.patient_id and metric = m.metric and observed_at >= p.from_at and observed_at < p.unseen_from
       and observed_at >= $5 and observed_at <= $6
     order by observed_at desc limit ${CONTEXT_READINGS_MAX})
  ) r
  where m.metric = any($4)
  group by p.patient_id, m.metric`;

interface ReadingsRow {
  patient_id: number;
  metric: Metric;
  readings: string;
}

type PackedReading = readonly [measurementId: string, value: string, observedMs: string, receivedMs: string, doubt: string | null];

/**
 * Readings that the patients' looks may see: everything unseen, and before it at most the newest of the last days.
 * The bounds are given twice, per patient and over all, so that old chunks are left out when the query is planned.
 */
export async function readReadings(
  tx: EntityManager,
  claims: readonly Claim[],
  metrics: readonly Metric[],
  now: Date,
): Promise<Map<number, RuleReading[]>> {
  const bounds = claims.map(({ zone, unlookedFrom }) => windowBounds(zone, unlookedFrom, now));
  const unseen = bounds.map(({ unseenFromMs }) => new Date(unseenFromMs));
  const from = bounds.map(({ readingsFromMs }) => new Date(readingsFromMs));
  const oldest = new Date(Math.min(...bounds.map(({ readingsFromMs }) => readingsFromMs)));
  const newest = new Date(Math.max(...bounds.map(({ readingsToMs }) => readingsToMs)));
  const rows: ReadingsRow[] = await tx.query(READINGS, [claims.map((claim) => claim.patientId), from, unseen, metrics, oldest, newest]);
  const windows = new Map<number, RuleReading[]>();
  for (const { patient_id: patientId, metric, readings } of rows) {
    const window = windows.get(patientId) ?? [];
    windows.set(patientId, window);
    for (const packed of JSON.parse(readings) as PackedReading[]) window.push(unpack(metric, packed));
  }
  return windows;
}

function unpack(metric: Metric, [measurementId, value, observedMs, receivedMs, doubt]: PackedReading): RuleReading {
  return {
    measurementId: Number(measurementId),
    metric,
    value: Number(value),
    observedAt: new Date(Number(observedMs)),
    receivedAt: new Date(Number(receivedMs)),
    doubt,
  };
}

const REFUSED: Prepared = {
  name: 'varde_refused_values',
  text: `
  select patient_id, id, metric, reason, value, otherwise, coalesce(observed_at, received_at) as observed_at, received_at
  from refused
  where patient_id = any($1) and received_at >= $2 and state <> 'processed'`,
};

/** Values of these patients that were refused during the window; the technical rules look at them. */
export async function readRefusedValues(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, RefusedValue[]>> {
  interface Row {
    patient_id: number;
    id: string;
    metric: Metric | null;
    reason: string;
    value: number | null;
    otherwise: number | null;
    observed_at: Date;
    received_at: Date;
  }
  const since = new Date(windowBounds('UTC', null, now).refusedFromMs);
  const rows = await queryPrepared<Row>(tx, REFUSED, [patientIds, since], patientIds.length);
  return grouped(rows, (row) => ({
    refusedId: Number(row.id),
    metric: row.metric,
    reason: row.reason,
    value: row.value,
    otherwise: row.otherwise,
    observedAt: row.observed_at,
    receivedAt: row.received_at,
  }));
}

const SUMMARISE = `
  insert into day_median (patient_id, metric, day, median, readings)
  select r.patient_id, r.metric, (r.observed_at at time zone p.zone)::date,
    percentile_cont(0.5) within group (order by r.value), count(*)
  from unnest($1::integer[], $2::text[], $3::date[], $4::date[]) as p (patient_id, zone, from_day, to_day)
  join reading r on r.patient_id = p.patient_id and r.metric = any($5) and r.doubt is null
    and r.observed_at >= (p.from_day::timestamp at time zone p.zone) and r.observed_at < ((p.to_day + 1)::timestamp at time zone p.zone)
  where r.observed_at >= $6 and r.observed_at < $7
  group by 1, 2, 3
  on conflict (patient_id, metric, day) do update set median = excluded.median, readings = excluded.readings`;

/**
 * Brings day_median up to yesterday for patients whose days are not summarised yet, and again from the day of a late
 * reading on. Most looks of a day find nothing to do here. Answers the last summarised day per patient.
 */
export async function saveDayMedians(
  tx: EntityManager,
  claims: readonly Claim[],
  metrics: readonly Metric[],
  now: Date,
): Promise<Map<number, string>> {
  const summarisedTo = new Map<number, string>();
  const stale: { patientId: number; zone: string; from: string; to: string }[] = [];
  for (const claim of claims) {
    const yesterday = windowBounds(claim.zone, claim.unlookedFrom, now).mediansTo;
    const next =
      claim.summarisedTo === null ? firstDay(claim.zone, now) : localDay('UTC', new Date(Date.parse(claim.summarisedTo) + DAY_MS));
    const touched = claim.unlookedFrom === null ? next : localDay(claim.zone, claim.unlookedFrom);
    const from = [next, touched].sort()[0] as string;
    summarisedTo.set(claim.patientId, claim.summarisedTo !== null && claim.summarisedTo > yesterday ? claim.summarisedTo : yesterday);
    if (from <= yesterday)
      stale.push({ patientId: claim.patientId, zone: claim.zone, from: later(from, firstDay(claim.zone, now)), to: yesterday });
  }
  if (stale.length > 0) {
    const oldest = Math.min(...stale.map((each) => Date.parse(each.from))) - DAY_MS;
    await tx.query(SUMMARISE, [
      stale.map((each) => each.patientId),
      stale.map((each) => each.zone),
      stale.map((each) => each.from),
      stale.map((each) => each.to),
      metrics,
      new Date(oldest),
      new Date(now.getTime() + DAY_MS),
    ]);
  }
  return summarisedTo;
}

function firstDay(zone: string, now: Date): string {
  return localDay(zone, new Date(now.getTime() - BASELINE_DAYS * DAY_MS));
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

const DAILY: Prepared = {
  name: 'varde_day_medians',
  text: `
  select d.patient_id, d.metric, d.day::text, d.median, d.readings
  from day_median d
  where d.patient_id = any($1) and d.metric = any($2) and d.day >= $3::date
    and not exists (
      select from episode e
      where e.patient_id = d.patient_id and (e.closed_at is null or e.closed_at >= $3::date - interval '8 days') and d.day >= e.opened_at::date
        and (e.closed_at is null or d.day < (e.closed_at + interval '7 days')::date)
        and e.domains && case when d.metric = any('{spo2,pulse,respiratory-rate}') then '{respiratory,cardiac}'::text[] else '{fluid}'::text[] end)`,
};

/** Daily medians for the baselines, without the days `baseline_policy.leave_out` names: inside an episode of the domain and 7 days after. */
export async function readDailyMedians(
  tx: EntityManager,
  patientIds: readonly number[],
  metrics: readonly Metric[],
  now: Date,
): Promise<Map<number, DailyMedian[]>> {
  interface Row {
    patient_id: number;
    metric: Metric;
    day: string;
    median: number;
    readings: number;
  }
  const since = windowBounds('UTC', null, now).mediansFrom;
  const rows = await queryPrepared<Row>(tx, DAILY, [patientIds, metrics, since], patientIds.length);
  return grouped(rows, (row) => ({
    metric: row.metric,
    day: row.day,
    median: row.median,
    highest: row.median,
    readings: row.readings,
  }));
}

function grouped<Row extends { patient_id: number }, Item>(rows: readonly Row[], toItem: (row: Row) => Item): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const row of rows) {
    const group = groups.get(row.patient_id);
    if (group) group.push(toItem(row));
    else groups.set(row.patient_id, [toItem(row)]);
  }
  return groups;
}

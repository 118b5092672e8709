import { CONTEXT_READINGS_MAX, windowBounds, type WindowBounds } from '@varde/look';
import type { RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { numberArray, textArray } from '../server/array-text.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { together } from '../server/together.js';
import type { Claim } from './watch-claim.js';

const WEEK_MS = 7 * 24 * 3_600_000;
/** Weeks that a look's readings lie in at most, unless something came late. */
const ORDINARY_WEEKS = 4;

// One row per patient and metric, each column one array: the driver's own parsing of a row per reading, its times above all, cost more than
// everything else a look does. Times come as milliseconds.
//
// The metrics that a patient has readings of are found by stepping through the index from one to the next: most have two or three of the twenty
// there are. Then one way through the index backward, from the newest on; it ends with the last of the older readings that are wanted.
const readingsWithin = (within: string): string => `
  select p.patient_id, m.metric, w.*
  from unnest($1::integer[], $2::float8[]) as p (patient_id, unseen_ms)
  cross join lateral (
    with recursive step as (
      (select metric from reading where patient_id = p.patient_id and ${within} order by metric limit 1)
      union all
      select (select n.metric from reading n where n.patient_id = p.patient_id and n.metric > step.metric and ${within} order by n.metric limit 1)
      from step where step.metric is not null
    ) select metric from step
  ) m
  cross join lateral (
    select array_agg(r.measurement_id)::text as ids, array_agg(r.value)::text as values,
      array_agg((date_part('epoch', r.observed_at) * 1000)::bigint)::text as observed,
      array_agg((date_part('epoch', r.received_at) * 1000)::bigint)::text as received,
      case when bool_or(r.doubt is not null) then array_to_json(array_agg(r.doubt))::text end as doubts
    from (
      select measurement_id, value, observed_at, received_at, doubt,
        count(*) filter (where observed_at < to_timestamp(p.unseen_ms / 1000))
          over (order by observed_at desc, measurement_id desc rows unbounded preceding) as older
      from reading where patient_id = p.patient_id and metric = m.metric and ${within}
    ) r
    where r.older <= ${CONTEXT_READINGS_MAX}
  ) w
  where m.metric = any($3)`;

interface ReadingsRow {
  patient_id: number;
  metric: Metric;
  ids: string;
  values: string;
  observed: string;
  received: string;
  doubts: string | null;
}

/** Patients whose windows begin in the same week. */
interface Group {
  readonly patientIds: number[];
  readonly bounds: WindowBounds[];
}

/**
 * Readings that the patients' looks may see (`windowBounds`): everything unseen, and before it at most the newest of the last days. Who has got
 * something late is asked for apart: nobody else is looked for so far back.
 */
export async function readReadings(
  tx: EntityManager,
  claims: readonly Pick<Claim, 'patientId' | 'zone' | 'unlookedFrom'>[],
  metrics: readonly Metric[],
  now: Date,
): Promise<Map<number, RuleReading[]>> {
  const groups = new Map<number, Group>();
  for (const { patientId, zone, unlookedFrom } of claims) {
    const bounds = windowBounds(zone, unlookedFrom, now);
    const week = Math.floor(bounds.readingsFromMs / WEEK_MS);
    const group = groups.get(week) ?? { patientIds: [], bounds: [] };
    groups.set(week, group);
    group.patientIds.push(patientId);
    group.bounds.push(bounds);
  }
  const windows = new Map<number, RuleReading[]>();
  await together([...groups].map(([week, group]) => readGroup(tx, week, group, metrics).then((rows) => unpack(windows, group, rows))));
  return windows;
}

/**
 * The bounds are given as whole weeks in the statement too, so that it can be prepared and old chunks are left out of its plan; a new statement
 * each week.
 */
function readGroup(tx: EntityManager, fromWeek: number, { patientIds, bounds }: Group, metrics: readonly Metric[]): Promise<ReadingsRow[]> {
  const fromMs = Math.min(...bounds.map(({ readingsFromMs }) => readingsFromMs));
  const toMs = Math.max(...bounds.map(({ readingsToMs }) => readingsToMs));
  const toWeek = Math.ceil(toMs / WEEK_MS);
  const [from, to, firstAt, endAt] = [fromMs, toMs, fromWeek * WEEK_MS, toWeek * WEEK_MS].map((ms) => new Date(ms).toISOString());
  const text = readingsWithin(`observed_at >= $4 and observed_at <= $5 and observed_at >= '${firstAt}' and observed_at <= '${endAt}'`);
  const unseenMs = bounds.map(({ unseenFromMs }) => unseenFromMs);
  const values = [numberArray(patientIds), numberArray(unseenMs), textArray(metrics), from, to];
  // What came late may be of any week: prepared, each would be kept.
  if (toWeek - fromWeek > ORDINARY_WEEKS) return tx.query(text, values);
  const prepared: Prepared = { name: `varde_readings_${fromWeek}_${toWeek}`, text };
  return queryPrepared(tx, prepared, values, patientIds.length);
}

function unpack(windows: Map<number, RuleReading[]>, { patientIds, bounds }: Group, rows: readonly ReadingsRow[]): void {
  const fromMs = new Map(patientIds.map((id, at) => [id, bounds[at]?.readingsFromMs ?? Number.NaN]));
  for (const { patient_id: patientId, metric, ...packed } of rows) {
    const [ids, values, observed, received] = [packed.ids, packed.values, packed.observed, packed.received].map(numbersOf);
    const doubts = packed.doubts === null ? null : (JSON.parse(packed.doubts) as (string | null)[]);
    const window = windows.get(patientId) ?? [];
    windows.set(patientId, window);
    for (const [at, observedMs] of (observed ?? []).entries()) {
      // The others of the group may look further back.
      if (observedMs < (fromMs.get(patientId) ?? Number.NaN)) continue;
      window.push({
        measurementId: ids?.[at] ?? Number.NaN,
        metric,
        value: values?.[at] ?? Number.NaN,
        observedAt: new Date(observedMs),
        receivedAt: new Date(received?.[at] ?? Number.NaN),
        doubt: doubts?.[at] ?? null,
      });
    }
  }
}

/** Of an array as PostgreSQL writes it, without nulls. */
function numbersOf(text: string): number[] {
  return JSON.parse(`[${text.slice(1, -1)}]`) as number[];
}

import { LIFTED_DOUBT, WHOSE_WEIGHT } from '@varde/rules';
import type { DataSource } from 'typeorm';
import { numberArray } from '../server/array-text.js';
import { columns, runPrepared, type Prepared } from '../server/prepared.js';
import { COUNTS, SAID } from './said-of-weight.js';

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** Of the median that a weight is held against. */
const MEDIAN_DAYS = 14;

/** A weight to be held against what the patient weighed before. */
export interface WeightToCheck {
  readonly patientId: number;
  readonly atMs: number;
}

/** What the patient weighed before a moment. */
export interface WeightHistory {
  /** The newest weight before it, at most half a year old; null when there is none. */
  readonly previous: { readonly value: number; readonly atMs: number } | null;
  /** Median of the accepted weights of the 14 days before it, or since they said of one that it was theirs; null when there is none. */
  readonly median14Days: number | null;
}

// What is somebody else's, as was answered, is no weight of the patient's; and one that they say is theirs, though far from the last, begins a
// new median: else each weight after it would be asked about again.
const WEIGHTS: Prepared = {
  name: 'varde_weights',
  text: `
  select last.value, (extract(epoch from last.observed_at) * 1000)::float8, middle.value
  from ${columns('k', 1, { patient_id: 'int', at_ms: 'float8' })}
  left join lateral (
    select r.value, r.observed_at from reading r ${SAID}
    where r.patient_id = k.patient_id and r.metric = 'weight' and said.is_mine is not false
      and r.observed_at < to_timestamp(k.at_ms / 1000) and r.observed_at >= to_timestamp(k.at_ms / 1000) - interval '180 days'
    order by r.observed_at desc limit 1
  ) last on true
  left join lateral (
    select max(r.observed_at) as observed_at from reading r ${SAID}
    where r.patient_id = k.patient_id and r.metric = 'weight' and r.doubt = '${LIFTED_DOUBT}' and said.is_mine
      and r.observed_at < to_timestamp(k.at_ms / 1000) and r.observed_at >= to_timestamp(k.at_ms / 1000) - interval '${MEDIAN_DAYS} days'
  ) own on true
  left join lateral (
    select percentile_cont(0.5) within group (order by r.value) as value from reading r ${SAID}
    where r.patient_id = k.patient_id and r.metric = 'weight' and ${COUNTS} and r.observed_at < to_timestamp(k.at_ms / 1000)
      and r.observed_at >= greatest(to_timestamp(k.at_ms / 1000) - interval '${MEDIAN_DAYS} days', own.observed_at)
  ) middle on true
  order by k.place`,
};

/** A weight to be held against those of the last days, and between which medians it is near them. */
export interface WeightToCompare extends WeightToCheck {
  readonly nearFrom: number;
  readonly nearTo: number;
}

/** What the patient weighed lately, before a moment. */
export interface LatelyWeighed {
  /** The newest weight of the 14 days before it; null when there is none. */
  readonly previous: WeightHistory['previous'];
  /**
   * Whether more must be read: an accepted weight of those days lies outside the two bounds, or somebody has answered whose a weight is. Else their
   * median lies between the bounds, and the newest is the patient's as far as is known.
   */
  readonly isUnclear: boolean;
}

// Both ends of index `weight_by_value`, which hold nothing far as a rule. What the times are compared with is written so that the planner does not
// take the primary key for it: by that all weights of the days would be read.
const far = (where: string, week: string): string => `exists (
    select from reading where patient_id = k.patient_id and metric = 'weight' and doubt is null and ${where}
      and (observed_at < k.at) is true and (observed_at >= k.from_at) is true and ${week})`;

// The few who have answered are told by an index of such answers alone; whose each weight is then is for `WEIGHTS`.
const ANSWERED = `exists (
    select from answer_set where patient_id = k.patient_id and questionnaire = '${WHOSE_WEIGHT.questionnaire}' and (observed_at >= k.from_at) is true)`;

// Whole weeks stand in the text as bounds: old chunks are left out of a plan that is kept.
function lately(firstAt: string, endAt: string): string {
  const week = `observed_at >= '${firstAt}' and observed_at <= '${endAt}'`;
  return `
  select last.value, date_part('epoch', last.observed_at) * 1000, 
    ${far('value < k.near_from', week)} or ${far('value > k.near_to', week)} or ${ANSWERED}
  from (select k.*, to_timestamp(k.at_ms / 1000) as at, to_timestamp((k.at_ms - ${MEDIAN_DAYS * DAY_MS}) / 1000) as from_at
    from ${columns('k', 1, { patient_id: 'int', at_ms: 'float8', near_from: 'float8', near_to: 'float8' })} offset 0) k
  left join lateral (
    select value, observed_at from reading
    where patient_id = k.patient_id and metric = 'weight' and observed_at < k.at and observed_at >= k.from_at and ${week}
    order by observed_at desc limit 1
  ) last on true
  order by k.place`;
}

/**
 * What was weighed lately before each of these weights, in their order; however many there are, only the newest and the far ones are read. For
 * weights of these days: each week has a prepared statement of its own.
 */
export async function readLatelyWeighed(dataSource: DataSource, weights: readonly WeightToCompare[]): Promise<LatelyWeighed[]> {
  if (weights.length === 0) return [];
  const times = weights.map(({ atMs }) => atMs);
  const fromWeek = Math.floor((Math.min(...times) - MEDIAN_DAYS * DAY_MS) / WEEK_MS);
  const toWeek = Math.ceil(Math.max(...times) / WEEK_MS);
  const [firstAt = '', endAt = ''] = [fromWeek, toWeek].map((week) => new Date(week * WEEK_MS).toISOString());
  const prepared: Prepared = { name: `varde_lately_weighed_${fromWeek}_${toWeek}`, text: lately(firstAt, endAt) };
  const values = [
    numberArray(weights.map((weight) => weight.patientId)),
    numberArray(times),
    numberArray(weights.map((weight) => weight.nearFrom)),
    numberArray(weights.map((weight) => weight.nearTo)),
  ];
  const rows = (await runPrepared(dataSource, prepared, values, weights.length)) as unknown as (readonly [
    number | null,
    number | null,
    boolean,
  ])[];
  return rows.map(([value, atMs, isUnclear]) => ({ previous: value === null || atMs === null ? null : { value, atMs }, isUnclear }));
}

/** The history of each of these weights, in their order. */
export async function readWeightHistory(dataSource: DataSource, weights: readonly WeightToCheck[]): Promise<WeightHistory[]> {
  if (weights.length === 0) return [];
  const rows = (await runPrepared(
    dataSource,
    WEIGHTS,
    [numberArray(weights.map((weight) => weight.patientId)), numberArray(weights.map((weight) => weight.atMs))],
    weights.length,
  )) as unknown as (readonly [number | null, number | null, number | null])[];
  return rows.map(([value, atMs, median14Days]) => ({
    previous: value === null || atMs === null ? null : { value, atMs },
    median14Days,
  }));
}

import { daysToSummarise, LONGEST_DAYS, medianDays, mediansFrom, REFUSED_MAX, windowBounds } from '@varde/look';
import { dayText, localDay, type CarePlan } from '@varde/plans';
import { FIRST_DAYS_MAX, FIRST_DAYS_READ, markLeftOut, WHOSE_WEIGHT, type EpisodeSpan } from '@varde/rules';
import type { DailyMedian, RefusedValue, Window } from '@varde/rules';
import { AFTER_EXERCISE, type Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { COUNTS, SAID } from '../messages/said-of-weight.js';
import { groupRows } from '../server/group-rows.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import type { Claim } from './watch-claim.js';

const DAY_MS = 24 * 3_600_000;

const REFUSED: Prepared = {
  name: 'varde_refused_values',
  text: `
  select patient_id, id, metric, reason, value, otherwise, coalesce(observed_at, received_at) as observed_at, received_at
  from (
    select *, row_number() over (partition by patient_id, metric order by received_at desc, id desc) as place
    from refused
    where patient_id = any($1) and received_at >= $2 and state <> 'processed'
  ) newest
  where place <= ${REFUSED_MAX}`,
};

/** Values of these patients that were refused during the window; the technical rules look at them. */
export async function readRefusedValues(tx: EntityManager, patientIds: readonly number[], now: Date): Promise<Map<number, RefusedValue[]>> {
  const since = new Date(windowBounds('UTC', null, now).refusedFromMs);
  const rows = await queryPrepared<RefusedRow>(tx, REFUSED, [patientIds, since], patientIds.length);
  return groupRows(rows, toRefusedValue);
}

/** The columns of table `refused` that rules see. */
export interface RefusedRow {
  patient_id: number;
  id: string;
  metric: Metric | null;
  reason: string;
  value: number | null;
  otherwise: number | null;
  observed_at: Date;
  received_at: Date;
}

/** The refused value a row holds. */
export function toRefusedValue(row: RefusedRow): RefusedValue {
  return {
    refusedId: Number(row.id),
    metric: row.metric,
    reason: row.reason,
    value: row.value,
    otherwise: row.otherwise,
    observedAt: row.observed_at,
    receivedAt: row.received_at,
  };
}

// A day of which nothing counts any more, its only weight being somebody else's, is no measured day.
const SUMMARISE = `
  with period as materialized (
    select * from unnest($1::integer[], $2::text[], $3::date[], $4::date[]) as p (patient_id, zone, from_day, to_day)
  ), summed as materialized (
    select r.patient_id, r.metric, (r.observed_at at time zone p.zone)::date as day,
      percentile_cont(0.5) within group (order by r.value) as median, max(r.value) as highest, count(*) as readings
    from period p
    join reading r on r.patient_id = p.patient_id and r.metric = any($5)
      and r.observed_at >= (p.from_day::timestamp at time zone p.zone) and r.observed_at < ((p.to_day + 1)::timestamp at time zone p.zone)
    ${SAID}
    where r.observed_at >= $6 and r.observed_at < $7 and ${COUNTS}
      and not exists (select from measurement m where m.id = r.measurement_id and m.detail -> 'context' ->> 'activity' = '${AFTER_EXERCISE}')
    group by 1, 2, 3
  ), gone as (
    delete from day_median d using period p
    where d.patient_id = p.patient_id and d.metric = 'weight' and d.day between p.from_day and p.to_day
      and not exists (select from summed s where s.patient_id = d.patient_id and s.metric = d.metric and s.day = d.day)
      and exists (select from answer_set w where w.patient_id = d.patient_id and w.questionnaire = '${WHOSE_WEIGHT.questionnaire}')
  )
  insert into day_median (patient_id, metric, day, median, highest, readings)
  select * from summed
  on conflict (patient_id, metric, day) do update
    set median = excluded.median, highest = excluded.highest, readings = excluded.readings`;

/** A claim whose days are summarised. */
export interface SummarisedClaim extends Claim {
  /** Last local day that is in day_median now, `YYYY-MM-DD`. */
  readonly daysTo: string;
  /** Whether any day was summarised for this look. */
  readonly hasNewDays: boolean;
}

/**
 * Brings day_median up to yesterday for patients whose days are not summarised yet, and again from the day of a late
 * reading on, however late: the days come to the same whatever order readings came in. Most looks of a day find nothing to do here.
 * Doubtful readings and those after exercise do not count.
 */
export async function saveDayMedians(
  tx: EntityManager,
  claims: readonly Claim[],
  metrics: readonly Metric[],
  now: Date,
): Promise<readonly SummarisedClaim[]> {
  const stale: { patientId: number; zone: string; from: number; to: number }[] = [];
  const summarised = claims.map((claim) => {
    const { patientId, zone, unlookedFrom } = claim;
    const summarisedTo = claim.summarisedTo === null ? null : Date.parse(claim.summarisedTo) / DAY_MS;
    const days = daysToSummarise({ zone, unlookedFrom, summarisedTo }, now);
    if (days !== null) stale.push({ patientId, zone, ...days });
    const daysTo = Math.max(summarisedTo ?? Number.NEGATIVE_INFINITY, windowBounds(zone, unlookedFrom, now).mediansTo);
    return { ...claim, daysTo: dayText(daysTo), hasNewDays: days !== null };
  });
  if (stale.length > 0) {
    const oldest = Math.min(...stale.map((each) => each.from - 1)) * DAY_MS;
    await tx.query(SUMMARISE, [
      stale.map((each) => each.patientId),
      stale.map((each) => each.zone),
      stale.map((each) => dayText(each.from)),
      stale.map((each) => dayText(each.to)),
      metrics,
      new Date(oldest),
      new Date(now.getTime() + DAY_MS),
    ]);
  }
  return summarised;
}

// One row per patient and metric, as for readings. The second part makes the enrolment baseline, which the last days are compared with once a
// day: the first measured days, found at the beginning of the primary key, so that they cost the same however many years came after them.
const DAY = `array[(day - date '1970-01-01')::float8, median, coalesce(highest, median), readings] as day`;
const DAILY: Prepared = {
  name: 'varde_day_medians',
  text: `
  select p.patient_id, m.metric, array_to_json(array_agg(d.day))::text as days
  from unnest($1::integer[], $2::date[], $3::boolean[]) as p (patient_id, unseen_on, wants_first)
  cross join unnest($4::text[], $5::integer[], $6::boolean[]) as m (metric, days, is_first_read)
  cross join lateral (
    select ${DAY} from day_median where patient_id = p.patient_id and metric = m.metric and day >= p.unseen_on - m.days
    union all
    select ${DAY} from (
      select * from day_median where p.wants_first and m.is_first_read and patient_id = p.patient_id and metric = m.metric
      order by day limit ${FIRST_DAYS_MAX}
    ) first where day < p.unseen_on - m.days
  ) d
  group by p.patient_id, m.metric`,
};

/** An episode leaves days out after it has closed as well. */
const LEFT_OUT_SPARE_DAYS = 8;

// Open ones by way of episode_domain, closed ones by when they closed, and those of the first measured days by when they opened: by when they
// closed would go through all there have been since.
const SPANS: Prepared = {
  name: 'varde_episode_spans',
  text: `
  select e.patient_id, e.domains, e.opened_at, e.closed_at from episode e
  where e.id in (select episode_id from episode_domain where patient_id = any($1))
  union all
  select e.patient_id, e.domains, e.opened_at, e.closed_at from episode e where e.patient_id = any($1) and e.closed_at >= $2
  union all
  select e.patient_id, e.domains, e.opened_at, e.closed_at
  from unnest($3::integer[], $4::date[], $5::date[]) as p (patient_id, from_day, to_day)
  join episode e on e.patient_id = p.patient_id and e.opened_at < p.to_day + 2
    and e.closed_at + interval '${LEFT_OUT_SPARE_DAYS} days' >= p.from_day`,
};

type PackedDay = readonly [day: number, median: number, highest: number, readings: number];

/** The medians of a look's window. */
export type ReadMedians = Pick<Window, 'dailyMedians' | 'firstDays'>;

/**
 * Daily medians for the baselines and the rules that compare days, with the days marked that `baseline_policy.leave_out` names. A reading
 * that came late finds the days before it as well; only a look with new days finds the first measured ones.
 * @param plans of the patients; those without one are left out
 */
export async function readDailyMedians(
  tx: EntityManager,
  claims: readonly (Pick<Claim, 'patientId' | 'zone' | 'unlookedFrom'> & { readonly hasNewDays?: boolean })[],
  plans: ReadonlyMap<number, { readonly plan: CarePlan }>,
  { metrics, now }: { readonly metrics: readonly Metric[]; readonly now: Date },
): Promise<Map<number, ReadMedians>> {
  const known = claims.flatMap((claim) => {
    const plan = plans.get(claim.patientId)?.plan;
    if (plan === undefined) return [];
    const { unseenFromMs } = windowBounds(claim.zone, claim.unlookedFrom, now);
    return [{ claim, plan, unseenFromMs }];
  });
  const patientIds = known.map(({ claim }) => claim.patientId);
  const rows = await queryPrepared<{ patient_id: number; metric: Metric; days: string }>(
    tx,
    DAILY,
    [
      patientIds,
      known.map(({ unseenFromMs }) => localDay('UTC', new Date(unseenFromMs))),
      known.map(({ claim }) => claim.hasNewDays === true),
      metrics,
      metrics.map(medianDays),
      metrics.map((metric) => FIRST_DAYS_READ.has(metric)),
    ],
    patientIds.length,
  );
  const medians = new Map<number, DailyMedian[]>();
  for (const { patient_id: patientId, metric, days } of rows) {
    const found = medians.get(patientId) ?? [];
    medians.set(patientId, found);
    for (const [day, median, highest, readings] of JSON.parse(days) as PackedDay[]) {
      found.push({ metric, day, median, highest, readings });
    }
  }
  const lastFromMs = known.reduce((firstMs, { unseenFromMs }) => Math.min(firstMs, unseenFromMs), now.getTime()) - LONGEST_DAYS * DAY_MS;
  const episodes = await readSpans(tx, patientIds, medians, lastFromMs);
  return new Map(
    known.map(({ claim: { patientId, hasNewDays }, plan: { zone, references }, unseenFromMs }) => {
      const marked = markLeftOut(medians.get(patientId) ?? [], {
        zone,
        references,
        episodes: episodes.get(patientId) ?? [],
        lastDaysFrom: mediansFrom('o2-flow', { unseenFromMs }),
      });
      if (hasNewDays !== true) return [patientId, { dailyMedians: marked }];
      const isFirst = ({ metric, day }: DailyMedian): boolean => day < mediansFrom(metric, { unseenFromMs });
      return [patientId, { dailyMedians: marked.filter((each) => !isFirst(each)), firstDays: marked.filter(isFirst) }];
    }),
  );
}

/** The episodes that may leave some of these days out. What closed a week and more before the last days is asked for by the first ones. */
async function readSpans(
  tx: EntityManager,
  patientIds: readonly number[],
  medians: ReadonlyMap<number, readonly DailyMedian[]>,
  lastFromMs: number,
): Promise<Map<number, EpisodeSpan[]>> {
  const first = [...medians].flatMap(([patientId, days]) => firstPeriods(days, lastFromMs).map((period) => ({ patientId, period })));
  const values = [
    patientIds,
    new Date(lastFromMs - LEFT_OUT_SPARE_DAYS * DAY_MS),
    first.map(({ patientId }) => patientId),
    first.map(({ period }) => dayText(period[0])),
    first.map(({ period }) => dayText(period[1])),
  ];
  return groupRows(await queryPrepared<SpanRow>(tx, SPANS, values, patientIds.length), toSpan);
}

/** First and last of each metric's days that lie before the last days. No episode leaves a flow of oxygen out. */
function firstPeriods(days: readonly DailyMedian[], lastFromMs: number): readonly (readonly [first: number, last: number])[] {
  const periods = new Map<Metric, [first: number, last: number]>();
  for (const { metric, day } of days) {
    if (metric === 'o2-flow' || day * DAY_MS >= lastFromMs) continue;
    const known = periods.get(metric);
    periods.set(metric, known === undefined ? [day, day] : [Math.min(known[0], day), Math.max(known[1], day)]);
  }
  return [...periods.values()];
}

interface SpanRow {
  patient_id: number;
  domains: EpisodeSpan['domains'];
  opened_at: Date;
  closed_at: Date | null;
}

function toSpan(row: SpanRow): EpisodeSpan {
  return { domains: row.domains, openedAt: row.opened_at, closedAt: row.closed_at };
}

import { WORTH, type Outcome, type Worth } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { Invalid } from '../directory/illegal.js';
import type { Viewer } from '../directory/sessions.js';
import { seenBy } from './visibility.js';

/** What closed episodes are counted by. */
export const HIT_RATE_BY = ['rule', 'patient', 'unit'] as const;

/** Which closed episodes are counted, and by what. */
export interface HitRateQuestion {
  readonly by: (typeof HIT_RATE_BY)[number];
  /** Closed from here on ... */
  readonly from: Date;
  /** ... and before this. */
  readonly to: Date;
  /** Lines at most, those with the most episodes. */
  readonly limit: number;
}

/** The closed episodes of one rule, patient or unit. An episode counts once for each rule that has spoken in it. */
export interface HitRateLine {
  /** Rule id, or id of the patient or unit as text. */
  readonly key: string;
  /** Name of the patient or unit; null for a rule. */
  readonly name: string | null;
  readonly episodes: number;
  /** Findings those episodes took. */
  readonly findings: number;
  /** Closed with an outcome that means somebody did something about the patient (`WORTH`). */
  readonly hits: number;
  readonly misses: number;
  /** Ended by itself after it was clear: nobody has judged it. */
  readonly settled: number;
  /** Closed as a technical fault. */
  readonly technical: number;
  /** Hits of hits and misses, 0 to 1; null: nobody has judged any. */
  readonly share: number | null;
  /** From a person taking it to a person closing it, the middle one; null: nobody took any. */
  readonly minutesMedian: number | null;
}

/** How much nurses were asked to look at, over all patients that were followed, those without an episode too. */
export interface AlertLoad {
  readonly patients: number;
  readonly yellowPerPatientWeekMedian: number;
  readonly yellowPerPatientWeekP95: number;
  readonly redPerPatientWeekMean: number;
  /** Of episodes closed in the period that were ever red or critical; null: there were none. */
  readonly shareOfRedWithAction: number | null;
}

/** Hit rate of a period. */
export interface HitRate {
  readonly lines: readonly HitRateLine[];
  readonly load: AlertLoad;
}

const DAY_MS = 86_400_000;
const PERIOD_DAYS_MAX = 1_100;

const outcomesOf = (worth: Worth): string[] => (Object.keys(WORTH) as Outcome[]).filter((outcome) => WORTH[outcome] === worth);
/** Outcomes that mean that somebody did something about the patient. */
export const HITS = outcomesOf('true');
/** Outcomes that mean that nothing was needed. */
export const MISSES = outcomesOf('false');

const FINDINGS = `(select coalesce(sum((s->>'count')::int), 0) from jsonb_array_elements(e.signals) s)`;
const GROUPS: Readonly<Record<HitRateQuestion['by'], { key: string; name: string; findings: string; join: string }>> = {
  rule: {
    key: `signal->>'ruleId'`,
    name: `null::text`,
    findings: `(signal->>'count')::int`,
    join: `cross join lateral jsonb_array_elements(e.signals) as signal`,
  },
  patient: { key: `e.patient_id::text`, name: `p.name`, findings: FINDINGS, join: `join patient p on p.id = e.patient_id` },
  unit: { key: `e.owner_unit_id::text`, name: `u.name`, findings: FINDINGS, join: `join unit u on u.id = e.owner_unit_id` },
};

interface LineRow {
  key: string;
  name: string | null;
  episodes: number;
  findings: number;
  hits: number;
  misses: number;
  settled: number;
  technical: number;
  minutes: number | null;
}

/**
 * Counts what became of the episodes the person may see. Read from the episodes themselves: one that is closed counts at once, one that
 * comes back counts no more, and one that went into another counts as that: its rules and findings are there. Opened it has been all the
 * same, for the load: somebody was asked to look at it.
 * @throws Invalid a period that ends before it begins, or is longer than three years
 */
export async function readHitRate(manager: EntityManager, viewer: Pick<Viewer, 'unitIds'>, question: HitRateQuestion): Promise<HitRate> {
  const { by, from, to, limit } = question;
  const days = (to.getTime() - from.getTime()) / DAY_MS;
  if (!(days > 0)) throw new Invalid(['`to` must be later than `from`']);
  if (days > PERIOD_DAYS_MAX) throw new Invalid([`at most ${PERIOD_DAYS_MAX} days at once`]);
  const { key, name, findings, join } = GROUPS[by];
  const rows = await manager.query<LineRow[]>(
    `select ${key} as key, ${name} as name, count(*)::int as episodes, sum(${findings})::int as findings,
       (count(*) filter (where e.outcome = any($4)))::int as hits, (count(*) filter (where e.outcome = any($5)))::int as misses,
       (count(*) filter (where e.outcome = 'settled'))::int as settled,
       (count(*) filter (where e.outcome = 'technical_fixed'))::int as technical,
       percentile_cont(0.5) within group (order by extract(epoch from e.closed_at - e.acknowledged_at) / 60) as minutes
     from episode e ${join}
     where e.closed_at >= $2 and e.closed_at < $3 and e.merged_into_id is null and ${seenBy('e.patient_id', '$1')}
     group by 1, 2 order by 3 desc, 1 limit $6`,
    [viewer.unitIds, from, to, HITS, MISSES, limit],
  );
  return { lines: rows.map(toLine), load: await readLoad(manager, viewer, { from, to }) };
}

function toLine({ minutes, ...row }: LineRow): HitRateLine {
  const judged = row.hits + row.misses;
  return {
    ...row,
    share: judged === 0 ? null : row.hits / judged,
    minutesMedian: minutes === null ? null : Math.round(Number(minutes)),
  };
}

interface LoadRow {
  patients: number;
  yellow_median: number | null;
  yellow_p95: number | null;
  red_mean: number | null;
  red_closed: number;
  red_hits: number;
}

// By the gravest an episode has been (`gravestOf`): what somebody took may have fallen to yellow since.
const hasBeen = (severity: Severity): string => `(e.severity = '${severity}' or e.signals @> '[{"severity": "${severity}"}]')`;
const WAS_GRAVE = `(${hasBeen('red')} or ${hasBeen('critical')})`;

const LOAD = `
  with followed as (
    select p.id, greatest(1.0 / 7, extract(epoch from
      least($3::timestamptz, p.monitored_to) - greatest($2::timestamptz, p.monitored_from)) / 604800) as weeks
    from patient p
    where p.monitored_from < $3 and (p.monitored_to is null or p.monitored_to > $2) and ${seenBy('p.id', '$1')}),
  opened as (
    select e.patient_id, (count(*) filter (where ${hasBeen('yellow')} and not ${WAS_GRAVE}))::float8 as yellow,
      (count(*) filter (where ${WAS_GRAVE}))::float8 as red
    from episode e where e.opened_at >= $2 and e.opened_at < $3 group by 1),
  rates as (select coalesce(o.yellow, 0) / f.weeks as yellow, coalesce(o.red, 0) / f.weeks as red
    from followed f left join opened o on o.patient_id = f.id),
  reds as (select e.outcome from episode e
    where ${WAS_GRAVE} and e.closed_at >= $2 and e.closed_at < $3 and e.merged_into_id is null
      and ${seenBy('e.patient_id', '$1')})
  select count(*)::int as patients, percentile_cont(0.5) within group (order by yellow) as yellow_median,
    percentile_cont(0.95) within group (order by yellow) as yellow_p95, avg(red) as red_mean,
    (select count(*) from reds)::int as red_closed, (select count(*) from reds where outcome = any($4))::int as red_hits
  from rates`;

async function readLoad(
  manager: EntityManager,
  viewer: Pick<Viewer, 'unitIds'>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<AlertLoad> {
  const [row] = await manager.query<LoadRow[]>(LOAD, [viewer.unitIds, from, to, HITS]);
  return {
    patients: row?.patients ?? 0,
    yellowPerPatientWeekMedian: Number(row?.yellow_median ?? 0),
    yellowPerPatientWeekP95: Number(row?.yellow_p95 ?? 0),
    redPerPatientWeekMean: Number(row?.red_mean ?? 0),
    shareOfRedWithAction: row === undefined || row.red_closed === 0 ? null : row.red_hits / row.red_closed,
  };
}

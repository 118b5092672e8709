import type { Episode, Snooze } from '@varde/alerts';
import { foundKey, medianDays, type FoundEpisode, type KnownContact, type RecordedAct } from '@varde/look';
import {
  FIRST_DAYS_MAX,
  type AnswerSet,
  type Contact,
  type DailyMedian,
  type Finding,
  type RefusedValue,
  type RuleReading,
} from '@varde/rules';
import { AFTER_EXERCISE, type Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { EPISODE_COLUMNS, toEpisode, toSnooze, type EpisodeRow, type SnoozeRow } from '../episodes/episode-rows.js';
import { groupRows, type PatientRow } from '../server/group-rows.js';
import { toAnswerSet, type AnswersRow } from './answers-read.js';
import { reviveAct, reviveMoments } from './revive-moments.js';
import { toRefusedValue, type RefusedRow } from './watch-window.js';

/** Everything stored of one patient's period: what came, what was found to be an episode, and what people did. */
export interface PatientHistory extends Omit<PackedHistory, 'packed'> {
  readonly readings: readonly RuleReading[];
}

/** A history with its readings still as texts, which are cheap to hand to another thread. */
export interface PackedHistory {
  readonly packed: readonly PackedReadings[];
  readonly refused: readonly RefusedValue[];
  readonly answers: readonly AnswerSet[];
  /** Acts of measuring that were not at rest. */
  readonly afterExercise: ReadonlySet<number>;
  /** Summaries of days before the readings, as far back as rules look. */
  readonly dailyMedians: readonly DailyMedian[];
  /**
   * Every episode that opened before the end of the period, as it stands now, with what was found in it during the period: old ones leave days
   * out of the baselines.
   */
  readonly episodes: readonly (Episode & FoundEpisode)[];
  readonly acts: readonly RecordedAct[];
  /** What was known of devices, gateways and ourselves when looks found a silence, oldest first. */
  readonly contacts: readonly KnownContact[];
  readonly snoozes: readonly Snooze[];
}

/** Which history. */
export interface HistoryQuestion {
  /** Readings measured from here on. */
  readonly from: Date;
  readonly to: Date;
  readonly metrics: readonly Metric[];
  readonly baselineMetrics: readonly Metric[];
}

// One row per patient and metric, each column one JSON array of numbers: a million readings are taken apart by JSON.parse, not by the driver.
const READINGS = `
  select patient_id, metric, array_to_json(array_agg(measurement_id))::text as ids, array_to_json(array_agg(value))::text as values,
    array_to_json(array_agg((date_part('epoch', observed_at) * 1000)::bigint))::text as observed,
    array_to_json(array_agg((date_part('epoch', received_at) * 1000)::bigint))::text as received,
    case when bool_or(doubt is not null) then array_to_json(array_agg(doubt))::text end as doubts
  from reading where patient_id = any($1) and metric = any($2) and observed_at >= $3 and observed_at <= $4 and received_at <= $4
  group by patient_id, metric`;

/** Readings of one metric: each column one JSON array, times in milliseconds. */
export interface PackedReadings {
  readonly metric: Metric;
  readonly ids: string;
  readonly values: string;
  readonly observed: string;
  readonly received: string;
  /** Null: none is doubtful. */
  readonly doubts: string | null;
}

/** The history with its readings taken apart. */
export function unpackHistory({ packed, ...history }: PackedHistory): PatientHistory {
  return { ...history, readings: packed.flatMap(toReadings) };
}

function toReadings(row: PackedReadings): RuleReading[] {
  const numbers = (text: string): number[] => JSON.parse(text) as number[];
  const [ids, values, observed, received] = [row.ids, row.values, row.observed, row.received].map(numbers) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const doubts = row.doubts === null ? [] : (JSON.parse(row.doubts) as (string | null)[]);
  return ids.map((measurementId, at) => ({
    measurementId,
    metric: row.metric,
    value: values[at] ?? Number.NaN,
    observedAt: new Date(observed[at] ?? Number.NaN),
    receivedAt: new Date(received[at] ?? Number.NaN),
    doubt: doubts[at] ?? null,
  }));
}

const REFUSED = `
  select patient_id, id, metric, reason, value, otherwise, coalesce(observed_at, received_at) as observed_at, received_at
  from refused where patient_id = any($1) and received_at >= $2 and received_at <= $3 and state <> 'processed'`;

const ANSWERS = `
  select patient_id, measurement_id, questionnaire, items, observed_at, received_at
  from answer_set where patient_id = any($1) and observed_at >= $2 and observed_at <= $3 and received_at <= $3`;

// By the acts of the readings: `measurement` is found by its own number only.
const EXERCISE = `
  select a.patient_id, m.id from (
    select distinct patient_id, measurement_id
    from reading where patient_id = any($1) and metric = any($2) and observed_at >= $3 and observed_at <= $4 and received_at <= $4
  ) a join measurement m on m.id = a.measurement_id
  where m.detail -> 'context' ->> 'activity' = '${AFTER_EXERCISE}'`;

// As far back as rules look from the first readings, and the first measured days, which drift is compared with.
const MEDIANS = `
  select p.patient_id, m.metric, d.day - date '1970-01-01' as day, d.median, coalesce(d.highest, d.median) as highest, d.readings
  from unnest($1::integer[]) as p (patient_id) cross join unnest($2::text[], $3::integer[]) as m (metric, days)
  cross join lateral (
    select * from day_median where patient_id = p.patient_id and metric = m.metric and day >= $4::date - m.days and day < $4::date
    union all
    select * from (
      select * from day_median where patient_id = p.patient_id and metric = m.metric order by day limit ${FIRST_DAYS_MAX}
    ) first where day < $4::date - m.days
  ) d`;

const EPISODES = `
  select ${EPISODE_COLUMNS}, f.found from episode e
  left join lateral (
    select json_agg(json_build_object('domain', domain, 'anchor', anchor)) as found from finding
    where episode_id = e.id and (e.closed_at is null or e.closed_at >= $3)
      and result in ('fire', 'fire_unconfirmed') and judged_at >= $3 and judged_at <= $2
  ) f on true
  where e.patient_id = any($1) and e.opened_at <= $2 order by e.opened_at, e.id`;

const ACTS = `
  select l.patient_id, l.also, l.episode_id from patient_log l
  where l.patient_id = any($1) and l.kind = 'act' and l.at >= $2 and l.at <= $3 order by l.id`;

// The log keeps what a look was told of contact; only where it found a silence has anybody asked.
const CONTACTS = `
  select l.patient_id, l.at, (l.also::jsonb -> 'window' -> 'contact')::text as contact
  from (select distinct patient_id, judged_at from finding
    where patient_id = any($1) and domain = 'silence' and judged_at >= $2 and judged_at <= $3) f
  join patient_log l on l.patient_id = f.patient_id and l.at = f.judged_at and l.kind = 'look'
  where l.also::jsonb -> 'window' ? 'contact' order by l.id`;

const SNOOZES = `
  select id, patient_id, rule_id, severity, from_at, least(until, undone_at) as until
  from snooze where patient_id = any($1) and from_at <= $3 and least(until, undone_at) > $2`;

/**
 * The history of these patients for a rehearsal, in nine statements however many they are.
 * @returns by patient id; every id asked for is there
 */
export async function readHistories(
  tx: EntityManager,
  patientIds: readonly number[],
  { from, to, metrics, baselineMetrics }: HistoryQuestion,
): Promise<Map<number, PackedHistory>> {
  const readings = groupRows(await tx.query<(PatientRow & PackedReadings)[]>(READINGS, [patientIds, metrics, from, to]), (row) => row);
  const refused = groupRows(await tx.query<RefusedRow[]>(REFUSED, [patientIds, from, to]), toRefusedValue);
  const answers = groupRows(await tx.query<AnswersRow[]>(ANSWERS, [patientIds, from, to]), toAnswerSet);
  const exercise = groupRows(await tx.query<(PatientRow & { id: string })[]>(EXERCISE, [patientIds, baselineMetrics, from, to]), ({ id }) =>
    Number(id),
  );
  // The day that readings begin in may be halved: it is summarised from them, or not at all.
  const medians = groupRows(
    await tx.query<(DailyMedian & PatientRow)[]>(MEDIANS, [
      patientIds,
      baselineMetrics,
      baselineMetrics.map(medianDays),
      from.toISOString().slice(0, 10),
    ]),
    ({ metric, day, median, highest, readings: count }) => ({ metric, day, median, highest, readings: count }),
  );
  const episodes = groupRows(await tx.query<(EpisodeRow & FoundRow)[]>(EPISODES, [patientIds, to, from]), toKnownEpisode);
  const acts = groupRows(await tx.query<(PatientRow & ActRow)[]>(ACTS, [patientIds, from, to]), toAct);
  const contacts = groupRows(await tx.query<(PatientRow & ContactRow)[]>(CONTACTS, [patientIds, from, to]), toKnownContact);
  const snoozes = groupRows(await tx.query<SnoozeRow[]>(SNOOZES, [patientIds, from, to]), toSnooze);
  return new Map(
    patientIds.map((id) => [
      id,
      {
        packed: readings.get(id) ?? [],
        refused: refused.get(id) ?? [],
        answers: answers.get(id) ?? [],
        afterExercise: new Set(exercise.get(id)),
        dailyMedians: medians.get(id) ?? [],
        episodes: episodes.get(id) ?? [],
        acts: acts.get(id) ?? [],
        contacts: contacts.get(id) ?? [],
        snoozes: snoozes.get(id) ?? [],
      },
    ]),
  );
}

interface ActRow {
  also: string;
  episode_id: string;
}

interface FoundRow {
  found: readonly Pick<Finding, 'domain' | 'anchor'>[] | null;
}

function toKnownEpisode({ found, ...row }: EpisodeRow & FoundRow): Episode & FoundEpisode {
  return { ...toEpisode(row), found: new Set(found?.map(foundKey)) };
}

interface ContactRow {
  at: Date;
  contact: string;
}

function toKnownContact({ at, contact }: ContactRow): KnownContact {
  return { at, contact: reviveMoments(contact) as Contact };
}

function toAct({ also, episode_id: episodeId }: ActRow): RecordedAct {
  return { episodeId: Number(episodeId), step: reviveAct(also) };
}

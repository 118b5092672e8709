import type { DataSource } from 'typeorm';
import { numberArray, textArray } from '../server/array-text.js';
import { columns, runPrepared, type Prepared } from '../server/prepared.js';
import { ANSWERS_COLUMNS, answersColumns } from './answers.js';
import { VALUES, valueColumns, type NewMeasurement } from './ingest.js';
import { NOT_KEPT_ELSEWHERE } from './of-one-moment.js';

const ACTS = columns('a', 5, {
  device_id: 'int',
  kind: 'text',
  printed: 'text',
  occurrence: 'text',
  values_key: 'text',
  received_ms: 'float8',
  detail: 'text',
});
const ANSWERS = columns('w', 12, ANSWERS_COLUMNS);

// The lock is for a wearer corrected at the same time: what is added goes where the rest of the act is.
// The line of the log: looks before this saw the act without what is added now, so a replay cannot repeat them (`saveWearerCorrected`).
const MISSING: Prepared = {
  name: 'varde_keep_missing',
  text: `
  with there as materialized (
    select a.place, a.detail, to_timestamp(a.received_ms / 1000) as received_at, m.id, m.patient_id, m.observed_at, m.conflict,
      m.device_id, m.printed, m.kind, m.gateway_time
    from ${ACTS}
    join measurement m on m.device_id = a.device_id and m.printed = a.printed and m.kind = a.kind and m.occurrence = a.occurrence
      and m.values_key = a.values_key
    order by m.id for no key update of m
  ), stored as (
    insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt)
    select t.patient_id, v.metric, t.observed_at, t.id, v.value, t.received_at,
      case when t.conflict then coalesce(v.doubt, 'conflict') else v.doubt end
    from ${VALUES}
    join there t on t.place = v.act
    where ${NOT_KEPT_ELSEWHERE}
    on conflict do nothing
    returning measurement_id as id
  ), answered as (
    insert into answer_set (measurement_id, patient_id, questionnaire, version, observed_at, received_at, answered_by, items)
    select distinct on (t.id) t.id, t.patient_id, w.questionnaire, w.version, t.observed_at, t.received_at, w.answered_by, w.items::jsonb
    from ${ANSWERS}
    join there t on t.place = w.act
    order by t.id
    on conflict (measurement_id) do update set items = excluded.items || answer_set.items
      where answer_set.items <> excluded.items || answer_set.items
    returning measurement_id as id
  ), completed as materialized (
    select t.* from there t where t.id in (select id from stored union all select id from answered)
  ), described as (
    update measurement m set detail = coalesce(m.detail, '{}') || c.detail::jsonb from completed c where c.id = m.id and c.detail is not null
  ), logged as (
    insert into patient_log (patient_id, at, kind) select distinct c.patient_id, $17::timestamptz, 'wearer_corrected' from completed c
  ), arrived as (
    insert into arrival (patient_id, observed_from, measurement_ids)
    select patient_id, min(observed_at), array_agg(distinct id) from completed group by patient_id order by patient_id
    returning 1
  )
  select (select array_agg(place::int) from completed), (select pg_notify('varde_due', '') from arrived limit 1)`,
};

/**
 * Adds to acts that are stored already what they lack: readings and answers that could not be used when they came, and can be now. What is there
 * stays as it is. Their patients are looked at again. Doing it twice adds nothing.
 *
 * @returns places in `acts` of those that lacked something
 */
export async function saveMissingValues(dataSource: DataSource, acts: readonly NewMeasurement[], now: Date): Promise<ReadonlySet<number>> {
  if (acts.length === 0) return new Set();
  const texts = (of: (each: NewMeasurement) => string | null): string => textArray(acts.map(of));
  const values = [
    ...valueColumns(acts),
    numberArray(acts.map((each) => each.deviceId)),
    texts((each) => each.kind),
    texts((each) => each.printed),
    texts((each) => each.occurrence),
    texts((each) => each.valuesKey),
    numberArray(acts.map((each) => each.receivedAtMs)),
    texts((each) => each.detail),
    ...answersColumns(acts),
    now,
  ];
  const [row] = await runPrepared(dataSource, MISSING, values, acts.length);
  return new Set(((row?.[0] ?? []) as readonly number[]).map((place) => place - 1));
}

import type { Metric } from '@varde/vitals';
import type { DataSource } from 'typeorm';
import { booleanArray, byteArray, numberArray, textArray } from '../server/array-text.js';
import { LOCK_IDS } from '../server/lock-ids.js';
import { columns, runPrepared, runPreparedLocked, type Prepared } from '../server/prepared.js';
import { answersColumns, keepAnswers, WEIGHTS_ANSWERED, type NewAnswers } from './answers.js';
import { clashes, notToldBefore, toldOnce } from './of-one-moment.js';

/** One value of an act of measuring. */
export interface NewReading {
  readonly metric: Metric;
  /** In the metric's canonical unit. */
  readonly value: number;
  readonly doubt: string | null;
}

/**
 * Where copies of an act without a device time may be: acts of the device with the same kind and values, `printed` between the two
 * bounds and `occurrence` with that beginning, which another gateway sent, or which can be repeated like this one (`sameWithoutClock`).
 */
export interface Nearby {
  readonly printedFrom: string;
  readonly printedTo: string;
  readonly occurrenceStart: string;
  readonly isAdvert: boolean;
}

/** One act of measuring, bound to its patient. Times are epoch ms. */
export interface NewMeasurement {
  readonly deviceId: number;
  readonly kind: string;
  /** `printed`, `occurrence` and `valuesKey` with device and kind are what makes two copies the same act (devices/README 5.6). */
  readonly printed: string;
  readonly occurrence: string;
  readonly valuesKey: string;
  /** For an act whose device printed no time, where copies of it may be that came another way; null for all others. */
  readonly nearby: Nearby | null;
  /** Whether another act with the same key and other values contradicts this one. */
  readonly canConflict: boolean;
  readonly patientId: number;
  readonly observedAtMs: number;
  readonly timeQuality: string;
  readonly timeRuleVersion: number;
  readonly deviceTime: string | null;
  readonly gatewayTimeMs: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly fromMemory: boolean;
  readonly quality: string;
  readonly clientId: string;
  /** JSON text of what only describes the act, or null. */
  readonly detail: string | null;
  /** At least one, unless there are answers. */
  readonly readings: readonly NewReading[];
  /** Of a filled-in questionnaire; null for every other act. */
  readonly answers: NewAnswers | null;
}

/** Something that could not be used, with its reason and its bytes. Times are epoch ms. */
export interface NewRefused {
  readonly communityId: number | null;
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  /** What makes two refusals the same, together with topic and reason: of the payload, or of the act and metric. */
  readonly digest: Uint8Array;
  /** Which measurement of the message, -1 for the message as a whole. */
  readonly measurementIndex: number;
  readonly reason: string;
  readonly detail: string;
  /** Whether it may be processed again once a cause is fixed. */
  readonly parked: boolean;
  readonly messageId: string | null;
  readonly deviceId: number | null;
  readonly patientId: number | null;
  readonly metric: string | null;
  /** In the metric's unit, and what it would be if the suspected mistake were one; null when there is no such number. */
  readonly value: number | null;
  readonly otherwise: number | null;
  readonly observedAtMs: number | null;
  readonly receivedAtMs: number;
  /** 0 when it did not come again: it is processed again, or a broker that had kept it sent it because we subscribed. */
  readonly timesReceived: number;
}

/** A device's battery and errors as it last said. */
export interface DeviceState {
  readonly deviceId: number;
  readonly batteryPercent: number | null;
  /** Error words, and when its gateway was last in contact with it; null when nothing was said of them. */
  readonly errors: readonly string[] | null;
  readonly contactAtMs: number | null;
  readonly atMs: number;
}

/** Whether a gateway is there, as it or its last will said. */
export interface GatewayState {
  readonly communityId: number;
  readonly clientId: string;
  readonly isOnline: boolean;
  /** JSON text of what else it said. */
  readonly status: string;
  readonly atMs: number;
}

/** Everything that one transaction keeps. */
export interface Batch {
  readonly measurements: readonly NewMeasurement[];
  readonly refused: readonly NewRefused[];
  readonly devices: readonly DeviceState[];
  readonly gateways: readonly GatewayState[];
}

const ACT_COLUMNS = {
  device_id: 'int',
  kind: 'text',
  printed: 'text',
  occurrence: 'text',
  values_key: 'text',
  patient_id: 'int',
  observed_ms: 'float8',
  time_quality: 'text',
  time_rule: 'int',
  device_time: 'text',
  gateway_ms: 'float8',
  sent_ms: 'float8',
  received_ms: 'float8',
  from_memory: 'bool',
  quality: 'text',
  client_id: 'text',
  detail: 'text',
  can_conflict: 'bool',
  clash: 'text',
} as const;
const NEARBY_COLUMNS = { near_from: 'text', near_to: 'text', near_start: 'text', is_advert: 'bool' } as const;
const ACTS = columns('a', 5, ACT_COLUMNS);
const ACTS_NEARBY = columns('a', 5, { ...ACT_COLUMNS, ...NEARBY_COLUMNS });
/** The values of acts, by their place, as the first parameters of a statement: see `valueColumns`. */
export const VALUES = columns('v', 1, { act: 'int', metric: 'text', value: 'float8', doubt: 'text' });
const KEPT = columns('r', 28, {
  community_id: 'int',
  client_id: 'text',
  topic: 'text',
  payload: 'bytea',
  digest: 'bytea',
  measurement_index: 'int',
  reason: 'text',
  detail: 'text',
  parked: 'bool',
  message_id: 'text',
  device_id: 'int',
  patient_id: 'int',
  metric: 'text',
  observed_ms: 'float8',
  received_ms: 'float8',
  times: 'int',
  value: 'float8',
  otherwise: 'float8',
});
const DEVICES = columns('s', 46, { device_id: 'int', battery: 'int', errors: 'text', contact_ms: 'float8', at_ms: 'float8' });
const GATEWAYS = columns('s', 51, { community_id: 'int', client_id: 'text', online: 'bool', status: 'text', at_ms: 'float8' });
const ANSWERS_FIRST = 56;
const VERSION_ORDINARY = 24;
const VERSION_WHOLE = 61;

/** Whether the facts by which the batch was judged still hold; not asked when no version is given. */
const holds = (version: number): string => `($${version}::int is null or (select version from directory_version) = $${version})`;

// Ids are taken before the insert, so that what was new is told by its id alone; those of duplicates are lost, which bigints bear.
const act = (nearby: boolean, version: number): string => `
  with act as materialized (
    select nextval('measurement_id_seq') as id, a.*, to_timestamp(a.observed_ms / 1000) as observed_at,
      to_timestamp(a.received_ms / 1000) as received_at, to_timestamp(a.gateway_ms / 1000) as gateway_time,
      case when a.can_conflict then (
        select o.id from measurement o
        where o.device_id = a.device_id and o.printed = a.printed and o.kind = a.kind and o.occurrence = a.occurrence
          and o.values_key <> a.values_key limit 1
      ) end as rival
    from ${nearby ? ACTS_NEARBY : ACTS}
    where ${holds(version)}
  ), measured as (
    insert into measurement (id, device_id, kind, printed, occurrence, values_key, patient_id, observed_at, time_quality,
      time_rule_version, device_time, gateway_time, sent_at, received_at, from_memory, quality, conflict, client_id, detail)
    overriding system value
    select a.id, a.device_id, a.kind, a.printed, a.occurrence, a.values_key, a.patient_id, a.observed_at, a.time_quality,
      a.time_rule, a.device_time, a.gateway_time, to_timestamp(a.sent_ms / 1000), a.received_at, a.from_memory, a.quality,
      a.clash is not null or a.rival is not null, a.client_id, a.detail::jsonb
    from act a ${nearby ? WHERE_NOT_NEARBY : ''}
    on conflict (device_id, printed, kind, occurrence, values_key) do nothing
    returning id
  ), marked as (
    update measurement o set conflict = true from act a, measured m
    where a.rival is not null and m.id = a.id and o.id = a.rival and not o.conflict
  ), stored as (
    insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt)
    select k.patient_id, k.metric, k.observed_at, k.id, k.value, k.received_at, k.doubt
    from (
      select a.patient_id, v.metric, a.observed_at, a.id, v.value, a.received_at, a.device_id, a.kind, a.printed, a.values_key, a.gateway_time,
        case when a.clash = 'later' or a.rival is not null then coalesce(v.doubt, 'conflict') else v.doubt end as doubt
      from ${VALUES}
      join act a on a.place = v.act join measured m on m.id = a.id
      offset 0
    ) k${notToldBefore(nearby)}
  )`;

const WHERE_NOT_NEARBY = `
    where a.near_from is null or not exists (
      select from measurement n
      where n.device_id = a.device_id and n.printed between a.near_from and a.near_to and n.kind = a.kind and n.values_key = a.values_key
        and left(n.occurrence, length(a.near_start)) = a.near_start
        and (n.printed = a.printed or n.client_id <> a.client_id or (n.from_memory and a.from_memory)
          or (a.is_advert and n.detail -> 'raw' ->> 'format' = 'advert')))`;

const REFUSED = `, kept as materialized (
    select r.*, to_timestamp(r.received_ms / 1000) as received_at, to_timestamp(r.observed_ms / 1000) as observed_at
    from ${KEPT}
    where ${holds(VERSION_WHOLE)}
  ), again as (
    update refused f set times_received = f.times_received + k.times, last_received_at = case when k.times > 0 then greatest(f.last_received_at, k.received_at) else f.last_received_at end,
      -- Settled because another reason had taken this one's place, it is all that tells of the act now. What a person set aside stays so.
      state = case f.state when 'processed' then 'open' else f.state end,
      settled_at = case f.state when 'processed' then null else f.settled_at end,
      settled_note = case f.state when 'processed' then null else f.settled_note end,
      tried_at = case f.state when 'processed' then null else f.tried_at end
    from kept k where f.digest = k.digest and f.topic = k.topic and f.reason = k.reason
    returning f.digest, f.topic, f.reason
  ), refused_new as (
    insert into refused (received_at, last_received_at, times_received, community_id, client_id, topic, payload, digest,
      measurement_index, reason, detail, parked, message_id, device_id, patient_id, metric, observed_at, value, otherwise)
    select k.received_at, k.received_at, greatest(k.times, 1), k.community_id, k.client_id, k.topic, k.payload, k.digest,
      k.measurement_index, k.reason, k.detail, k.parked, k.message_id, k.device_id, k.patient_id, k.metric, k.observed_at, k.value, k.otherwise
    from kept k
    where not exists (select from again g where g.digest = k.digest and g.topic = k.topic and g.reason = k.reason)
    on conflict (digest, topic, measurement_index, reason) do nothing
    returning patient_id, coalesce(observed_at, received_at) as observed_at
  )`;

const STATES = `, device_states as (
    update device d set battery_percent = coalesce(s.battery, d.battery_percent),
      errors = case when s.errors is null then d.errors when s.errors = '' then '{}' else string_to_array(s.errors, ',') end,
      contact_at = coalesce(to_timestamp(s.contact_ms / 1000), d.contact_at), status_at = to_timestamp(s.at_ms / 1000)
    from ${DEVICES}
    where d.id = s.device_id and (d.status_at is null or d.status_at <= to_timestamp(s.at_ms / 1000)) and ${holds(VERSION_WHOLE)}
  ), gateway_states as (
    insert into gateway (community_id, client_id, online, status, status_at, online_changed_at)
    select s.community_id, s.client_id, s.online, s.status::jsonb, to_timestamp(s.at_ms / 1000), to_timestamp(s.at_ms / 1000)
    from ${GATEWAYS}
    where ${holds(VERSION_WHOLE)}
    order by s.community_id, s.client_id
    on conflict (community_id, client_id) do update
      set online_changed_at = case when gateway.online <> excluded.online then excluded.status_at else coalesce(gateway.online_changed_at, gateway.status_at) end,
        online = excluded.online, status = excluded.status, status_at = excluded.status_at
      where gateway.status_at <= excluded.status_at
  )`;

const DONE = (whole: boolean, version: number): string => `, arrived as (
    insert into arrival (patient_id, observed_from, measurement_ids)
    select patient_id, min(observed_at), ${whole ? `coalesce(array_agg(id) filter (where id is not null), '{}')` : 'array_agg(id)'} from (
      select a.patient_id, a.observed_at, a.id from act a join measured m on m.id = a.id
      ${whole ? `union all select patient_id, observed_at, null from refused_new where patient_id is not null ${WEIGHTS_ANSWERED}` : ''}
    ) as seen group by patient_id order by patient_id
    returning 1
  )
  select (select array_agg(a.place::int) from act a where not exists (select from measured m where m.id = a.id)),
    (select pg_notify('varde_due', '') from arrived limit 1), ${holds(version)}`;

// Ordinary batches have readings only; whatever else one may hold costs a part of the statement.
const ORDINARY: Prepared = { name: 'varde_keep', text: act(false, VERSION_ORDINARY) + DONE(false, VERSION_ORDINARY) };
const WHOLE: Prepared = {
  name: 'varde_keep_all',
  text: act(true, VERSION_WHOLE) + REFUSED + STATES + keepAnswers(ANSWERS_FIRST) + DONE(true, VERSION_WHOLE),
};

/**
 * Keeps everything of a batch in one transaction, and in one round trip unless it has acts without a device time: acts with their
 * readings, what was refused, what devices and gateways say of themselves, an arrival for each patient somebody must look at, and the
 * word that wakes a watcher.
 * Copies are harmless: an act that is there already changes nothing, something refused again is counted.
 *
 * The batch must name each refusal (digest, topic, reason), device and gateway once, and acts near each other in the order of their
 * keys, so that two processes storing copies wait for each other in the same order.
 *
 * @param directoryVersion that of the facts by which the batch was judged (`readDeviceFacts`); null keeps it whatever has changed since
 * @returns places in `measurements` of those that were there already; null when the directory has changed and nothing was kept
 */
export async function saveBatch(
  dataSource: DataSource,
  batch: Batch,
  directoryVersion: number | null,
): Promise<ReadonlySet<number> | null> {
  const { measurements, refused, devices, gateways } = batch;
  const isOrdinary =
    refused.length + devices.length + gateways.length === 0 && measurements.every((each) => each.nearby === null && each.answers === null);
  const values: unknown[] = actColumns(measurements);
  if (!isOrdinary) {
    values.push(...nearbyColumns(measurements), ...refusedColumns(refused), ...stateColumns(devices, gateways));
    values.push(...answersColumns(measurements));
  }
  values.push(directoryVersion);
  const run = { prepared: isOrdinary ? ORDINARY : WHOLE, values, rows: measurements.length + refused.length + 1 };
  const undated = measurements.flatMap(({ nearby, deviceId }) => (nearby === null ? [] : [deviceId]));
  // No key tells copies of those from each other, so another statement storing one must have ended before this one looks for it.
  const locks = { space: LOCK_IDS.undatedActs, ids: undated };
  const [row] =
    undated.length === 0 ? await runPrepared(dataSource, run.prepared, values, run.rows) : await runPreparedLocked(dataSource, locks, run);
  if (row?.[2] === false) return null;
  const places = (row?.[0] ?? []) as readonly number[];
  return new Set(places.map((place) => place - 1));
}

function actColumns(acts: readonly NewMeasurement[]): string[] {
  const numbers = (of: (each: NewMeasurement) => number): string => numberArray(acts.map(of));
  const texts = (of: (each: NewMeasurement) => string | null): string => textArray(acts.map(of));
  const clashing = clashes(acts);
  return [
    ...valueColumns(toldOnce(acts)),
    numbers((each) => each.deviceId),
    texts((each) => each.kind),
    texts((each) => each.printed),
    texts((each) => each.occurrence),
    texts((each) => each.valuesKey),
    numbers((each) => each.patientId),
    numbers((each) => each.observedAtMs),
    texts((each) => each.timeQuality),
    numbers((each) => each.timeRuleVersion),
    texts((each) => each.deviceTime),
    numbers((each) => each.gatewayTimeMs),
    numbers((each) => each.sentAtMs),
    numbers((each) => each.receivedAtMs),
    booleanArray(acts.map((each) => each.fromMemory)),
    texts((each) => each.quality),
    texts((each) => each.clientId),
    texts((each) => each.detail),
    booleanArray(acts.map((each) => each.canConflict)),
    textArray(acts.map((_, at) => clashing.get(at) ?? null)),
  ];
}

/** The columns of `VALUES`. */
export function valueColumns(acts: readonly NewMeasurement[]): string[] {
  const flat = acts.flatMap((each, at) => each.readings.map((reading) => ({ place: at + 1, reading })));
  return [
    numberArray(flat.map(({ place }) => place)),
    textArray(flat.map(({ reading }) => reading.metric)),
    numberArray(flat.map(({ reading }) => reading.value)),
    textArray(flat.map(({ reading }) => reading.doubt)),
  ];
}

function nearbyColumns(acts: readonly NewMeasurement[]): string[] {
  return [
    textArray(acts.map((each) => each.nearby?.printedFrom ?? null)),
    textArray(acts.map((each) => each.nearby?.printedTo ?? null)),
    textArray(acts.map((each) => each.nearby?.occurrenceStart ?? null)),
    booleanArray(acts.map((each) => each.nearby?.isAdvert ?? false)),
  ];
}

function refusedColumns(refused: readonly NewRefused[]): string[] {
  const numbers = (of: (each: NewRefused) => number | null): string => numberArray(refused.map(of));
  const texts = (of: (each: NewRefused) => string | null): string => textArray(refused.map(of));
  return [
    numbers((each) => each.communityId),
    texts((each) => each.clientId),
    texts((each) => each.topic),
    byteArray(refused.map((each) => each.payload)),
    byteArray(refused.map((each) => each.digest)),
    numbers((each) => each.measurementIndex),
    texts((each) => each.reason),
    texts((each) => each.detail),
    booleanArray(refused.map((each) => each.parked)),
    texts((each) => each.messageId),
    numbers((each) => each.deviceId),
    numbers((each) => each.patientId),
    texts((each) => each.metric),
    numbers((each) => each.observedAtMs),
    numbers((each) => each.receivedAtMs),
    numbers((each) => each.timesReceived),
    numbers((each) => each.value),
    numbers((each) => each.otherwise),
  ];
}

function stateColumns(devices: readonly DeviceState[], gateways: readonly GatewayState[]): string[] {
  return [
    numberArray(devices.map((each) => each.deviceId)),
    numberArray(devices.map((each) => each.batteryPercent)),
    textArray(devices.map((each) => each.errors?.join(',') ?? null)),
    numberArray(devices.map((each) => each.contactAtMs)),
    numberArray(devices.map((each) => each.atMs)),
    numberArray(gateways.map((each) => each.communityId)),
    textArray(gateways.map((each) => each.clientId)),
    booleanArray(gateways.map((each) => each.isOnline)),
    textArray(gateways.map((each) => each.status)),
    numberArray(gateways.map((each) => each.atMs)),
  ];
}

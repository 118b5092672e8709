import type { HomeAsk } from '@varde/look';
import type { Metric } from '@varde/vitals';
import type { EntityManager } from 'typeorm';
import { queryPrepared, type Prepared } from '../server/prepared.js';
import { claimForHomes, wakeHomeSenders, type DuePage } from './home-outbox.js';

/** A request of one patient's look. */
export interface PatientAsk {
  readonly patientId: number;
  readonly ask: HomeAsk;
}

const SAVE: Prepared = {
  name: 'varde_save_asks',
  text: `
  insert into home_ask (patient_id, key, community_id, client_id, device_name, metrics, rest_minutes, times, text_nb, text_en, asked_at, answer_by, next_try_at)
  select a.patient_id, a.key, p.community_id, coalesce(m.client_id, f.client_id), d.name,
    case when f.id is not null then array[f.metric] else array(select distinct r.metric from reading r
      where r.patient_id = a.patient_id and r.observed_at = m.observed_at and r.measurement_id = m.id order by r.metric) end,
    a.rest_minutes, a.times, a.text_nb, a.text_en, $9, a.answer_by, $9
  from unnest($1::integer[], $2::text[], $3::bigint[], $4::smallint[], $5::smallint[], $6::text[], $7::text[], $8::timestamptz[])
    as a (patient_id, key, measurement_id, rest_minutes, times, text_nb, text_en, answer_by)
  left join measurement m on m.id = a.measurement_id
  left join refused f on a.measurement_id is null and f.id = substr(a.key, 3)::bigint and f.patient_id = a.patient_id and f.metric is not null
  join device d on d.id = coalesce(m.device_id, f.device_id)
  join patient p on p.id = a.patient_id
  where exists (select from wearer w where w.device_id = d.id and w.patient_id = a.patient_id and (w.to_at is null or w.to_at > $9))
  on conflict (patient_id, key) do nothing`,
};

/**
 * Queues what homes are asked to do, in the transaction of the look: it goes to the gateway the measurement or the refused value came through,
 * if the patient has the device still.
 */
export async function saveHomeAsks(tx: EntityManager, asks: readonly PatientAsk[], now: Date): Promise<void> {
  if (asks.length === 0) return;
  await queryPrepared(
    tx,
    SAVE,
    [
      asks.map(({ patientId }) => patientId),
      asks.map(({ ask }) => ask.key),
      asks.map(({ ask }) => ask.measurementId),
      asks.map(({ ask }) => ask.restMinutes),
      asks.map(({ ask }) => ask.times),
      asks.map(({ ask }) => ask.text.nb),
      asks.map(({ ask }) => ask.text.en),
      asks.map(({ ask }) => ask.answerBy),
      now,
    ],
    asks.length,
  );
  await wakeHomeSenders(tx);
}

/** Requests that have been answered are not sent any more. */
export async function saveHomeAsksSettled(
  tx: EntityManager,
  settled: readonly { readonly patientId: number; readonly key: string }[],
  now: Date,
): Promise<void> {
  if (settled.length === 0) return;
  await tx.query(
    `update home_ask h set settled_at = $3, next_try_at = null
     from unnest($1::integer[], $2::text[]) as s (patient_id, key)
     where h.patient_id = s.patient_id and h.key = s.key and h.settled_at is null`,
    [settled.map(({ patientId }) => patientId), settled.map(({ key }) => key), now],
  );
}

/** A request that is due to be sent to a gateway. */
export interface AskToSend {
  readonly id: number;
  /** Code of the community: the tenant of the topics. */
  readonly tenant: string;
  readonly clientId: string;
  readonly deviceName: string;
  readonly metrics: readonly Metric[];
  readonly restMinutes: number;
  readonly times: number;
  readonly text: { readonly nb: string; readonly en: string };
  readonly answerBy: Date;
}

interface Row {
  id: string;
  tenant: string;
  client_id: string;
  device_name: string;
  metrics: Metric[];
  rest_minutes: number;
  times: number;
  text_nb: string;
  text_en: string;
  answer_by: Date;
}

const DUE = `
  select h.id, c.code as tenant, h.client_id, h.device_name, h.metrics, h.rest_minutes, h.times, h.text_nb, h.text_en, h.answer_by
  from home_ask h join community c on c.id = h.community_id
  where h.next_try_at <= $1 and h.next_try_at >= $4 and h.answer_by > $1 and h.id > $2
  order by h.id limit $3`;

/** Requests due to be sent and still of use, a page of them. Whose gateway is away stays due. */
export async function readAsksToSend(manager: EntityManager, now: Date, { since, afterId, limit }: DuePage): Promise<AskToSend[]> {
  const rows: Row[] = await manager.query(DUE, [now, afterId, limit, since ?? '-infinity']);
  return rows.map((row) => ({
    id: Number(row.id),
    tenant: row.tenant,
    clientId: row.client_id,
    deviceName: row.device_name,
    metrics: row.metrics,
    restMinutes: row.rest_minutes,
    times: row.times,
    text: { nb: row.text_nb, en: row.text_en },
    answerBy: row.answer_by,
  }));
}

/** Takes those of these requests that are still due (`claimForHomes`). */
export function claimAsks(manager: EntityManager, ids: readonly number[], now: Date, againAt: Date): Promise<number[]> {
  return claimForHomes(manager, 'home_ask', ids, { now, againAt });
}

/** Requests that could not be published are due again then. */
export async function saveAskFailed(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void> {
  await manager.query(`update home_ask set next_try_at = $2 where id = any($1::bigint[]) and settled_at is null`, [ids, againAt]);
}

/** Requests that no home was there to get: due again then, and not sent. */
export async function saveAskUnheard(manager: EntityManager, ids: readonly number[], againAt: Date): Promise<void> {
  await manager.query(`update home_ask set next_try_at = $2, sent_at = null where id = any($1::bigint[]) and settled_at is null`, [
    ids,
    againAt,
  ]);
}

/** The gateway has confirmed that it has the request. */
export async function saveAskDelivered(manager: EntityManager, id: number, now: Date): Promise<void> {
  await manager.query(`update home_ask set delivered_at = coalesce(delivered_at, $2), next_try_at = null where id = $1`, [id, now]);
}

/** A request as people see it: asked, sent, delivered and settled kept apart. */
export interface HomeAskLine {
  readonly id: number;
  readonly deviceName: string;
  readonly metrics: Metric[];
  readonly textNb: string;
  readonly textEn: string;
  readonly askedAt: Date;
  readonly answerBy: Date;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly settledAt: Date | null;
}

/** The last 50 requests to a patient's home, newest first. */
export async function readHomeAsks(manager: EntityManager, patientId: number): Promise<HomeAskLine[]> {
  return manager.query(
    `select id::integer, device_name as "deviceName", metrics, text_nb as "textNb", text_en as "textEn", asked_at as "askedAt",
       answer_by as "answerBy", sent_at as "sentAt", delivered_at as "deliveredAt", settled_at as "settledAt"
     from home_ask where patient_id = $1 order by id desc limit 50`,
    [patientId],
  );
}

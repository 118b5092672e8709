import type { DataSource } from 'typeorm';
import { numberArray, textArray } from '../server/array-text.js';
import { IS_COUNTED } from './unclaimed.js';
import { namesOf } from './device-facts.js';

/** `open` waits for somebody, `processed` was used or judged again, `dismissed` was set aside by a person. */
export type RefusedState = 'open' | 'processed' | 'dismissed';

/** Something refused as a person sees it. */
export interface RefusedEntry {
  readonly id: number;
  readonly receivedAt: Date;
  readonly lastReceivedAt: Date;
  readonly timesReceived: number;
  /** Code of the community. */
  readonly community: string | null;
  readonly clientId: string | null;
  readonly topic: string;
  /** Which measurement of the message, -1 for the message as a whole. */
  readonly measurementIndex: number;
  readonly reason: string;
  readonly detail: string;
  readonly parked: boolean;
  /** One line for many, of which nothing is kept: `timesReceived` says how many (decision 36). */
  readonly isCounted: boolean;
  readonly messageId: string | null;
  readonly deviceName: string | null;
  readonly patientId: number | null;
  readonly metric: string | null;
  readonly observedAt: Date | null;
  readonly state: RefusedState;
  readonly settledAt: Date | null;
  readonly settledNote: string | null;
  readonly payloadBytes: number;
  /** The first 512 bytes: as text when they are printable UTF-8, else in hex. */
  readonly preview: { readonly as: 'text' | 'hex'; readonly content: string };
}

/** Which to list; left out or null: all. */
export interface RefusedFilter {
  readonly state?: RefusedState | null;
  readonly parked?: boolean | null;
  readonly reason?: string | null;
  /** Name of a device, registered or not. */
  readonly deviceName?: string | null;
  /** Code of the community. */
  readonly community?: string | null;
  readonly clientId?: string | null;
}

/** One page, newest first. */
export interface RefusedPage {
  readonly entries: readonly RefusedEntry[];
  /** To be given as `before` for the next page; null on the last one. */
  readonly next: number | null;
}

const PREVIEW_BYTES = 512;

// Unregistered devices have no id, but the topic names them.
const WHERE = `
  ($1::text is null or f.state = $1) and ($2::bool is null or f.parked = $2) and ($3::text is null or f.reason = $3)
  and ($4::text is null or d.name = $4 or f.topic like 'varde/v1/%/%/dev/' || replace(replace($4, '_', '\\_'), '%', '\\%') || '/%')
  and ($5::text is null or c.code = $5) and ($6::text is null or f.client_id = $6)`;

const FROM = `from refused f left join community c on c.id = f.community_id left join device d on d.id = f.device_id`;

const LIST = `
  select f.id::float8 as id, f.received_at as "receivedAt", f.last_received_at as "lastReceivedAt", f.times_received as "timesReceived",
    c.code as community, f.client_id as "clientId", f.topic, f.measurement_index as "measurementIndex", f.reason, f.detail, f.parked, ${IS_COUNTED} as "isCounted",
    f.message_id as "messageId", d.name as "deviceName", f.patient_id as "patientId", f.metric, f.observed_at as "observedAt", f.state,
    f.settled_at as "settledAt", f.settled_note as "settledNote", octet_length(f.payload) as "payloadBytes",
    substr(f.payload, 1, ${PREVIEW_BYTES}) as head
  ${FROM} where ${WHERE} and ($7::bigint is null or f.id < $7) order by f.id desc limit $8`;

function filterValues(filter: RefusedFilter): unknown[] {
  const { state, parked, reason, deviceName, community, clientId } = filter;
  return [state ?? null, parked ?? null, reason ?? null, deviceName ?? null, community ?? null, clientId ?? null];
}

/**
 * Lists what was refused, newest first.
 * @param page `limit` entries (1 to 500) older than `before`, an id from an earlier page; null for the first page
 */
export async function readRefused(
  dataSource: DataSource,
  filter: RefusedFilter,
  page: { readonly limit: number; readonly before: number | null },
): Promise<RefusedPage> {
  const limit = Math.min(Math.max(page.limit, 1), 500);
  const rows = await dataSource.query<(Omit<RefusedEntry, 'preview'> & { head: Buffer })[]>(LIST, [
    ...filterValues(filter),
    page.before,
    limit + 1,
  ]);
  const entries = rows.slice(0, limit).map(({ head, ...entry }) => ({ ...entry, preview: previewOf(head) }));
  return { entries, next: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function previewOf(head: Buffer): RefusedEntry['preview'] {
  const text = printableText(head) ?? (head.length === PREVIEW_BYTES ? printableText(withoutBrokenEnd(head)) : null);
  return text === null ? { as: 'hex', content: head.toString('hex') } : { as: 'text', content: text };
}

/** Bytes as text, when all of them are printable UTF-8; else null. */
export function printableText(bytes: Uint8Array): string | null {
  try {
    const text = utf8.decode(bytes);
    return /[^\P{C}\n\r\t]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Without the bytes of a character that was cut in two. */
function withoutBrokenEnd(head: Buffer): Buffer {
  let end = head.length;
  while (end > head.length - 4 && ((head[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  return head.subarray(0, end - 1);
}

/** Something refused with what is needed to process it again. */
export interface RefusedMessage {
  readonly id: number;
  readonly state: RefusedState;
  readonly community: string | null;
  readonly clientId: string | null;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly digest: Uint8Array;
  readonly measurementIndex: number;
  readonly reason: string;
  readonly receivedAt: Date;
}

/** These refused ones with their bytes, oldest first. Ids that are not there are left out. */
export async function readRefusedMessages(dataSource: DataSource, ids: readonly number[]): Promise<RefusedMessage[]> {
  return dataSource.query<RefusedMessage[]>(
    `select f.id::float8 as id, f.state, c.code as community, f.client_id as "clientId", f.topic, f.payload, f.digest,
       f.measurement_index as "measurementIndex", f.reason, f.received_at as "receivedAt"
     from refused f left join community c on c.id = f.community_id
     where f.id = any($1::bigint[]) order by f.received_at, f.id`,
    [numberArray(ids)],
  );
}

/** Ids of the open parked ones that the filter names, oldest first; `after` is the last id of an earlier call. */
export async function readParkedIds(
  dataSource: DataSource,
  filter: RefusedFilter,
  page: { readonly limit: number; readonly after: number },
): Promise<number[]> {
  const rows = await dataSource.query<{ id: number }[]>(
    `select f.id::float8 as id ${FROM} where ${WHERE} and f.id > $7 order by f.id limit $8`,
    [...filterValues({ ...filter, state: 'open', parked: true }), page.after, page.limit],
  );
  return rows.map(({ id }) => id);
}

/** What came of processing one refused thing again. */
export interface Settlement {
  readonly id: number;
  readonly note: string;
}

/** Marks open ones as processed, each with a note. Those that are settled already stay as they are. */
export async function saveRefusedProcessed(dataSource: DataSource, settlements: readonly Settlement[], now: Date): Promise<void> {
  if (settlements.length === 0) return;
  await dataSource.query(
    `update refused f set state = 'processed', settled_at = $3, settled_note = s.note
     from unnest($1::bigint[], $2::text[]) as s (id, note) where f.id = s.id and f.state = 'open'`,
    [numberArray(settlements.map(({ id }) => id)), textArray(settlements.map(({ note }) => note)), now],
  );
}

/** Sets an open one aside for good. False when it is not there or settled already. */
export async function saveRefusedDismissed(dataSource: DataSource, id: number, note: string, now: Date): Promise<boolean> {
  const [, changed] = await dataSource.query<[unknown, number]>(
    `update refused set state = 'dismissed', settled_at = $3, settled_note = $2 where id = $1 and state = 'open'`,
    [id, note, now],
  );
  return changed === 1;
}

// What was missing is there now: somebody wore the device at that time, or the device is registered. One that is refused again all
// the same is tried again after an hour. A line of many acts (index -1) says when the last of them was: whoever wore it before may have worn it at
// the others.
const READY = `
  select f.id::float8 as id from refused f
  where f.state = 'open' and f.parked and (f.tried_at is null or f.tried_at < $1) and (
    (f.reason = 'no-wearer' and exists (
      select from wearer w where w.device_id = f.device_id
        and (f.observed_at is null or (w.from_at <= f.observed_at and (f.measurement_index = -1 or w.to_at is null or w.to_at > f.observed_at)))))
    or (f.reason = 'unknown-device' and exists (
      select from device d join community c on c.id = d.community_id
      where c.code = split_part(f.topic, '/', 3) and d.name in ${namesOf(`split_part(f.topic, '/', 6)`)})))
  order by f.id limit $2`;

const RETRY_MS = 3_600_000;

/** Parked ones whose cause has gone, oldest first, marked as tried now: they are not named again for an hour. */
export async function claimParkedReady(dataSource: DataSource, now: Date, limit: number): Promise<number[]> {
  const rows = await dataSource.query<{ id: number }[]>(READY, [new Date(now.getTime() - RETRY_MS), limit]);
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) await dataSource.query(`update refused set tried_at = $2 where id = any($1::bigint[])`, [numberArray(ids), now]);
  return ids;
}

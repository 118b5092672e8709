import type { DataSource } from 'typeorm';
import { byteArray, textArray } from '../server/array-text.js';
import { columns, runPrepared, type Prepared } from '../server/prepared.js';
import type { NewRefused } from './ingest.js';

/** Reasons of what belongs to nobody here: a neighbour's device that a gateway overhears says it for years. */
const UNCLAIMED = ['unknown-device', 'no-wearer'];
/** So many are kept of one topic, for when its device is registered or its wearer named: ten acts a day for seven weeks. */
export const UNCLAIMED_KEPT_MAX = 500;
/** And so long: after that a home's device is somebody's, and a neighbour's values are not ours to keep. */
export const UNCLAIMED_KEPT_DAYS = 90;

/** The line on which is counted what is not kept; no digest of bytes is so short. */
const COUNTED = Buffer.from('counted');
const DETAIL = `counted only: ${UNCLAIMED_KEPT_MAX} are kept of a topic, for ${UNCLAIMED_KEPT_DAYS} days`;

/** SQL: whether something refused is a line that counts others. */
export const IS_COUNTED = `f.digest = '\\x${COUNTED.toString('hex')}'`;

/** Whether something refused is a line that counts others, of which nothing is kept. */
export const isCounted = (digest: Uint8Array): boolean => Buffer.compare(digest, COUNTED) === 0;

/** Whether something refused is kept only as long as there is room. */
export const isUnclaimed = ({ reason }: NewRefused): boolean => UNCLAIMED.includes(reason);

/** What counts it instead of keeping it: one line for its topic and reason, without its bytes. */
export function countedInstead({ communityId, clientId, topic, reason, deviceId, receivedAtMs, timesReceived }: NewRefused): NewRefused {
  return {
    communityId,
    clientId,
    topic,
    reason,
    deviceId,
    receivedAtMs,
    timesReceived,
    payload: new Uint8Array(),
    digest: COUNTED,
    measurementIndex: -1,
    detail: DETAIL,
    // Not to be processed again, and whoever sent it may forget it.
    parked: false,
    messageId: null,
    patientId: null,
    metric: null,
    value: null,
    otherwise: null,
    observedAtMs: null,
  };
}

/** What is kept already where something unclaimed would be. */
export interface UnclaimedRoom {
  /** Whether this very one is: it is counted where it stands. */
  readonly isThere: boolean;
  /** How many are kept of its topic and reason, up to `UNCLAIMED_KEPT_MAX`. */
  readonly kept: number;
}

const ROOM: Prepared = {
  name: 'varde_unclaimed_room',
  text: `
  select exists (select from refused f where f.digest = k.digest and f.topic = k.topic and f.reason = k.reason),
    (select count(*) from (
      select from refused f where f.topic = k.topic and f.reason = k.reason and f.parked and f.state <> 'processed' limit ${UNCLAIMED_KEPT_MAX}
    ) as kept)::int
  from ${columns('k', 1, { digest: 'bytea', topic: 'text', reason: 'text' })}
  order by k.place`,
};

/** What is kept already where these would be, in their order. */
export async function readUnclaimedRoom(dataSource: DataSource, refused: readonly NewRefused[]): Promise<readonly UnclaimedRoom[]> {
  if (refused.length === 0) return [];
  const values = [
    byteArray(refused.map(({ digest }) => digest)),
    textArray(refused.map(({ topic }) => topic)),
    textArray(refused.map(({ reason }) => reason)),
  ];
  const rows = (await runPrepared(dataSource, ROOM, values, refused.length)) as unknown as (readonly [boolean, number])[];
  return rows.map(([isThere, kept]) => ({ isThere, kept }));
}

/** Counts what has waited too long on the line of its topic and reason, and forgets the rest of it. */
export async function countOldUnclaimed(dataSource: DataSource, now: Date): Promise<void> {
  await dataSource.query(
    `with old as (
       delete from refused where parked and state <> 'processed' and reason = any($2::text[]) and last_received_at < $1
       returning *
     )
     insert into refused as f (received_at, last_received_at, times_received, community_id, client_id, topic, payload, digest,
       measurement_index, reason, detail, parked, device_id)
     select min(received_at), max(last_received_at), sum(times_received), min(community_id), min(client_id), topic, '', $3, -1, reason, $4, false,
       min(device_id)
     from old group by topic, reason order by topic, reason
     on conflict (digest, topic, measurement_index, reason) do update set times_received = f.times_received + excluded.times_received,
       received_at = least(f.received_at, excluded.received_at), last_received_at = greatest(f.last_received_at, excluded.last_received_at)`,
    [new Date(now.getTime() - UNCLAIMED_KEPT_DAYS * 86_400_000), textArray(UNCLAIMED), COUNTED, DETAIL],
  );
}

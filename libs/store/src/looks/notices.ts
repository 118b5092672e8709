import type { Contact } from '@varde/routing';
import type { Severity, Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';
import { groupRows } from '../server/group-rows.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** Ways a notice leaves the program; on the worklist it is with its commit. */
export type SentChannel = Contact['channel'];

/**
 * Waits between tries of one notice, in milliseconds; after the last it is given up and said so. What is grave is given up soon: the
 * ladder takes its next step then, and somebody else is told.
 */
const RETRY_WAITS_MS: Readonly<Record<Severity, readonly number[]>> = {
  critical: [5_000, 15_000, 30_000],
  red: [5_000, 15_000, 60_000, 180_000],
  yellow: [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000, 3_600_000],
  info: [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000, 3_600_000],
};

/** A notice one sender has taken for the length of a lease. */
export interface NoticeToSend {
  readonly id: number;
  /** Null: it is about no episode. */
  readonly episodeId: number | null;
  readonly key: string;
  readonly channel: SentChannel;
  readonly cause: string;
  readonly severity: Severity;
  readonly unitId: number;
  readonly unit: string;
  readonly text: Words;
  readonly queuedAt: Date;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** Number, address of mail, or of a webhook; empty: the unit has none any more. */
  readonly address: string;
  /** Key the body of a webhook is signed with. */
  readonly signingSecret: string;
}

const CLAIM = `
  with ranked as (
    select id, row_number() over (partition by unit_id order by severity in ('red', 'critical') desc, next_try_at, id) as place
    from notice where next_try_at <= $1 and channel = $4
  ), due as (
    select n.id, u.name as unit, case when n.contact_id is null then u.webhook_url else c.address end as address,
      case when n.contact_id is null then u.webhook_secret else c.signing_secret end as secret
    from ranked r join notice n on n.id = r.id join unit u on u.id = n.unit_id left join contact c on c.id = n.contact_id
    left join unnest($6::integer[], $7::integer[]) as in_flight (unit_id, count) on in_flight.unit_id = n.unit_id
    where r.place <= $5 - coalesce(in_flight.count, 0) and n.next_try_at <= $1 and n.channel = $4
    order by n.severity in ('red', 'critical') desc, n.next_try_at limit $3 for update of n skip locked
  )
  update notice n set attempts = n.attempts + 1, next_try_at = $2 from due where n.id = due.id
  returning n.id, n.episode_id, n.key, n.channel, n.cause, n.severity, n.unit_id, due.unit, n.text_nb, n.text_en, n.queued_at, n.attempts,
    due.address, due.secret`;

/** Which notices are taken, and for how long. */
export interface NoticeClaim {
  readonly channel: SentChannel;
  readonly limit: number;
  /** At most so many of one unit, with those in flight, so that an address that does not answer takes up no more than its share. */
  readonly perUnit: number;
  /** What the sender still waits for the answer of, by unit. */
  readonly inFlightByUnit: ReadonlyMap<number, number>;
  readonly leaseMs: number;
}

/**
 * Takes notices of one channel that are due, the grave first, for `leaseMs`: a sender that dies lets them fall due again when the lease
 * ends, and two senders never hold the same one. One channel that is down does not hold up the others.
 */
export async function claimNotices(
  tx: EntityManager,
  { channel, limit, perUnit, inFlightByUnit, leaseMs }: NoticeClaim,
  now: Date,
): Promise<NoticeToSend[]> {
  interface Row {
    id: string;
    episode_id: string | null;
    key: string;
    channel: SentChannel;
    cause: string;
    severity: Severity;
    unit_id: number;
    unit: string;
    text_nb: string;
    text_en: string;
    queued_at: Date;
    attempts: number;
    address: string | null;
    secret: string | null;
  }
  const leaseEndsAt = new Date(now.getTime() + leaseMs);
  const [rows]: [Row[], number] = await tx.query(CLAIM, [
    ...[now, leaseEndsAt, limit, channel, perUnit],
    [...inFlightByUnit.keys()],
    [...inFlightByUnit.values()],
  ]);
  return rows.map((row) => ({
    id: Number(row.id),
    episodeId: row.episode_id === null ? null : Number(row.episode_id),
    key: row.key,
    channel: row.channel,
    cause: row.cause,
    severity: row.severity,
    unitId: row.unit_id,
    unit: row.unit,
    text: { nb: row.text_nb, en: row.text_en },
    queuedAt: row.queued_at,
    attempt: row.attempts,
    address: row.address ?? '',
    signingSecret: row.secret ?? '',
  }));
}

/** Somebody has taken the message: the receiver, or who brings it there and may say later that it came (`receiptId`). */
export async function saveNoticeSent(
  tx: EntityManager,
  noticeId: number,
  { receiptId, isDelivered }: { readonly receiptId: string | null; readonly isDelivered: boolean },
  now: Date,
): Promise<void> {
  await tx.query(
    `update notice set sent_at = coalesce(sent_at, $2), next_try_at = null, last_error = null, given_up_at = null, has_failed = false, receipt_id = $3,
       delivered_at = case when $4::boolean then coalesce(delivered_at, $2) else delivered_at end
     where id = $1`,
    [noticeId, now, receiptId, isDelivered],
  );
}

/** Why a try came to nothing. */
export interface NoticeFault {
  readonly fault: string;
  /** Trying again would come to the same. */
  readonly isFinal: boolean;
}

/**
 * The try failed; answers when it will be tried again, or null when it was given up: then the patient is looked at, for the ladder to move
 * on. One that somebody accepted meanwhile stays ended.
 */
export async function saveNoticeFailure(
  manager: EntityManager,
  notice: NoticeToSend,
  { fault, isFinal }: NoticeFault,
  now: Date,
): Promise<Date | null> {
  const waitMs = isFinal ? undefined : RETRY_WAITS_MS[notice.severity][notice.attempt - 1];
  const nextTryAt = waitMs === undefined ? null : new Date(now.getTime() + waitMs);
  const save = (tx: EntityManager): Promise<unknown> =>
    tx.query(
      `update notice set last_error = $2, next_try_at = $3, given_up_at = $4, has_failed = $4::timestamptz is not null
       where id = $1 and accepted_at is null and given_up_at is null and sent_at is null`,
      [notice.id, fault, nextTryAt, nextTryAt === null ? now : null],
    );
  if (nextTryAt !== null) await save(manager);
  else await giveUp(manager, notice.id, save, now);
  return nextTryAt;
}

/** The watch first, as everybody who changes an episode does. */
async function giveUp(manager: EntityManager, noticeId: number, save: (tx: EntityManager) => Promise<unknown>, now: Date): Promise<void> {
  await manager.transaction(async (tx) => {
    await tx.query(
      `update patient_watch w set due_at = least(w.due_at, $2) from notice n join episode e on e.id = n.episode_id
       where n.id = $1 and w.patient_id = e.patient_id and e.closed_at is null`,
      [noticeId, now],
    );
    await save(tx);
    await tx.query(`select pg_notify('varde_due', '')`);
  });
}

/** What a gateway says of a message it has taken. */
export interface NoticeReceipt {
  readonly receiptId: string;
  readonly status: 'delivered' | 'failed';
  /** Why it failed, in the gateway's words. */
  readonly reason: string;
}

/** Keeps a receipt; one that comes twice, or after the other, changes nothing. @returns whether a message is known by that name */
export async function saveNoticeReceipt(manager: EntityManager, receipt: NoticeReceipt, now: Date): Promise<boolean> {
  const rows = await manager.query<{ id: string }[]>(`select id from notice where receipt_id = $1`, [receipt.receiptId]);
  const [row] = rows;
  if (row === undefined) return false;
  const noticeId = Number(row.id);
  if (receipt.status === 'delivered') {
    await manager.query(`update notice set delivered_at = coalesce(delivered_at, $2) where id = $1 and given_up_at is null`, [
      noticeId,
      now,
    ]);
    return true;
  }
  const save = (tx: EntityManager): Promise<unknown> =>
    tx.query(
      `update notice set given_up_at = $2, has_failed = true, last_error = $3
       where id = $1 and delivered_at is null and accepted_at is null and given_up_at is null`,
      [noticeId, now, receipt.reason],
    );
  await giveUp(manager, noticeId, save, now);
  return true;
}

/** What a step of the ladder, or its beginning, tells. Offers, questions and assignments go beside it, to others. */
const OF_THE_LADDER = `('opened', 'relapsed', 'severity_rose', 'escalated', 'acknowledgement_ran_out')`;

// What the ladder told last about an episode that waits, when it went out by some channel and all of them were given up. What a worklist
// has shown to somebody of the unit has reached them.
const UNDELIVERED: Prepared = {
  name: 'varde_undelivered',
  text: `
  select e.patient_id, e.id
  from episode e
  cross join lateral (
    select bool_and(n.given_up_at is not null) filter (where n.channel <> 'worklist') as given_up, bool_or(n.delivered_at is not null) as reached
    from notice n where n.episode_id = e.id and n.cause in ${OF_THE_LADDER}
      and n.queued_at = (select max(l.queued_at) from notice l where l.episode_id = e.id and l.cause in ${OF_THE_LADDER})
  ) told
  where e.id in (select episode_id from episode_domain where patient_id = any($1)) and e.acknowledged_at is null
    and e.next_step_at is not null and told.given_up and not told.reached
  order by e.id`,
};

/** Episodes of these patients whose last messages were all given up, by patient. Patients with none are left out. */
export async function readUndelivered(tx: EntityManager, patientIds: readonly number[]): Promise<Map<number, number[]>> {
  if (patientIds.length === 0) return new Map();
  const rows = await queryPrepared<{ patient_id: number; id: string }>(tx, UNDELIVERED, [patientIds], patientIds.length);
  return groupRows(rows, (row) => Number(row.id));
}

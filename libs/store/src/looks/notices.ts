import type { Severity, Words } from '@varde/rules';
import type { EntityManager } from 'typeorm';

/** Waits between tries of one notice, in milliseconds; after the last it is given up and said so. */
export const RETRY_WAITS_MS: readonly number[] = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000, 3_600_000];

/** A notice one sender has taken for the length of a lease. */
export interface NoticeToSend {
  readonly id: number;
  readonly episodeId: number;
  readonly key: string;
  readonly cause: string;
  readonly severity: Severity;
  readonly unitId: number;
  readonly text: Words;
  readonly queuedAt: Date;
  /** Which try this is, from 1. */
  readonly attempt: number;
  readonly url: string;
  /** Key the body is signed with. */
  readonly signingSecret: string;
}

const CLAIM = `
  with due as (
    select id from notice where next_try_at <= $1 order by next_try_at limit $3 for update skip locked
  )
  update notice n set attempts = n.attempts + 1, next_try_at = $2, sent_at = coalesce(n.sent_at, $1)
  from due, unit u
  where n.id = due.id and u.id = n.unit_id
  returning n.id, n.episode_id, n.key, n.cause, n.severity, n.unit_id, n.text_nb, n.text_en, n.queued_at, n.attempts, u.webhook_url, u.webhook_secret`;

/**
 * Takes notices that are due, for `leaseMs`: a sender that dies lets them fall due again when the lease ends, and two
 * senders never hold the same one.
 */
export async function claimNotices(tx: EntityManager, now: Date, limit: number, leaseMs: number): Promise<NoticeToSend[]> {
  interface Row {
    id: string;
    episode_id: string;
    key: string;
    cause: string;
    severity: Severity;
    unit_id: number;
    text_nb: string;
    text_en: string;
    queued_at: Date;
    attempts: number;
    webhook_url: string | null;
    webhook_secret: string | null;
  }
  const [rows]: [Row[], number] = await tx.query(CLAIM, [now, new Date(now.getTime() + leaseMs), limit]);
  return rows.map((row) => ({
    id: Number(row.id),
    episodeId: Number(row.episode_id),
    key: row.key,
    cause: row.cause,
    severity: row.severity,
    unitId: row.unit_id,
    text: { nb: row.text_nb, en: row.text_en },
    queuedAt: row.queued_at,
    attempt: row.attempts,
    url: row.webhook_url ?? '',
    signingSecret: row.webhook_secret ?? '',
  }));
}

/** The receiver answered that it has the notice. */
export async function saveNoticeDelivered(tx: EntityManager, noticeId: number, now: Date): Promise<void> {
  await tx.query(`update notice set delivered_at = $2, next_try_at = null, last_error = null where id = $1`, [noticeId, now]);
}

/** The try failed; answers when it will be tried again, or null when it was given up. One that somebody accepted meanwhile stays ended. */
export async function saveNoticeFailure(tx: EntityManager, notice: NoticeToSend, reason: string, now: Date): Promise<Date | null> {
  const waitMs = RETRY_WAITS_MS[notice.attempt - 1];
  const nextTryAt = waitMs === undefined ? null : new Date(now.getTime() + waitMs);
  await tx.query(
    `update notice set last_error = $2, next_try_at = $3, given_up_at = $4
     where id = $1 and accepted_at is null and given_up_at is null`,
    [notice.id, reason, nextTryAt, nextTryAt === null ? now : null],
  );
  return nextTryAt;
}

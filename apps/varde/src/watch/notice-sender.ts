import { claimNotices, inTransaction, saveNoticeDelivered, saveNoticeFailure, type Database, type NoticeToSend } from '@varde/store';
import type { Log } from '../log.js';
import { postWebhook } from '../webhook.js';

const BATCH = 20;
/** Longer than an answer may take: a notice in flight is not taken by another sender. */
const LEASE_MS = 30_000;

/** What a sender needs; `now` is asked again for each step, since an answer takes time. */
export interface SenderParts {
  readonly database: Database;
  readonly log: Log;
  readonly now: () => Date;
  readonly count: (result: 'delivered' | 'failed' | 'given_up') => void;
}

/** Body of a webhook: what happened to which episode, and nothing about the patient. */
export function webhookBody(notice: NoticeToSend): string {
  const { id, episodeId, key, cause, severity, unitId, text, queuedAt } = notice;
  return JSON.stringify({
    schema: 'varde.notice/1',
    noticeId: id,
    episodeId,
    key,
    cause,
    severity,
    unitId,
    text,
    queuedAt: queuedAt.toISOString(),
  });
}

/** Sends what is due once; answers how many notices it tried. A notice is a row before it is a message. */
export async function sendDue(parts: SenderParts): Promise<number> {
  const notices = await inTransaction(parts.database.dataSource, (tx) => claimNotices(tx, parts.now(), BATCH, LEASE_MS));
  await Promise.all(notices.map((notice) => send(parts, notice)));
  return notices.length;
}

async function send(parts: SenderParts, notice: NoticeToSend): Promise<void> {
  const { manager } = parts.database.dataSource;
  const fault = await post(notice, parts.now());
  if (fault === null) {
    await saveNoticeDelivered(manager, notice.id, parts.now());
    parts.count('delivered');
    return;
  }
  const nextTryAt = await saveNoticeFailure(manager, notice, fault, parts.now());
  parts.count(nextTryAt === null ? 'given_up' : 'failed');
  parts.log.warn({ noticeId: notice.id, unitId: notice.unitId, attempt: notice.attempt, fault, nextTryAt }, 'a notice was not delivered');
}

/** Null when the receiver has it, else why not. */
function post(notice: NoticeToSend, now: Date): Promise<string | null> {
  if (notice.url === '') return Promise.resolve('the unit has no webhook');
  const { url, signingSecret, key } = notice;
  return postWebhook({ url, body: webhookBody(notice), signingSecret, headers: { 'varde-notice': key } }, now);
}

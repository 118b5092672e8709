import {
  claimNotices,
  inTransaction,
  saveNoticeFailure,
  saveNoticeSent,
  withContactTestCode,
  type Database,
  type NoticeToSend,
  type SentChannel,
} from '@varde/store';
import { answerWithin, NoAnswer } from '../answer-within.js';
import type { Couriers } from '../sending/couriers.js';
import type { Log } from '../log.js';
import { failed, type Sending } from '../sending/sending.js';
import { Turns } from '../turns.js';
import { postWebhook } from '../sending/webhook.js';
import { mailText, smsText, webhookWords } from './notice-words.js';
import { WayOut } from './way-out.js';

/** Notices in flight at once. Each unit has a server of its own for webhooks, while mail and text messages go through one. */
const AT_ONCE: Readonly<Record<SentChannel, { readonly inAll: number; readonly perUnit: number }>> = {
  webhook: { inAll: 100, perUnit: 5 },
  sms: { inAll: 20, perUnit: 20 },
  email: { inAll: 20, perUnit: 20 },
};
/** Longer than any try may take: a notice in flight is not taken by another sender. */
const LEASE_MS = 30_000;
const TRY_LONGEST_MS = 20_000;

/** What a sender needs; `now` is asked again for each step, since an answer takes time. */
export interface SenderParts {
  readonly database: Database;
  readonly couriers: Couriers;
  /** Key of the installation: codes of contact tests are made with it. */
  readonly secret: string;
  /** Where people sign in; null: messages do not say. */
  readonly publicUrl: string | null;
  readonly log: Log;
  readonly now: () => Date;
  readonly count: (result: 'sent' | 'delivered' | 'failed' | 'given_up') => void;
  /** Told of each notice that is tried for the first time: how long it has waited since it was decided, in milliseconds. */
  readonly onFirstTry: (channel: SentChannel, waitedMs: number) => void;
}

/**
 * Body of a webhook: what happened to which episode, with measured values, since it goes to a system of the unit's own; no name, and nothing
 * that a person wrote, for what is in that nobody has looked at.
 */
function webhookBody(notice: NoticeToSend): string {
  const { id, episodeId, key, cause, severity, unitId, queuedAt } = notice;
  return JSON.stringify({
    schema: 'varde.notice/1',
    noticeId: id,
    episodeId,
    key,
    cause,
    severity,
    unitId,
    text: webhookWords(notice),
    queuedAt: queuedAt.toISOString(),
  });
}

/** Ways out, each with its own turns. */
export const CHANNELS = ['webhook', 'sms', 'email'] as const satisfies readonly SentChannel[];

/**
 * Sends the notices of one channel. A turn takes what is due and begins to send it without waiting for answers: a receiver that never
 * answers holds up its own unit at most, and only with what is in flight to it.
 */
export class NoticeSender {
  /** Units whose notices wait for room of their own, as of the last turn: others are not late because of them. */
  heldUnitIds: readonly number[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private readonly inFlightByUnit = new Map<number, number>();
  private readonly turns: Turns;
  private readonly way = new WayOut();
  private isFull = false;
  private isStopped = false;

  constructor(
    private readonly parts: SenderParts,
    readonly channel: SentChannel,
  ) {
    this.turns = new Turns(
      () => this.take(),
      (error) => parts.log.error({ err: error, channel }, 'notices could not be sent; they stay queued'),
    );
  }

  /** When a turn last ended well: `performance.now()`. */
  get workedAtMs(): number {
    return this.turns.workedAtMs;
  }

  /** For how long nobody could have been reached by this channel, whoever they are; null: not known to be so. */
  get closedForMs(): number | null {
    return this.way.closedForMs(performance.now());
  }

  /** What was known of the channel before a restart: nobody could be reached by it for so long. */
  recallClosed(forMs: number): void {
    this.way.recall(forMs, performance.now());
  }

  /** Begins a turn now and then. */
  every(ms: number): void {
    this.turns.every(ms);
  }

  /** Resolves when nothing is in flight any more; nothing else is begun. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.turns.stop();
    await Promise.all(this.inFlight);
  }

  /** One turn: takes what is due and there is room for, and begins to send it. A notice is a row before it is a message. */
  async take(): Promise<void> {
    const { channel, parts } = this;
    const { inAll, perUnit } = AT_ONCE[channel];
    const room = inAll - this.inFlight.size;
    const inFlightByUnit = new Map(this.inFlightByUnit);
    if (room > 0) {
      const claim = { channel, limit: room, perUnit, inFlightByUnit, leaseMs: LEASE_MS };
      const notices = await inTransaction(parts.database.dataSource, (tx) => claimNotices(tx, claim, parts.now()));
      for (const notice of notices) {
        this.begin(notice);
        inFlightByUnit.set(notice.unitId, (inFlightByUnit.get(notice.unitId) ?? 0) + 1);
      }
      this.isFull = notices.length === room;
    }
    const held = [...inFlightByUnit].filter(([, count]) => perUnit < inAll && count >= perUnit);
    this.heldUnitIds = held.map(([unitId]) => unitId);
    // What has been answered while the claim was made left room that was not claimed.
    for (const unitId of this.heldUnitIds) if (this.inFlightTo(unitId) < perUnit) this.takeMore(unitId);
  }

  private begin(notice: NoticeToSend): void {
    const { unitId } = notice;
    this.inFlightByUnit.set(unitId, this.inFlightTo(unitId) + 1);
    const sending = send(this.parts, notice, this.way)
      .catch((error: unknown) => {
        const { id: noticeId, channel } = notice;
        this.parts.log.error({ err: error, noticeId, channel }, 'a notice could not be sent; it is taken again when its lease ends');
      })
      .finally(() => {
        this.inFlight.delete(sending);
        const left = this.inFlightTo(unitId) - 1;
        if (left > 0) this.inFlightByUnit.set(unitId, left);
        else this.inFlightByUnit.delete(unitId);
        this.takeMore(unitId);
      });
    this.inFlight.add(sending);
  }

  private inFlightTo(unitId: number): number {
    return this.inFlightByUnit.get(unitId) ?? 0;
  }

  /** Room that something waits for is used at once. */
  private takeMore(unitId: number): void {
    if (!this.isStopped && (this.isFull || this.heldUnitIds.includes(unitId))) this.turns.begin();
  }
}

async function send(parts: SenderParts, notice: NoticeToSend, way: WayOut): Promise<void> {
  const { manager } = parts.database.dataSource;
  if (notice.attempt === 1) parts.onFirstTry(notice.channel, parts.now().getTime() - notice.queuedAt.getTime());
  const beganMs = performance.now();
  const sending = await within(deliver(parts, notice), notice.channel);
  way.note(sending, { beganMs, endedMs: performance.now() });
  if (sending.ok) {
    await saveNoticeSent(manager, notice.id, sending, parts.now());
    parts.count(sending.isDelivered ? 'delivered' : 'sent');
    return;
  }
  const { fault } = sending;
  const nextTryAt = await saveNoticeFailure(manager, notice, sending, parts.now());
  parts.count(nextTryAt === null ? 'given_up' : 'failed');
  const { id: noticeId, unitId, channel, attempt } = notice;
  parts.log.warn({ noticeId, unitId, channel, attempt, fault, nextTryAt }, 'a notice was not delivered');
}

async function within(sending: Promise<Sending>, channel: SentChannel): Promise<Sending> {
  try {
    return await answerWithin(sending, TRY_LONGEST_MS);
  } catch (error) {
    if (error instanceof NoAnswer) return failed('no answer in time', false, channel === 'webhook' ? 'stands' : 'broke');
    throw error;
  }
}

function deliver(parts: SenderParts, notice: NoticeToSend): Promise<Sending> {
  if (notice.address === '') return Promise.resolve(failed(`the unit has no address for ${notice.channel}`, true, 'stands'));
  const withCode = (text: string): string => withContactTestCode({ key: notice.key, text }, parts.secret);
  const text = { nb: withCode(notice.text.nb), en: withCode(notice.text.en) };
  switch (notice.channel) {
    case 'webhook':
      return post({ ...notice, text }, parts.now());
    case 'sms':
      return sendSms(parts, notice, text.nb);
    case 'email':
      return sendMail(parts, notice, text);
  }
}

async function post(notice: NoticeToSend, now: Date): Promise<Sending> {
  const { address: url, signingSecret, key } = notice;
  const fault = await postWebhook({ url, body: webhookBody(notice), signingSecret, headers: { 'varde-notice': key } }, now);
  return fault === null ? { ok: true, receiptId: null, isDelivered: true } : failed(fault, false, 'stands');
}

/** A name that is the same on every resend and tells nothing. */
const nameOf = ({ id }: NoticeToSend): string => `varde-notice-${id}`;
/** Only a message that is about no episode is sent as it is written. */
const isPlain = ({ episodeId }: NoticeToSend): boolean => episodeId === null;

async function sendSms({ couriers, publicUrl }: SenderParts, notice: NoticeToSend, plain: string): Promise<Sending> {
  if (couriers.sms === null) return failed('no SMS gateway is set (VARDE_SMS_URL)', true, 'closed');
  const text = isPlain(notice) ? plain : smsText(notice, publicUrl);
  return couriers.sms.send({ to: notice.address, text, key: nameOf(notice) });
}

async function sendMail({ couriers, publicUrl }: SenderParts, notice: NoticeToSend, plain: NoticeToSend['text']): Promise<Sending> {
  if (couriers.mailer === null) return failed('no mail server is set (VARDE_SMTP_URL)', true, 'closed');
  const said = isPlain(notice) ? { subject: 'Varde', text: `${plain.nb}\n\n${plain.en}\n` } : mailText(notice, publicUrl);
  return couriers.mailer.send({ to: notice.address, ...said, key: nameOf(notice) });
}

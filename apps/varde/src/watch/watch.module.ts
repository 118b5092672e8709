import { Inject, Injectable, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { readBlind, readNoticesLateMs, readTellContacts, readWaitingSince, type SentChannel } from '@varde/store';
import { Counter, Gauge, Histogram } from 'prom-client';
import { answerWithin } from '../answer-within.js';
import { PROVIDED, type Provided } from '../provided.js';
import { Housekeeping } from './housekeeping.js';
import { CHANNELS, NoticeSender, type SenderParts } from './notice-sender.js';
import { PauseTelling } from './pause-telling.js';
import { Preflight } from './preflight.js';
import { startWatchLoop, type WatchLoop } from './watch-loop.js';

const SEND_EVERY_MS = 1_000;
/** Those who ask for the counters give up after some seconds. */
const ANSWER_WITHIN_MS = 2_000;
/** A sender turns once a second; two seconds are the aim and five the gate (PERF P5), beyond them somebody waits. */
const FIRST_TRY_BUCKETS_SECONDS = [0.1, 0.5, 1, 2, 5, 15, 60, 300];

/** The room where clocks run out: looks at patients who are due and sends what came of it. */
@Injectable()
class WatchRoom implements OnApplicationBootstrap, OnApplicationShutdown {
  private loop: WatchLoop | undefined;
  private unlisten: (() => void) | undefined;
  /** Of each channel by itself: one that does not answer holds up no other. */
  private readonly senders: readonly NoticeSender[];
  private turnedAtMs = performance.now();
  private readonly looks: Counter<'result'>;
  private readonly roundSeconds: Histogram;
  private readonly notices: Counter<'result'>;
  private readonly firstTrySeconds: Histogram<'channel'>;

  constructor(@Inject(PROVIDED) private readonly provided: Provided) {
    const { dataSource } = provided.database;
    const registers = [provided.metrics];
    this.looks = new Counter({ name: 'varde_looks_total', help: 'Patients looked at', labelNames: ['result'], registers });
    this.roundSeconds = new Histogram({ name: 'varde_look_round_seconds', help: 'Time of one round of looks', registers });
    this.notices = new Counter({ name: 'varde_notices_total', help: 'Notices by what came of a try', labelNames: ['result'], registers });
    this.firstTrySeconds = new Histogram({
      name: 'varde_notice_first_try_seconds',
      help: 'From the decision to tell a unit to the first try of the message',
      labelNames: ['channel'],
      buckets: FIRST_TRY_BUCKETS_SECONDS,
      registers,
    });
    this.senders = CHANNELS.map((channel) => this.senderOf(channel));
    new Gauge({
      name: 'varde_watch_behind_seconds',
      help: 'How long the patient longest due has waited for a look',
      registers,
      collect: async function () {
        const now = new Date();
        try {
          const since = await answerWithin(readWaitingSince(dataSource.manager, now), ANSWER_WITHIN_MS);
          this.set(since === null ? 0 : (now.getTime() - since.getTime()) / 1000);
        } catch {
          // The other counters are wanted most when the database does not answer.
          this.set(Number.NaN);
        }
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { config, database, catalogue, log } = this.provided;
    const loop = startWatchLoop({
      database,
      catalogue,
      batch: config.watchBatch,
      restMs: config.watchRestMs,
      log,
      now: () => new Date(),
      onRound: (round, durationMs) => {
        this.looks.inc({ result: 'looked' }, round.looked - round.failed);
        if (round.failed > 0) this.looks.inc({ result: 'failed' }, round.failed);
        this.roundSeconds.observe(durationMs / 1000);
      },
      onTurn: () => (this.turnedAtMs = performance.now()),
    });
    this.loop = loop;
    this.unlisten = await database.listen('varde_due', () => loop.wake());
    await this.recallClosed();
    for (const sender of this.senders) sender.every(SEND_EVERY_MS);
    this.enterWork();
    await this.sayWhatCannotBeSent();
  }

  /** Lateness is that of the whole service: a watcher that turns and never gets to somebody is blind for them. */
  private enterWork(): void {
    const { database, work } = this.provided;
    const { manager } = database.dataSource;
    work.enter('watch', async () => {
      const now = new Date();
      const since = await readWaitingSince(manager, now);
      return { workedAtMs: this.turnedAtMs, lateForMs: since === null ? null : now.getTime() - since.getTime() };
    });
    work.enter('notices', async () => ({
      workedAtMs: Math.min(...this.senders.map(({ workedAtMs }) => workedAtMs)),
      lateForMs: await this.noticesLateMs(),
      lateWhat: this.closedChannels(),
    }));
  }

  /** A channel that was closed when this process was started is still: else it would be told as open without a message having gone out. */
  private async recallClosed(): Promise<void> {
    const now = Date.now();
    for (const { part, why, detail, since } of await readBlind(this.provided.database.dataSource.manager)) {
      if (part !== 'notices' || why !== 'late') continue;
      const closed = this.senders.filter(({ channel }) => detail?.split(',').includes(channel) === true);
      for (const sender of closed) sender.recallClosed(now - since.getTime());
    }
  }

  private closedChannels(): string | null {
    const closed = this.senders.filter(({ closedForMs }) => closedForMs !== null).map(({ channel }) => channel);
    return closed.length === 0 ? null : closed.join(',');
  }

  /** What is due and is not sent, and what would reach nobody if it were: with the second nothing waits, for all is given up. */
  private async noticesLateMs(): Promise<number | null> {
    const held = this.senders.flatMap(({ heldUnitIds }) => heldUnitIds);
    const waitsMs = await readNoticesLateMs(this.provided.database.dataSource.manager, held);
    const late = [waitsMs, ...this.senders.map(({ closedForMs }) => closedForMs)].flatMap((ms) => ms ?? []);
    return late.length === 0 ? null : Math.max(...late);
  }

  /** A setting that was lost is told at the start, not by the first message that reaches nobody. */
  private async sayWhatCannotBeSent(): Promise<void> {
    const { couriers, database, log } = this.provided;
    const contacts = await readTellContacts(database.dataSource.manager, new Date());
    const ways = [['sms', couriers.sms, 'VARDE_SMS_URL'] as const, ['email', couriers.mailer, 'VARDE_SMTP_URL'] as const];
    for (const [channel, courier, setting] of ways) {
      const count = contacts.filter((contact) => contact.channel === channel).length;
      if (courier === null && count > 0)
        log.error({ channel, contacts: count, setting }, 'contacts cannot be reached: nothing is set to send by');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.unlisten?.();
    await this.loop?.stop();
    await Promise.all(this.senders.map((sender) => sender.stop()));
  }

  private senderOf(channel: SentChannel): NoticeSender {
    const { config, database, couriers, secret, log } = this.provided;
    const count: SenderParts['count'] = (result) => this.notices.inc({ result });
    const onFirstTry: SenderParts['onFirstTry'] = (by, waitedMs) => this.firstTrySeconds.observe({ channel: by }, waitedMs / 1000);
    const given = { database, couriers, secret, publicUrl: config.publicUrl, log, now: () => new Date(), count, onFirstTry };
    return new NoticeSender(given, channel);
  }
}

/** Watch as a part of the service. */
@Module({ providers: [WatchRoom, Housekeeping, Preflight, PauseTelling] })
export class WatchModule {}

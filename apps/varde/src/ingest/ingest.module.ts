import { hostname } from 'node:os';
import { Inject, Injectable, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { findForm } from '@varde/plans';
import { HomeSender } from '../homes/home-sender.js';
import { PROVIDED, type Provided } from '../provided.js';
import type { Delivery, PublishAck } from './delivery.js';
import { createIngest, type Ingest } from './ingest.js';
import type { Outcome } from './keep-batch.js';
import type { Reprocessed } from './reprocess.js';
import { startSubscriber, type Subscriber } from './subscriber.js';

/** What a process that died had in hand is sent by another after this. */
const SEND_AGAIN_MS = 60_000;

/** The room where messages come, and the shared subscription when an external broker brings them. */
@Injectable()
export class IngestRoom implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly ingest: Ingest;
  private subscriber: Subscriber | undefined;
  private homes: HomeSender | undefined;
  private answer: PublishAck = () => undefined;
  private isHeard: (tenant: string, clientId: string) => boolean = () => true;

  constructor(@Inject(PROVIDED) private readonly provided: Provided) {
    const { config, database, log, metrics, questionnaires } = provided;
    this.ingest = createIngest({
      database,
      log,
      metrics,
      publishAck: (tenant, clientId, ack) => this.answer(tenant, clientId, ack),
      isAckHeard: (tenant, clientId) => this.isHeard(tenant, clientId),
      now: () => new Date(),
      // Our own broker has let the gateway in by its credential; behind somebody else's we check that it has one.
      checkCredentials: config.externalMqttUrl !== null,
      lanes: database.embedded ? 1 : 2,
      findForm: findForm(questionnaires),
    });
  }

  /**
   * How answers reach a gateway: set once by whoever holds its connection.
   * @param isHeard whether it listens to them; by default it does
   */
  answerThrough(publish: PublishAck, isHeard = this.isHeard): void {
    this.answer = publish;
    this.isHeard = isHeard;
  }

  /** Resolves after the commit of everything the message produced, with all that became of it. */
  keep(delivery: Delivery): Promise<Outcome> {
    return this.ingest.keep(delivery);
  }

  /** Takes refused messages again. */
  reprocess(refusedIds: readonly number[]): Promise<Reprocessed[]> {
    return this.ingest.reprocess(refusedIds);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { config, database, log, work } = this.provided;
    if (!config.roles.includes('ingest')) return;
    work.enter('ingest', () => ({ workedAtMs: performance.now(), lateForMs: this.ingest.waitedMs }));
    if (config.externalMqttUrl === null) return;
    const clientId = `varde-ingest-${hostname()}-${config.externalMqttClient}`;
    const subscriber = startSubscriber(
      { url: config.externalMqttUrl, share: config.externalMqttShare, clientId, log, now: () => new Date() },
      this.ingest,
    );
    this.subscriber = subscriber;
    this.answerThrough((tenant, client, ack) => subscriber.publishAck(tenant, client, ack));
    // That broker keeps a request for a home that is away; its own acknowledgement proves no delivery.
    const way = {
      hears: () => subscriber.isConnected,
      publish: subscriber.publishCommand.bind(subscriber),
      againAfterMs: SEND_AGAIN_MS,
      isConfirmed: false,
    };
    this.homes = new HomeSender({ database, log, now: () => new Date(), way, work });
    await this.homes.start();
    this.enterOutside(subscriber);
  }

  /** Somebody else's broker works as long as it holds our connection and our subscription. */
  private enterOutside(subscriber: Subscriber): void {
    let heardAtMs = performance.now();
    this.provided.work.enter('broker', () => {
      if (subscriber.isConnected && subscriber.isSubscribed) heardAtMs = performance.now();
      return { workedAtMs: heardAtMs, lateForMs: null };
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.homes?.stop();
    await Promise.all([this.subscriber?.stop(), this.ingest.stop()]);
  }
}

/** Ingest as a part of the service. */
@Module({ providers: [IngestRoom], exports: [IngestRoom] })
export class IngestModule {}

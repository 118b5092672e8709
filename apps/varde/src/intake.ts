import { Inject, Injectable, Optional, type OnApplicationBootstrap } from '@nestjs/common';
import { encodeAck, formatTopic } from '@varde/wire';
import { PROVIDED, type Provided } from './provided.js';
import { upToDate } from './work-book.js';
import { BrokerRoom } from './broker/broker.module.js';
import { IngestRoom } from './ingest/ingest.module.js';

/** Joins the two rooms that do not know each other: what a device publishes is taken, and its answer goes back to it. */
@Injectable()
export class Intake implements OnApplicationBootstrap {
  constructor(
    @Inject(IngestRoom) private readonly ingest: IngestRoom,
    @Inject(PROVIDED) private readonly provided: Provided,
    @Optional() @Inject(BrokerRoom) private readonly broker: BrokerRoom | null,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { broker, ingest } = this;
    if (!broker) return;
    const topicOf = (tenant: string, gateway: string): string => formatTopic({ kind: 'ack', tenant, gateway });
    ingest.answerThrough(
      (tenant, clientId, ack) => broker.publish(topicOf(tenant, clientId), encodeAck(ack.results)),
      (tenant, clientId) => broker.isSubscribed(topicOf(tenant, clientId)),
    );
    await broker.open((delivery) => ingest.keep(delivery));
    this.provided.work.enter('broker', upToDate);
  }
}

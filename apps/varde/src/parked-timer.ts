import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PROVIDED, type Provided } from './provided.js';
import { IngestRoom } from './ingest/ingest.module.js';
import { PARKED_EVERY_MS, takeParkedAgain } from './ingest/take-parked.js';

/** Takes parked messages again when what they wait for is there: nobody need think of them after registering a device. */
@Injectable()
export class ParkedTimer implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private taking: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(PROVIDED) private readonly provided: Provided,
    @Inject(IngestRoom) private readonly ingest: IngestRoom,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.take(), PARKED_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.taking;
  }

  private take(): void {
    const { database, log } = this.provided;
    const reprocess = (ids: readonly number[]) => this.ingest.reprocess(ids);
    this.taking = this.taking
      .then(() => takeParkedAgain({ dataSource: database.dataSource, reprocess, now: () => new Date(), log }))
      .catch((error: unknown) => log.warn({ err: error }, 'parked messages could not be taken again; it will be tried at the next turn'));
  }
}

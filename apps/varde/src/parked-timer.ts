import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PROVIDED, type Provided } from './provided.js';
import { IngestRoom } from './ingest/ingest.module.js';
import { PARKED_EVERY_MS, takeParkedAgain } from './ingest/take-parked.js';
import { Turns } from './turns.js';

/** Takes parked messages again when what they wait for is there: nobody need think of them after registering a device. */
@Injectable()
export class ParkedTimer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly turns: Turns;

  constructor(@Inject(PROVIDED) { database, log }: Provided, @Inject(IngestRoom) ingest: IngestRoom) {
    const reprocess = (ids: readonly number[]) => ingest.reprocess(ids);
    this.turns = new Turns(
      () => takeParkedAgain({ dataSource: database.dataSource, reprocess, now: () => new Date(), log }),
      (error) => log.warn({ err: error }, 'parked messages could not be taken again; it will be tried at the next turn'),
    );
  }

  onApplicationBootstrap(): void {
    this.turns.every(PARKED_EVERY_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.turns.stop();
  }
}

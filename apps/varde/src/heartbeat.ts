import { Inject, Injectable, Optional, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { HEARTBEAT_EVERY_MS, saveHeartbeats, type ServicePart } from '@varde/store';
import { IngestRoom } from './ingest/ingest.module.js';
import { PROVIDED, type Provided } from './provided.js';

/**
 * Says every few seconds that the parts this process plays live. Where nobody says so for a minute, we were blind: a measurement that
 * is missing then is not held against the patient.
 */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly player = { process: randomUUID(), host: hostname() };
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();

  constructor(
    @Inject(PROVIDED) private readonly provided: Provided,
    @Optional() @Inject(IngestRoom) private readonly ingest: IngestRoom | null,
  ) {}

  onApplicationBootstrap(): void {
    this.beat();
    this.timer = setInterval(() => this.beat(), HEARTBEAT_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
  }

  /** Ingest that has lost the external broker takes nothing: it does not live. */
  private parts(): ServicePart[] {
    return this.provided.config.roles.filter((part) => part !== 'ingest' || this.ingest?.hears !== false);
  }

  private beat(): void {
    const { database, log } = this.provided;
    this.beating = this.beating
      .then(() => {
        const beats = this.parts().map((part) => ({ part, workedAgoMs: 0, lateForMs: null }));
        return saveHeartbeats(database.dataSource, this.player, beats, null);
      })
      .catch((error: unknown) => log.warn({ err: error }, 'the heartbeat could not be written; it will be at the next turn'));
  }
}

import { Inject, Injectable, Optional, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { SelfTest } from './blindness/self-test.js';
import { BrokerRoom } from './broker/broker.module.js';
import { PROVIDED, type Provided } from './provided.js';

/** The first walk shows that a start or a restart has become a service. */
const FIRST_MS = 60_000;
/** A walk that did not arrive is repeated soon, and so is one that had nobody to be made for. */
const AGAIN_MS = 120_000;

/** Lets the made-up patient of this machine walk the chain every hour, wherever messages come in. */
@Injectable()
export class SelfTestTimer implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isStopping = false;
  private arrivedAtMs: number | null = null;
  /** Null before the broker is open, and where none is reached. */
  private selfTest: SelfTest | null = null;

  constructor(
    @Inject(PROVIDED) private readonly provided: Provided,
    @Optional() @Inject(BrokerRoom) private readonly broker: BrokerRoom | null,
  ) {
    const arrivedAgoSec = (): number => (this.arrivedAtMs === null ? Number.NaN : (performance.now() - this.arrivedAtMs) / 1_000);
    new Gauge({
      name: 'varde_self_test_age_seconds',
      help: 'How long ago a made-up value last arrived on the worklist',
      registers: [provided.metrics],
      collect() {
        this.set(arrivedAgoSec());
      },
    });
  }

  onApplicationBootstrap(): void {
    const { selfTestMinutes } = this.provided.config;
    if (selfTestMinutes > 0) this.next(FIRST_MS, false);
  }

  onApplicationShutdown(): void {
    this.isStopping = true;
    clearTimeout(this.timer);
  }

  /** The first walk of a process shows that this one is well, whatever another of the machine has shown. */
  private next(ms: number, isAgain: boolean): void {
    if (this.isStopping) return;
    const everyMs = this.provided.config.selfTestMinutes * 60_000;
    this.timer = setTimeout(() => {
      // A little early counts: timers of several processes drift.
      this.walk(isAgain ? everyMs * 0.9 : 0).then(
        (isWell) => this.next(isWell ? everyMs : AGAIN_MS, isWell !== null),
        (error: unknown) => {
          this.provided.log.warn({ err: error }, 'the made-up patient could not walk; it will be tried again');
          this.next(AGAIN_MS, false);
        },
      );
    }, ms);
    this.timer.unref();
  }

  private async walk(everyMs: number): Promise<boolean | null> {
    // One for as long as the process lives: its credential is made once.
    this.selfTest ??= this.prepare();
    if (this.selfTest === null) return true;
    const isWell = await this.selfTest.walk(everyMs);
    if (isWell) this.arrivedAtMs = performance.now();
    return isWell;
  }

  private prepare(): SelfTest | null {
    const { config, database, secret, sight, work, log } = this.provided;
    const url = config.externalMqttUrl ?? this.broker?.ownUrl ?? null;
    if (url === null) return null;
    const broker = { url, isOurs: config.externalMqttUrl === null };
    return new SelfTest({ database, host: work.player.host, secretKey: secret, broker, sight, log, now: () => new Date() });
  }
}

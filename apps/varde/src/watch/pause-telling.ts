import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { inTransaction, tellEndedSnoozes, tellPauses, type Database } from '@varde/store';
import type { Log } from '../log.js';
import { DATABASE, LOG } from '../provided.js';

const TELL_EVERY_MS = 5_000;

/** Tells units and homes that pauses have begun, are about to end, and have ended; and units that a rule is quiet no longer. */
@Injectable()
export class PauseTelling {
  private isTelling = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Each once, however many processes ask. */
  @Interval(TELL_EVERY_MS)
  async tell(now = new Date()): Promise<void> {
    if (this.isTelling) return;
    this.isTelling = true;
    try {
      const { dataSource } = this.database;
      await inTransaction(dataSource, (tx) => tellPauses(tx, now));
      await inTransaction(dataSource, (tx) => tellEndedSnoozes(tx, now));
    } catch (error) {
      this.log.error({ err: error }, 'nobody could be told of pauses and snoozes; it will be tried again');
    } finally {
      this.isTelling = false;
    }
  }
}

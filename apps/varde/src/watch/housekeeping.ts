import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import {
  claimJob,
  expireProposals,
  inTransaction,
  keepSharedIdentityTasks,
  raiseRuleReviews,
  revokeLongReplaced,
  runPolicies,
  trimExpired,
  vacuumBusyTables,
  type Database,
  type Job,
} from '@varde/store';
import type { Log } from '../log.js';
import { DATABASE, LOG } from '../provided.js';

const MINUTE_MS = 60_000;

/** What the database cannot do by itself. Each job is taken by one process at a time (table `job`). */
@Injectable()
export class Housekeeping {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * Every edition: what has served its time goes, secrets replaced a day ago end, proposals nobody decided lapse, and tasks about shared identities follow what is seen of them. */
  @Interval(10 * MINUTE_MS)
  async trim(now = new Date()): Promise<void> {
    await this.run('trim', 10 * MINUTE_MS, now, async () => {
      await trimExpired(this.database.dataSource, now);
      await revokeLongReplaced(this.database.dataSource.manager, now);
      await inTransaction(this.database.dataSource, (tx) => expireProposals(tx, now));
      await inTransaction(this.database.dataSource, (tx) => keepSharedIdentityTasks(tx, now));
    });
  }

  /** Rules that are hardly ever right become a task for the programme lead. */
  @Interval(60 * MINUTE_MS)
  async reviewRules(now = new Date()): Promise<void> {
    await this.run('rule-reviews', 60 * MINUTE_MS, now, () => inTransaction(this.database.dataSource, (tx) => raiseRuleReviews(tx, now)));
  }

  /** The embedded engine has no autovacuum. */
  @Interval(2 * MINUTE_MS)
  async analyze(now = new Date()): Promise<void> {
    if (this.database.embedded) await this.run('analyze', 2 * MINUTE_MS, now, () => vacuumBusyTables(this.database.dataSource));
  }

  /** The embedded engine has no background workers: stored policies are run by hand. */
  @Interval(30 * MINUTE_MS)
  async aggregate(now = new Date()): Promise<void> {
    if (!this.database.embedded) return;
    await this.run('aggregate', 30 * MINUTE_MS, now, () => runPolicies(this.database.dataSource, 'policy_refresh_continuous_aggregate'));
  }

  /** As `aggregate`, for compression. */
  @Interval(6 * 60 * MINUTE_MS)
  async compress(now = new Date()): Promise<void> {
    if (!this.database.embedded) return;
    await this.run('compress', 6 * 60 * MINUTE_MS, now, () => runPolicies(this.database.dataSource, 'policy_compression'));
  }

  private async run(job: Job, everyMs: number, now: Date, work: () => Promise<unknown>): Promise<void> {
    try {
      // A little early counts: timers of several processes drift.
      if (await claimJob(this.database.dataSource, job, everyMs * 0.9, now)) await work();
    } catch (error) {
      this.log.error({ err: error, job }, 'housekeeping failed; it will be tried at its next turn');
    }
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import {
  claimJob,
  inTransaction,
  isPreflightDue,
  readPreflightMaterial,
  savePreflight,
  savePreflightDue,
  type Database,
} from '@varde/store';
import type { Log } from '../log.js';
import { DATABASE, LOG } from '../provided.js';
import { WalkedChains } from './preflight-chains.js';

const DAY_MS = 86_400_000;
const ASK_EVERY_MS = 1_000;
/** However much changes, chains are walked no oftener than this in all processes together. */
const WALK_EVERY_MS = 2_000;
const DAILY_TRY_MS = 600_000;

/** Looks for holes before the night they matter: seconds after anything a chain is made of has changed, and every day. */
@Injectable()
export class Preflight {
  private readonly chains = new WalkedChains();
  private isWalking = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Every day the end of the period has come a day nearer, and contacts have grown a day older. */
  @Interval(DAILY_TRY_MS)
  async remind(now = new Date()): Promise<void> {
    const { dataSource } = this.database;
    try {
      if (await claimJob(dataSource, 'preflight-daily', DAY_MS - DAILY_TRY_MS, now)) await savePreflightDue(dataSource.manager, now);
    } catch (error) {
      this.log.error({ err: error }, 'the daily preflight could not be asked for; it will be tried at its next turn');
    }
  }

  /** Walks when something has changed; by one process at a time. What fails is due again at the next turn. */
  @Interval(ASK_EVERY_MS)
  async walkWhenDue(now = new Date()): Promise<boolean> {
    if (this.isWalking) return false;
    this.isWalking = true;
    try {
      const { dataSource } = this.database;
      if (!(await isPreflightDue(dataSource.manager)) || !(await claimJob(dataSource, 'preflight', WALK_EVERY_MS, now))) return false;
      return await walkAll(this.database, this.chains, now);
    } catch (error) {
      this.log.error({ err: error }, 'the preflight failed; it will be tried again');
      return false;
    } finally {
      this.isWalking = false;
    }
  }
}

/** One walk through the chains of everybody who is followed. @returns whether it was kept: one that knew more may have been faster */
export async function walkAll({ dataSource }: Pick<Database, 'dataSource'>, chains: WalkedChains, now: Date): Promise<boolean> {
  const material = await inTransaction(dataSource, (tx) => readPreflightMaterial(tx, null, now), 'REPEATABLE READ');
  const walked = await chains.walk(material);
  const { readAt, dueIds } = material;
  return inTransaction(dataSource, (tx) => savePreflight(tx, { readAt, dueIds, chains: walked }, now));
}

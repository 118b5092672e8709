import { readSelfTestUnitIds, type Database } from '@varde/store';
import type { Log } from '../log.js';
import type { ChangeFeed } from './change-feed.js';

const AGAIN_MS = 5_000;

/**
 * Follows the worklist as a person of the made-up patients' unit would: what the feed has told it counts as delivered, so that the self-test
 * ends where people look. It keeps the feed running when nobody else follows.
 */
export class SelfTestFollower {
  private known: readonly number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private leave: (() => void) | null = null;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly log: Log,
  ) {}

  start(): void {
    this.feed.follow({ push: () => undefined, startOver: () => undefined }).then(
      ({ leave }) => {
        if (this.isStopped) leave();
        else this.leave = leave;
      },
      (error: unknown) => {
        this.log.warn({ err: error }, 'the worklist could not be followed for the self-test; it will be');
        if (!this.isStopped) this.timer = setTimeout(() => this.start(), AGAIN_MS);
      },
    );
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.leave?.();
  }

  /** The units of made-up patients: none before the first walk. */
  async unitIds(): Promise<readonly number[]> {
    if (this.known.length === 0) this.known = await readSelfTestUnitIds(this.database.dataSource.manager);
    return this.known;
  }
}

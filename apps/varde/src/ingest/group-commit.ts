import { setTimeout as wait } from 'node:timers/promises';
import { judgeFault, type DatabaseFault } from './database-fault.js';
import { Overloaded, Stopped } from './delivery.js';

/** How one lane of group commit is set up. */
export interface GroupCommitOptions<Item, Outcome> {
  /** Keeps a batch in one transaction; outcomes in its order. When it rejects nothing of the batch was kept, as far as anybody can know. */
  readonly keep: (batch: readonly Item[]) => Promise<readonly Outcome[]>;
  /** The item that takes the place of one which cannot be stored as it is; null when nothing of it can be. */
  readonly setAside: (item: Item, error: unknown) => Item | null;
  /** Items of one transaction at most. */
  readonly batchMax: number;
  /** Weight of one transaction at most; a heavier item goes alone. */
  readonly batchWeightMax: number;
  readonly weightOf: (item: Item) => number;
  readonly onFault: (fault: DatabaseFault, error: unknown, items: number) => void;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

const AGAIN_FIRST_MS = 20;
const AGAIN_MAX_MS = 2_000;

/**
 * Self-clocking group commit: whenever no commit runs, everything that waits goes out as one. There is no timer; the commit in progress is
 * the window in which the next batch gathers. Items are kept, and answered, in the order they came.
 */
export class GroupCommit<Item, Outcome> {
  private waiting: Waiting<Item, Outcome>[] = [];
  private running: Promise<void> | null = null;
  private readonly stopping = new AbortController();

  constructor(private readonly options: GroupCommitOptions<Item, Outcome>) {}

  /** Resolves when the item is committed. Rejects with `Stopped`, or with the database's error when it can never be. */
  add(item: Item): Promise<Outcome> {
    if (this.stopping.signal.aborted) return Promise.reject(new Stopped('ingest is stopping'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Commits what waits if the database answers, gives up on it if not. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    // Everything that the same turn of the event loop reads from its sockets goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.commit(this.nextBatch());
    this.running = null;
  }

  private nextBatch(): Waiting<Item, Outcome>[] {
    const { batchMax, batchWeightMax, weightOf } = this.options;
    let count = 0;
    let weight = 0;
    while (count < this.waiting.length && count < batchMax) {
      const next = this.waiting[count];
      weight += next === undefined ? 0 : weightOf(next.item);
      if (weight > batchWeightMax && count > 0) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(batch: readonly Waiting<Item, Outcome>[]): Promise<void> {
    let waitMs = AGAIN_FIRST_MS;
    for (;;) {
      try {
        const outcomes = await this.options.keep(batch.map(({ item }) => item));
        resolveAll(batch, outcomes);
        return;
      } catch (error) {
        const fault = judgeFault(error);
        this.options.onFault(fault, error, batch.length);
        if (fault === 'content') return this.divide(batch, error);
        if (fault === 'final' || !(await this.mayTryAgain(waitMs))) return rejectAll(batch, fault === 'final' ? error : STOPPED);
        waitMs = Math.min(waitMs * 2, AGAIN_MAX_MS);
      }
    }
  }

  /** Halves until the one is found that cannot be stored; the others are kept. */
  private async divide(batch: readonly Waiting<Item, Outcome>[], error: unknown): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      const instead = this.options.setAside(only.item, error);
      if (instead === null) only.reject(error);
      else await this.commit([{ ...only, item: instead }]);
      return;
    }
    const middle = batch.length >> 1;
    await this.commit(batch.slice(0, middle));
    await this.commit(batch.slice(middle));
  }

  private async mayTryAgain(waitMs: number): Promise<boolean> {
    const { signal } = this.stopping;
    await wait(waitMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}

const STOPPED = new Stopped('ingest stopped while the database was away');

function resolveAll<Outcome>(batch: readonly Waiting<unknown, Outcome>[], outcomes: readonly Outcome[]): void {
  for (const [at, { resolve, reject }] of batch.entries()) {
    const outcome = outcomes[at];
    if (outcome === undefined) reject(new Error('a batch was kept without an outcome for each of it'));
    else resolve(outcome);
  }
}

function rejectAll(batch: readonly Waiting<unknown, never>[], error: unknown): void {
  for (const { reject } of batch) reject(error);
}

/** How much may wait. */
export interface WaitingLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/** Counts what waits, over all lanes, and says when it is too much. */
export class WaitingRoom {
  messages = 0;
  bytes = 0;

  constructor(private readonly limits: WaitingLimits) {}

  /** Throws `Overloaded` when it is full. One message is always let in, however large. */
  enter(bytes: number): void {
    const isFull = this.messages >= this.limits.messagesMax || (this.messages > 0 && this.bytes + bytes > this.limits.bytesMax);
    if (isFull) throw new Overloaded(`${this.messages} messages wait for the database`);
    this.messages += 1;
    this.bytes += bytes;
  }

  leave(bytes: number): void {
    this.messages -= 1;
    this.bytes -= bytes;
  }
}

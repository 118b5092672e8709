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
  /** Something was committed or given up; called once for each item before it is answered. */
  readonly onSettled?: (item: Item) => void;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly addedAtMs: number;
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
  /** When the oldest item of the commit that runs was added. */
  private committingSinceMs: number | null = null;
  private readonly stopping = new AbortController();

  constructor(private readonly options: GroupCommitOptions<Item, Outcome>) {}

  /** Resolves when the item is committed. Rejects with `Stopped`, or with the database's error when it can never be. */
  add(item: Item): Promise<Outcome> {
    if (this.stopping.signal.aborted) {
      this.options.onSettled?.(item);
      return Promise.reject(new Stopped('ingest is stopping'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, addedAtMs: performance.now(), resolve, reject });
      this.running ??= this.run();
    });
  }

  /** When the oldest item that is not committed was added (performance.now); null: there is none. */
  get oldestAtMs(): number | null {
    return this.committingSinceMs ?? this.waiting[0]?.addedAtMs ?? null;
  }

  /** Commits what waits if the database answers, gives up on it if not. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    // Everything that the same turn of the event loop reads from its sockets goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      this.committingSinceMs = batch[0]?.addedAtMs ?? null;
      await this.commit(batch);
      this.committingSinceMs = null;
    }
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
        this.resolveAll(batch, outcomes);
        return;
      } catch (error) {
        const fault = judgeFault(error);
        this.options.onFault(fault, error, batch.length);
        if (fault === 'content') return this.divide(batch, error);
        if (fault === 'final' || !(await this.mayTryAgain(waitMs))) return this.rejectAll(batch, fault === 'final' ? error : STOPPED);
        waitMs = Math.min(waitMs * 2, AGAIN_MAX_MS);
      }
    }
  }

  /** Halves until the one is found that cannot be stored; the others are kept. */
  private async divide(batch: readonly Waiting<Item, Outcome>[], error: unknown): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      const instead = this.options.setAside(only.item, error);
      if (instead === null) this.rejectAll(batch, error);
      else await this.commit([{ ...only, item: instead }]);
      return;
    }
    const middle = batch.length >> 1;
    await this.commit(batch.slice(0, middle));
    await this.commit(batch.slice(middle));
  }

  private resolveAll(batch: readonly Waiting<Item, Outcome>[], outcomes: readonly Outcome[]): void {
    for (const [at, { item, resolve, reject }] of batch.entries()) {
      const outcome = outcomes[at];
      this.options.onSettled?.(item);
      if (outcome === undefined) reject(new Error('a batch was kept without an outcome for each of it'));
      else resolve(outcome);
    }
  }

  private rejectAll(batch: readonly Waiting<Item, Outcome>[], error: unknown): void {
    for (const { item, reject } of batch) {
      this.options.onSettled?.(item);
      reject(error);
    }
  }

  private async mayTryAgain(waitMs: number): Promise<boolean> {
    const { signal } = this.stopping;
    await wait(waitMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}

const STOPPED = new Stopped('ingest stopped while the database was away');

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

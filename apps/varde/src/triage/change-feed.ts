import {
  hasGoneBack,
  inTransaction,
  readKeptChanges,
  readWorklistChanges,
  WORKLIST_CHANNEL,
  type Database,
  type SeenWorklistChange,
} from '@varde/store';
import type { Log } from '../log.js';

/** What a lost wake-up could cost. */
const POLL_MS = 2_000;
const BATCH = 500;

/** Somebody who is told of every change after it joined, in order; neither may throw. */
export interface Follower {
  push(changes: readonly SeenWorklistChange[]): void;
  /** The database has gone back: what was told last has never been. What is told next comes after this id. */
  startOver(position: number): void;
}

/**
 * The one reader of worklist changes in this process, for all who follow. Reads only while somebody follows: woken by the database, or every two
 * seconds should the wake-up get lost. Its position and what followers have been told always agree, also when the database goes back behind it.
 */
export class ChangeFeed {
  readonly #followers = new Set<Follower>();
  #position = 0;
  #interested = 0;
  #opening: Promise<void> | null = null;
  #stopListening: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isReading = false;
  #isWoken = false;
  #isInDoubt = false;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    private readonly onTold: (changes: readonly SeenWorklistChange[]) => Promise<void>,
  ) {}

  /** The id of the last change all followers have been told. */
  get position(): number {
    return this.#position;
  }

  /**
   * Joins; from the position it answers with on, the follower is told everything. `leave` must be called.
   * Throws when the database does not answer; then nothing was joined.
   */
  async follow(follower: Follower): Promise<{ readonly joinedAt: number; leave(): void }> {
    this.#interested += 1;
    try {
      await (this.#opening ??= this.#open());
    } catch (error) {
      this.#lose();
      throw error;
    }
    this.#followers.add(follower);
    this.#wake();
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.#followers.delete(follower);
      this.#lose();
    };
    return { joinedAt: this.#position, leave };
  }

  async #open(): Promise<void> {
    try {
      this.#stopListening = await this.database.listen(WORKLIST_CHANNEL, (payload) => (payload === null ? this.#doubt() : this.#wake()));
      const { newest } = await inTransaction(this.database.dataSource, readKeptChanges);
      this.#position = newest;
    } catch (error) {
      this.#close();
      throw error;
    }
    this.#timer = setInterval(() => this.#doubt(), POLL_MS);
    this.#timer.unref();
  }

  #lose(): void {
    this.#interested -= 1;
    if (this.#interested === 0) this.#close();
  }

  #close(): void {
    this.#opening = null;
    this.#stopListening?.();
    this.#stopListening = null;
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** The database that answers now may be an earlier one: restored, or taken over from one that had come further. */
  #doubt(): void {
    this.#isInDoubt = true;
    this.#wake();
  }

  #wake(): void {
    this.#isWoken = true;
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isWoken && this.#followers.size > 0) {
        this.#isWoken = false;
        await this.#goBack();
        while (await this.#readBatch());
      }
    } catch (error) {
      this.log.warn({ err: error }, 'changes of the worklist could not be read; they will be');
    } finally {
      this.#isReading = false;
    }
  }

  /** Follows a database that has gone back; without it, nobody would be told of anything until the ids had caught up. */
  async #goBack(): Promise<void> {
    if (!this.#isInDoubt) return;
    this.#isInDoubt = false;
    const from = this.#position;
    if (!(await hasGoneBack(this.database.dataSource, from))) return;
    const { newest } = await inTransaction(this.database.dataSource, readKeptChanges);
    if (this.#position !== from) return;
    this.#position = newest;
    this.log.warn({ from, to: newest }, 'the database has gone back behind what followers of the worklist were told; they start over');
    for (const follower of this.#followers) follower.startOver(newest);
  }

  /** Whether there may be more. */
  async #readBatch(): Promise<boolean> {
    const from = this.#position;
    const changes = await readWorklistChanges(this.database.dataSource, from, BATCH);
    // Everybody left and somebody came meanwhile: the position is another one.
    if (this.#position !== from) return true;
    const last = changes.at(-1);
    if (!last) return false;
    this.#position = last.id;
    for (const follower of this.#followers) follower.push(changes);
    await this.onTold(changes).catch((error: unknown) => this.log.warn({ err: error }, 'what was delivered could not be noted'));
    return changes.length === BATCH;
  }
}

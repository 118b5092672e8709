import pg from 'pg';
import type { Log } from './log.js';
import { socketOf } from './unanswered.js';

/** Called with each payload of the channel; with null after the connection was lost and is back, since something may have been missed. */
export type Heard = (payload: string | null) => void;

const RECONNECT_MS = [100, 300, 1_000, 2_000];
const PING_MS = 10_000;
const PING_ANSWER_MS = 30_000;

/** One connection of its own for LISTEN, made again whenever it breaks. */
export class Listener {
  readonly #url: string;
  readonly #log: Log;
  readonly #heard = new Map<string, Set<Heard>>();
  #client: pg.Client | null = null;
  #connecting: Promise<void> | null = null;
  #failures = 0;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  /** Listens from when the promise resolves; call the result to stop. Throws when there is no connection at first. */
  async listen(channel: string, heard: Heard): Promise<() => void> {
    const all = this.#heard.get(channel) ?? new Set();
    const isNew = !this.#heard.has(channel);
    this.#heard.set(channel, all.add(heard));
    try {
      if (!this.#client) await (this.#connecting ??= this.#connect().finally(() => (this.#connecting = null)));
      else if (isNew) await this.#client.query(`listen ${quoted(channel)}`);
    } catch (error) {
      all.delete(heard);
      throw error;
    }
    return () => void all.delete(heard);
  }

  /** Ends the connection; nothing is heard after. A server that has gone away without a word is waited for no longer than this. */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    if (!client) return;
    const late = setTimeout(() => socketOf(client).destroy(), withinMs);
    await client.end();
    clearTimeout(late);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'varde listener',
      connectionTimeoutMillis: 10_000,
      query_timeout: PING_ANSWER_MS,
      keepAlive: true,
    });
    let hasEnded = false;
    const lost = (error?: Error): void => {
      if (hasEnded) return;
      hasEnded = true;
      if (this.#client === client) this.#reconnectLater(error);
    };
    client.on('error', lost);
    client.on('end', () => lost());
    client.on('notification', ({ channel, payload }) => this.#tell(channel, payload ?? ''));
    await client.connect();
    try {
      for (const channel of this.#heard.keys()) await client.query(`listen ${quoted(channel)}`);
    } catch (error) {
      await client.end();
      throw error;
    }
    this.#client = client;
    this.#failures = 0;
    this.#pingLater(client, lost);
    if (hasEnded) this.#reconnectLater();
  }

  /** A connection that has silently died (a lost network) is found only by asking. */
  #pingLater(client: pg.Client, lost: (error: Error) => void): void {
    const timer = setTimeout(() => {
      if (this.#client !== client) return;
      client.query('select 1').then(
        () => this.#pingLater(client, lost),
        (error: Error) => {
          lost(error);
          void client.end();
        },
      );
    }, PING_MS);
    timer.unref();
  }

  #reconnectLater(error?: Error): void {
    this.#client = null;
    if (this.#isClosed) return;
    const waitMs = RECONNECT_MS[Math.min(this.#failures, RECONNECT_MS.length - 1)] ?? 0;
    if (this.#failures === 0)
      this.#log.warn({ why: error?.message ?? 'it ended' }, 'lost the connection that listens to the database; connecting again');
    this.#failures += 1;
    this.#timer = setTimeout(() => {
      this.#connecting = this.#connect()
        .then(
          () => this.#tellAll(),
          (again: Error) => this.#reconnectLater(again),
        )
        .finally(() => (this.#connecting = null));
    }, waitMs);
  }

  #tell(channel: string, payload: string): void {
    for (const heard of this.#heard.get(channel) ?? []) heard(payload);
  }

  #tellAll(): void {
    for (const all of this.#heard.values()) for (const heard of all) heard(null);
  }
}

function quoted(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}

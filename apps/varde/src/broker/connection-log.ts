import { saveBrokerStarted, saveConnectionNews, type ConnectionNews } from '@varde/store';
import type { DataSource } from 'typeorm';
import type { ConnectionFact } from './broker.js';
import type { Log } from './options.js';

/** How long what was seen of connections is gathered before it is written: a valley of gateways comes back at once. */
const WRITE_EVERY_MS = 1_000;
/** More than this is not kept while the database is away: the newest say how it is. */
const WAITING_MAX = 50_000;

/**
 * Writes down which gateways are connected, so that a silence can be told from a gateway that is gone: a last will is lost when we are
 * the ones who were away. Never holds up a connection; while the database is away the news wait.
 */
export class ConnectionLog {
  private waiting: ConnectionNews[] = [];
  private isBegun = false;
  private writing: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  /** @param broker name of this broker's process, the same after a restart, and since when it runs: before anybody can have connected */
  constructor(
    private readonly dataSource: DataSource,
    private readonly broker: { readonly name: string; readonly startedAt: Date },
    private readonly log: Pick<Log, 'warn'>,
  ) {
    this.timer = setInterval(() => this.write(), WRITE_EVERY_MS);
  }

  /** Takes a fact to be written soon. */
  note(fact: ConnectionFact): void {
    const { tenant, clientId, at } = fact;
    const kind = fact.kind === 'disconnected' && fact.reason === 'left' ? 'left' : fact.kind;
    if (this.waiting.length >= WAITING_MAX) this.waiting = this.waiting.slice(WAITING_MAX / 2);
    this.waiting.push({ tenant, clientId, kind, at });
  }

  /** Writes what waits and ends. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.write();
    await this.writing;
  }

  private write(): void {
    this.writing = this.writing.then(() => this.writeWaiting());
  }

  private async writeWaiting(): Promise<void> {
    const news = this.waiting;
    if (this.isBegun && news.length === 0) return;
    this.waiting = [];
    try {
      if (!this.isBegun) await saveBrokerStarted(this.dataSource, this.broker.name, this.broker.startedAt);
      this.isBegun = true;
      await saveConnectionNews(this.dataSource, this.broker.name, news);
    } catch (error) {
      this.waiting = [...news, ...this.waiting];
      this.log.warn({ err: error, waiting: this.waiting.length }, 'which gateways are connected could not be written; it waits');
    }
  }
}

import type { Socket } from 'node:net';
import type { Client, Pool, PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/** What a client talks to the server over. */
export const socketOf = (client: Client): Socket =>
  (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;

/**
 * Gives up connections on which a statement has had no answer for long. A server that goes away without a word (its machine is gone, the network is
 * cut) ends no connection, and with a statement on its way TCP notices after a quarter of an hour, or, behind what keeps connections for others, never;
 * whoever asked would wait for so long while the server in its place answers. The connection is closed, not the statement alone: what is still
 * answered must reach nobody else.
 */
export class Unanswered {
  readonly #open = new Set<Socket>();
  readonly #inUse = new Set<Socket>();
  #afterMs: number;

  constructor(pool: Pool, afterMs: number) {
    this.#afterMs = afterMs;
    pool.on('acquire', (client) => {
      const socket = socketOf(client);
      this.#inUse.add(socket);
      socket.setTimeout(this.#afterMs);
      if (this.#open.has(socket)) return;
      this.#open.add(socket);
      socket.on('timeout', () => socket.destroy(notAnswered()));
      socket.once('close', () => {
        this.#open.delete(socket);
        this.#inUse.delete(socket);
      });
    });
    pool.on('release', (_error, client) => {
      const socket = socketOf(client);
      this.#inUse.delete(socket);
      socket.setTimeout(0);
    });
  }

  /** From now on so long, also for what has been asked: whoever ends waits for nobody who has gone. */
  shorten(afterMs: number): void {
    this.#afterMs = Math.min(this.#afterMs, afterMs);
    for (const socket of this.#inUse) socket.setTimeout(this.#afterMs);
  }

  /**
   * Resolves when the connections of a pool that has ended are closed at both ends; one whose server says nothing is cut after this time. The
   * pool itself does not wait for it, and a server that is stopped at once says on each of them that it is stopping.
   */
  async closed(withinMs: number): Promise<void> {
    const closing = [...this.#open].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const late = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, withinMs);
    await Promise.all(closing);
    clearTimeout(late);
  }
}

function notAnswered(): Error {
  return Object.assign(new Error('the database has not answered; the connection is given up'), { code: 'ETIMEDOUT' });
}

/** Work whose statements may take as long as they need: migrations, and what the database does for itself. */
export async function withoutHurry<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    socketOf((await runner.connect()) as PoolClient).setTimeout(0);
    return await work(runner);
  } finally {
    await runner.release();
  }
}

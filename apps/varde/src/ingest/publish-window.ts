/** How one message is published; resolves when the other side has it. */
export type Publish = (topic: string, payload: Uint8Array) => Promise<void>;

interface Queued {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly done: (error?: Error) => void;
}

const QUEUED_MAX = 10_000;

/**
 * Publishes no more at once than the broker said it will take (MQTT 5 Receive Maximum), which the client library does not look at: a broker ends
 * the connection of a client that sends more. What waits is bounded; beyond that the oldest are given up.
 */
export class PublishWindow {
  private readonly queue: Queued[] = [];
  private underWay = 0;
  private atOnceMax = 1;

  constructor(private readonly send: Publish) {}

  /** The broker's window of the connection that has just begun. */
  open(atOnceMax: number): void {
    this.atOnceMax = Math.max(atOnceMax, 1);
    this.pump();
  }

  /** Rejects when the connection was lost or the message given up. */
  publish(topic: string, payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ topic, payload, done: (error) => (error ? reject(error) : resolve()) });
      if (this.queue.length > QUEUED_MAX) this.queue.shift()?.done(new Error('too many answers wait to be sent'));
      this.pump();
    });
  }

  /** Gives up everything that waits: the connection is gone. */
  clear(): void {
    for (const { done } of this.queue.splice(0)) done(new Error('the connection to the broker was lost'));
  }

  private pump(): void {
    while (this.underWay < this.atOnceMax) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.underWay += 1;
      void this.send(next.topic, next.payload)
        .then(() => next.done(), next.done)
        .finally(() => {
          this.underWay -= 1;
          this.pump();
        });
    }
  }
}

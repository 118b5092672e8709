/** How one message is published; resolves when the other side has it. */
export type Publish = () => Promise<void>;

interface Queued {
  readonly publish: Publish;
  readonly done: (error?: Error) => void;
}

const ANSWERS_MAX = 10_000;

/**
 * Publishes no more at once than the broker said it will take (MQTT 5 Receive Maximum), which the client library does not look at: a broker ends
 * the connection of a client that sends more. Commands go before answers. A gateway that gets no answer sends its message again, so the answers
 * that wait are bounded, and beyond that the oldest are given up; commands never are while there is a connection.
 */
export class PublishWindow {
  private readonly commands: Queued[] = [];
  private readonly answers: Queued[] = [];
  private underWay = 0;
  private atOnceMax = 1;

  /** The broker's window of the connection that has just begun. */
  open(atOnceMax: number): void {
    this.atOnceMax = Math.max(atOnceMax, 1);
    this.pump();
  }

  /** Rejects when the connection was lost or the answer given up. */
  answer(publish: Publish): Promise<void> {
    const published = this.enter(this.answers, publish);
    if (this.answers.length > ANSWERS_MAX) this.answers.shift()?.done(new Error('too many answers wait to be sent'));
    return published;
  }

  /** Rejects when the connection was lost. */
  command(publish: Publish): Promise<void> {
    return this.enter(this.commands, publish);
  }

  /** Gives up everything that waits: the connection is gone. */
  clear(): void {
    for (const queue of [this.commands, this.answers]) {
      for (const { done } of queue.splice(0)) done(new Error('the connection to the broker was lost'));
    }
  }

  private enter(queue: Queued[], publish: Publish): Promise<void> {
    return new Promise((resolve, reject) => {
      queue.push({ publish, done: (error) => (error ? reject(error) : resolve()) });
      this.pump();
    });
  }

  private pump(): void {
    while (this.underWay < this.atOnceMax) {
      const next = this.commands.shift() ?? this.answers.shift();
      if (next === undefined) return;
      this.underWay += 1;
      void next
        .publish()
        .then(() => next.done(), next.done)
        .finally(() => {
          this.underWay -= 1;
          this.pump();
        });
    }
  }
}

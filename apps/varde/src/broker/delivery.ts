/** A packet as the broker library emits it, as far as delivery looks at it. */
export interface Emitted {
  topic: string;
}

/** Takes a packet to one subscriber and calls back when that is done. */
export type Deliver = (packet: Emitted, done: () => void) => void;

/**
 * Brings a message to those who subscribed to exactly its topic. It takes the place of the library's own emitter: nobody may
 * subscribe with a wildcard here (a gateway hears only its own `ack`, `cmd` and `advice`), so a map does, no reading is ever matched
 * against anything, and the default emitter's queue, which under load ends the process with an overflowing stack, is not there.
 */
export class ExactDelivery {
  /** The library looks at this to set listener limits. */
  readonly concurrency = 0;
  private readonly subscribers = new Map<string, Set<Deliver>>();
  private isClosed = false;

  on(topic: string, deliver: Deliver, done?: () => void): this {
    const known = this.subscribers.get(topic);
    if (known) known.add(deliver);
    else this.subscribers.set(topic, new Set([deliver]));
    if (done) setImmediate(done);
    return this;
  }

  removeListener(topic: string, deliver: Deliver, done?: () => void): this {
    const known = this.subscribers.get(topic);
    known?.delete(deliver);
    if (known?.size === 0) this.subscribers.delete(topic);
    if (done) setImmediate(done);
    return this;
  }

  /** Whether a connected gateway listens to exactly this topic. */
  hears(topic: string): boolean {
    return this.subscribers.has(topic);
  }

  emit(packet: Emitted, done: (error?: Error) => void = () => undefined): this {
    const known = this.subscribers.get(packet.topic);
    if (this.isClosed) done(new Error('delivery is closed'));
    else if (!known || known.size === 0) done();
    else deliverToAll([...known], packet, done);
    return this;
  }

  close(done: () => void): this {
    this.isClosed = true;
    setImmediate(done);
    return this;
  }
}

function deliverToAll(subscribers: readonly Deliver[], packet: Emitted, done: () => void): void {
  let left = subscribers.length;
  const oneDone = (): void => {
    left -= 1;
    if (left === 0) done();
  };
  for (const deliver of subscribers) deliver(packet, oneDone);
}

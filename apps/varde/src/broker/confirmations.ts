import { KIND } from './packet.js';

const BYTES = 4;

/** What a confirmed PUBLISH is answered with, by its QoS: PUBACK (3.4), PUBREC (3.5), nothing. */
const ANSWER = [null, KIND.puback, KIND.pubrec] as const;

/** Gathers the answers that one commit brings to a connection, so that they leave in one write, in the order they were given. */
export class Confirmations {
  private waiting: number[] = [];

  /** @param write sends bytes at once */
  constructor(private readonly write: (bytes: Buffer) => void) {}

  /** Confirms a PUBLISH once the messages committed with it have had their turn. */
  add(qos: 0 | 1 | 2, messageId: number): void {
    const kind = ANSWER[qos];
    if (kind === null) return;
    // The ticks come after all the promises that one commit resolves.
    if (this.waiting.length === 0) process.nextTick(() => this.flush());
    this.waiting.push(((kind << 28) | (2 << 16) | messageId) >>> 0);
  }

  /** Sends what is gathered. */
  flush(): void {
    const { waiting } = this;
    if (waiting.length === 0) return;
    this.waiting = [];
    const bytes = Buffer.allocUnsafe(waiting.length * BYTES);
    for (const [at, packet] of waiting.entries()) bytes.writeUInt32BE(packet, at * BYTES);
    this.write(bytes);
  }
}

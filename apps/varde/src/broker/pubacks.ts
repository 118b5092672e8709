const PUBACK = 0x40;
const PUBACK_BYTES = 4;

/** Gathers the PUBACKs that one commit brings to a connection, so that they leave in one write. In the order they are given. */
export class Pubacks {
  private messageIds: number[] = [];

  /** @param write sends bytes at once */
  constructor(private readonly write: (bytes: Buffer) => void) {}

  /** Answers a PUBLISH of QoS 1 (3.4) when the messages committed with it have had their turn. */
  add(messageId: number): void {
    // The ticks come after all the promises that one commit resolves.
    if (this.messageIds.length === 0) process.nextTick(() => this.flush());
    this.messageIds.push(messageId);
  }

  /** Sends what is gathered. */
  flush(): void {
    const { messageIds } = this;
    if (messageIds.length === 0) return;
    this.messageIds = [];
    const bytes = Buffer.allocUnsafe(messageIds.length * PUBACK_BYTES);
    for (const [at, messageId] of messageIds.entries()) {
      bytes.writeUInt16BE((PUBACK << 8) | 2, at * PUBACK_BYTES);
      bytes.writeUInt16BE(messageId, at * PUBACK_BYTES + 2);
    }
    this.write(bytes);
  }
}

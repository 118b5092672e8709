/** Somebody who was told to wait and wants to know when there is room again. */
export interface Waiting {
  resumeReading(): void;
}

/**
 * How much of all clients together may wait for the database: messages read from a socket and not yet committed. It bounds the
 * memory of the process while the database is slow or away. Whoever finds it full waits, in order of arrival, until it has
 * emptied by a quarter (so that a thousand gateways do not each wake for one message).
 */
export class WaitingRoom {
  private messages = 0;
  private bytes = 0;
  private readonly queue = new Set<Waiting>();

  constructor(
    private readonly messagesMax: number,
    private readonly bytesMax: number,
  ) {}

  get isFull(): boolean {
    return this.messages >= this.messagesMax || this.bytes >= this.bytesMax;
  }

  /** Messages waiting for their commit. */
  get waitingMessages(): number {
    return this.messages;
  }

  enter(bytes: number): void {
    this.messages += 1;
    this.bytes += bytes;
  }

  leave(messages: number, bytes: number): void {
    this.messages -= messages;
    this.bytes -= bytes;
    if (this.queue.size > 0 && this.messages <= this.messagesMax * 0.75 && this.bytes <= this.bytesMax * 0.75) this.wake();
  }

  waitForRoom(who: Waiting): void {
    this.queue.add(who);
  }

  forget(who: Waiting): void {
    this.queue.delete(who);
  }

  private wake(): void {
    for (const who of this.queue) {
      if (this.isFull) return;
      this.queue.delete(who);
      who.resumeReading();
    }
  }
}

/** A message on its way to a gateway, as far as its confirmation goes. */
export interface Sent {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/**
 * Counts what goes out at QoS 1 to one connection without a session and what it confirms. Nothing else remembers such messages, and a PUBACK
 * bears only a number the library chose; but confirmations come in the order of the messages [MQTT-4.6.0-2], so counting is enough.
 */
export class Forwarded {
  private sent = 0;
  private confirmed = 0;
  private readonly waiting: { readonly place: number; readonly sent: Sent }[] = [];

  /** Messages whose confirmation somebody waits for. */
  get awaited(): number {
    return this.waiting.length;
  }

  /** Notes one message; it is remembered only when somebody waits for its confirmation, and the first time when it is sent repeatedly. */
  note(sent: Sent, isAwaited: boolean): void {
    this.sent += 1;
    if (isAwaited && !this.waiting.some((each) => isSame(each.sent, sent))) this.waiting.push({ place: this.sent, sent });
  }

  /** One more is confirmed: answers the awaited message it was, or null. */
  confirm(): Sent | null {
    this.confirmed += 1;
    const [first] = this.waiting;
    if (first === undefined || first.place > this.confirmed) return null;
    return this.waiting.shift()?.sent ?? null;
  }
}

const isSame = (one: Sent, other: Sent): boolean => one.topic === other.topic && Buffer.compare(one.payload, other.payload) === 0;

/** How messages reach homes: through our own broker, or through somebody else's. */
export interface HomeWay {
  /** Whether the gateway listens to this topic here and now; what is due for others waits, or another process sends it. */
  readonly hears: (topic: string) => boolean;
  /** Rejects with {@link NobodyListens} when the broker says that it has no session, connected or kept, to give the message to. */
  readonly publish: (topic: string, payload: Uint8Array, until: Date) => Promise<void>;
  /** A request whose delivery, or where no home confirms whose sending, is not known by then is sent again, with the same id. */
  readonly againAfterMs: number;
  /** Whether homes confirm what they have got. Where not, it is sent when the broker has taken it. */
  readonly isConfirmed: boolean;
}

/** The broker has taken a message and has nobody to give it to. */
export class NobodyListens extends Error {
  override readonly name = 'NobodyListens';
}

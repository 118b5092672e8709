/** How fast something may go: `burst` at once, `perSecond` in the long run. */
export interface Pace {
  burst: number;
  perSecond: number;
}

// What adding fractions of a token loses, so that a wait of the computed length is long enough.
const ROUNDING = 1e-9;

/**
 * A bucket of tokens that fills by itself. With a large burst and a small rate it bounds the long run and still lets a backlog
 * through at once: a gateway that was offline for a day is not an attack.
 */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly pace: Pace,
    private filledAtMs: number,
  ) {
    this.tokens = pace.burst;
  }

  /** Takes one token; false when there is none. */
  take(nowMs: number): boolean {
    this.fill(nowMs);
    if (this.tokens < 1 - ROUNDING) return false;
    this.tokens -= 1;
    return true;
  }

  /** Milliseconds until the next token. */
  waitMs(nowMs: number): number {
    this.fill(nowMs);
    return Math.max(1, Math.ceil(((1 - this.tokens) / this.pace.perSecond) * 1000));
  }

  /** Whether nothing has been taken for so long that the bucket might as well not exist. */
  isFull(nowMs: number): boolean {
    this.fill(nowMs);
    return this.tokens >= this.pace.burst;
  }

  private fill(nowMs: number): void {
    const earned = ((nowMs - this.filledAtMs) / 1000) * this.pace.perSecond;
    this.tokens = Math.min(this.pace.burst, this.tokens + earned);
    this.filledAtMs = nowMs;
  }
}

/** One bucket per remote address, forgotten again when full. */
export class AddressPace {
  private readonly buckets = new Map<string, TokenBucket>();

  constructor(
    private readonly pace: Pace,
    private readonly addressesMax = 20_000,
  ) {}

  /** Whether one more connection from this address is within its pace. */
  take(address: string, nowMs: number): boolean {
    let bucket = this.buckets.get(address);
    if (!bucket) {
      if (this.buckets.size >= this.addressesMax) this.forgetFull(nowMs);
      bucket = new TokenBucket(this.pace, nowMs);
      this.buckets.set(address, bucket);
    }
    return bucket.take(nowMs);
  }

  private forgetFull(nowMs: number): void {
    for (const [address, bucket] of this.buckets) if (bucket.isFull(nowMs)) this.buckets.delete(address);
    // Everybody is busy: drop the oldest rather than grow without end.
    const [oldest] = this.buckets.keys();
    if (oldest !== undefined && this.buckets.size >= this.addressesMax) this.buckets.delete(oldest);
  }
}

/** A time with a beginning and, unless it still runs, an end. */
export interface Period {
  readonly from: Date;
  readonly to: Date | null;
}

/** Whether a period runs at an instant: it has begun, and has not ended. The instant of its end is no longer in it. */
export function isRunning({ from, to }: Period, atMs: number): boolean {
  return from.getTime() <= atMs && (to === null || atMs < to.getTime());
}

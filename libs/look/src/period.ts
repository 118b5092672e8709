/** A time that is told of, both ends in it. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** Whether an instant lies in a period. */
export function isInside(at: Date, { from, to }: Period): boolean {
  return at >= from && at <= to;
}

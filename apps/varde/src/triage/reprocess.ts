/** Key under which the service wires how refused messages are processed again: decoding belongs to another room. */
export const REPROCESS = Symbol('REPROCESS');

/** What came of one refused message. `settled`: it was before, nothing was done. */
export interface ReprocessResult {
  readonly refusedId: number;
  readonly result: 'processed' | 'still-open' | 'settled' | 'not-found';
  readonly note: string;
}

/** Takes refused messages again as if they came now, received when they were. Twice does no harm. */
export type Reprocess = (refusedIds: readonly number[]) => Promise<readonly ReprocessResult[]>;

import { offsetMsAt } from '@varde/vitals';

/** Readings one message may carry. */
const BATCH = 50;

/** What one message carries, in order. A message says once what the device's clock showed, so none goes across a change of the clocks. */
export function inBatches<T>(all: readonly T[], zone: string, atOf: (one: T) => Date): T[][] {
  const batches: T[][] = [];
  let offsetMs = Number.NaN;
  for (const one of all) {
    const before = offsetMs;
    offsetMs = offsetMsAt(zone, atOf(one).getTime());
    const batch = batches.at(-1);
    if (batch === undefined || batch.length === BATCH || offsetMs !== before) batches.push([one]);
    else batch.push(one);
  }
  return batches;
}

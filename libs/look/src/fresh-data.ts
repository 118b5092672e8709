import { LIVE_MS } from '@varde/rules';
import type { LookInput } from './input-and-outcome.js';

/**
 * Whether something that may be believed says how the patient is now: measured or answered no longer ago than what is live. That advice was
 * read, and what was answered to it, says nothing of that.
 */
export function hasFreshData({ window: { readings, answers }, now }: Pick<LookInput, 'window' | 'now'>): boolean {
  const isFresh = ({ observedAt }: { readonly observedAt: Date }): boolean => now.getTime() - observedAt.getTime() <= LIVE_MS;
  return (
    readings.some((reading) => reading.doubt === null && isFresh(reading)) ||
    answers.some((set) => !('advice_id' in set.items) && isFresh(set))
  );
}

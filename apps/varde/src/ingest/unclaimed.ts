import { countedInstead, isUnclaimed, readUnclaimedRoom, UNCLAIMED_KEPT_MAX, type NewRefused } from '@varde/store';
import type { DataSource } from 'typeorm';
import type { Judged } from './judge.js';

/**
 * Counts what belongs to nobody here, a neighbour's device that a gateway overhears, once enough of it is kept (decision 36). What is kept already
 * and comes again is counted where it stands, and what is processed again was kept before. A query of its own, for batches with such messages only; two processes may keep a few more.
 */
export async function countBeyondRoom(dataSource: DataSource, judged: readonly Judged[]): Promise<readonly Judged[]> {
  const unclaimed = judged.flatMap(({ received, refused }) => (received.isAgain ? [] : refused.filter(isUnclaimed)));
  if (unclaimed.length === 0) return judged;
  const rooms = await readUnclaimedRoom(dataSource, unclaimed);
  const kept = new Map<string, number>();
  const counted = new Map<NewRefused, NewRefused>();
  const seen = new Set<string>();
  for (const [at, each] of unclaimed.entries()) {
    const { isThere = false, kept: before = 0 } = rooms[at] ?? {};
    const line = `${each.topic}\n${each.reason}`;
    const own = `${line}\n${Buffer.from(each.digest).toString('base64')}`;
    if (isThere || seen.has(own)) continue;
    const sofar = kept.get(line) ?? before;
    if (sofar >= UNCLAIMED_KEPT_MAX) counted.set(each, countedInstead(each));
    else {
      kept.set(line, sofar + 1);
      seen.add(own);
    }
  }
  return judged.map((each) => ({ ...each, refused: each.refused.map((row) => counted.get(row) ?? row) }));
}

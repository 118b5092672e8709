import type { Finding } from '@varde/rules';
import type { Episode, Signal } from './episode.js';

/** How many a signal keeps, those that were stored last: more than a day of full sessions. */
const KEPT = 40;

/** The vital signs of a signal after one more finding, or those of another signal of its rule: which comes first makes no difference. */
export function joinVitals(one: readonly string[] = [], other: readonly string[] = []): Pick<Signal, 'vitals'> {
  const all = [...new Set([...one, ...other])].sort((a, b) => idOf(b) - idOf(a) || (a < b ? -1 : 1));
  return all.length === 0 ? {} : { vitals: all.slice(0, KEPT) };
}

/** Of `42/spo2` the act of measuring. */
const idOf = (vital: string): number => Number.parseInt(vital, 10);

/** Whether an episode has a signal that rests on one of these vital signs. */
export function restsOnAny({ signals }: Pick<Episode, 'signals'>, vitals: Finding['vitals'] = []): boolean {
  return vitals.length > 0 && signals.some((signal) => signal.vitals?.some((vital) => vitals.includes(vital)) === true);
}

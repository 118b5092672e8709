import type { Episode } from './episode.js';
import { BRIDGE_WITHIN_MS, BRIDGED_DOMAINS, JOIN_WITHIN_MS } from './episode-policy.js';

/** Why two open episodes are one problem: two areas have signalled within 24 hours, or within 72 with breathlessness answered. */
export type Bridge = 'signals' | 'breathless';

/** An open episode, and when it was found in beside what its signals keep: their first and last times. */
export interface Bridging {
  readonly episode: Episode;
  readonly foundAt?: readonly Date[];
}

/**
 * Whether two open episodes of a patient are one problem by `episode_policy.bridge`; null: they are two. Told apart from a finding that joins
 * (`chooseEpisode`): here each may have been in somebody's hands for days before a signal, or an answer, comes between them.
 * @param breathlessAt when the patient answered to be breathless (`breathlessTimes`)
 */
export function bridgeOf(a: Bridging, b: Bridging, breathlessAt: readonly Date[]): Bridge | null {
  if (a.episode.closedAt !== null || b.episode.closedAt !== null) return null;
  const [times, others] = [timesOf(a), timesOf(b)];
  if (anyPair(times, others, (one, two) => Math.abs(one - two) <= BRIDGE_WITHIN_MS)) return 'signals';
  const isBreathless = (ms: number): boolean => breathlessAt.some((at) => Math.abs(at.getTime() - ms) <= BRIDGE_WITHIN_MS);
  const isOne = (one: number, two: number): boolean => Math.abs(one - two) <= JOIN_WITHIN_MS && (isBreathless(one) || isBreathless(two));
  return anyPair(times, others, isOne) ? 'breathless' : null;
}

/** When its bridged areas have signalled, in milliseconds. An episode of other areas has none. */
function timesOf({ episode, foundAt = [] }: Bridging): number[] {
  if (!episode.domains.some((domain) => BRIDGED_DOMAINS.includes(domain))) return [];
  return [...episode.signals.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]), ...foundAt].map((at) => at.getTime());
}

function anyPair(times: readonly number[], others: readonly number[], isOne: (a: number, b: number) => boolean): boolean {
  return times.some((one) => others.some((two) => isOne(one, two)));
}

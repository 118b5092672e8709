import type { Episode } from './episode.js';
import { BRIDGE_WITHIN_MS, BRIDGED_DOMAINS, JOIN_WITHIN_MS } from './episode-policy.js';

/**
 * Why two open episodes are one problem: they rest on the same vital sign, as a NEWS2 and the rule of its red parameter do; or two areas have
 * signalled within 24 hours, or within 72 with breathlessness answered.
 */
export type Bridge = 'vitals' | 'signals' | 'breathless';

/** An open episode, and when its bridged areas were found in beside what its signals keep: their first and last times. */
export interface Bridging {
  readonly episode: Episode;
  readonly foundAt?: readonly Date[];
  /** Vital signs that what stands in it rests on, beside those its signals keep. */
  readonly vitals?: readonly string[];
}

/**
 * Whether two open episodes of a patient are one problem by `episode_policy.bridge` or by what they rest on; null: they are two. Told apart from a finding that joins
 * (`chooseEpisode`): here each may have been in somebody's hands for days before a signal, or an answer, comes between them.
 * @param breathlessAt when the patient answered to be breathless (`breathlessTimes`)
 */
export function bridgeOf(a: Bridging, b: Bridging, breathlessAt: readonly Date[]): Bridge | null {
  if (a.episode.closedAt !== null || b.episode.closedAt !== null) return null;
  if (shareVitals(a, b)) return 'vitals';
  const [times, others] = [timesOf(a), timesOf(b)];
  if (anyPair(times, others, (one, two) => Math.abs(one - two) <= BRIDGE_WITHIN_MS)) return 'signals';
  const isBreathless = (ms: number): boolean => breathlessAt.some((at) => Math.abs(at.getTime() - ms) <= BRIDGE_WITHIN_MS);
  const isOne = (one: number, two: number): boolean => Math.abs(one - two) <= JOIN_WITHIN_MS && (isBreathless(one) || isBreathless(two));
  return anyPair(times, others, isOne) ? 'breathless' : null;
}

function shareVitals(a: Bridging, b: Bridging): boolean {
  const known = new Set(vitalsOf(a));
  return known.size > 0 && vitalsOf(b).some((vital) => known.has(vital));
}

const vitalsOf = ({ episode: { signals }, vitals = [] }: Bridging): readonly string[] => [
  ...signals.flatMap((signal) => signal.vitals ?? []),
  ...vitals,
];

/** When its bridged areas have signalled, in milliseconds: what has joined by a vital sign may be of another. */
function timesOf({ episode, foundAt = [] }: Bridging): number[] {
  const signals = episode.signals.filter(({ domain }) => BRIDGED_DOMAINS.includes(domain));
  return [...signals.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]), ...foundAt].map((at) => at.getTime());
}

function anyPair(times: readonly number[], others: readonly number[], isOne: (a: number, b: number) => boolean): boolean {
  return times.some((one) => others.some((two) => isOne(one, two)));
}

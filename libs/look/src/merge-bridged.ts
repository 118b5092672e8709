import {
  breathlessTimes,
  bridgeOf,
  BRIDGED_DOMAINS,
  bridgeWords,
  CALLING,
  mergeWords,
  survivorOf,
  worst,
  type Bridge,
} from '@varde/alerts';
import { hasFired, type StandingRule } from '@varde/rules';
import type { LookInput } from './input-and-outcome.js';
import { hasOnlySnoozed, isSnoozed } from './snoozed.js';
import { open, take, type Work } from './work.js';

/** Two open episodes that are one problem. */
interface Bridged {
  readonly a: Work;
  readonly b: Work;
  readonly bridge: Bridge;
}

/** The first two open episodes that are one problem by now, one of which is such; null: there are none. */
export function findBridge(
  { window }: LookInput,
  works: readonly Work[],
  standing: readonly StandingRule[] | undefined,
  isSuch: (work: Work) => boolean = () => true,
): Bridged | null {
  if (open(works).length < 2) return null;
  const breathlessAt = breathlessTimes(window.answers);
  const foundAt = ({ findings }: Work): readonly Date[] =>
    findings.filter(({ domain, result }) => BRIDGED_DOMAINS.includes(domain) && hasFired(result)).map(({ at }) => at);
  const all = open(works).map((work) => ({ work, episode: work.episode, foundAt: foundAt(work), vitals: vitalsOf(work, standing) }));
  for (const [place, a] of all.entries()) {
    for (const b of all.slice(place + 1)) {
      const bridge = isSuch(a.work) || isSuch(b.work) ? bridgeOf(a, b, breathlessAt) : null;
      if (bridge !== null) return { a: a.work, b: b.work, bridge };
    }
  }
  return null;
}

/** What the rules rest on that stand in it, as far as that is known by now. */
function vitalsOf({ episode }: Work, standing: readonly StandingRule[] = []): readonly string[] {
  const isOfIt = (ruleId: string): boolean => episode.signals.some((signal) => signal.standing && signal.ruleId === ruleId);
  return standing.flatMap(({ ruleId, vitals }) => (vitals !== undefined && isOfIt(ruleId) ? vitals : []));
}

/**
 * Open episodes that are one problem by now become one (`bridgeOf`): one goes on, the other ends in it. What this look would have
 * called people for about the one that ends is told about the other.
 */
export function mergeBridged(input: LookInput, works: readonly Work[], standing: readonly StandingRule[] | undefined): void {
  for (let pair = findBridge(input, works, standing); pair !== null; pair = findBridge(input, works, standing)) merge(input, pair);
}

function merge(input: LookInput, { a, b, bridge }: Bridged): void {
  const { now: at, team } = input;
  const { survivor, other, why } = survivorOf(a.episode, b.episode);
  const [stays, ends] = survivor === a.episode ? [a, b] : [b, a];
  const reason = bridgeWords(bridge, [...survivor.domains, ...other.domains]);
  const owner = team.units.find(({ id }) => id === survivor.ownerUnitId)?.name ?? String(survivor.ownerUnitId);
  const isTold = other.signals.some((signal) => signal.standing && !isSnoozed(input, signal, signal.severity));
  const onlySnoozedStands = hasOnlySnoozed(input, survivor, other.severity);
  ends.notices = ends.notices.filter(({ cause }) => !CALLING.has(cause));
  take(stays, { kind: 'absorb', at, zone: team.zone, other, owner, reason, isTold, onlySnoozedStands });
  // What has come in may be milder than what it was grave for, and nothing else would say so before the next look.
  take(stays, { kind: 'settle', at });
  take(ends, { kind: 'merge', at, into: survivor, reason: mergeWords(reason, why) });
  stays.told.push(...ends.told);
  stays.emergency ||= ends.emergency;
  if (ends.came !== null) stays.came = stays.came === null ? ends.came : worst(stays.came, ends.came);
}

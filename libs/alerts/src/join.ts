import type { Finding } from '@varde/rules';
import type { Episode } from './episode.js';
import { BRIDGE_WITHIN_MS, BRIDGED_DOMAINS, JOIN_WITHIN_MS, REOPEN_WITHIN_MS } from './episode-policy.js';
import { restsOnAny } from './vitals.js';

/** What joining needs to know of a finding. */
export type Joining = Pick<Finding, 'domain' | 'at' | 'vitals'>;

/**
 * The episode a finding belongs to, or undefined when it opens a new one (`episode_policy.join`, `bridge`, `reopen`).
 * In order: the open one of its domain; the open one that rests on a vital sign it rests on; the open one of a bridged domain that signalled within 24 hours, or within 72 hours when
 * breathlessness was answered within 24 hours of the finding; the last closed one of its domain, closed at most 72 hours before (a
 * relapse), or the open one that has taken over a domain of that. Technical and silence are bridged with nothing.
 * Whether two episodes that are open already are one problem by now, `bridgeOf` says.
 * @param breathlessAt when the patient answered to be breathless (`breathlessTimes`)
 */
export function chooseEpisode(episodes: readonly Episode[], finding: Joining, breathlessAt: readonly Date[] = []): Episode | undefined {
  const open = episodes.filter((episode) => episode.closedAt === null);
  const same = open.find((episode) => episode.domains.includes(finding.domain));
  if (same) return same;
  const shared = newest(
    open.filter((episode) => restsOnAny(episode, finding.vitals)),
    (episode) => episode.lastSignalAt,
  );
  if (shared) return shared;
  const bridged = chooseBridged(open, finding, breathlessAt);
  if (bridged) return bridged;
  const closed = chooseClosed(episodes, finding);
  if (!closed) return undefined;
  return open.find((episode) => episode.domains.some((domain) => closed.domains.includes(domain))) ?? closed;
}

function chooseBridged(open: readonly Episode[], finding: Joining, breathlessAt: readonly Date[]): Episode | undefined {
  if (!BRIDGED_DOMAINS.includes(finding.domain)) return undefined;
  const isBreathless = breathlessAt.some((at) => Math.abs(at.getTime() - finding.at.getTime()) <= BRIDGE_WITHIN_MS);
  const withinMs = isBreathless ? JOIN_WITHIN_MS : BRIDGE_WITHIN_MS;
  const near = open.filter((episode) =>
    episode.signals.some(
      ({ domain, firstAt, lastAt }) =>
        BRIDGED_DOMAINS.includes(domain) &&
        finding.at.getTime() >= firstAt.getTime() - withinMs &&
        finding.at.getTime() <= lastAt.getTime() + withinMs,
    ),
  );
  return newest(near, (episode) => episode.lastSignalAt);
}

function chooseClosed(episodes: readonly Episode[], finding: Joining): Episode | undefined {
  const near = episodes.filter(
    ({ domains, closedAt, mergedIntoId }) =>
      closedAt !== null &&
      mergedIntoId === null &&
      domains.includes(finding.domain) &&
      finding.at.getTime() - closedAt.getTime() <= REOPEN_WITHIN_MS,
  );
  return newest(near, (episode) => episode.closedAt ?? episode.openedAt);
}

function newest(episodes: readonly Episode[], timeOf: (episode: Episode) => Date): Episode | undefined {
  return episodes.reduce<Episode | undefined>((best, episode) => {
    if (!best) return episode;
    const later = timeOf(episode).getTime() - timeOf(best).getTime();
    return later > 0 || (later === 0 && episode.id < best.id) ? episode : best;
  }, undefined);
}

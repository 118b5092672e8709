import type { Finding } from '@varde/rules';
import type { Episode } from './episode.js';
import { BRIDGE_WITHIN_MS, BRIDGED_DOMAINS, REOPEN_WITHIN_MS } from './episode-policy.js';

/**
 * The episode a finding belongs to, or undefined when it opens a new one (`episode_policy.join`, `bridge`, `reopen`).
 * In order: the open one of its domain; the open one of a bridged domain that signalled within 24 hours; the last closed one of its domain,
 * closed at most 72 hours before (a relapse), or the open one that has taken over a domain of that. Technical and silence are bridged with nothing.
 * Two episodes already open stay two: a person may have either in hand.
 */
export function chooseEpisode(episodes: readonly Episode[], finding: Pick<Finding, 'domain' | 'at'>): Episode | undefined {
  const open = episodes.filter((episode) => episode.closedAt === null);
  const same = open.find((episode) => episode.domains.includes(finding.domain));
  if (same) return same;
  const bridged = chooseBridged(open, finding);
  if (bridged) return bridged;
  const closed = chooseClosed(episodes, finding);
  if (!closed) return undefined;
  return open.find((episode) => episode.domains.some((domain) => closed.domains.includes(domain))) ?? closed;
}

function chooseBridged(open: readonly Episode[], finding: Pick<Finding, 'domain' | 'at'>): Episode | undefined {
  if (!BRIDGED_DOMAINS.includes(finding.domain)) return undefined;
  const near = open.filter((episode) =>
    episode.signals.some(
      ({ domain, firstAt, lastAt }) =>
        BRIDGED_DOMAINS.includes(domain) &&
        finding.at.getTime() >= firstAt.getTime() - BRIDGE_WITHIN_MS &&
        finding.at.getTime() <= lastAt.getTime() + BRIDGE_WITHIN_MS,
    ),
  );
  return newest(near, (episode) => episode.lastSignalAt);
}

function chooseClosed(episodes: readonly Episode[], finding: Pick<Finding, 'domain' | 'at'>): Episode | undefined {
  const near = episodes.filter(
    ({ domains, closedAt }) =>
      closedAt !== null && domains.includes(finding.domain) && finding.at.getTime() - closedAt.getTime() <= REOPEN_WITHIN_MS,
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

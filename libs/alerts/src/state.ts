import type { Episode } from './episode.js';

/** Where an episode is in its life; `waiting` has an owner but no person yet. */
export type EpisodeState = 'none' | 'waiting' | 'acknowledged' | 'closed';

/** The state of an episode; `none` before it opens. */
export function stateOf(episode: Episode | undefined): EpisodeState {
  if (!episode) return 'none';
  if (episode.closedAt !== null) return 'closed';
  return episode.acknowledgedAt === null ? 'waiting' : 'acknowledged';
}

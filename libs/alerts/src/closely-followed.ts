import type { Episode } from './episode.js';
import { needsPerson } from './closing.js';
import { isWorse } from './episode-policy.js';
import type { Transition } from './step.js';

type Followed = Pick<Episode, 'domains' | 'severity' | 'signals' | 'openedAt' | 'begunAgainAt' | 'clearedAt' | 'closedAt'>;

/**
 * Whether a patient is to do what is agreed for as long as an episode is open: until a person closes one that has been red or worse, and
 * until a yellow one is all clear, which the patient is told, while it closes by itself two days later. Silence and equipment are no reason:
 * silence would breed silence. Nor is what has come back, all clear meanwhile, without a word to the patient: they measure on their usual days.
 */
export function isFollowedClosely(episode: Followed): boolean {
  const { domains, severity, signals, clearedAt, closedAt } = episode;
  if (closedAt !== null || domains.every((domain) => domain === 'silence' || domain === 'technical')) return false;
  if (needsPerson(episode)) return true;
  return clearedAt === null && isWorse(severity, 'info') && !signals.some(({ standing, untold }) => standing && untold === true);
}

/** Since when a patient is followed closely: from the oldest such episode on, as the patient was told of it; null: there is none. */
export function closelyFollowedFrom(episodes: readonly Followed[]): Date | null {
  const times = episodes.filter(isFollowedClosely).map(({ openedAt, begunAgainAt }) => (begunAgainAt ?? openedAt).getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** The episode as it is followed after a step: since as long as what it came of was, or from the step on. */
export function followedAs(before: readonly Episode[], transition: Transition, at: Date): Transition {
  const { episode } = transition;
  const from = closelyFollowedFrom(before) ?? at;
  const known = closelyFollowedFrom([episode]);
  if (known === null || known.getTime() === from.getTime()) return transition;
  return { ...transition, episode: { ...episode, begunAgainAt: from } };
}

import { nextEpisode, type Episode, type EpisodeStep, type NoticeDraft, type Step } from '@varde/alerts';
import type { Finding, Severity } from '@varde/rules';
import type { AdviceDraft } from './advice.js';

/** One episode on its way through a look. */
export interface Work {
  readonly before: Episode | undefined;
  episode: Episode;
  readonly steps: EpisodeStep[];
  readonly findings: Finding[];
  notices: readonly NoticeDraft[];
  /** The gravest finding that was told. */
  came: Severity | null;
  /** An answer that means danger to life, which the patient is told of each time (`TOLD_AT_ONCE`). */
  emergency: boolean;
  /** The ladder found nobody who is staffed, or nothing of it could be delivered. */
  unreached: boolean;
  /** Something graver of the same patient covers it. */
  covered: boolean;
  readonly advice: AdviceDraft[];
}

/** An episode as a look begins with it: nothing has come of it. */
export const begin = (before: Episode | undefined, episode: Episode): Work => ({
  before,
  episode,
  steps: [],
  findings: [],
  notices: [],
  came: null,
  emergency: false,
  unreached: false,
  covered: false,
  advice: [],
});

/** Takes a step of an episode. */
export function take(work: Work, step: Step): void {
  const { episode, steps, notices } = nextEpisode(work.episode, step);
  work.episode = episode;
  work.steps.push(...steps);
  work.notices = [...work.notices, ...notices];
}

/** Those that are open by now. */
export function open(works: readonly Work[]): Work[] {
  return works.filter(({ episode }) => episode.closedAt === null);
}

import type { Words } from '@varde/rules';
import type { Episode, EpisodeStep, NoticeDraft } from './episode.js';
import { IllegalMove } from './illegal-move.js';
import { stateOf } from './state.js';
import type { PersonStep, Transition } from './step.js';

/** The episode with a change, one version on. */
export function changed(
  episode: Episode,
  change: Partial<Episode>,
  steps: readonly EpisodeStep[],
  notices: readonly NoticeDraft[] = [],
): Transition {
  return { episode: { ...episode, ...change, version: episode.version + 1 }, steps, notices };
}

/** Nothing happened. */
export function unchanged(episode: Episode): Transition {
  return { episode, steps: [], notices: [] };
}

/** A line of the history about what the program did. */
export function byProgram(at: Date, kind: EpisodeStep['kind'], reason: Words): EpisodeStep {
  return { at, kind, byPersonId: null, reason };
}

/** A line of the history about what a person did. */
export function byPerson({ at, byPersonId }: PersonStep, kind: EpisodeStep['kind'], reason: Words): EpisodeStep {
  return { at, kind, byPersonId, reason };
}

/** Refuses a step that the episode, as it is, does not allow. */
export function refuse(episode: Episode, { kind }: PersonStep, because: string): never {
  throw new IllegalMove(kind, stateOf(episode), because);
}

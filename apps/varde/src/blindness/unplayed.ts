import type { LastBeat, ServicePart } from '@varde/store';
import { PATIENCE } from './judge-parts.js';

/** A part that no process plays. */
export interface Unplayed {
  readonly part: ServicePart;
  /** Since when, by the clock of the database: the last work, or the last goodbye. */
  readonly since: Date;
  /** Whether whoever played it last ended in order; else it went without a word. */
  readonly hasSaidGoodbye: boolean;
}

/**
 * The parts that nobody plays, by their last beats alone. What is blind is written down by processes that live: whoever asks when none does must
 * see it for themselves, at one look, by the clock that the beats were stored by.
 */
export function findUnplayed(beats: readonly LastBeat[], now: Date): Unplayed[] {
  return [...new Set(beats.map(({ part }) => part))].flatMap((part) => {
    const played = beats.filter((beat) => beat.part === part);
    const isAlive = ({ at, leftAt }: LastBeat): boolean => leftAt === null && now.getTime() - at.getTime() < PATIENCE.silentMs;
    if (played.some(isAlive)) return [];
    const last = played.reduce((a, b) => (b.at > a.at ? b : a));
    return [{ part, since: last.leftAt ?? last.at, hasSaidGoodbye: last.leftAt !== null }];
  });
}

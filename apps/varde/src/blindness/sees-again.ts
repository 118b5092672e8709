import type { Blindness } from '@varde/store';
import type { PartState } from './judge-parts.js';

/**
 * Says which blind parts see again, as one process sees them: a beat must have changed after the process knew of the blindness. Processes do not
 * look at the same moment, and one that has yet to miss the beat which another misses must not take an old change for a new one.
 */
export class SeesAgain {
  private knownSinceMs = new Map<number, number>();

  /** What of this is over. `steadyMs` is the steady clock by which the states were judged. */
  of<T extends Pick<Blindness, 'id' | 'part'>>(blind: readonly T[], states: readonly PartState[], steadyMs: number): T[] {
    this.knownSinceMs = new Map(blind.map(({ id }) => [id, this.knownSinceMs.get(id) ?? steadyMs]));
    return blind.filter(({ id, part }) => {
      const sinceMs = this.knownSinceMs.get(id) ?? steadyMs;
      return states.some((state) => state.part === part && !state.isLate && state.changedMs !== null && state.changedMs > sinceMs);
    });
  }
}

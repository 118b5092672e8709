import type { Episode } from './episode.js';

type Waiting = Pick<
  Episode,
  'acknowledgedAt' | 'acknowledgedByPersonId' | 'acknowledgementEndsAt' | 'ladderStartedAt' | 'ladderStepsTaken' | 'nextStepAt'
>;

/** In the queue of the owner, held by no person, the ladder beginning at `at`: its first step is due at once, for the next look to take. */
export function waitingFrom(at: Date): Waiting {
  return {
    acknowledgedAt: null,
    acknowledgedByPersonId: null,
    acknowledgementEndsAt: null,
    ladderStartedAt: at,
    ladderStepsTaken: 0,
    nextStepAt: at,
  };
}

import type { Episode } from './episode.js';

type Waiting = Pick<
  Episode,
  'acknowledgedAt' | 'acknowledgedByPersonId' | 'acknowledgementEndsAt' | 'ladderStartedAt' | 'ladderStepsTaken' | 'nextStepAt'
>;

/** Nothing of it is with anybody but the owner. */
export const WITH_OWNER_ALONE: Pick<Episode, 'assignedToPersonId' | 'offer' | 'consultations' | 'followerUnitIds' | 'closeProposed'> = {
  assignedToPersonId: null,
  offer: null,
  consultations: [],
  followerUnitIds: [],
  closeProposed: null,
};

/** Nothing of it has ever been with anybody but the owner, nor gone into another episode. */
export const NEVER_OFFERED: typeof WITH_OWNER_ALONE & Pick<Episode, 'offersMade' | 'consultationsAsked' | 'mergedIntoId'> = {
  ...WITH_OWNER_ALONE,
  mergedIntoId: null,
  offersMade: 0,
  consultationsAsked: 0,
};

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

/** With a person, out of the queue, and no step of the ladder due. What was given to somebody else is given to nobody. */
export function heldBy(
  { assignedToPersonId }: Episode,
  { at, byPersonId }: { readonly at: Date; readonly byPersonId: number },
  endsAt: Date | null,
): Pick<Episode, 'acknowledgedAt' | 'acknowledgedByPersonId' | 'acknowledgementEndsAt' | 'assignedToPersonId' | 'nextStepAt'> {
  return {
    acknowledgedAt: at,
    acknowledgedByPersonId: byPersonId,
    acknowledgementEndsAt: endsAt,
    assignedToPersonId: assignedToPersonId === byPersonId ? byPersonId : null,
    nextStepAt: null,
  };
}

/** Within this time two ladders of one severity would have the same name: the second begins as little later (`waitingAgain`). */
export const SAME_MOMENT_MS = 1_000;

/**
 * Back in the queue with the ladder begun anew at the same severity. A ladder is named by the moment it begins (`ladderStepKey`), so one that
 * would begin at the same moment as the one before begins a millisecond later.
 */
export function waitingAgain(episode: Episode, at: Date): Waiting {
  const sinceMs = episode.ladderStartedAt.getTime() - at.getTime();
  const isSameMoment = sinceMs >= 0 && sinceMs < SAME_MOMENT_MS;
  return waitingFrom(isSameMoment ? new Date(episode.ladderStartedAt.getTime() + 1) : at);
}

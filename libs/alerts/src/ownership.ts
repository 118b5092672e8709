import { endedAdvice } from './consultation.js';
import type { Episode, HandoverOffer, NoticeCause } from './episode.js';
import { draftsTo } from './notice.js';
import * as say from './ownership-wording.js';
import { heldBy, waitingAgain } from './queue.js';
import type { OwnershipStep, Step, Transition } from './step.js';
import { byPerson, byProgram, changed, refuse, unchanged } from './transition.js';

type Of<K extends OwnershipStep['kind']> = Extract<OwnershipStep, { kind: K }>;

/** Given to one person of the owner, who is to acknowledge it; whoever has it keeps it until then, and the ladder runs on. */
export function afterAssign(episode: Episode, step: Of<'assign'>): Transition {
  const { at, toPersonId, toName } = step;
  if (episode.acknowledgedByPersonId === toPersonId) refuse(episode, step, 'the person has it already');
  if (episode.assignedToPersonId === toPersonId) refuse(episode, step, 'it is given to the person already');
  const text = say.assigned(toName);
  const notices = draftsTo(episode, [episode.ownerUnitId], 'assigned', { number: episode.version + 1, at, text });
  return changed(episode, { assignedToPersonId: toPersonId }, [byPerson(step, 'assigned', text)], notices);
}

/** Ownership is offered: the giver keeps it, with its ladder, until somebody of the other unit accepts. */
export function afterOffer(episode: Episode, step: Of<'offer'>): Transition {
  const { at, byPersonId, toUnitId, toUnit, deadlineAt, reason, informedUnitIds } = step;
  if (episode.offer !== null) refuse(episode, step, `it is offered to unit ${episode.offer.toUnitId} already`);
  if (toUnitId === episode.ownerUnitId) refuse(episode, step, 'the unit owns it already');
  if (deadlineAt <= at) refuse(episode, step, 'the time to answer would be over already');
  const number = episode.offersMade + 1;
  const informed = unitsOf(informedUnitIds, [toUnitId, episode.ownerUnitId]);
  const offer: HandoverOffer = {
    number,
    toUnitId,
    offeredAt: at,
    offeredByPersonId: byPersonId,
    deadlineAt,
    reason,
    informedUnitIds: informed,
  };
  const text = say.offered(toUnit, step, reason);
  const notices = draftsTo(episode, [toUnitId], 'offered', { number, at, text });
  return changed(episode, { offer, offersMade: number }, [byPerson(step, 'offered', text)], notices);
}

/** The one step that moves the owner: from the giver to the unit of whoever accepts, who has acknowledged it with that. */
export function afterAccept(episode: Episode, step: Of<'accept'>): Transition {
  const { at, byPersonId, unitId, unit, endsAt } = step;
  const offer = answered(episode, step);
  if (offer.toUnitId !== unitId) refuse(episode, step, `it is offered to unit ${offer.toUnitId}`);
  if (offer.offeredByPersonId === byPersonId) refuse(episode, step, 'whoever offered it cannot accept it');
  if (endsAt && endsAt <= at) refuse(episode, step, 'the acknowledgement would have run out already');
  const text = say.accepted(unit, step);
  const asked = episode.consultations.filter((each) => each.unitId === unitId);
  const change: Partial<Episode> = {
    ...heldBy(episode, step, endsAt),
    ownerUnitId: unitId,
    assignedToPersonId: null,
    offer: null,
    consultations: episode.consultations.filter((each) => each.unitId !== unitId),
    followerUnitIds: unitsOf([...episode.followerUnitIds, episode.ownerUnitId, ...offer.informedUnitIds], [unitId]),
    closeProposed: null,
  };
  const steps = [
    byPerson(step, 'accepted', text),
    byPerson(step, 'owner_changed', say.ownerIs(unit, offer.reason)),
    ...endedAdvice(asked, at, say.BECAUSE.owned),
  ];
  return changed(episode, change, steps, tellGiver(episode, offer, 'accepted', { at, text }));
}

/** The other unit says no: the giver has it as before. */
export function afterDecline(episode: Episode, step: Of<'decline'>): Transition {
  const { at, unitId, unit, reason } = step;
  const offer = answered(episode, step);
  if (offer.toUnitId !== unitId) refuse(episode, step, `it is offered to unit ${offer.toUnitId}`);
  const text = say.declined(unit, reason);
  return changed(episode, { offer: null }, [byPerson(step, 'declined', text)], tellGiver(episode, offer, 'declined', { at, text }));
}

/** The giver takes the offer back before it is answered. */
export function afterRecall(episode: Episode, step: Of<'recall'>): Transition {
  const { at, reason } = step;
  const offer = answered(episode, step);
  const text = say.recalled(reason);
  const told = [offer.toUnitId, ...offer.informedUnitIds];
  const notices = draftsTo(episode, told, 'recalled', { number: offer.number, at, text });
  return changed(episode, { offer: null }, [byPerson(step, 'recalled', text)], notices);
}

/** Silence leaves it where it was and says so to everybody. */
export function afterOfferRunsOut(episode: Episode, { at, zone }: Extract<Step, { kind: 'offer_runs_out' }>): Transition {
  const { offer } = episode;
  if (offer === null || offer.deadlineAt > at) return unchanged(episode);
  const text = say.offerRanOut({ deadlineAt: offer.deadlineAt, zone });
  const told = [episode.ownerUnitId, offer.toUnitId, ...offer.informedUnitIds];
  const notices = draftsTo(episode, told, 'offer_ran_out', { number: offer.number, at, text });
  return changed(episode, { offer: null }, [byProgram(at, 'offer_ran_out', text)], notices);
}

/** The owner moves without being asked; the episode waits in the new owner's queue, its ladder begun anew. Both sides are told. */
export function afterMove(episode: Episode, step: Of<'move'>): Transition {
  const { at, toUnitId, toUnit, reason, away } = step;
  const isSame = toUnitId === episode.ownerUnitId;
  if (isSame && !away) refuse(episode, step, 'the unit owns it already');
  const text = isSame ? say.ownerStays(toUnit, reason) : say.ownerIs(toUnit, reason);
  const { offer } = episode;
  const because = away ? say.BECAUSE.moved : say.BECAUSE.owned;
  const asked = episode.consultations.filter(({ unitId }) => away || unitId === toUnitId);
  const isOfferOver = offer !== null && (away || !isSame);
  const change: Partial<Episode> = {
    ownerUnitId: toUnitId,
    offer: isOfferOver ? null : offer,
    consultations: episode.consultations.filter((each) => !asked.includes(each)),
    followerUnitIds: away ? [] : unitsOf([...episode.followerUnitIds, episode.ownerUnitId], [toUnitId]),
    ...(isSame ? {} : { ...waitingAgain(episode, at), assignedToPersonId: null, closeProposed: null }),
  };
  const steps = [
    byPerson(step, 'owner_changed', text),
    ...(isOfferOver ? [byProgram(at, 'recalled', say.offerEnded(because))] : []),
    ...endedAdvice(asked, at, because),
  ];
  const told = [toUnitId, episode.ownerUnitId, ...(isOfferOver ? [offer.toUnitId, ...offer.informedUnitIds] : [])];
  const others = asked.map(({ unitId }) => unitId);
  const notices = draftsTo({ ...episode, ...change }, [...told, ...others], 'owner_changed', { number: episode.version + 1, at, text });
  return changed(episode, change, steps, notices);
}

/** The offer that waits. One whose time is over has run out, whether a look has seen it yet or not. */
function answered(episode: Episode, step: Of<'accept' | 'decline' | 'recall'>): HandoverOffer {
  const { offer } = episode;
  if (offer === null) return refuse(episode, step, 'no offer waits for an answer');
  if (offer.deadlineAt <= step.at) return refuse(episode, step, 'the offer ran out');
  return offer;
}

function tellGiver(
  episode: Episode,
  offer: HandoverOffer,
  cause: NoticeCause,
  told: { readonly at: Date; readonly text: Transition['steps'][number]['reason'] },
) {
  return draftsTo(episode, [episode.ownerUnitId, ...offer.informedUnitIds], cause, { number: offer.number, ...told });
}

/** Units once each, in order of id, without those who know anyway. */
function unitsOf(ids: readonly number[], without: readonly number[]): number[] {
  return [...new Set(ids)].filter((id) => !without.includes(id)).sort((a, b) => a - b);
}

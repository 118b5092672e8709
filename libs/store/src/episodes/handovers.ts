import type { Episode, EpisodeStep } from '@varde/alerts';
import type { EntityManager } from 'typeorm';

/** What became of an offer. */
export const OFFER_FATES = ['accepted', 'declined', 'recalled', 'ran_out', 'closed', 'moved'] as const;
/** One of them; `closed` and `moved`: the episode was closed or went into another, or the owner moved otherwise, while it waited. */
export type OfferFate = (typeof OFFER_FATES)[number];
/** What became of a question; `ended`: nobody waits for the answer any more. */
export const QUESTION_FATES = ['given', 'ran_out', 'ended'] as const;
/** One of them. */
export type QuestionFate = (typeof QUESTION_FATES)[number];

/** A changed episode under its id, with what happened to it. */
export interface Answered {
  readonly episodeId: number;
  /** After the change. */
  readonly episode: Episode;
  readonly steps: readonly EpisodeStep[];
  /** A person's own words that answer an offer or a question. */
  readonly answer: string | null;
}

const OFFER = `
  insert into handover (episode_id, number, patient_id, from_unit_id, to_unit_id, reason, informed_unit_ids, offered_at,
    offered_by_person_id, deadline_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

const END_OFFERS = `
  update handover h set fate = x.fate, ended_at = x.at, ended_by_person_id = x.by, answer = x.answer
  from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::integer[], $5::text[]) as x (episode_id, fate, at, by, answer)
  where h.episode_id = x.episode_id and h.fate is null`;

/** Keeps offers that were made, and the fate of those that wait no more. A step of a person makes at most one. */
export async function saveOffers(tx: EntityManager, saved: readonly Answered[]): Promise<void> {
  const ended = saved.flatMap((each) => {
    const last = each.steps.findLast((step) => isEnd(step));
    return last && each.episode.offer === null ? [{ ...each, last, fate: fateOf(last, each.steps) }] : [];
  });
  if (ended.length > 0) {
    await tx.query(END_OFFERS, [
      ended.map(({ episodeId }) => episodeId),
      ended.map(({ fate }) => fate),
      ended.map(({ last }) => last.at),
      ended.map(({ last }) => last.byPersonId),
      ended.map(({ answer }) => answer),
    ]);
  }
  for (const { episodeId, episode, steps } of saved) {
    const { offer } = episode;
    if (offer === null || !steps.some(({ kind }) => kind === 'offered')) continue;
    const { number, toUnitId, reason, informedUnitIds, offeredAt, offeredByPersonId, deadlineAt } = offer;
    const made = [episode.ownerUnitId, toUnitId, reason, informedUnitIds, offeredAt, offeredByPersonId, deadlineAt];
    await tx.query(OFFER, [episodeId, number, episode.patientId, ...made]);
  }
}

const isEnd = ({ kind }: EpisodeStep): boolean =>
  kind === 'accepted' || kind === 'declined' || kind === 'recalled' || kind === 'offer_ran_out';

function fateOf({ kind, byPersonId }: EpisodeStep, steps: readonly EpisodeStep[]): OfferFate {
  if (kind === 'accepted' || kind === 'declined') return kind;
  if (kind === 'offer_ran_out') return 'ran_out';
  if (byPersonId !== null) return 'recalled';
  return steps.some((step) => step.kind === 'closed' || step.kind === 'merged') ? 'closed' : 'moved';
}

const ASK = `
  insert into consultation (episode_id, number, patient_id, from_unit_id, unit_id, question, asked_at, asked_by_person_id, deadline_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

const END_QUESTIONS = `
  update consultation c set fate = x.fate, ended_at = x.at, ended_by_person_id = x.by, answer = x.answer
  from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::integer[], $5::text[]) as x (episode_id, fate, at, by, answer)
  where c.episode_id = x.episode_id and c.fate is null
    and not exists (select from unnest($6::bigint[], $7::integer[]) as kept (episode_id, number)
                    where kept.episode_id = c.episode_id and kept.number = c.number)`;

/**
 * Keeps questions that were asked, and the fate of those that wait no more: all that the episode no longer names. A person asks one at a time;
 * those of an episode that has come in come together.
 */
export async function saveQuestions(tx: EntityManager, saved: readonly Answered[]): Promise<void> {
  const ended = saved.flatMap((each) => {
    const last = each.steps.findLast(({ kind }) => QUESTION_ENDS.has(kind));
    return last ? [{ ...each, last, fate: QUESTION_ENDS.get(last.kind) }] : [];
  });
  if (ended.length > 0) {
    const kept = ended.flatMap(({ episodeId, episode }) => episode.consultations.map(({ number }) => ({ episodeId, number })));
    await tx.query(END_QUESTIONS, [
      ended.map(({ episodeId }) => episodeId),
      ended.map(({ fate }) => fate),
      ended.map(({ last }) => last.at),
      ended.map(({ last }) => last.byPersonId),
      ended.map(({ answer, fate }) => (fate === 'given' ? answer : null)),
      kept.map(({ episodeId }) => episodeId),
      kept.map(({ number }) => number),
    ]);
  }
  for (const { episodeId, episode, steps } of saved) {
    const count = steps.filter(({ kind }) => kind === 'advice_asked').length;
    if (count === 0) continue;
    const { patientId, ownerUnitId } = episode;
    for (const { number, unitId, question, askedAt, askedByPersonId, deadlineAt } of episode.consultations.slice(-count)) {
      await tx.query(ASK, [episodeId, number, patientId, ownerUnitId, unitId, question, askedAt, askedByPersonId, deadlineAt]);
    }
  }
}

const QUESTION_ENDS = new Map<EpisodeStep['kind'], QuestionFate>([
  ['advice_given', 'given'],
  ['advice_ran_out', 'ran_out'],
  ['advice_ended', 'ended'],
]);

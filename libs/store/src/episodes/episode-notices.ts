import { CALLING, noticeKey, type Episode, type EpisodeStep, type NoticeCause } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { isClinician } from '../directory/people.js';
import type { MergedEpisode } from '../looks/home-advice.js';

/** What need not reach anybody any more once a person has the episode. What became of an offer or a question is told all the same. */
const UNTIL_SOMEBODY_HAS_IT: readonly NoticeCause[] = [
  'opened',
  'severity_rose',
  'domain_joined',
  'not_helped',
  'relapsed',
  'escalated',
  'acknowledgement_ran_out',
  'assigned',
];

/**
 * What was told to the person's units is accepted; what has not reached anybody yet need not: somebody has it. That the owner is another one
 * calls only the new owner; whom it leaves, or who was asked, must know it whoever has it now.
 */
export async function settleNotices(
  tx: EntityManager,
  { id: episodeId, ownerUnitId }: Pick<Episode, 'id' | 'ownerUnitId'>,
  viewer: { readonly unitIds: readonly number[] },
  now: Date,
): Promise<void> {
  // In order of id: several persons and the sender change notices at the same time.
  await tx.query(`select from notice where episode_id = $1 order by id for update`, [episodeId]);
  await tx.query(
    `update notice set accepted_at = $3, read_at = coalesce(read_at, $3),
       delivered_at = coalesce(delivered_at, case channel when 'worklist' then $3::timestamptz end)
     where episode_id = $1 and unit_id = any($2) and accepted_at is null`,
    [episodeId, viewer.unitIds, now],
  );
  await tx.query(
    `update notice set next_try_at = null, given_up_at = $2, last_error = 'somebody had it before it was delivered'
     where episode_id = $1 and next_try_at is not null and delivered_at is null
       and (cause = any($3) or (cause = 'owner_changed' and unit_id = $4) or accepted_at is not null)`,
    [episodeId, now, UNTIL_SOMEBODY_HAS_IT, ownerUnitId],
  );
}

/**
 * Nobody is called any more about episodes that have gone into others; the others' ladders call. What became of offers and questions, and
 * what patients have answered, is told all the same. One that a sender has just taken may still go out, and leads to the history.
 */
export async function settleMergedNotices(tx: EntityManager, merged: readonly MergedEpisode[], now: Date): Promise<void> {
  if (merged.length === 0) return;
  await tx.query(
    `update notice n set next_try_at = null, given_up_at = $3, last_error = 'it went into episode ' || m.into_id || ' before it was delivered'
     from unnest($1::bigint[], $2::bigint[]) as m (episode_id, into_id)
     where n.episode_id = m.episode_id and n.next_try_at is not null and n.delivered_at is null and n.cause = any($4)`,
    [merged.map(({ episodeId }) => episodeId), merged.map(({ intoId }) => intoId), now, [...CALLING]],
  );
}

const ENDS_A_QUESTION: ReadonlySet<EpisodeStep['kind']> = new Set<EpisodeStep['kind']>([
  ...(['accepted', 'declined', 'recalled', 'offer_ran_out', 'advice_given', 'advice_ran_out', 'advice_ended'] as const),
]);

/** An episode with the lines that have just been added to its history. */
interface Changed {
  readonly episodeId: number;
  readonly episode: Pick<Episode, 'offer' | 'consultations'>;
  readonly steps: readonly EpisodeStep[];
}

/** Nobody is asked any more for an answer that no longer can be given: only what became of the offer or question is told. */
export async function settleAskedNotices(tx: EntityManager, saved: readonly Changed[], now: Date): Promise<void> {
  const ended = saved.filter(({ steps }) => steps.some(({ kind }) => ENDS_A_QUESTION.has(kind)));
  if (ended.length === 0) return;
  const waiting = ended.flatMap(({ episodeId, episode: { offer, consultations } }) => [
    ...(offer === null ? [] : [noticeKey(episodeId, 'offered', `${offer.number}-${offer.toUnitId}`)]),
    ...consultations.map(({ number, unitId }) => noticeKey(episodeId, 'advice_asked', `${number}-${unitId}`)),
  ]);
  await tx.query(
    `update notice set next_try_at = null, given_up_at = $3, last_error = 'it waited for no answer any more before it was delivered'
     where episode_id = any($1::bigint[]) and key <> all($2::text[]) and cause in ('offered', 'advice_asked')
       and next_try_at is not null and delivered_at is null`,
    [ended.map(({ episodeId }) => episodeId), waiting, now],
  );
}

/**
 * Whoever follows the patient no longer is told nothing more about them, except who has their problem now. Others outside the team, who were
 * asked at some time, are told what became of it all the same.
 */
export async function settleLeftNotices(
  tx: EntityManager,
  { patientId, leftUnitIds }: { readonly patientId: number; readonly leftUnitIds: readonly number[] },
  now: Date,
): Promise<void> {
  if (leftUnitIds.length === 0) return;
  await tx.query(
    `update notice set next_try_at = null, given_up_at = $3, last_error = 'the unit followed the patient no longer before it was delivered'
     where episode_id in (select id from episode where patient_id = $1) and unit_id = any($2::int[]) and cause <> 'owner_changed'
       and next_try_at is not null and delivered_at is null`,
    [patientId, leftUnitIds, now],
  );
}

/** Whoever may act on a unit's episodes no longer is told of them no more by contacts of their own there. */
export async function settleNoticesOfPerson(tx: EntityManager, personId: number, now: Date): Promise<void> {
  await tx.query(
    `update notice set next_try_at = null, given_up_at = $2, last_error = 'who it was for could act on it no longer before it was delivered'
     where episode_id is not null and next_try_at is not null and delivered_at is null and contact_id in (
       select c.id from contact c where c.person_id = $1 and not exists (
         select from person_unit w join person p on p.id = w.person_id and ${isClinician('p')}
         where w.person_id = c.person_id and w.unit_id = c.unit_id))`,
    [personId, now],
  );
}

const DELIVERED = `
  update notice set delivered_at = $3 where id in (
    select n.id from notice n
    join (select distinct * from unnest($1::bigint[], $2::integer[])) as shown (episode_id, unit_id)
      on n.episode_id = shown.episode_id and n.unit_id = shown.unit_id
    where n.channel = 'worklist' and n.delivered_at is null
    for update of n skip locked)`;

/**
 * Marks notices on the worklist as delivered to the person's units: the episodes have been put before somebody of them. One that somebody
 * else is just changing is passed over: it is being delivered, read or accepted.
 */
export async function saveNoticesDelivered(
  manager: EntityManager,
  shown: readonly { readonly episodeId: number; readonly unitIds: readonly number[] }[],
  now: Date,
): Promise<void> {
  const pairs = shown.flatMap(({ episodeId, unitIds }) => unitIds.map((unitId) => ({ episodeId, unitId })));
  if (pairs.length === 0) return;
  await manager.query(DELIVERED, [pairs.map((pair) => pair.episodeId), pairs.map((pair) => pair.unitId), now]);
}

const READ = `
  update notice set read_at = $3, delivered_at = coalesce(delivered_at, case channel when 'worklist' then $3::timestamptz end)
  where id in (
    select id from notice where episode_id = $1 and unit_id = any($2) and read_at is null for update skip locked)`;

/** Marks what was told to the person's units about an episode as read: somebody of them has opened it. */
export async function saveNoticesRead(
  manager: EntityManager,
  viewer: { readonly unitIds: readonly number[] },
  episodeId: number,
  now: Date,
): Promise<void> {
  await manager.query(READ, [episodeId, viewer.unitIds, now]);
}

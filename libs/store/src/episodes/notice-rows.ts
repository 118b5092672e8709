import type { NoticeDraft } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { COUNTED_DUTY } from '../directory/counted-duty.js';
import { queryPrepared, type Prepared } from '../server/prepared.js';

/** A message about a stored episode. */
export interface EpisodeNotice {
  readonly episodeId: number;
  readonly draft: NoticeDraft;
}

// A worklist notice is sent by this commit, whose changes the stream carries; what goes out by another channel waits for the sender. A
// person's own contact only while that person works for the unit, may act on episodes and is on duty there, the unit's own always. Text messages disturb: only for what is red or
// worse, and for what another unit waits for with a deadline. Info waits on the worklist.
const NOTICES: Prepared = {
  name: 'varde_notices',
  text: `
  insert into notice (episode_id, key, channel, contact_id, cause, severity, unit_id, text_nb, text_en, queued_at, sent_at, next_try_at)
  select n.episode_id, n.key, way.channel, way.contact_id, n.cause, n.severity, n.unit_id, n.text_nb, n.text_en, n.queued_at,
    case way.channel when 'worklist' then $9::timestamptz end, case when way.channel <> 'worklist' then $9::timestamptz end
  from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::timestamptz[])
    as n (episode_id, key, cause, severity, unit_id, text_nb, text_en, queued_at)
  join unit u on u.id = n.unit_id
  cross join lateral (
    select 'worklist' as channel, null::integer as contact_id
    union all
    select 'webhook', null where u.webhook_url is not null
    union all
    select c.channel, c.id from contact c
    where c.unit_id = n.unit_id and c.removed_at is null
      and case c.channel
        when 'sms' then n.severity in ('red', 'critical') or n.cause in ('offered', 'advice_asked')
        when 'email' then n.severity <> 'info' or n.cause in ('offered', 'advice_asked')
        else true end
      and (c.person_id is null or exists (
        select from ${COUNTED_DUTY}
        where d.unit_id = c.unit_id and d.person_id = c.person_id and d.removed_at is null
          and d.from_at <= $9 and d.to_at > $9))
  ) way
  on conflict (coalesce(episode_id, 0), key, channel, coalesce(contact_id, 0)) do nothing`,
};

/** Queues messages, one row for each way they go. */
export async function saveNotices(tx: EntityManager, notices: readonly EpisodeNotice[], now: Date): Promise<void> {
  if (notices.length === 0) return;
  await queryPrepared(
    tx,
    NOTICES,
    [
      notices.map(({ episodeId }) => episodeId),
      notices.map(({ draft }) => draft.key),
      notices.map(({ draft }) => draft.cause),
      notices.map(({ draft }) => draft.severity),
      notices.map(({ draft }) => draft.unitId),
      notices.map(({ draft }) => draft.text.nb),
      notices.map(({ draft }) => draft.text.en),
      notices.map(({ draft }) => draft.at),
      now,
    ],
    notices.length,
  );
}

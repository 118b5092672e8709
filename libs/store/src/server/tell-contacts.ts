import type { EntityManager } from 'typeorm';
import type { SentChannel } from '../looks/notices.js';

/** A way to reach a unit's people when the service itself is blind. Holds no word about a patient, so that it may be remembered outside the database. */
export interface TellContact {
  readonly unitId: number;
  readonly channel: SentChannel;
  readonly address: string;
  /** Key of a webhook's signature. */
  readonly signingSecret: string | null;
  /** When it reaches somebody on duty, as milliseconds since 1970; null: always. */
  readonly duty: readonly { readonly fromMs: number; readonly toMs: number }[] | null;
  /** Whether it belongs to a unit of those who operate the service. */
  readonly isOperators: boolean;
}

/** Rosters are remembered so far ahead: longer than a database is away. */
const AHEAD_HOURS = 72;

// A unit's own contact reaches it at any time; a person's, while the person works for the unit, and is on duty where a roster is kept.
const CONTACTS = `
  with operators as (
    select distinct pu.unit_id from person p join person_unit pu on pu.person_id = p.id where p.active and 'operator' = any(p.roles)
  ), told as (
    select c.unit_id, c.channel, c.address, c.signing_secret,
      case when c.person_id is not null and u.roster_kept then coalesce((
        select json_agg(json_build_object('fromMs', extract(epoch from d.from_at) * 1000, 'toMs', extract(epoch from d.to_at) * 1000) order by d.from_at)
        from duty d where d.unit_id = c.unit_id and d.person_id = c.person_id and d.removed_at is null
          and d.to_at > $1 and d.from_at < $1::timestamptz + make_interval(hours => ${AHEAD_HOURS})), '[]') end as duty
    from contact c join unit u on u.id = c.unit_id
    where c.removed_at is null and (c.person_id is null or exists (
      select from person_unit w join person p on p.id = w.person_id and p.active where w.unit_id = c.unit_id and w.person_id = c.person_id))
    union all
    select u.id, 'webhook', u.webhook_url, u.webhook_secret, null from unit u where u.webhook_url is not null
  )
  select t.unit_id as "unitId", t.channel, t.address, t.signing_secret as "signingSecret", t.duty,
    t.unit_id in (select unit_id from operators) as "isOperators"
  from told t join unit u on u.id = t.unit_id join organisation o on o.id = u.organisation_id join community c on c.id = o.community_id
  where not c.self_test order by t.unit_id, t.channel, t.address`;

/** Everybody who could have to be told that the service is blind, with the hours of the next days in which each is on duty. */
export async function readTellContacts(manager: EntityManager, now: Date): Promise<TellContact[]> {
  return manager.query<TellContact[]>(CONTACTS, [now]);
}

import type { EntityManager } from 'typeorm';
import { Invalid } from '../directory/illegal.js';
import { HITS } from './hit-rate.js';

/** What is counted. */
export interface EffortQuestion {
  /** Only episodes that this unit owns; null: of every unit. */
  readonly unitId: number | null;
  readonly from: Date;
  readonly to: Date;
}

/** What the people of one organisation did about the episodes of one unit: what a joint unit costs and gives each of those that own it. */
export interface EffortLine {
  readonly unitId: number;
  readonly unit: string;
  /** Where the people are employed; null: not known. */
  readonly organisationId: number | null;
  readonly organisation: string | null;
  /** The organisation owns the unit, alone or with others. */
  readonly isOwner: boolean;
  /** Everything its people did: lines of the history. */
  readonly acts: number;
  /** Episodes they have had. */
  readonly taken: number;
  /** Minutes they had them: from taking one to its end, to somebody else taking it, or to its return to the queue. */
  readonly minutes: number;
  readonly closed: number;
  /** Of those closed, the ones that somebody did something about (`WORTH`). */
  readonly worth: number;
}

/** Lines of the history at which a person has, or has no longer, an episode; an escalation shows that it was given back. */
const TURNS = `('acknowledged', 'accepted', 'acknowledgement_ran_out', 'owner_changed', 'severity_rose', 'relapsed', 'escalated', 'closed', 'merged')`;

const EFFORT = `
  with counted as (
    select e.id, e.owner_unit_id, e.outcome from episode e
    where ($1::integer is null or e.owner_unit_id = $1) and e.opened_at < $3 and (e.closed_at is null or e.closed_at >= $2)
  ), held as (
    select s.id, lead(s.at) over (partition by s.episode_id order by s.id) as until
    from episode_step s join counted c on c.id = s.episode_id where s.kind in ${TURNS}
  )
  select u.id as "unitId", u.name as unit, o.id as "organisationId", o.name as organisation,
    exists (select from unit_organisation w where w.unit_id = u.id and w.organisation_id = o.id) as "isOwner",
    count(*)::integer as acts,
    count(distinct s.episode_id) filter (where s.kind in ('acknowledged', 'accepted'))::integer as taken,
    coalesce(round(sum(extract(epoch from least(h.until, $3) - s.at) / 60) filter (where s.kind in ('acknowledged', 'accepted'))), 0)::integer as minutes,
    count(*) filter (where s.kind = 'closed')::integer as closed,
    count(*) filter (where s.kind = 'closed' and c.outcome = any($4))::integer as worth
  from counted c join episode_step s on s.episode_id = c.id join person p on p.id = s.by_person_id
  join unit u on u.id = c.owner_unit_id left join organisation o on o.id = p.organisation_id left join held h on h.id = s.id
  where s.at >= $2 and s.at < $3
  group by u.id, o.id order by u.name, u.id, o.name nulls last`;

/** What people did in a period, by unit and by where they are employed. @throws Invalid times */
export async function readEffort(manager: EntityManager, { unitId, from, to }: EffortQuestion): Promise<EffortLine[]> {
  if (from >= to) throw new Invalid(['the period ends after it begins']);
  return manager.query<EffortLine[]>(EFFORT, [unitId, from, to, HITS]);
}

import type { EntityManager } from 'typeorm';
import { lastActOf } from '../looks/last-act.js';

/** A gateway that is gone, and since when. */
export interface GoneGateway {
  /** Code of the community and client id, with a slash between. */
  readonly subject: string;
  readonly since: Date;
}

/** After a broker of ours began, gateways get so long to come back before they are missed. */
const COME_BACK_SECONDS = 120;
/** A broker that has beaten within this is there. */
const BEATS_SECONDS = 15;
/** What was gone before this is no news. */
const NEWS_HOURS = 24;

// What is written of connections says nothing while no broker is there, which is told by itself, nor while gateways are coming back to one
// that has just begun. $1 is now.
const BROKER_IS_KNOWN = `
  exists (select from heartbeat where part = 'broker' and left_at is null and at > $1::timestamptz - make_interval(secs => ${BEATS_SECONDS}))
  and not exists (select from heartbeat where part = 'broker' and left_at is null and since > $1::timestamptz - make_interval(secs => ${COME_BACK_SECONDS}))`;

// A gateway that ended its connection in order is not missed. One whose broker has fallen silent is gone with it, though nobody could
// write that down. Behind somebody else's broker only its status, or its last will, tells.
const GONE = `
  select g.tenant || '/' || g.client_id as subject, g.since from (
    select c.code as tenant, g.client_id,
      case when g.connected and b.at < $1::timestamptz - make_interval(secs => $2) then b.at
        when g.connected is false and not g.left_in_order then coalesce(g.connected_changed_at, g.status_at)
        when g.connected is null and not g.online then coalesce(g.online_changed_at, g.status_at) end as since
    from gateway g
    join community c on c.id = g.community_id and not c.self_test
    left join (select host, max(at) as at from heartbeat where part = 'broker' group by host) b on b.host = g.connected_to
  ) g
  where g.since <= $1::timestamptz - make_interval(secs => $2) and g.since > $1::timestamptz - make_interval(hours => ${NEWS_HOURS})
    and ${BROKER_IS_KNOWN}
  order by g.since, 1`;

/**
 * Gateways that have been gone for so long, without having said goodbye. None while a broker has just begun: they are coming back. Whoever is
 * not among them is not therefore back: that is `readGatewaysHere`.
 */
export async function readGoneGateways(manager: EntityManager, now: Date, goneForMs: number): Promise<GoneGateway[]> {
  return manager.query<GoneGateway[]>(GONE, [now, goneForMs / 1_000]);
}

/** A gateway that is missed no longer. */
export interface GatewayHere {
  /** Of its stretch of blindness. */
  readonly id: number;
  /** It is not back: it is no longer used, or nobody measures through it any more. */
  readonly isRetired: boolean;
}

// Connected to a broker that beats is back; so is one that has ended its connection in order since, for it must have had one. Nobody
// measures through a gateway when the newest acts of all devices that its patients wear came through others.
const HERE = `
  select h.id, h.how = 'retired' as "isRetired" from (
    select s.id, case
      when g.connected and exists (select from heartbeat b where b.part = 'broker' and b.host = g.connected_to and b.left_at is null
        and b.at > $1::timestamptz - make_interval(secs => ${BEATS_SECONDS})) then 'back'
      when g.connected is false and g.left_in_order then 'back'
      when g.connected is null and g.online then 'back'
      when g.client_id is null then 'retired'
      when exists (select from credential k where k.community_id = g.community_id and k.client_id = g.client_id)
        and not exists (select from credential k where k.community_id = g.community_id and k.client_id = g.client_id
          and (k.revoked_at is null or k.revoked_at > $1)) then 'retired'
      when cardinality(s.patient_ids) > 0 and not exists (
        select from wearer w
        join patient p on p.id = w.patient_id and (p.monitored_to is null or p.monitored_to > $1)
        join lateral (${lastActOf({ device: 'w.device_id', patient: 'w.patient_id', now: '$1' })}) last on last.client_id = g.client_id
        where w.patient_id = any(s.patient_ids) and (w.to_at is null or w.to_at > $1)) then 'retired' end as how
    from blindness s
    left join community c on c.code = split_part(s.subject, '/', 1)
    left join gateway g on g.community_id = c.id and g.client_id = split_part(s.subject, '/', 2)
    where s.id = any($2::integer[])
  ) h
  where h.how is not null and ${BROKER_IS_KNOWN}
  order by h.id`;

/** Those of these stretches of blindness whose gateway is known to be back or retired. None while that cannot be known. */
export async function readGatewaysHere(manager: EntityManager, ids: readonly number[], now: Date): Promise<GatewayHere[]> {
  if (ids.length === 0) return [];
  return manager.query<GatewayHere[]>(HERE, [now, ids]);
}

/** Whom a gone gateway touches. */
export interface TouchedByGateway {
  readonly subject: string;
  readonly patientIds: readonly number[];
  /** Units of their teams. */
  readonly unitIds: readonly number[];
}

// The gateway a device comes through is the one the wearer's last act came through. It is found once for each wearer and kept before it is
// compared: joined at once, the planner goes through all the subjects anew for each of them.
const TOUCHED = `
  with asked as materialized (
    select s.subject, c.id as community_id, split_part(s.subject, '/', 2) as client_id
    from unnest($1::text[]) as s (subject) join community c on c.code = split_part(s.subject, '/', 1)
  ),
  measuring as materialized (
    select d.community_id, w.patient_id, last.client_id
    from device d
    join wearer w on w.device_id = d.id and (w.to_at is null or w.to_at > $2)
    join patient p on p.id = w.patient_id and (p.monitored_to is null or p.monitored_to > $2)
    cross join lateral (${lastActOf({ device: 'd.id', patient: 'w.patient_id', now: '$2' })}) last
    where d.community_id = any(array(select community_id from asked))
      and not exists (select from pause q where q.patient_id = p.id and q.from_at <= $2 and q.to_at > $2)
  )
  select a.subject, array_agg(distinct m.patient_id) as "patientIds", array_agg(distinct t.unit_id) as "unitIds"
  from asked a
  join measuring m on m.community_id = a.community_id and m.client_id = a.client_id
  join team_unit t on t.patient_id = m.patient_id
  group by a.subject`;

/** The patients who measure through these gateways, but for those of whom nothing is expected now. */
export async function readGatewayPatients(manager: EntityManager, subjects: readonly string[], now: Date): Promise<TouchedByGateway[]> {
  if (subjects.length === 0) return [];
  return manager.query<TouchedByGateway[]>(TOUCHED, [subjects, now]);
}

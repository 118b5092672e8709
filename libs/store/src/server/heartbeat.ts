import type { DataSource, EntityManager } from 'typeorm';

/** Parts of the service without which no measurement is seen. */
const VITAL_PARTS = ['broker', 'ingest', 'watch'] as const;
/** Every part of the service that says it works; the database says so by taking what the others say. */
export const SERVICE_PARTS = [...VITAL_PARTS, 'notices', 'homes', 'triage'] as const;
/** One of them. */
export type ServicePart = (typeof SERVICE_PARTS)[number];

/** How often a working part says so. */
export const HEARTBEAT_EVERY_MS = 5_000;
/** A part that has said nothing for so long was away: what is missing then is not held against the patient. */
const AWAY_AFTER_MS = 60_000;
/** One that has said nothing for so long is no longer played by anybody. */
const RETIRED_AFTER_DAYS = 7;

/** A stretch in which a part was away; `to` is null while it is. */
export interface Outage {
  readonly part: string;
  readonly from: Date;
  readonly to: Date | null;
}

/** A process that plays parts: its own name for each start, and the machine it runs on. */
export interface Player {
  readonly process: string;
  readonly host: string;
}

/** What a part says of its work; ages and not moments, because the clocks of machines differ. */
export interface Beat {
  readonly part: ServicePart;
  /** How long ago it last did its work, or saw that there was none. */
  readonly workedAgoMs: number;
  /** For how long the oldest of its work has waited; null: none waits. */
  readonly lateForMs: number | null;
  /** Which of several that the part does is late, such as the channels by which nothing gets out; left out or null: not one by itself. */
  readonly lateWhat?: string | null;
}

// A beat a little older than the last one is the same work said by a quicker message (a slower one makes it newer, by as much as the message
// took: whoever watches must not take that for work). A much older one is a clock that was set back, and a beat that then stood still would
// make everybody blind until the clock has caught up.
const BEAT = `
  with beat as (
    select b.part, b.worked_ago * interval '1 ms' as worked_ago, b.late_for * interval '1 ms' as late_for, b.late_what,
      coalesce($6, clock_timestamp()) as now
    from unnest($1::text[], $2::float8[], $3::float8[], $7::text[]) as b (part, worked_ago, late_for, late_what)
  ), was as (
    select part, max(at) as at from heartbeat where part = any($1::text[]) group by part
  ), noted as (
    insert into outage (part, from_at, to_at)
    select part, was.at, beat.now - beat.worked_ago from was join beat using (part)
    where was.at < beat.now - beat.worked_ago - make_interval(secs => ${AWAY_AFTER_MS / 1_000})
  )
  insert into heartbeat (part, process, host, at, late_since, late_what)
  select part, $4, $5, now - worked_ago, now - late_for, late_what from beat order by part
  on conflict (part, process) do update
  set at = case when excluded.at < heartbeat.at - interval '5 s' then excluded.at else greatest(heartbeat.at, excluded.at) end,
    late_since = excluded.late_since, late_what = excluded.late_what, left_at = null`;

/**
 * Says that these parts worked, and writes down how long each was away if nobody played it. By the database's clock, or by `now` in tests:
 * what one machine says is compared with what others say.
 */
export async function saveHeartbeats(dataSource: DataSource, player: Player, beats: readonly Beat[], now: Date | null): Promise<void> {
  if (beats.length === 0) return;
  await dataSource.query(BEAT, [
    beats.map(({ part }) => part),
    beats.map(({ workedAgoMs }) => workedAgoMs),
    beats.map(({ lateForMs }) => lateForMs),
    player.process,
    player.host,
    now,
    beats.map(({ lateWhat }) => lateWhat ?? null),
  ]);
}

/** A process that ends in order says goodbye: it is not missed while another plays its parts. */
export async function saveGoodbye(dataSource: DataSource, process: string): Promise<void> {
  await dataSource.query(`update heartbeat set left_at = clock_timestamp() where process = $1`, [process]);
}

/**
 * Nobody plays this part any more, and nobody shall be told that it is away: that it is blind ends without a word. Answers whether it was
 * known. A part touches everybody, and marks no patient's row of the worklist.
 */
export async function retirePart(manager: EntityManager, part: string): Promise<boolean> {
  const [row] = await manager.query<{ known: boolean }[]>(
    `with gone as (delete from heartbeat where part = $1 returning part),
       ended as (
         update blindness set to_at = greatest(clock_timestamp(), since), next_tell_at = null where part = $1 and to_at is null returning part
       )
     select exists (select from gone) or exists (select from ended) as known`,
    [part],
  );
  return row?.known ?? false;
}

/** What one process last said of one part. */
export interface LastBeat extends Player {
  readonly part: ServicePart;
  readonly at: Date;
  readonly lateSince: Date | null;
  readonly lateWhat: string | null;
  readonly leftAt: Date | null;
}

/** Every part played in the last week, and the time by the clock of the database. */
export async function readBeats(manager: EntityManager): Promise<{ readonly beats: readonly LastBeat[]; readonly now: Date }> {
  interface Row {
    now: Date;
    part: ServicePart | null;
    process: string;
    host: string;
    at: Date;
    late_since: Date | null;
    late_what: string | null;
    left_at: Date | null;
  }
  const rows = await manager.query<Row[]>(
    `select clock_timestamp() as now, h.* from (values (1)) as always (one)
     left join heartbeat h on h.at > clock_timestamp() - make_interval(days => ${RETIRED_AFTER_DAYS}) order by h.part, h.process`,
  );
  return {
    now: rows[0]?.now ?? new Date(0),
    beats: rows.flatMap(({ part, process, host, at, late_since: lateSince, late_what: lateWhat, left_at: leftAt }) =>
      part === null ? [] : [{ part, process, host, at, lateSince, lateWhat, leftAt }],
    ),
  };
}

/**
 * How long the oldest notice has waited that is due to be sent, by the database's clock; null when none is. Webhooks of `heldUnitIds`, whose
 * own receivers have not answered what was sent to them, are left out: nobody else misses anything by them.
 */
export async function readNoticesLateMs(manager: EntityManager, heldUnitIds: readonly number[]): Promise<number | null> {
  const [row] = await manager.query<{ ms: number | null }[]>(
    `select extract(epoch from clock_timestamp() - min(next_try_at))::float8 * 1000 as ms
     from notice where next_try_at < clock_timestamp() and not (channel = 'webhook' and unit_id = any($1::integer[]))`,
    [heldUnitIds],
  );
  return row?.ms ?? null;
}

/** When vital parts were away since a moment, those still away last. Parts that never lived are not missed. */
export async function readOutages(tx: EntityManager, since: Date, now: Date): Promise<Outage[]> {
  const rows: { part: string; from_at: Date; to_at: Date | null }[] = await tx.query(
    `select part, from_at, to_at from outage where to_at > $1 and from_at < $2 and part = any($4::text[])
     union all
     select part, max(at), null from heartbeat where part = any($4::text[]) group by part
     having max(at) < $3 and max(at) > $2::timestamptz - make_interval(days => ${RETIRED_AFTER_DAYS})
     order by 2`,
    [since, now, new Date(now.getTime() - AWAY_AFTER_MS), VITAL_PARTS],
  );
  return rows.map((row) => ({ part: row.part, from: row.from_at, to: row.to_at }));
}

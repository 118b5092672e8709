import type { DataSource, EntityManager } from 'typeorm';

/** Parts of the service without which no measurement is seen. */
const VITAL_PARTS = ['broker', 'ingest', 'watch'] as const;
/** A part of the service that says it lives; parts beside the vital ones may too. */
export type ServicePart = (typeof VITAL_PARTS)[number] | 'triage';

/** How often a living part says so. */
export const HEARTBEAT_EVERY_MS = 10_000;
/** A part that has said nothing for so long is away. */
const AWAY_AFTER_MS = 60_000;
/** One that has said nothing for so long is no longer played by anybody. */
const RETIRED_AFTER_DAYS = 7;

/** A stretch in which a part was away; `to` is null while it is. */
export interface Outage {
  readonly part: string;
  readonly from: Date;
  readonly to: Date | null;
}

// The beat comes after the outages have been noted: a row that the statement itself has changed cannot be locked by it any more.
// Parts in order, so that two processes playing the same ones wait for each other instead of deadlocking.
const BEAT = `
  with was as (
    select part, at from heartbeat where part = any($1::text[]) order by part for update
  ), noted as (
    insert into outage (part, from_at, to_at) select part, at, $2 from was where at < $3 returning 1
  )
  insert into heartbeat (part, at) select part, $2 from unnest($1::text[]) as part where (select count(*) from noted) >= 0 order by part
  on conflict (part) do update set at = greatest(heartbeat.at, excluded.at)`;

/** Says that these parts live now, and writes down how long each was away if it was. */
export async function saveHeartbeat(dataSource: DataSource, parts: readonly ServicePart[], now: Date): Promise<void> {
  await dataSource.query(BEAT, [parts, now, new Date(now.getTime() - AWAY_AFTER_MS)]);
}

/** When vital parts were away since a moment, those still away last. Parts that never lived are not missed. */
export async function readOutages(tx: EntityManager, since: Date, now: Date): Promise<Outage[]> {
  const rows: { part: string; from_at: Date; to_at: Date | null }[] = await tx.query(
    `select part, from_at, to_at from outage where to_at > $1 and from_at < $2 and part = any($4::text[])
     union all
     select part, at, null from heartbeat where at < $3 and at > $2::timestamptz - make_interval(days => ${RETIRED_AFTER_DAYS}) and part = any($4::text[])
     order by 2`,
    [since, now, new Date(now.getTime() - AWAY_AFTER_MS), VITAL_PARTS],
  );
  return rows.map((row) => ({ part: row.part, from: row.from_at, to: row.to_at }));
}

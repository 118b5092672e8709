import type { QueryRunner } from 'typeorm';
import type { Database } from './database.js';
import type { Log } from './log.js';
import { isLockNotAvailable, underLock, waitBriefly } from './migrate.js';
import { withoutHurry } from './unanswered.js';

/** What a chart tells of a stretch of time: accepted readings; the doubtful ones when it has no other. */
export const BUCKET_COLUMNS = `
  count(*)::integer as count,
  (count(*) filter (where doubt is not null))::integer as doubtful,
  coalesce(min(value) filter (where doubt is null), min(value)) as min,
  coalesce(percentile_cont(0.5) within group (order by value) filter (where doubt is null), percentile_cont(0.5) within group (order by value)) as median,
  coalesce(max(value) filter (where doubt is null), max(value)) as max`;

/** Something the full edition of TimescaleDB keeps up by itself; not a migration: the Apache edition does without. */
export interface Policy {
  readonly name: string;
  /** Gives a row when nothing is left to be done. Such a question takes no lock anybody waits for. */
  readonly inPlace: string;
  readonly statement: string;
}

/** Old chunks are compressed, and long charts read daily summaries. */
export const FULL_EDITION_POLICIES: readonly Policy[] = [
  {
    name: 'compression of readings',
    inPlace: `select from timescaledb_information.hypertables where hypertable_name = 'reading' and compression_enabled`,
    statement: `alter table reading set (timescaledb.compress, timescaledb.compress_segmentby = 'patient_id, metric', timescaledb.compress_orderby = 'observed_at, measurement_id')`,
  },
  {
    name: 'compression of old readings',
    inPlace: `select from timescaledb_information.jobs where proc_name = 'policy_compression' and hypertable_name = 'reading'`,
    statement: `select add_compression_policy('reading', compress_after => interval '30 days', if_not_exists => true)`,
  },
  {
    name: 'daily summaries',
    inPlace: `select where to_regclass('reading_daily') is not null`,
    statement: `create materialized view if not exists reading_daily with (timescaledb.continuous, timescaledb.materialized_only = false) as
      select patient_id, metric, time_bucket(interval '1 day', observed_at) as day, ${BUCKET_COLUMNS}
      from reading group by patient_id, metric, time_bucket(interval '1 day', observed_at) with no data`,
  },
  {
    // From the beginning: a wearer is corrected, and a reading comes, months later, and only what has changed is summed up anew. An older
    // installation looked back 60 days, and `if_not_exists` would keep that. A job names the view, in older versions the table beneath it.
    name: 'refresh of daily summaries',
    inPlace: `select from timescaledb_information.jobs j
      join timescaledb_information.continuous_aggregates a on j.hypertable_name in (a.view_name, a.materialization_hypertable_name)
      where a.view_name = 'reading_daily' and j.proc_name = 'policy_refresh_continuous_aggregate' and j.config ->> 'start_offset' is null`,
    statement: `select remove_continuous_aggregate_policy('reading_daily', if_exists => true);
      select add_continuous_aggregate_policy('reading_daily', start_offset => null, end_offset => interval '1 day',
        schedule_interval => interval '1 hour')`,
  },
];

/**
 * Puts in place what is missing, on the full edition. One that would have to wait for a lock, because somebody reads the table for long, is left for
 * the next start, and with it what comes after: it may rest on that one. Each in a transaction of its own: the service's work should not wait long for
 * it. Returns the names of those it put in place.
 */
export async function applyPolicies(
  database: Database,
  log: Log,
  policies: readonly Policy[] = FULL_EDITION_POLICIES,
): Promise<readonly string[]> {
  if (database.edition !== 'full') return [];
  return withoutHurry(database.dataSource, async (runner) => {
    const applied: string[] = [];
    for (const policy of policies) {
      const done = await apply(runner, policy, log);
      if (done === 'left') break;
      if (done === 'applied') applied.push(policy.name);
    }
    return applied;
  });
}

async function apply(runner: QueryRunner, { name, inPlace, statement }: Policy, log: Log): Promise<'applied' | 'in place' | 'left'> {
  const isInPlace = async (): Promise<boolean> => ((await runner.query(inPlace)) as unknown[]).length > 0;
  if (await isInPlace()) return 'in place';
  try {
    return await underLock(runner, async () => {
      if (await isInPlace()) return 'in place'; // Another process that starts has just done it.
      await waitBriefly(runner);
      await runner.query(statement);
      return 'applied';
    });
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error;
    log.warn({ policy: name }, 'somebody reads the table, a backup perhaps; this policy of the database waits for the next start');
    return 'left';
  }
}

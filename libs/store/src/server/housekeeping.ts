import type { DataSource } from 'typeorm';
import { WITHDRAWN_DAYS } from '../looks/home-advice-send.js';
import { countOldUnclaimed } from '../messages/unclaimed.js';
import { withoutHurry } from './unanswered.js';

/** Work the database must have done for it from time to time; the names are the rows of table `job`. */
export const JOBS = ['compress', 'aggregate', 'analyze', 'trim', 'parked', 'rule-reviews', 'preflight', 'preflight-daily'] as const;
/** One of them. */
export type Job = (typeof JOBS)[number];

/** Worklist changes are kept this long for streams that resume; an older position starts afresh. */
const CHANGES_KEPT_DAYS = 7;

/** Outages tell why something is missing for as long as a look can see. */
const OUTAGES_KEPT_DAYS = 30;

/** Processes that have not been heard of for so long are not played by anybody. */
const HEARTBEATS_KEPT_DAYS = 8;

/** When the service was blind, and what was late, can be asked for about a year. */
const BLINDNESS_KEPT_DAYS = 400;

/** A preview nobody has used may not be used any more after a day. */
const UNUSED_PREVIEWS_KEPT_DAYS = 2;

/** What homes were asked is shown for as long as a preview looks back. */
const HOME_ASKS_KEPT_DAYS = 90;

/** Clocks of several machines differ by less. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Takes a job for this turn: true for exactly one of all processes until `everyMs` has passed. Not a session lock: the
 * embedded engine has one backend, and vacuum and policy runs cannot hold a transaction open. A turn taken by a clock that was ahead does not count:
 * it would keep the job from everybody until that date.
 */
export async function claimJob(dataSource: DataSource, job: Job, everyMs: number, now: Date): Promise<boolean> {
  const [rows]: [unknown[], number] = await dataSource.query(
    `update job set last_run_at = $2
     where name = $1 and (last_run_at is null or last_run_at <= $3 or last_run_at > $4) returning name`,
    [job, now, new Date(now.getTime() - everyMs), new Date(now.getTime() + CLOCKS_DIFFER_MS)],
  );
  return rows.length > 0;
}

/** Runs the stored policies of one kind by hand, for an engine without background workers. Answers how many ran. */
export async function runPolicies(
  dataSource: DataSource,
  kind: 'policy_compression' | 'policy_refresh_continuous_aggregate',
): Promise<number> {
  return withoutHurry(dataSource, async (runner) => {
    const jobs: { job_id: number }[] = await runner.query(`select job_id from timescaledb_information.jobs where proc_name = $1`, [kind]);
    for (const { job_id: jobId } of jobs) await runner.query(`call run_job(${Number(jobId)})`);
    return jobs.length;
  });
}

/** Gives the planner its statistics and takes away dead rows of the tables that change most. */
export async function vacuumBusyTables(dataSource: DataSource): Promise<void> {
  await withoutHurry(dataSource, async (runner) => {
    await runner.query(`vacuum (analyze) arrival, patient_watch, episode, notice`);
    await runner.query(`analyze reading, measurement, finding`);
  });
}

/**
 * Deletes what has served its time: ended sessions, old sign-in failures, changes no stream resumes from, requests nobody waits for; what devices of
 * nobody sent long ago is counted from then on. What
 * homes were to be told and is of no use any more is kept, and not sent.
 */
export async function trimExpired(dataSource: DataSource, now: Date): Promise<void> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
  await dataSource.query(`delete from session where expires_at < $1`, [now]);
  await dataSource.query(`delete from sign_in_failure where at < $1`, [daysAgo(1)]);
  await dataSource.query(`delete from worklist_change where at < $1`, [daysAgo(CHANGES_KEPT_DAYS)]);
  await dataSource.query(`update home_ask set next_try_at = null where next_try_at is not null and answer_by <= $1`, [now]);
  await dataSource.query(
    `update home_advice set next_try_at = null
     where next_try_at is not null and case when withdrawn_at is null then of_use_until <= $1 else withdrawn_at <= $2 end`,
    [now, daysAgo(WITHDRAWN_DAYS)],
  );
  await dataSource.query(`delete from home_ask where answer_by < $1`, [daysAgo(HOME_ASKS_KEPT_DAYS)]);
  await dataSource.query(`delete from shown_preview where used_at is null and shown_at < $1`, [daysAgo(UNUSED_PREVIEWS_KEPT_DAYS)]);
  await dataSource.query(`delete from outage where to_at < $1`, [daysAgo(OUTAGES_KEPT_DAYS)]);
  await dataSource.query(`delete from heartbeat where at < $1`, [daysAgo(HEARTBEATS_KEPT_DAYS)]);
  await dataSource.query(`delete from self_test where started_at < $1`, [daysAgo(OUTAGES_KEPT_DAYS)]);
  await countOldUnclaimed(dataSource, now);
  await dataSource.query(`delete from blindness where to_at < $1 and next_tell_at is null`, [daysAgo(BLINDNESS_KEPT_DAYS)]);
}

import { claimJob, claimParkedReady, type Log } from '@varde/store';
import type { DataSource } from 'typeorm';
import type { Reprocessed } from './reprocess.js';

/** How often parked messages are looked through: a home that is registered sees what it sent within this. */
export const PARKED_EVERY_MS = 15_000;
const AT_ONCE = 200;

/** What taking parked messages again needs. */
export interface ParkedDeps {
  readonly dataSource: DataSource;
  readonly reprocess: (refusedIds: readonly number[]) => Promise<readonly Reprocessed[]>;
  readonly now: () => Date;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Takes parked messages again whose cause has gone: the device is registered now, or somebody is known to have worn it. One process does
 * it at a time. Answers how many were processed.
 */
export async function takeParkedAgain({ dataSource, reprocess, now, log }: ParkedDeps): Promise<number> {
  // A little early counts: timers of several processes drift.
  if (!(await claimJob(dataSource, 'parked', PARKED_EVERY_MS * 0.9, now()))) return 0;
  const ids = await claimParkedReady(dataSource, now(), AT_ONCE);
  if (ids.length === 0) return 0;
  const done = await reprocess(ids);
  const processed = done.filter(({ result }) => result === 'processed').length;
  log.info({ processed, stillOpen: ids.length - processed }, 'parked messages were taken again');
  return processed;
}

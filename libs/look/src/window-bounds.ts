import type { Episode } from '@varde/alerts';
import { localDay } from '@varde/plans';
import type { Domain } from '@varde/rules';
import type { Metric } from '@varde/vitals';

/** How far back a look sees readings: enough for rules over three days in a patient who measures twice a week. */
export const WINDOW_HOURS = 8 * 24;
/** Readings of one metric before the unseen ones that a look reads at most. */
export const CONTEXT_READINGS_MAX = 60;
/** Daily medians a baseline is made of: 28 days ending 3 days before a reading that may itself be 3 days old. */
export const BASELINE_DAYS = 36;
/** Newest findings of a silence rule that are read however old they are: one for each metric a patient may be asked for. */
export const SILENCES_READ = 8;
/** A closed episode may come back for 72 h, told by a reading 72 h old; an hour is to spare. */
export const CLOSED_HOURS = 73 + 72;
/** Days after an episode that are still left out of the baselines (`baseline_policy.leave_out`). */
export const LEFT_OUT_AFTER_DAYS = 7;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What one look may see, in milliseconds. The store reads within these bounds, and a rehearsal keeps to them. */
export interface WindowBounds {
  /** Everything measured from here on is seen, however much it is. */
  readonly unseenFromMs: number;
  /** Before that, the newest of each metric (`CONTEXT_READINGS_MAX`) from here on. */
  readonly readingsFromMs: number;
  /** Readings later than this are not believed yet. */
  readonly readingsToMs: number;
  /** Refused values received from here on. */
  readonly refusedFromMs: number;
  /** Findings recorded whose time is not before this. */
  readonly recordedFromMs: number;
  /** Closed episodes that ended after this. */
  readonly closedAfterMs: number;
  /** First day whose medians are read, `YYYY-MM-DD`. */
  readonly mediansFrom: string;
  /** Last local day that has ended and is summarised, `YYYY-MM-DD`. */
  readonly mediansTo: string;
}

/**
 * The bounds of one look.
 * @param unlookedFrom observed time of the oldest reading no look has seen; null when only a clock ran out
 * @throws RangeError for an unknown zone
 */
export function windowBounds(zone: string, unlookedFrom: Date | null, now: Date): WindowBounds {
  const nowMs = now.getTime();
  const unseenFromMs = unlookedFrom === null ? nowMs : Math.min(nowMs, unlookedFrom.getTime());
  const readingsFromMs = unseenFromMs - WINDOW_HOURS * HOUR_MS;
  return {
    unseenFromMs,
    readingsFromMs,
    readingsToMs: nowMs + DAY_MS,
    refusedFromMs: nowMs - WINDOW_HOURS * HOUR_MS,
    recordedFromMs: readingsFromMs,
    closedAfterMs: nowMs - CLOSED_HOURS * HOUR_MS,
    mediansFrom: localDay('UTC', new Date(nowMs - BASELINE_DAYS * DAY_MS)),
    mediansTo: localDay(zone, new Date(nowMs - DAY_MS)),
  };
}

const BREATH: readonly Metric[] = ['spo2', 'pulse', 'respiratory-rate'];
const OF_BREATH: readonly Domain[] = ['respiratory', 'cardiac'];
const OF_OTHERS: readonly Domain[] = ['fluid'];

/** Days that an episode leaves out of the baselines of its areas, `YYYY-MM-DD`; `before` null: it goes on. */
export interface LeftOut {
  readonly domains: readonly Domain[];
  readonly from: string;
  readonly before: string | null;
}

/** The days of an episode and the seven after it (`baseline_policy.leave_out`). */
export function leftOutBy({ domains, openedAt, closedAt }: Pick<Episode, 'domains' | 'openedAt' | 'closedAt'>): LeftOut {
  const endsAt = closedAt === null ? null : new Date(closedAt.getTime() + LEFT_OUT_AFTER_DAYS * DAY_MS);
  return { domains, from: localDay('UTC', openedAt), before: endsAt === null ? null : localDay('UTC', endsAt) };
}

/** Whether a day of a metric is left out of its baseline. */
export function isLeftOut(metric: Metric, day: string, leftOut: readonly LeftOut[]): boolean {
  const areas = BREATH.includes(metric) ? OF_BREATH : OF_OTHERS;
  return leftOut.some(
    ({ domains, from, before }) => day >= from && (before === null || day < before) && domains.some((domain) => areas.includes(domain)),
  );
}

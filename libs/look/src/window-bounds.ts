import { localDayNumber } from '@varde/plans';
import { medianDaysBefore, type RefusedValue } from '@varde/rules';
import type { Metric } from '@varde/vitals';

/**
 * How far back a look sees readings: to the beginning of the eighth local day before a reading, which `hf.weight.gain_7d` compares with
 * (7 days ago, 1 day of tolerance), an hour longer when summer time began in between.
 */
export const WINDOW_HOURS = 9 * 24 + 1;
/** Readings of one metric before the unseen ones that a look reads at most. */
export const CONTEXT_READINGS_MAX = 60;
/** Refused values of one metric that a look reads at most, the newest: a device that sends nothing else must not make every look dearer. */
export const REFUSED_MAX = 200;
/** Newest findings of a silence rule that are read however old they are: one for each metric a patient may be asked for. */
export const SILENCES_READ = 8;
/** A closed episode may come back for 72 h, told by a reading 72 h old; an hour is to spare. */
export const CLOSED_HOURS = 73 + 72;
/** Days before the oldest unseen reading that readings of a look may be from (`WINDOW_HOURS`): each of them finds all of its baseline. */
const SPARE_DAYS = 10;

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
  /** Closed episodes that ended after this. */
  readonly closedAfterMs: number;
  /** Last local day that has ended and is summarised, as a day number. */
  readonly mediansTo: number;
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
    closedAfterMs: nowMs - CLOSED_HOURS * HOUR_MS,
    mediansTo: localDayNumber(zone, nowMs - DAY_MS),
  };
}

/**
 * The local days that are summarised before a look, first and last: those that have ended since, and from the day of a late reading on.
 * Null: there are none, and then the last days are not compared with the first ones either (decision 48).
 * @param summarisedTo last day (a day number) that was summarised before; null: none
 * @throws RangeError for an unknown zone
 */
export function daysToSummarise(
  { zone, unlookedFrom, summarisedTo }: { readonly zone: string; readonly unlookedFrom: Date | null; readonly summarisedTo: number | null },
  now: Date,
): { readonly from: number; readonly to: number } | null {
  const to = localDayNumber(zone, now.getTime() - DAY_MS);
  const next = summarisedTo === null ? localDayNumber(zone, now.getTime() - LONGEST_DAYS * DAY_MS) : summarisedTo + 1;
  const from = unlookedFrom === null ? next : Math.min(next, localDayNumber(zone, unlookedFrom.getTime()));
  return from <= to ? { from, to } : null;
}

/** How many days before the oldest unseen reading the medians of a metric are read: what rules may ask for of any reading in the window. */
export function medianDays(metric: Metric): number {
  return medianDaysBefore(metric) + SPARE_DAYS;
}

/** The longest that medians of any metric are read back. */
export const LONGEST_DAYS = medianDays('weight');

/** First day (a day number) of a metric whose medians are read. However late a reading comes, it finds the baseline it would have found. */
export function mediansFrom(metric: Metric, { unseenFromMs }: Pick<WindowBounds, 'unseenFromMs'>): number {
  return Math.floor(unseenFromMs / DAY_MS) - medianDays(metric);
}

/**
 * From when on a look is told of findings recorded before: as far back as anything in its window was measured, so that nothing is found
 * twice. Values are refused by when they came, and may have been measured long before.
 */
export function recordedFromMs({ readingsFromMs }: WindowBounds, refused: readonly RefusedValue[]): number {
  return refused.reduce((fromMs, { observedAt }) => Math.min(fromMs, observedAt.getTime()), readingsFromMs);
}

import { offsetMsAt } from '@varde/vitals';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A day of the calendar, as midnight UTC of that date in milliseconds: days can be added without a zone. */
export type LocalDay = number;

/** The local calendar day of an instant. */
export function localDayOf(zone: string, at: Date): LocalDay {
  const localMs = at.getTime() + offsetMsAt(zone, at.getTime());
  return Math.floor(localMs / DAY_MS) * DAY_MS;
}

/** Minutes after midnight that clocks show at an instant. */
export function localMinuteOf(zone: string, at: Date): number {
  const localMs = at.getTime() + offsetMsAt(zone, at.getTime());
  return (localMs - Math.floor(localMs / DAY_MS) * DAY_MS) / MINUTE_MS;
}

/** The day `count` days later. */
export function addDays(day: LocalDay, count: number): LocalDay {
  return day + count * DAY_MS;
}

/** ISO weekday, 1 Monday to 7 Sunday. */
export function weekdayOf(day: LocalDay): number {
  return new Date(day).getUTCDay() || 7;
}

/**
 * The instant when clocks show `minute` minutes after midnight of a day; minutes past 1440 belong to the following day.
 * In the night when clocks go forward a time that does not exist is the moment they jump; when they go back, a time that comes
 * twice is its first coming or its last, as asked.
 */
export function instantOf(zone: string, day: LocalDay, minute: number, coming: 'first' | 'last'): number {
  const wallMs = day + minute * MINUTE_MS;
  const before = wallMs - offsetMsAt(zone, wallMs - DAY_MS);
  const after = wallMs - offsetMsAt(zone, wallMs + DAY_MS);
  if (before === after) return before;
  const fits = [before, after].filter((atMs) => atMs + offsetMsAt(zone, atMs) === wallMs);
  if (fits.length > 0) return coming === 'first' ? Math.min(...fits) : Math.max(...fits);
  return jumpBetween(zone, Math.min(before, after), Math.max(before, after));
}

/** The instant between two where the offset changes, to the minute (every change of the tz database since 1972 falls on a minute). */
function jumpBetween(zone: string, fromMs: number, toMs: number): number {
  const start = offsetMsAt(zone, fromMs);
  let [low, high] = [fromMs, toMs];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetMsAt(zone, middle) === start) low = middle;
    else high = middle;
  }
  return high;
}

import { offsetMsAt } from '@varde/vitals';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Local day of an instant, as days since 1 January 1970 in the zone: consecutive days differ by one, whatever the clock does. */
export function localDayNumber(zone: string, atMs: number): number {
  return Math.floor((atMs + offsetMsAt(zone, atMs)) / DAY_MS);
}

/** Local day of an instant as `YYYY-MM-DD`. */
export function localDay(zone: string, at: Date): string {
  return dayText(localDayNumber(zone, at.getTime()));
}

// Days are asked for by the thousand, and nearly always the same few hundred.
const TEXTS = new Map<number, string>();
const NUMBERS = new Map<string, number>();
const DAYS_KEPT = 10_000;

/** `YYYY-MM-DD` of a day number. */
export function dayText(day: number): string {
  let text = TEXTS.get(day);
  if (text === undefined) {
    if (TEXTS.size >= DAYS_KEPT) TEXTS.clear();
    TEXTS.set(day, (text = new Date(day * DAY_MS).toISOString().slice(0, 10)));
  }
  return text;
}

/** Day number of `YYYY-MM-DD`; NaN when it is not a day. */
export function dayNumberOf(day: string): number {
  let number = NUMBERS.get(day);
  if (number === undefined) {
    if (NUMBERS.size >= DAYS_KEPT) NUMBERS.clear();
    NUMBERS.set(day, (number = day.length === 10 ? Date.parse(day) / DAY_MS : Number.NaN));
  }
  return number;
}

/** ISO weekday of a day number, 1 Monday to 7 Sunday. */
export function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** Local clock time of an instant, `HH:MM`. */
export function localClock(zone: string, at: Date): string {
  return new Date(at.getTime() + offsetMsAt(zone, at.getTime())).toISOString().slice(11, 16);
}

/** Of the time the clock of a zone shows: whether it is the first or the second time it does, as in autumn; null: it shows it once. */
export function whichOfTwice(zone: string, atMs: number): 'first' | 'second' | null {
  const [before, after] = [offsetMsAt(zone, atMs - DAY_MS / 2), offsetMsAt(zone, atMs + DAY_MS / 2)];
  const turnedBackMs = before - after;
  if (turnedBackMs <= 0) return null;
  const isTurned = (ms: number): boolean => offsetMsAt(zone, ms) === after;
  if (isTurned(atMs)) return isTurned(atMs - turnedBackMs) ? null : 'second';
  return isTurned(atMs + turnedBackMs) ? 'first' : null;
}

/**
 * The instant at which the clock of a zone shows `minutes` after midnight of a local day.
 * A time the clock skips (spring) is moved on by the length of the gap; one it shows twice (autumn) is the first.
 */
export function instantOf(zone: string, day: number, minutes: number): number {
  const localMs = day * DAY_MS + minutes * MINUTE_MS;
  // Offsets well before and well after: equal unless the clock changes near by.
  const before = offsetMsAt(zone, localMs - DAY_MS);
  const after = offsetMsAt(zone, localMs + DAY_MS);
  if (before === after) return localMs - before;
  const first = localMs - before;
  if (offsetMsAt(zone, first) === before) return first;
  const second = localMs - after;
  return offsetMsAt(zone, second) === after ? second : first;
}

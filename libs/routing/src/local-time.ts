const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A day of the calendar, as midnight UTC of that date in milliseconds: days can be added without a zone. */
export type LocalDay = number;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  // Norwegian winter and summer time alike; h23 because h24 would print midnight as 24:00.
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, made);
  return made;
}

/** Offsets per zone, by whole UTC day; on the rare day when the clock changes, by quarter of an hour. Asking the runtime costs microseconds. */
const offsets = new Map<string, Map<number, number | null>>();
const QUARTER_MS = 900_000;
/** Some ten years of days; then it starts over. */
const OFFSETS_KEPT = 4_000;

/** How far local time is ahead of UTC at an instant, in milliseconds. Clocks change on a quarter of an hour. */
function offsetMs(zone: string, atMs: number): number {
  let known = offsets.get(zone);
  if (!known) offsets.set(zone, (known = new Map()));
  const day = Math.floor(atMs / DAY_MS);
  let offset = known.get(day);
  if (offset === undefined) {
    const first = askOffsetMs(zone, day * DAY_MS);
    offset = first === askOffsetMs(zone, (day + 1) * DAY_MS) ? first : null;
    keepOffset(known, day, offset);
  }
  if (offset !== null) return offset;
  const quarter = Math.floor(atMs / QUARTER_MS);
  // Quarters are kept below zero, days above it: one map holds both.
  const inQuarter = known.get(-1 - quarter) ?? askOffsetMs(zone, quarter * QUARTER_MS);
  keepOffset(known, -1 - quarter, inQuarter);
  return inQuarter;
}

function keepOffset(known: Map<number, number | null>, key: number, offset: number | null): void {
  if (known.size >= OFFSETS_KEPT) known.clear();
  known.set(key, offset);
}

function askOffsetMs(zone: string, atMs: number): number {
  const wholeMs = Math.floor(atMs / 1000) * 1000;
  const text = formatOf(zone).format(wholeMs);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - wholeMs;
}

/** The local calendar day of an instant. */
export function localDayOf(zone: string, at: Date): LocalDay {
  const localMs = at.getTime() + offsetMs(zone, at.getTime());
  return Math.floor(localMs / DAY_MS) * DAY_MS;
}

/** Minutes after midnight that clocks show at an instant. */
export function localMinuteOf(zone: string, at: Date): number {
  const localMs = at.getTime() + offsetMs(zone, at.getTime());
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
  const before = wallMs - offsetMs(zone, wallMs - DAY_MS);
  const after = wallMs - offsetMs(zone, wallMs + DAY_MS);
  if (before === after) return before;
  const fits = [before, after].filter((atMs) => atMs + offsetMs(zone, atMs) === wallMs);
  if (fits.length > 0) return coming === 'first' ? Math.min(...fits) : Math.max(...fits);
  return jumpBetween(zone, Math.min(before, after), Math.max(before, after));
}

/** The instant between two where the offset changes, to the minute (every change of the tz database since 1972 falls on a minute). */
function jumpBetween(zone: string, fromMs: number, toMs: number): number {
  const start = offsetMs(zone, fromMs);
  let [low, high] = [fromMs, toMs];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetMs(zone, middle) === start) low = middle;
    else high = middle;
  }
  return high;
}

/** True when the runtime knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

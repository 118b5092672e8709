const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Offsets are sampled this far apart: closer than any two changes a zone is known to have made in our time. */
const SAMPLE_MS = 7 * DAY_MS;

/** From `fromMs` on, local time is UTC plus `offsetMs`, until the next change. */
interface Change {
  readonly fromMs: number;
  readonly offsetMs: number;
}

/** The changes of one zone, one UTC year at a time; asking Intl costs a thousand times more than this table. */
interface ZoneTable {
  readonly format: Intl.DateTimeFormat;
  readonly years: Map<number, readonly Change[]>;
}

// A cache of facts about the world: the same question has the same answer for as long as the process lives.
const TABLES = new Map<string, ZoneTable>();

/** Whether a text names a zone this machine knows, such as `Europe/Oslo`. */
export function isZone(zone: string): boolean {
  try {
    tableOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function tableOf(zone: string): ZoneTable {
  const known = TABLES.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const table = { format, years: new Map<number, readonly Change[]>() };
  TABLES.set(zone, table);
  return table;
}

function askOffsetMs(format: Intl.DateTimeFormat, atMs: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) part[type] = Number(value);
  const local = Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'], part['hour'], part['minute'], part['second']);
  return local - Math.floor(atMs / 1000) * 1000;
}

function findChangeMs(format: Intl.DateTimeFormat, lowMs: number, highMs: number): number {
  const before = askOffsetMs(format, lowMs);
  let low = lowMs;
  let high = highMs;
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (askOffsetMs(format, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

function changesOfYear(table: ZoneTable, year: number): readonly Change[] {
  const known = table.years.get(year);
  if (known !== undefined) return known;
  const endMs = Date.UTC(year + 1, 0, 1);
  let sampledMs = Date.UTC(year, 0, 1);
  const changes: Change[] = [{ fromMs: sampledMs, offsetMs: askOffsetMs(table.format, sampledMs) }];
  while (sampledMs < endMs) {
    const nextMs = Math.min(sampledMs + SAMPLE_MS, endMs);
    const offsetMs = askOffsetMs(table.format, nextMs);
    if (offsetMs !== changes[changes.length - 1]?.offsetMs) {
      changes.push({ fromMs: findChangeMs(table.format, sampledMs, nextMs), offsetMs });
    }
    sampledMs = nextMs;
  }
  table.years.set(year, changes);
  return changes;
}

/** A stretch of time without a change, in one zone. */
interface Stretch {
  readonly zone: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
}

// Nearly every question is about the same zone and season as the one before.
let lastAsked: Stretch = { zone: '', fromMs: 0, untilMs: 0, offsetMs: 0 };

/**
 * How far local time of a zone is ahead of UTC at an instant, in milliseconds.
 * @throws RangeError when the zone is unknown
 */
export function offsetMsAt(zone: string, atMs: number): number {
  if (atMs >= lastAsked.fromMs && atMs < lastAsked.untilMs && zone === lastAsked.zone) return lastAsked.offsetMs;
  lastAsked = stretchAt(zone, atMs);
  return lastAsked.offsetMs;
}

function stretchAt(zone: string, atMs: number): Stretch {
  const year = new Date(atMs).getUTCFullYear();
  let stretch: Stretch = { zone, fromMs: atMs, untilMs: Date.UTC(year + 1, 0, 1), offsetMs: 0 };
  for (const { fromMs, offsetMs } of changesOfYear(tableOf(zone), year)) {
    if (fromMs > atMs) return { ...stretch, untilMs: fromMs };
    stretch = { ...stretch, fromMs, offsetMs };
  }
  return stretch;
}

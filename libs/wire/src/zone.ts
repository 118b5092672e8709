/** A time zone that the runtime does not know: a fault of configuration, to be caught with `isZone` where it is entered. */
export class UnknownZone extends Error {
  override readonly name = 'UnknownZone';
}

/** Offsets of one zone. They are constant within a quarter of an hour: every change since 1972 falls on one. */
interface ZoneClock {
  readonly format: Intl.DateTimeFormat;
  readonly offsetMsByQuarter: Map<number, number>;
}

const QUARTER_MS = 15 * 60_000;
const QUARTERS_MAX = 10_000;
const zones = new Map<string, ZoneClock>();

function clockOf(zone: string): ZoneClock {
  const known = zones.get(zone);
  if (known !== undefined) return known;
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  try {
    // `era` is not asked for: no reading is from before the year 1.
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', calendar: 'gregory', ...fields });
    const clock: ZoneClock = { format, offsetMsByQuarter: new Map() };
    zones.set(zone, clock);
    return clock;
  } catch {
    throw new UnknownZone(`no such time zone: ${zone}`);
  }
}

/** Whether the runtime knows an IANA time zone, `Europe/Oslo`. */
export function isZone(zone: string): boolean {
  try {
    return zone !== '' && clockOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/**
 * How far a zone's wall clocks are ahead of UTC at an instant, in ms.
 * @throws UnknownZone
 */
export function zoneOffsetMs(zone: string, utcMs: number): number {
  const { format, offsetMsByQuarter } = clockOf(zone);
  const quarter = Math.floor(utcMs / QUARTER_MS);
  const known = offsetMsByQuarter.get(quarter);
  if (known !== undefined) return known;
  const part = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of format.formatToParts(quarter * QUARTER_MS)) {
    if (type in part) part[type as keyof typeof part] = Number(value);
  }
  const wallMs = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  const offsetMs = wallMs - quarter * QUARTER_MS;
  if (offsetMsByQuarter.size >= QUARTERS_MAX) offsetMsByQuarter.clear();
  offsetMsByQuarter.set(quarter, offsetMs);
  return offsetMs;
}

/**
 * The instants at which a zone's walls showed a time: one, two in the hour that comes twice in autumn (earlier first). For a time in the hour that
 * is left out in spring, one: the clock was not moved forward, so the offset from before the change counts.
 * @param wallMs the wall reading as if it were UTC, epoch ms
 * @throws UnknownZone
 */
export function instantsOfWall(zone: string, wallMs: number): readonly [number] | readonly [number, number] {
  const before = zoneOffsetMs(zone, wallMs - 86_400_000);
  const after = zoneOffsetMs(zone, wallMs + 86_400_000);
  const one = wallMs - before;
  if (before === after) return [one];
  const other = wallMs - after;
  const isOne = zoneOffsetMs(zone, one) === before;
  const isOther = zoneOffsetMs(zone, other) === after;
  if (isOne && isOther) return [Math.min(one, other), Math.max(one, other)];
  return isOther ? [other] : [one];
}

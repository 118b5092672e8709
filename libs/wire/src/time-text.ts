/** A time as a device prints it: what its wall showed, and the offset only if it printed one. */
export interface PrintedTime {
  /** The wall reading as if it were UTC, epoch ms. */
  readonly wallMs: number;
  /** Minutes east of UTC when printed, else null. */
  readonly offsetMin: number | null;
}

/** No home device or gateway of today existed before: a clock that says so was never set (devices/README 5.5 rule 2). */
export const EARLIEST_MS = Date.UTC(2015, 0, 1);

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** Days in a month of the Gregorian calendar; 0 when there is no such month. */
function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
}

// Hand-written because it runs several times for every message, and Date.parse takes much that is not ISO 8601.
function wallOf(text: string): number {
  if (text.length < 19 || text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  // Written so that NaN fails every comparison. Years before 1000 are zeros or garbage, and Date.UTC reads 0 to 99 as 1900.
  const possible = year >= 1000 && day >= 1 && day <= daysIn(year, month) && hour <= 23 && minute <= 59 && second <= 59;
  return possible ? Date.UTC(year, month - 1, day, hour, minute, second) : Number.NaN;
}

/** Where the fraction ends, with its milliseconds; `end` is -1 when it is malformed. */
function fractionOf(text: string): { readonly end: number; readonly ms: number } {
  if (text[19] !== '.') return { end: 19, ms: 0 };
  let end = 20;
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
  if (end === 20 || end > 29) return { end: -1, ms: 0 };
  return {
    end,
    ms: digits(
      text
        .slice(20, 23)
        .slice(0, end - 20)
        .padEnd(3, '0'),
      0,
      3,
    ),
  };
}

/**
 * A printed time, ISO 8601 with seconds, fraction optional, offset optional (`Z`, `+01:00`).
 * Null when it is no instant of the calendar: zeros for an unknown year, month or day (GATT Date Time), 30 February, garbage.
 */
export function parsePrintedTime(text: string): PrintedTime | null {
  const wallMs = wallOf(text);
  if (Number.isNaN(wallMs)) return null;
  const { end, ms } = fractionOf(text);
  if (end < 0) return null;
  const sign = text[end];
  if (sign === undefined) return { wallMs: wallMs + ms, offsetMin: null };
  if (sign === 'Z') return text.length === end + 1 ? { wallMs: wallMs + ms, offsetMin: 0 } : null;
  if ((sign !== '+' && sign !== '-') || text.length !== end + 6 || text[end + 3] !== ':') return null;
  const offsetMin = digits(text, end + 1, end + 3) * 60 + digits(text, end + 4, end + 6);
  // 14 hours is the largest offset in use anywhere.
  if (!(offsetMin <= 14 * 60)) return null;
  return { wallMs: wallMs + ms, offsetMin: sign === '-' ? -offsetMin : offsetMin };
}

/** The instant of a UTC text with `Z`, or null. The only form the contract allows for gateway and sending times. */
export function parseUtc(value: unknown): Date | null {
  if (typeof value !== 'string' || !value.endsWith('Z') || value.length > 30) return null;
  const printed = parsePrintedTime(value);
  return printed === null ? null : new Date(printed.wallMs);
}

/** A wall reading as a device prints it, `2026-01-15T08:28:40`, from its time as if it were UTC. */
export function formatWall(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19);
}

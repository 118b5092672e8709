import { isPublicHoliday } from './holidays.js';
import { addDays, instantOf, localDayOf, weekdayOf, type LocalDay } from './local-time.js';
import type { OpeningHours, SpecialDay, Unit } from './unit.js';

type Hours = Pick<OpeningHours, 'from' | 'to'>;

const MINUTE_MS = 60_000;
const DAY_MIN = 1_440;
/** A year and a day: a unit that does not open within it does not open. */
const SEARCH_DAYS = 366;

/** A stretch of time when a unit is open, in milliseconds; `toMs` is not part of it. */
interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
  /** Local day it began on. */
  readonly day: LocalDay;
}

/** Minutes after midnight of `HH:MM`, `24:00` allowed; null when it is no such time. */
export function minuteOf(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(text);
  if (!match) return null;
  return text === '24:00' ? DAY_MIN : Number(match[1]) * 60 + Number(match[2]);
}

/**
 * Is the unit open? Hours that end at or before they begin end on the next day, and belong to the day they began on: a night before a
 * public holiday runs into it, a special day too.
 */
export function isOpen(unit: Unit, at: Date): boolean {
  for (const { fromMs } of openIntervals(unit, at)) return fromMs <= at.getTime();
  return false;
}

/** The first moment from `at` on when the unit is open, `at` itself when it is; null: it never opens. */
export function nextOpening(unit: Unit, at: Date): Date | null {
  for (const { fromMs } of openIntervals(unit, at)) return new Date(Math.max(fromMs, at.getTime()));
  return null;
}

/** The moment when the unit has been open for `minutes` since `from`; for 0 minutes the next opening. Null: it never opens. */
export function addOpenMinutes(unit: Unit, from: Date, minutes: number): Date | null {
  let leftMs = minutes * MINUTE_MS;
  let countedToMs = from.getTime();
  for (const { fromMs, toMs } of openIntervals(unit, from)) {
    const startMs = Math.max(fromMs, countedToMs);
    if (toMs <= startMs) continue;
    if (leftMs <= toMs - startMs) return new Date(startMs + leftMs);
    leftMs -= toMs - startMs;
    countedToMs = toMs;
  }
  return null;
}

/** The end of the `count`-th service day after the local day of `from`: when the hours that began on that day end. Null: there is none. */
export function endOfServiceDay(unit: Unit, from: Date, count: number): Date | null {
  const today = localDayOf(unit.zone, from);
  const ends = new Map<LocalDay, number>();
  for (const { day, toMs } of openIntervals(unit, from)) {
    if (day <= today) continue;
    if (ends.size === count && !ends.has(day)) break;
    ends.set(day, Math.max(toMs, ends.get(day) ?? toMs));
  }
  const endMs = [...ends.values()][count - 1];
  return endMs === undefined ? null : new Date(endMs);
}

/** When the unit is open between two moments, by beginning; stretches are given whole, may touch or overlap, and `to` is not part of one. */
export function openStretches(unit: Unit, from: Date, to: Date): { readonly from: Date; readonly to: Date }[] {
  const stretches: { from: Date; to: Date }[] = [];
  for (const { fromMs, toMs } of openIntervals(unit, from)) {
    if (fromMs >= to.getTime()) break;
    stretches.push({ from: new Date(fromMs), to: new Date(toMs) });
  }
  return stretches;
}

/** The unit's stretches that end after `from`, by their beginning; they may touch or overlap. */
function* openIntervals(unit: Unit, from: Date): Generator<Interval> {
  if (!opensEver(unit)) return;
  const today = localDayOf(unit.zone, from);
  // Two days back: hours over midnight began yesterday, and the night when clocks go back is an hour longer.
  for (let offset = -2; offset <= SEARCH_DAYS; offset++) {
    for (const next of keptIntervals(unit, addDays(today, offset))) {
      if (next.toMs > from.getTime()) yield next;
    }
  }
}

const intervalsByUnit = new WeakMap<Unit, Map<LocalDay, readonly Interval[]>>();

/** A unit never changes and is asked about the same days again and again. */
function keptIntervals(unit: Unit, day: LocalDay): readonly Interval[] {
  let byDay = intervalsByUnit.get(unit);
  if (!byDay) intervalsByUnit.set(unit, (byDay = new Map()));
  let intervals = byDay.get(day);
  if (!intervals) byDay.set(day, (intervals = intervalsOf(unit, day)));
  return intervals;
}

function intervalsOf(unit: Unit, day: LocalDay): Interval[] {
  return hoursOf(unit, day)
    .flatMap((hours) => {
      const minutes = minutesOf(hours);
      if (!minutes) return [];
      const fromMs = instantOf(unit.zone, day, minutes.from, 'first');
      const toMs = instantOf(unit.zone, day, minutes.to, 'last');
      return toMs > fromMs ? [{ fromMs, toMs, day }] : [];
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** The hours that begin on a day: its own when it is a special day, else those of its weekday or of a public holiday. */
function hoursOf({ openingHours, onHolidays, specialDays }: Unit, day: LocalDay): readonly Hours[] {
  const special = specialDays.length > 0 ? byDay(specialDays).get(day) : undefined;
  if (special) return special.hours;
  const asHoliday = onHolidays !== 'as_usual' && isPublicHoliday(day);
  if (asHoliday && onHolidays === 'closed') return [];
  const weekday = asHoliday ? 7 : weekdayOf(day);
  return openingHours.filter(({ weekdays }) => weekdays.includes(weekday));
}

const specialByDay = new WeakMap<readonly SpecialDay[], ReadonlyMap<LocalDay, SpecialDay>>();

function byDay(specialDays: readonly SpecialDay[]): ReadonlyMap<LocalDay, SpecialDay> {
  let known = specialByDay.get(specialDays);
  if (!known) specialByDay.set(specialDays, (known = new Map(specialDays.map((special) => [special.day, special]))));
  return known;
}

type Minutes = { readonly from: number; readonly to: number } | null;
const minutesOfHours = new WeakMap<Hours, { readonly minutes: Minutes }>();

/** Hours in minutes after midnight, past 1440 when they run into the next day; null when they cannot be read. Units are shared, so it is kept. */
function minutesOf(hours: Hours): Minutes {
  const known = minutesOfHours.get(hours);
  if (known) return known.minutes;
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)];
  const minutes = from === null || to === null ? null : { from, to: to <= from ? to + DAY_MIN : to };
  minutesOfHours.set(hours, { minutes });
  return minutes;
}

function opensEver({ openingHours, specialDays }: Unit): boolean {
  return (
    openingHours.some((hours) => minutesOf(hours) !== null && hours.weekdays.some((day) => day >= 1 && day <= 7)) ||
    specialDays.some(({ hours }) => hours.some((each) => minutesOf(each) !== null))
  );
}

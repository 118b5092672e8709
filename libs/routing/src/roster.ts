import { addDays, instantOf, weekdayOf, type LocalDay } from './local-time.js';
import { minuteOf } from './opening-hours.js';
import type { Duty, OpeningHours } from './unit.js';

const DAY_MIN = 1_440;

/** A line of a roster that repeats: on these weekdays, from and to local time; an end at or before the beginning is on the next day. */
export interface WeeklyDuty extends OpeningHours {
  readonly personId: number;
  readonly kind: Duty['kind'];
  /** 1: every week of the stretch; 2: the first, the third, and so on. */
  readonly everyWeeks: number;
}

/** Weeks one after the other, from a day on; the first ends on the Sunday of that day's week. */
export interface Weeks {
  readonly fromDay: LocalDay;
  readonly weeks: number;
}

/**
 * The duty of a roster that repeats week by week, by beginning. Times are local: in the nights when the clock changes a duty is an hour
 * shorter or longer, and one that lies wholly in the missing hour does not come. Lines that cannot be read give nothing.
 */
export function dutyOfWeeks(zone: string, pattern: readonly WeeklyDuty[], { fromDay, weeks }: Weeks): Duty[] {
  const monday = addDays(fromDay, 1 - weekdayOf(fromDay));
  const duty = Array.from({ length: weeks }, (_, week) =>
    pattern
      .filter(({ everyWeeks }) => week % everyWeeks === 0)
      .flatMap((line) => [...new Set(line.weekdays)].map((weekday) => ({ line, day: addDays(monday, week * 7 + weekday - 1) })))
      .flatMap(({ line, day }) => (day < fromDay ? [] : (dutyOf(zone, line, day) ?? []))),
  );
  return duty.flat().sort((a, b) => a.from.getTime() - b.from.getTime() || a.personId - b.personId);
}

function dutyOf(zone: string, { personId, kind, ...line }: WeeklyDuty, day: LocalDay): Duty | null {
  const [begin, end] = [minuteOf(line.from), minuteOf(line.to)];
  if (begin === null || end === null) return null;
  const from = instantOf(zone, day, begin, 'first');
  const to = instantOf(zone, day, end <= begin ? end + DAY_MIN : end, 'last');
  return to > from ? { personId, kind, from: new Date(from), to: new Date(to) } : null;
}

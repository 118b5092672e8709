import { dayNumberOf, instantOf, localDayNumber, weekdayOf } from '@varde/plans';
import type { Template, WeeklyDuty } from './template.js';

/** One duty of a person, in instants. */
export interface PlannedDuty extends Pick<WeeklyDuty, 'unit' | 'person' | 'kind'> {
  readonly from: Date;
  readonly to: Date;
}

/** For how long a roster is written out. */
export interface Weeks {
  readonly from: Date;
  /** This week and as many after it. */
  readonly count: number;
}

/** The weekly pattern written out, Monday to Sunday of each week, in the template's zone; by beginning. */
export function writeOutDuty({ duty, zone }: Pick<Template, 'duty' | 'zone'>, { from, count }: Weeks): PlannedDuty[] {
  const today = localDayNumber(zone, from.getTime());
  const monday = today - weekdayOf(today) + 1;
  const days = Array.from({ length: 7 * (count + 1) }, (_, index) => monday + index);
  return days
    .flatMap((day) => duty.filter(({ weekdays }) => weekdays.includes(weekdayOf(day))).map((line) => onDay(line, day, zone)))
    .sort((a, b) => a.from.getTime() - b.from.getTime());
}

function onDay({ unit, person, kind, from, to }: WeeklyDuty, day: number, zone: string): PlannedDuty {
  const [begins, ends] = [minuteOf(from), minuteOf(to)];
  const endDay = ends <= begins ? day + 1 : day;
  return { unit, person, kind, from: new Date(instantOf(zone, day, begins)), to: new Date(instantOf(zone, endDay, ends)) };
}

/** Minutes after midnight of `HH:MM`. */
function minuteOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
}

/** The instant of a story's clock (`10:00`, `+1 10:00`) on a chapter's day. */
export function instantOfClock(zone: string, day: string, clock: string): Date {
  const [later, time] = clock.startsWith('+') ? clock.slice(1).split(' ') : ['0', clock];
  return new Date(instantOf(zone, dayNumberOf(day) + Number(later), minuteOf(time ?? '')));
}

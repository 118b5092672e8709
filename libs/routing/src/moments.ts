import { WEEKDAYS_EN } from '@varde/plans';
import { isPublicHoliday } from './holidays.js';
import { addDays, instantOf, localDayOf, localMinuteOf, weekdayOf, type LocalDay } from './local-time.js';
import { isOpen, minuteOf } from './opening-hours.js';
import type { Pathway } from './pathway.js';
import type { Team, Unit } from './unit.js';

const MINUTE_MS = 60_000;
const DAY_MIN = 1_440;
const WEEK_MIN = 7 * DAY_MIN;
const YEAR_DAYS = 366;
/** No run of weeks with a public holiday in each is longer. */
const WEEKS_TO_SEARCH = 12;

/** A moment that stands for all until the next. */
export interface Moment {
  readonly at: Date;
  /** `Sunday 02:00`, or with the date on a day that is not like its weekday. */
  readonly name: string;
  /** How long it stands for, in minutes of an ordinary week; 0 on any other day. */
  readonly weekMin: number;
}

/**
 * The moments at which who is there, or which route holds, can become another for a team: one ordinary week, every public holiday of the
 * year from `from` and the special days of its units in it, each with the day after.
 */
export function momentsOf(pathway: Pathway, team: Team, from: Date): Moment[] {
  const minutes = minutesOfDay(pathway, team);
  const monday = ordinaryMonday(localDayOf(team.zone, from));
  const week = Array.from({ length: 7 }, (_, day) => addDays(monday, day));
  const isOrdinary = new Set(week);
  const days = [...week, ...daysOutOfTheOrdinary(team, localDayOf(team.zone, from)).filter((day) => !isOrdinary.has(day))];
  return days.flatMap((day) =>
    minutes.map((minute, index) => ({
      at: new Date(instantOf(team.zone, day, minute, 'first')),
      name: nameOf(day, minute, isOrdinary.has(day)),
      weekMin: isOrdinary.has(day) ? (minutes[index + 1] ?? DAY_MIN) - minute : 0,
    })),
  );
}

function ordinaryMonday(from: LocalDay): LocalDay {
  const next = addDays(from, (8 - weekdayOf(from)) % 7);
  const mondays = Array.from({ length: WEEKS_TO_SEARCH }, (_, week) => addDays(next, 7 * week));
  return mondays.find((monday) => !Array.from({ length: 7 }, (_, day) => addDays(monday, day)).some(isPublicHoliday)) ?? next;
}

function daysOutOfTheOrdinary({ units }: Team, from: LocalDay): LocalDay[] {
  const special = new Set(units.flatMap(({ specialDays }) => specialDays.map(({ day }) => day)));
  const isOut = (day: LocalDay) => isPublicHoliday(day) || special.has(day);
  const year = Array.from({ length: YEAR_DAYS }, (_, day) => addDays(from, day));
  // The day after as well: hours over midnight that did not begin leave its morning to nobody.
  return year.filter((day) => isOut(day) || isOut(addDays(day, -1)));
}

/** Minutes after midnight at which something of the team begins or ends on some day, in order. */
function minutesOfDay({ routes }: Pathway, { units }: Team): number[] {
  const hours = [
    ...units.flatMap(({ openingHours, specialDays }) => [...openingHours, ...specialDays.flatMap((special) => special.hours)]),
    ...routes.flatMap(({ when }) => when?.hours ?? []),
  ];
  const edges = hours.flatMap(({ from, to }) => [minuteOf(from), minuteOf(to)]);
  const onCall = units.flatMap((unit) => onCallOf(unit).flatMap(({ fromMin, toMin }) => [fromMin, toMin]));
  const minutes = [0, ...edges, ...onCall].filter((minute) => minute !== null).map((minute) => Math.floor(minute) % DAY_MIN);
  return [...new Set(minutes)].sort((a, b) => a - b);
}

function nameOf(day: LocalDay, minute: number, isOrdinary: boolean): string {
  const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const weekday = WEEKDAYS_EN[weekdayOf(day) - 1] ?? '';
  return isOrdinary ? `${weekday} ${time}` : `${weekday} ${new Date(day).toISOString().slice(0, 10)} ${time}`;
}

/**
 * Does the community count on the unit at this hour: while it is open, and when its roster has somebody on call at the same hour of any week?
 * Whether the roster is filled is for preflight to see; here it is asked whether anybody has promised to be there at all.
 */
export function isCountedOn(unit: Unit, at: Date): boolean {
  if (isOpen(unit, at)) return true;
  const pattern = onCallOf(unit);
  if (pattern.length === 0) return false;
  const minute = (weekdayOf(localDayOf(unit.zone, at)) - 1) * DAY_MIN + localMinuteOf(unit.zone, at);
  return pattern.some(({ fromMin, toMin }) => [minute, minute + WEEK_MIN].some((each) => fromMin <= each && each < toMin));
}

/** When a unit has somebody on call, in minutes of its week; the end may lie in the next. */
interface OnCall {
  readonly fromMin: number;
  readonly toMin: number;
}

const patterns = new WeakMap<Unit, readonly OnCall[]>();

function onCallOf(unit: Unit): readonly OnCall[] {
  const known = patterns.get(unit);
  if (known) return known;
  const made = (unit.duty ?? [])
    .filter(({ kind }) => kind === 'on_call')
    .map(({ from, to }) => {
      const fromMin = (weekdayOf(localDayOf(unit.zone, from)) - 1) * DAY_MIN + localMinuteOf(unit.zone, from);
      return { fromMin, toMin: fromMin + Math.min((to.getTime() - from.getTime()) / MINUTE_MS, WEEK_MIN) };
    });
  patterns.set(unit, made);
  return made;
}

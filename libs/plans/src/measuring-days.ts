import type { Sentence } from '@varde/vitals';
import type { MeasuringDays, ScheduledMeasurement } from './care-plan.js';
import { newestValid } from './limit-candidate.js';
import { WEEKDAYS_EN, WEEKDAYS_NB } from './moment-words.js';
import { isRunning } from './period.js';
import { isOnlyInEpisode } from './schedule.js';

type Items = readonly ScheduledMeasurement[];
type Days = Pick<MeasuringDays, 'weekdays' | 'daysAWeek'>;

const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;

/** How often somebody has agreed with a patient that they measure. */
export type ProposedMeasuringDays = Omit<MeasuringDays, 'id' | 'setByPersonId' | 'setByName' | 'version'>;

/** What is wrong with it, each in one sentence; empty: it may be kept. */
export function faultsOfMeasuringDays(proposed: ProposedMeasuringDays): readonly Sentence[] {
  const { weekdays, daysAWeek, reason, validFrom, validTo } = proposed;
  const faults: Sentence[] = [];
  const refuse = (nb: string, en: string): void => void faults.push({ nb, en });
  if ((weekdays === null) === (daysAWeek === null)) {
    refuse('enten ukedagene eller antall dager i uken må oppgis', 'name either the weekdays or how many days a week');
  }
  if (weekdays !== null && !isWeekdays(weekdays)) {
    refuse('ukedager er 1 (mandag) til 7 (søndag), hver av dem én gang', 'weekdays are 1 (Monday) to 7 (Sunday), each of them once');
  }
  if (daysAWeek !== null && !(Number.isInteger(daysAWeek) && daysAWeek >= 1 && daysAWeek <= WEEK.length)) {
    refuse('antall dager i uken er 1 til 7', 'the days a week are 1 to 7');
  }
  if (reason.trim() === '') refuse('en begrunnelse trengs', 'a reason is needed');
  if (validTo !== null && validTo <= validFrom) refuse('den slutter før den begynner', 'it ends before it begins');
  return faults;
}

function isWeekdays(days: readonly number[]): boolean {
  return days.length > 0 && new Set(days).size === days.length && days.every((day) => WEEK.some((each) => each === day));
}

/** The newest version that is in force at an instant; null: nothing is agreed, and what programmes ask for is asked for. */
export function measuringDaysAt(versions: readonly MeasuringDays[], atMs: number): MeasuringDays | null {
  return newestValid(versions, atMs);
}

/** What is asked for, and what is not because the patient has agreed to fewer days. */
export interface Kept {
  readonly schedule: Items;
  readonly leftOut: Items;
}

/**
 * "never more than the patient agreed to" (`conflict_resolution`, schedule): what is planned always, on the days the patient has agreed to
 * measure. What is agreed for an open episode stays as it is: those lines are an agreement of their own (decision 20), and a grave episode
 * is never followed less for it. What rules ask for once is no part of a schedule.
 */
export function keepToMeasuringDays(schedule: Items, versions: readonly MeasuringDays[]): Kept {
  if (versions.length === 0) return { schedule, leftOut: [] };
  const always = schedule.filter((item) => !isOnlyInEpisode(item));
  const moments = momentsOf(always, versions);
  const [kept, leftOut]: [ScheduledMeasurement[], ScheduledMeasurement[]] = [[], []];
  for (const item of schedule) {
    if (isOnlyInEpisode(item)) kept.push(item);
    else {
      const parts = partsOf(item, moments).map((part) => ({ part, days: daysKept(part.from.getTime(), always, versions) }));
      kept.push(...joined(parts.map(({ part, days }) => on(part, (day) => days.includes(day)))));
      leftOut.push(...joined(parts.map(({ part, days }) => on(part, (day) => !days.includes(day)))));
    }
  }
  return { schedule: kept, leftOut };
}

/** Every instant at which what is planned, or what is agreed, may change. */
function momentsOf(items: Items, versions: readonly MeasuringDays[]): readonly number[] {
  const ends = [...items, ...versions.map(({ validFrom, validTo }) => ({ from: validFrom, to: validTo }))];
  return [...new Set(ends.flatMap(({ from, to }) => (to === null ? [from.getTime()] : [from.getTime(), to.getTime()])))].sort(
    (a, b) => a - b,
  );
}

function partsOf(item: ScheduledMeasurement, moments: readonly number[]): Items {
  const inside = moments.filter((atMs) => atMs > item.from.getTime() && isRunning(item, atMs)).map((atMs) => new Date(atMs));
  return [item.from, ...inside].map((from, place) => ({ ...item, from, to: inside[place] ?? item.to }));
}

function on(item: ScheduledMeasurement, isKept: (day: number) => boolean): ScheduledMeasurement {
  return { ...item, weekdays: item.weekdays.filter(isKept) };
}

/** Parts that follow each other on the same days, as one; those without a day are none. */
function joined(parts: Items): Items {
  const found: ScheduledMeasurement[] = [];
  for (const part of parts) {
    const before = found.at(-1);
    if (before?.to?.getTime() === part.from.getTime() && before.weekdays.join() === part.weekdays.join()) {
      found[found.length - 1] = { ...before, to: part.to };
    } else if (part.weekdays.length > 0) found.push(part);
  }
  return found;
}

function daysKept(atMs: number, always: Items, versions: readonly MeasuringDays[]): readonly number[] {
  const agreed = measuringDaysAt(versions, atMs);
  return agreed === null
    ? WEEK
    : weekdaysOf(
        agreed,
        always.filter((item) => isRunning(item, atMs)),
      );
}

/** Whether nothing more is planned than has been agreed. */
export function isWithin(items: readonly Pick<ScheduledMeasurement, 'weekdays'>[], { weekdays, daysAWeek }: Days): boolean {
  const days = [...new Set(items.flatMap((item) => item.weekdays))];
  return weekdays === null ? days.length <= (daysAWeek ?? WEEK.length) : days.every((day) => weekdays.includes(day));
}

/**
 * The days to measure on. Of so many days a week, those on which the most measures are planned at all, then the most measurements, then
 * those that lie farthest apart; else the first of the week. The same for all measures: one session a day.
 */
function weekdaysOf({ weekdays, daysAWeek }: Days, planned: Items): readonly number[] {
  if (weekdays !== null) return weekdays;
  let best: { readonly days: readonly number[]; readonly worth: readonly number[] } | null = null;
  for (const days of choicesOf(daysAWeek ?? WEEK.length)) {
    const worth = worthOf(days, planned);
    if (best === null || isMore(worth, best.worth)) best = { days, worth };
  }
  return best?.days ?? WEEK;
}

/** Every choice of so many days, the earlier ones of the week first. */
function choicesOf(count: number, from = 1): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return WEEK.filter((day) => day >= from).flatMap((day) => choicesOf(count - 1, day + 1).map((rest) => [day, ...rest]));
}

function worthOf(days: readonly number[], planned: Items): readonly number[] {
  const onDays = planned.map(({ metric, weekdays }) => ({ metric, count: weekdays.filter((day) => days.includes(day)).length }));
  const measures = new Set(onDays.filter(({ count }) => count > 0).map(({ metric }) => metric)).size;
  const measurements = onDays.reduce((sum, { count }) => sum + count, 0);
  const gaps = days.map((day, place) => (days[place + 1] ?? (days[0] ?? day) + WEEK.length) - day);
  return [measures, measurements, Math.min(...gaps)];
}

function isMore(worth: readonly number[], than: readonly number[]): boolean {
  const at = worth.findIndex((each, place) => each !== than[place]);
  return at >= 0 && (worth[at] ?? 0) > (than[at] ?? 0);
}

/** Weekdays in words, as in a sentence. */
export function weekdayWords(weekdays: readonly number[]): Sentence {
  if (weekdays.length === WEEK.length) return { nb: 'hver dag', en: 'every day' };
  const named = (names: readonly string[], and: string): string => {
    const words = [...weekdays].sort((a, b) => a - b).map((day) => names[day - 1] ?? String(day));
    const last = words.pop() ?? '';
    return words.length === 0 ? last : `${words.join(', ')} ${and} ${last}`;
  };
  return { nb: named(WEEKDAYS_NB, 'og'), en: named(WEEKDAYS_EN, 'and') };
}

/** How often a patient has agreed to measure, in words. */
export function measuringDaysWords({ weekdays, daysAWeek }: Days): Sentence {
  if (weekdays !== null) return weekdayWords(weekdays);
  const count = daysAWeek ?? WEEK.length;
  return count === 1 ? { nb: 'én dag i uken', en: 'one day a week' } : { nb: `${count} dager i uken`, en: `${count} days a week` };
}

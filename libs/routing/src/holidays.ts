import { addDays, type LocalDay } from './local-time.js';

const MONTH = { january: 0, may: 4, december: 11 } as const;
/** Days from Easter Sunday: Maundy Thursday, Good Friday, Easter Sunday and Monday, Ascension, Whit Sunday and Monday. */
const FROM_EASTER = [-3, -2, 0, 1, 39, 49, 50] as const;

/** Easter Sunday of a year of the Gregorian calendar (the anonymous algorithm of Nature, 1876, as Meeus prints it). */
export function easterSunday(year: number): LocalDay {
  const [golden, century, ofCentury] = [year % 19, Math.floor(year / 100), year % 100];
  const lunar = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - lunar + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  const march = epact + toSunday - 7 * late + 114;
  return Date.UTC(year, Math.floor(march / 31) - 1, (march % 31) + 1);
}

const holidaysOfYears = new Map<number, ReadonlySet<LocalDay>>();
/** A look asks for two years; a preview, a simulation and the tests for some more. */
const YEARS_KEPT = 200;

/** The Norwegian public holidays of a year, the days of rest that are no ordinary Sundays (lov om helligdager, lov om 1. og 17. mai). */
export function publicHolidays(year: number): ReadonlySet<LocalDay> {
  const known = holidaysOfYears.get(year);
  if (known) return known;
  const easter = easterSunday(year);
  const days: ReadonlySet<LocalDay> = new Set([
    Date.UTC(year, MONTH.january, 1),
    ...FROM_EASTER.map((days) => addDays(easter, days)),
    Date.UTC(year, MONTH.may, 1),
    Date.UTC(year, MONTH.may, 17),
    Date.UTC(year, MONTH.december, 25),
    Date.UTC(year, MONTH.december, 26),
  ]);
  if (holidaysOfYears.size >= YEARS_KEPT) holidaysOfYears.clear();
  holidaysOfYears.set(year, days);
  return days;
}

/** Is the day a public holiday in Norway? Ordinary Sundays are not. */
export function isPublicHoliday(day: LocalDay): boolean {
  return publicHolidays(new Date(day).getUTCFullYear()).has(day);
}

import type { Sentence } from '@varde/vitals';
import { dayText, localClock, localDayNumber, weekdayOf } from './zone.js';

/** In Norwegian, Monday first. */
export const WEEKDAYS_NB: readonly string[] = ['mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag'];
/** In English, Monday first. */
export const WEEKDAYS_EN: readonly string[] = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS_NB = 'januar februar mars april mai juni juli august september oktober november desember'.split(' ');
const MONTHS_EN = 'January February March April May June July August September October November December'.split(' ');

/** The local day as people say it, such as `lørdag 28. november`. */
export function dayWords(zone: string, at: Date): Sentence {
  return dayOf(zone, at, '');
}

/** The local moment as people say it, such as `lørdag 28. november kl. 16.00`. */
export function momentWords(zone: string, at: Date): Sentence {
  return wordsOf(zone, at, '');
}

/** The same of what may lie years away, such as `lørdag 28. november 2026 kl. 16.00`. */
export function momentOfYearWords(zone: string, at: Date): Sentence {
  return wordsOf(zone, at, ` ${dayText(localDayNumber(zone, at.getTime())).slice(0, 4)}`);
}

function wordsOf(zone: string, at: Date, year: string): Sentence {
  const [day, clock] = [dayOf(zone, at, year), localClock(zone, at)];
  return { nb: `${day.nb} kl. ${clock.replace(':', '.')}`, en: `${day.en} at ${clock}` };
}

function dayOf(zone: string, at: Date, year: string): Sentence {
  const number = localDayNumber(zone, at.getTime());
  const [month, date] = dayText(number).slice(5).split('-').map(Number) as [number, number];
  const weekday = weekdayOf(number) - 1;
  return {
    nb: `${WEEKDAYS_NB[weekday]} ${date}. ${MONTHS_NB[month - 1]}${year}`,
    en: `${WEEKDAYS_EN[weekday]} ${date} ${MONTHS_EN[month - 1]}${year}`,
  };
}

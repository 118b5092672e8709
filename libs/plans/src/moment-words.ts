import type { Sentence } from '@varde/vitals';
import { dayText, localClock, localDayNumber, whichOfTwice, weekdayOf } from './zone.js';

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

/** Which of the two hours it is, where one comes twice. */
const SEASON_WORDS: Readonly<Record<'first' | 'second', Sentence>> = {
  first: { nb: ' (sommertid)', en: ' (summer time)' },
  second: { nb: ' (vintertid)', en: ' (winter time)' },
};

/** The local time of day as people say it, such as `kl. 16.00`; in the hour that comes twice in autumn with which of them it is. */
export function clockWords(zone: string, at: Date): Sentence {
  const clock = localClock(zone, at);
  const which = whichOfTwice(zone, at.getTime());
  const season = which === null ? { nb: '', en: '' } : SEASON_WORDS[which];
  return { nb: `kl. ${clock.replace(':', '.')}${season.nb}`, en: `${clock}${season.en}` };
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
  const [day, clock] = [dayOf(zone, at, year), clockWords(zone, at)];
  return { nb: `${day.nb} ${clock.nb}`, en: `${day.en} at ${clock.en}` };
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

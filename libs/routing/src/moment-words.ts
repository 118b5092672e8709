import type { Words } from '@varde/rules';
import { localDayOf, localMinuteOf, weekdayOf } from './local-time.js';

const WEEKDAYS_NB = ['mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag'];
/** In English, Monday first. */
export const WEEKDAYS_EN: readonly string[] = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS_NB = 'januar februar mars april mai juni juli august september oktober november desember'.split(' ');
const MONTHS_EN = 'January February March April May June July August September October November December'.split(' ');

/** The local day as people say it, such as `lørdag 28. november`. */
export function dayWords(zone: string, at: Date): Words {
  const day = new Date(localDayOf(zone, at));
  const [weekday, date, month] = [weekdayOf(day.getTime()) - 1, day.getUTCDate(), day.getUTCMonth()];
  return { nb: `${WEEKDAYS_NB[weekday]} ${date}. ${MONTHS_NB[month]}`, en: `${WEEKDAYS_EN[weekday]} ${date} ${MONTHS_EN[month]}` };
}

/** The local moment as people say it, such as `lørdag 28. november kl. 16.00`. */
export function momentWords(zone: string, at: Date): Words {
  const [day, minute] = [dayWords(zone, at), localMinuteOf(zone, at)];
  const [hh, mm] = [Math.floor(minute / 60), Math.floor(minute % 60)].map((part) => String(part).padStart(2, '0'));
  return { nb: `${day.nb} kl. ${hh}.${mm}`, en: `${day.en} at ${hh}:${mm}` };
}

import type { OpeningHours } from '@varde/routing';
import type { KeptSpecialDay } from '@varde/store';
import { UsageError } from './command.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const STRETCH = /^([a-z,\s-]+?)\s+(\d\d:\d\d)-(\d\d:\d\d)$/;

/**
 * Opening hours as typed: `always`, or stretches like `mon-fri 08:00-15:30; sat,sun 10:00-14:00`. Whether the times can be is the store's
 * to say.
 * @throws UsageError
 */
export function parseHours(text: string): OpeningHours[] {
  if (text.trim() === 'always') return [{ weekdays: EVERY_DAY, from: '00:00', to: '24:00' }];
  return text.split(';').map((stretch) => {
    const [, days, from, to] = STRETCH.exec(stretch.trim().toLowerCase()) ?? [];
    if (days === undefined || from === undefined || to === undefined)
      throw new UsageError(`opening hours are always, or like "mon-fri 08:00-15:30; sat 10:00-14:00", not "${stretch.trim()}"`);
    return { weekdays: parseDays(days), from, to };
  });
}

function parseDays(text: string): number[] {
  const days = text.split(',').flatMap((part) => {
    const [first, last = first] = part.trim().split('-').map(dayNumber);
    if (first === undefined || last === undefined || last < first)
      throw new UsageError(`${part.trim()} are no weekdays; write mon-fri or sat,sun`);
    return EVERY_DAY.slice(first - 1, last);
  });
  return [...new Set(days)].sort((a, b) => a - b);
}

function dayNumber(name: string): number {
  const index = DAYS.indexOf(name.trim());
  if (index < 0) throw new UsageError(`${name.trim()} is no weekday; weekdays are ${DAYS.join(', ')}`);
  return index + 1;
}

/** Opening hours in the words they are typed in. */
export function formatHours(hours: readonly OpeningHours[]): string {
  return hours
    .map(({ weekdays, from, to }) => {
      if (weekdays.length === 7 && from === '00:00' && to === '24:00') return 'always';
      return `${weekdays.map((day) => DAYS[day - 1] ?? String(day)).join(',')} ${from}-${to}`;
    })
    .join('; ');
}

const SPECIAL = /^(\d{4}-\d\d-\d\d)\s+(closed|\d\d:\d\d-\d\d:\d\d(?:\s*,\s*\d\d:\d\d-\d\d:\d\d)*)$/;

/**
 * Special days as typed: `2026-12-24 08:00-14:00; 2026-12-31 closed`; nothing: none. Whether day and times can be is the store's to say.
 * @throws UsageError
 */
export function parseSpecialDays(text: string): KeptSpecialDay[] {
  const days = text.split(';').map((each) => each.trim());
  return days
    .filter((each) => each !== '')
    .map((each) => {
      const [, day, hours] = SPECIAL.exec(each.toLowerCase()) ?? [];
      if (day === undefined || hours === undefined)
        throw new UsageError(`special days are like "2026-12-24 08:00-14:00; 2026-12-31 closed", not "${each}"`);
      return { day, hours: hours === 'closed' ? [] : hours.split(',').map(parseStretch) };
    });
}

function parseStretch(text: string): KeptSpecialDay['hours'][number] {
  const [from = '', to = ''] = text.trim().split('-');
  return { from, to };
}

/** Special days in the words they are typed in. */
export function formatSpecialDays(days: readonly KeptSpecialDay[]): string {
  return days.map(({ day, hours }) => `${day} ${hours.map(({ from, to }) => `${from}-${to}`).join(',') || 'closed'}`).join('; ');
}

import fc from 'fast-check';
import { easterSunday, isPublicHoliday, publicHolidays } from './holidays.js';
import { weekdayOf } from './local-time.js';

const dayText = (day: number) => new Date(day).toISOString().slice(0, 10);

test.each([
  ['1818-03-22'],
  ['1943-04-25'],
  ['2000-04-23'],
  ['2008-03-23'],
  ['2011-04-24'],
  ['2019-04-21'],
  ['2024-03-31'],
  ['2025-04-20'],
  ['2026-04-05'],
  ['2027-03-28'],
  ['2028-04-16'],
  ['2029-04-01'],
  ['2030-04-21'],
  ['2038-04-25'],
  ['2285-03-22'],
])('Easter Sunday %s', (expected) => expect(dayText(easterSunday(Number(expected.slice(0, 4))))).toBe(expected));

test('agrees with another way of reckoning it (Oudin, 1940), and is a Sunday from 22 March to 25 April', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1583, max: 4099 }), (year) => {
      const easter = easterSunday(year);
      const [first, last] = [Date.UTC(year, 2, 22), Date.UTC(year, 3, 25)];
      return easter === oudin(year) && weekdayOf(easter) === 7 && easter >= first && easter <= last;
    }),
    { numRuns: 1_000 },
  );
});

/** The calendars that were printed for these years. */
const PRINTED: readonly (readonly [number, string])[] = [
  [2024, '01-01 03-28 03-29 03-31 04-01 05-01 05-09 05-17 05-19 05-20 12-25 12-26'],
  [2025, '01-01 04-17 04-18 04-20 04-21 05-01 05-17 05-29 06-08 06-09 12-25 12-26'],
  [2026, '01-01 04-02 04-03 04-05 04-06 05-01 05-14 05-17 05-24 05-25 12-25 12-26'],
  // Whit Monday falls on 17 May.
  [2027, '01-01 03-25 03-26 03-28 03-29 05-01 05-06 05-16 05-17 12-25 12-26'],
  // Ascension Day fell on 1 May.
  [2008, '01-01 03-20 03-21 03-23 03-24 05-01 05-11 05-12 05-17 12-25 12-26'],
];

test.each(PRINTED)('public holidays of %i', (year, expected) => {
  const days = [...publicHolidays(year)].sort((a, b) => a - b).map((day) => dayText(day).slice(5));
  expect(days.join(' ')).toBe(expected);
});

test.each([
  ['2026-12-24', false],
  ['2026-12-31', false],
  ['2026-03-29', false],
  ['2026-05-17', true],
  ['2026-05-18', false],
])('%s is a public holiday: %s', (day, expected) => expect(isPublicHoliday(Date.parse(day))).toBe(expected));

function oudin(year: number): number {
  const div = (a: number, b: number) => Math.floor(a / b);
  const golden = year % 19;
  const century = div(year, 100);
  const h = (century - div(century, 4) - div(8 * century + 13, 25) + 19 * golden + 15) % 30;
  const i = h - div(h, 28) * (1 - div(29, h + 1) * div(21 - golden, 11));
  const j = (year + div(year, 4) + i + 2 - century + div(century, 4)) % 7;
  const month = 3 + div(i - j + 40, 44);
  return Date.UTC(year, month - 1, i - j + 28 - 31 * div(month, 4));
}

import { isZone } from '@varde/vitals';
import fc from 'fast-check';
import { dutyOfWeeks, type WeeklyDuty } from './roster.js';

const OSLO = 'Europe/Oslo';
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const line = (given: Partial<WeeklyDuty>): WeeklyDuty => ({
  ...{ personId: 1, kind: 'shift', weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30', everyWeeks: 1 },
  ...given,
});
const day = (text: string) => Date.parse(text);
const told = (pattern: readonly WeeklyDuty[], fromDay: string, weeks: number, zone = OSLO) =>
  dutyOfWeeks(zone, pattern, { fromDay: day(fromDay), weeks }).map(
    ({ personId, kind, from, to }) => `${personId} ${kind} ${from.toISOString().slice(0, 16)} ${to.toISOString().slice(0, 16)}`,
  );
const hours = (pattern: readonly WeeklyDuty[], fromDay: string) =>
  dutyOfWeeks(OSLO, pattern, { fromDay: day(fromDay), weeks: 1 }).map(({ from, to }) => (to.getTime() - from.getTime()) / 3_600_000);

test('begins on the day asked for and fills whole weeks from there', () => {
  expect(told([line({ weekdays: [1, 4] })], '2026-01-15', 2)).toEqual([
    '1 shift 2026-01-15T07:00 2026-01-15T14:30',
    '1 shift 2026-01-19T07:00 2026-01-19T14:30',
    '1 shift 2026-01-22T07:00 2026-01-22T14:30',
  ]);
});

test('lines that come every other week take turns', () => {
  const weekends = (personId: number): WeeklyDuty =>
    line({ personId, kind: 'on_call', weekdays: [6], from: '10:00', to: '10:00', everyWeeks: 2 });
  const first = told([weekends(1)], '2026-01-12', 4);
  const second = told([weekends(2)], '2026-01-19', 3);
  expect([...first, ...second].sort((a, b) => (a.slice(10) < b.slice(10) ? -1 : 1)).map((each) => each.slice(0, 19))).toEqual([
    '1 on_call 2026-01-1',
    '2 on_call 2026-01-2',
    '1 on_call 2026-01-3',
    '2 on_call 2026-02-0',
  ]);
});

test.each([
  // Oslo: 29 March 2026 02:00 to 03:00, 25 October 2026 03:00 to 02:00.
  ['nights of the week when the clock goes forward', '22:00', '07:00', '2026-03-23', [9, 9, 9, 9, 9, 8, 9]],
  ['nights of the week when the clock goes back', '22:00', '07:00', '2026-10-19', [9, 9, 9, 9, 9, 10, 9]],
  ['whole days of the week when the clock goes forward', '00:00', '24:00', '2026-03-23', [24, 24, 24, 24, 24, 24, 23]],
  ['whole days of the week when the clock goes back', '00:00', '24:00', '2026-10-19', [24, 24, 24, 24, 24, 24, 25]],
  ['an hour that comes twice', '02:00', '03:00', '2026-10-19', [1, 1, 1, 1, 1, 1, 2]],
  ['an hour that is missing does not come', '02:15', '02:45', '2026-03-23', [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
])('%s', (...[, from, to, fromDay, expected]) => expect(hours([line({ weekdays: EVERY_DAY, from, to })], fromDay)).toEqual(expected));

test('what cannot be read gives nothing', () => {
  expect(told([line({ from: '8:00' }), line({ to: '25:00' })], '2026-01-12', 1)).toEqual([]);
});

test('whole days of one person leave no gap and no overlap, in any zone, over a year', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(OSLO, 'Australia/Lord_Howe', 'America/St_Johns', 'UTC'),
      fc.integer({ min: 0, max: 700 }),
      (zone, offset) => {
        const fromDay = day('2026-01-01') + offset * 86_400_000;
        const duty = dutyOfWeeks(zone, [line({ weekdays: EVERY_DAY, from: '00:00', to: '24:00' })], { fromDay, weeks: 53 });
        return isZone(zone) && duty.every(({ from }, index) => index === 0 || duty[index - 1]?.to.getTime() === from.getTime());
      },
    ),
    { numRuns: 40 },
  );
});

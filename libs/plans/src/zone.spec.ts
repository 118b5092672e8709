import { dayNumberOf, dayText, instantOf, localClock, localDay, localDayNumber, weekdayOf } from './zone.js';

describe('local days', () => {
  test.each([
    ['2026-01-14T22:59:59Z', '2026-01-14', '23:59'],
    ['2026-01-14T23:00:00Z', '2026-01-15', '00:00'],
    ['2026-07-14T21:59:59Z', '2026-07-14', '23:59'],
    ['2026-07-14T22:00:00Z', '2026-07-15', '00:00'],
    ['2026-03-29T01:00:00Z', '2026-03-29', '03:00'],
  ])('%s is %s, %s in Oslo', (at, day, clock) => {
    expect(localDay('Europe/Oslo', new Date(at))).toBe(day);
    expect(localClock('Europe/Oslo', new Date(at))).toBe(clock);
    expect(localDayNumber('Europe/Oslo', Date.parse(at))).toBe(dayNumberOf(day));
  });

  test('text and number say the same, and weekdays are those of ISO', () => {
    expect(dayText(dayNumberOf('2026-03-29'))).toBe('2026-03-29');
    expect(weekdayOf(dayNumberOf('2026-03-29'))).toBe(7);
    expect(weekdayOf(dayNumberOf('2026-03-30'))).toBe(1);
    expect(weekdayOf(dayNumberOf('1969-12-29'))).toBe(1);
    expect(dayNumberOf('2026')).toBeNaN();
  });
});

describe('clock time to instant', () => {
  test.each([
    ['2026-01-15', '08:00', '2026-01-15T07:00:00.000Z', 'winter'],
    ['2026-07-15', '08:00', '2026-07-15T06:00:00.000Z', 'summer'],
    ['2026-03-29', '02:30', '2026-03-29T01:30:00.000Z', 'skipped in spring: an hour on, 03:30 shown'],
    ['2026-03-29', '01:59', '2026-03-29T00:59:00.000Z', 'last minute before the gap'],
    ['2026-03-29', '03:00', '2026-03-29T01:00:00.000Z', 'first minute after the gap'],
    ['2026-03-29', '08:00', '2026-03-29T06:00:00.000Z', 'later the same day'],
    ['2026-10-25', '02:30', '2026-10-25T00:30:00.000Z', 'shown twice in autumn: the first'],
    ['2026-10-25', '01:30', '2026-10-24T23:30:00.000Z', 'before the overlap'],
    ['2026-10-25', '03:00', '2026-10-25T02:00:00.000Z', 'after the overlap'],
    ['2026-10-25', '00:00', '2026-10-24T22:00:00.000Z', 'midnight of a day of 25 hours'],
  ])('%s %s is %s (%s)', (day, clock, expected) => {
    const minutes = Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
    expect(new Date(instantOf('Europe/Oslo', dayNumberOf(day), minutes)).toISOString()).toBe(expected);
  });
});

import { formatHours, formatSpecialDays, parseHours, parseSpecialDays } from './hours.js';

describe('opening hours as typed', () => {
  test.each([
    ['always', [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }], 'always'],
    ['mon-fri 08:00-15:30', [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }], 'mon,tue,wed,thu,fri 08:00-15:30'],
    [
      'Mon-Fri 08:00-22:00; sat, sun 10:00-14:00',
      [
        { weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '22:00' },
        { weekdays: [6, 7], from: '10:00', to: '14:00' },
      ],
      'mon,tue,wed,thu,fri 08:00-22:00; sat,sun 10:00-14:00',
    ],
    ['fri-sun,mon 22:00-07:00', [{ weekdays: [1, 5, 6, 7], from: '22:00', to: '07:00' }], 'mon,fri,sat,sun 22:00-07:00'],
  ])('%s', (typed, hours, said) => {
    expect(parseHours(typed)).toEqual(hours);
    expect(formatHours(hours)).toBe(said);
    expect(parseHours(said)).toEqual(hours);
  });

  test.each([
    ['', /opening hours are/],
    ['08:00-15:00', /opening hours are/],
    ['mon 8-15', /opening hours are/],
    ['fri-mon 08:00-15:00', /no weekdays/],
    ['man 08:00-15:00', /man is no weekday/],
  ])('"%s" is not understood', (typed, reason) => expect(() => parseHours(typed)).toThrow(reason));
});

describe('special days as typed', () => {
  test.each([
    ['2026-12-24 08:00-14:00', [{ day: '2026-12-24', hours: [{ from: '08:00', to: '14:00' }] }]],
    ['', []],
    [
      '2026-12-24 08:00-12:00,13:00-14:00; 2026-12-31 closed',
      [
        {
          day: '2026-12-24',
          hours: [
            { from: '08:00', to: '12:00' },
            { from: '13:00', to: '14:00' },
          ],
        },
        { day: '2026-12-31', hours: [] },
      ],
    ],
  ])('%s', (typed, days) => {
    expect(parseSpecialDays(typed)).toEqual(days);
    expect(formatSpecialDays(days)).toBe(typed);
  });

  test.each(['24 December closed', '2026-12-24', '2026-12-24 8-14', '2026-12-24 08:00-14:00,'])('"%s" is not understood', (typed) =>
    expect(() => parseSpecialDays(typed)).toThrow(/special days are like/),
  );
});

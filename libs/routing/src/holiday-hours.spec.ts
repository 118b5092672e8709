import { addOpenMinutes, endOfServiceDay, isOpen, nextOpening } from './opening-hours.js';
import { unitOf, type HolidayRule, type SpecialDay } from './unit.js';

const at = (text: string) => new Date(text);
const day = (text: string) => Date.parse(text);
const HOURS = [
  { weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' },
  { weekdays: [7], from: '10:00', to: '14:00' },
];
const office = (onHolidays: HolidayRule, specialDays: readonly SpecialDay[] = []) =>
  unitOf({ id: 1, name: 'Fjordgløtt oppfølging', careLevel: 'dho', zone: 'Europe/Oslo', openingHours: HOURS, onHolidays, specialDays });
const christmas = office('closed', [
  { day: day('2026-12-24'), hours: [{ from: '08:00', to: '14:00' }] },
  { day: day('2026-12-31'), hours: [] },
  { day: day('2027-01-01'), hours: [{ from: '11:00', to: '12:00' }] },
]);

describe('public holidays', () => {
  test.each<[string, HolidayRule, string, boolean]>([
    ['1 January on a Thursday', 'as_usual', '2026-01-01T09:00:00+01:00', true],
    ['1 January on a Thursday', 'closed', '2026-01-01T09:00:00+01:00', false],
    ['1 January on a Thursday, too early for a Sunday', 'as_sunday', '2026-01-01T09:00:00+01:00', false],
    ['1 January on a Thursday', 'as_sunday', '2026-01-01T10:00:00+01:00', true],
    ['1 January on a Thursday, past the Sunday hours', 'as_sunday', '2026-01-01T14:00:00+01:00', false],
    ['17 May on a Sunday', 'as_usual', '2026-05-17T11:00:00+02:00', true],
    ['17 May on a Sunday', 'closed', '2026-05-17T11:00:00+02:00', false],
    ['an ordinary Sunday', 'closed', '2026-05-10T11:00:00+02:00', true],
    ['17 May on a Monday that is Whit Monday too', 'closed', '2027-05-17T11:00:00+02:00', false],
    ['Maundy Thursday', 'closed', '2026-04-02T09:00:00+02:00', false],
    ['Ascension Day', 'closed', '2026-05-14T09:00:00+02:00', false],
    ['the day after Ascension', 'closed', '2026-05-15T09:00:00+02:00', true],
    ['Christmas Eve is no public holiday', 'closed', '2026-12-24T15:00:00+01:00', true],
  ])('%s (%s) %s', (_, rule, when, expected) => expect(isOpen(office(rule), at(when))).toBe(expected));

  test('Easter 2026 is one long closing, through the clocks of opening too', () => {
    const unit = office('closed');
    const wednesday = at('2026-04-01T15:30:00+02:00');
    expect(nextOpening(unit, wednesday)).toEqual(at('2026-04-07T08:00:00+02:00'));
    expect(addOpenMinutes(unit, at('2026-04-01T15:00:00+02:00'), 60)).toEqual(at('2026-04-07T08:30:00+02:00'));
    expect(endOfServiceDay(unit, wednesday, 1)).toEqual(at('2026-04-07T15:30:00+02:00'));
    expect(endOfServiceDay(unit, at('2026-03-31T09:00:00+02:00'), 2)).toEqual(at('2026-04-07T15:30:00+02:00'));
  });

  test('a night that began the evening before runs into the holiday', () => {
    const hours = [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '07:00' }];
    const nights = unitOf({ ...office('closed'), openingHours: hours });
    expect(isOpen(nights, at('2026-05-14T06:59:00+02:00'))).toBe(true);
    expect(isOpen(nights, at('2026-05-14T22:30:00+02:00'))).toBe(false);
    expect(nextOpening(nights, at('2026-05-14T07:00:00+02:00'))).toEqual(at('2026-05-15T22:00:00+02:00'));
  });

  test('a unit that works on Sundays only works on holidays as on a Sunday', () => {
    const sundays = unitOf({ ...office('as_sunday'), openingHours: [{ weekdays: [7], from: '10:00', to: '14:00' }] });
    expect(nextOpening(sundays, at('2026-03-30T00:00:00+02:00'))).toEqual(at('2026-04-02T10:00:00+02:00'));
  });

  test('the night when the clock goes forward is Easter night in 2027: the day has its own length', () => {
    const always = unitOf({ ...office('closed'), openingHours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }] });
    // Saturday 27 March is open to midnight; Easter Sunday of 23 hours and Easter Monday are not.
    expect(isOpen(always, at('2027-03-27T23:59:00+01:00'))).toBe(true);
    expect(nextOpening(always, at('2027-03-28T00:00:00+01:00'))).toEqual(at('2027-03-30T00:00:00+02:00'));
  });

  test('the day when the clock goes back has 25 hours on a unit that is always open', () => {
    const always = unitOf({ ...office('as_sunday'), openingHours: [{ weekdays: [7], from: '00:00', to: '24:00' }] });
    expect(addOpenMinutes(always, at('2026-10-25T00:00:00+02:00'), 25 * 60)).toEqual(at('2026-10-26T00:00:00+01:00'));
  });
});

describe('special days', () => {
  test.each([
    ['Christmas Eve to 14:00', '2026-12-24T13:59:59+01:00', true],
    ['Christmas Eve after it', '2026-12-24T14:00:00+01:00', false],
    ['the first day of Christmas', '2026-12-25T10:00:00+01:00', false],
    ['New Year’s Eve without hours', '2026-12-31T10:00:00+01:00', false],
    ['1 January: a special day comes before the holiday', '2027-01-01T11:30:00+01:00', true],
    ['1 January, after its hour', '2027-01-01T12:00:00+01:00', false],
    ['Christmas Eve of another year is not special', '2027-12-24T15:00:00+01:00', true],
  ])('%s', (_, when, expected) => expect(isOpen(christmas, at(when))).toBe(expected));

  test('the clocks of opening know them', () => {
    expect(addOpenMinutes(christmas, at('2026-12-24T13:00:00+01:00'), 120)).toEqual(at('2026-12-27T11:00:00+01:00'));
    expect(endOfServiceDay(christmas, at('2026-12-23T10:00:00+01:00'), 1)).toEqual(at('2026-12-24T14:00:00+01:00'));
    expect(nextOpening(christmas, at('2026-12-30T15:30:00+01:00'))).toEqual(at('2027-01-01T11:00:00+01:00'));
  });

  test('a unit with no other hours opens on them', () => {
    const once = unitOf({ ...christmas, openingHours: [] });
    expect(nextOpening(once, at('2026-12-01T00:00:00Z'))).toEqual(at('2026-12-24T08:00:00+01:00'));
    expect(nextOpening(once, at('2027-01-02T00:00:00Z'))).toBeNull();
  });
});

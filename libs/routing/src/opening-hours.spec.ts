import fc from 'fast-check';
import { addOpenMinutes, endOfServiceDay, isOpen, minuteOf, nextOpening } from './opening-hours.js';
import { unitOf, type OpeningHours, type Unit } from './unit.js';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const WORKDAYS = [1, 2, 3, 4, 5];
const at = (text: string) => new Date(text);
const unitWith = (openingHours: readonly OpeningHours[], zone = 'Europe/Oslo'): Unit =>
  unitOf({ id: 1, name: 'Fjordgløtt oppfølging', careLevel: 'dho', zone, openingHours });
const office = unitWith([{ weekdays: WORKDAYS, from: '08:00', to: '15:30' }]);
const always = unitWith([{ weekdays: EVERY_DAY, from: '00:00', to: '24:00' }]);
const nights = unitWith([{ weekdays: EVERY_DAY, from: '22:00', to: '07:00' }]);
const never = unitWith([]);

describe('isOpen', () => {
  test.each([
    ['the first minute', office, '2026-01-15T08:00:00+01:00', true],
    ['the minute before', office, '2026-01-15T07:59:59+01:00', false],
    ['the last second', office, '2026-01-15T15:29:59+01:00', true],
    ['closing time is closed', office, '2026-01-15T15:30:00+01:00', false],
    ['Saturday', office, '2026-01-17T10:00:00+01:00', false],
    ['the same clock time in summer', office, '2026-07-15T08:00:00+02:00', true],
    ['the hour before in summer', office, '2026-07-15T07:59:00+02:00', false],
    ['24:00 runs into the next day without a gap', always, '2026-01-16T00:00:00+01:00', true],
    ['over midnight, before it', nights, '2026-01-15T23:00:00+01:00', true],
    ['over midnight, after it', nights, '2026-01-16T06:59:00+01:00', true],
    ['over midnight, ended', nights, '2026-01-16T07:00:00+01:00', false],
    ['no hours at all', never, '2026-01-15T10:00:00+01:00', false],
  ])('%s', (_, unit, when, expected) => expect(isOpen(unit, at(when))).toBe(expected));

  test('a Friday night shift still runs on Saturday morning', () => {
    const friday = unitWith([{ weekdays: [5], from: '22:00', to: '06:00' }]);
    expect(isOpen(friday, at('2026-01-17T05:00:00+01:00'))).toBe(true);
    expect(isOpen(friday, at('2026-01-18T05:00:00+01:00'))).toBe(false);
  });
});

describe('nights when the clock changes (Oslo: 29 March 2026 02:00 to 03:00, 25 October 2026 03:00 to 02:00)', () => {
  test.each([
    ['a night shift is an hour shorter in spring', '2026-03-28T22:00:00+01:00', 8],
    ['and an hour longer in autumn', '2026-10-24T22:00:00+02:00', 10],
  ])('%s', (_, opens, hours) => {
    expect(nextOpening(nights, at(opens))).toEqual(at(opens));
    expect(addOpenMinutes(nights, at(opens), hours * 60)).toEqual(new Date(at(opens).getTime() + hours * 3_600_000));
    expect(isOpen(nights, new Date(at(opens).getTime() + hours * 3_600_000 - 1))).toBe(true);
    expect(isOpen(nights, new Date(at(opens).getTime() + hours * 3_600_000))).toBe(false);
  });

  test('an opening time that does not exist is the moment the clock jumps', () => {
    const early = unitWith([{ weekdays: EVERY_DAY, from: '02:30', to: '10:00' }]);
    expect(nextOpening(early, at('2026-03-29T00:00:00+01:00'))).toEqual(at('2026-03-29T03:00:00+02:00'));
  });

  test('hours that lie wholly in the missing hour do not come that day', () => {
    const gone = unitWith([{ weekdays: EVERY_DAY, from: '02:15', to: '02:45' }]);
    expect(nextOpening(gone, at('2026-03-29T00:00:00+01:00'))).toEqual(at('2026-03-30T02:15:00+02:00'));
  });

  test('an hour that comes twice is open from its first coming to its last', () => {
    const twice = unitWith([{ weekdays: EVERY_DAY, from: '02:00', to: '03:00' }]);
    expect(nextOpening(twice, at('2026-10-25T00:00:00+02:00'))).toEqual(at('2026-10-25T02:00:00+02:00'));
    expect(addOpenMinutes(twice, at('2026-10-25T00:00:00+02:00'), 120)).toEqual(at('2026-10-25T03:00:00+01:00'));
  });

  test('a zone whose offset is not whole hours', () => {
    const kathmandu = unitWith([{ weekdays: EVERY_DAY, from: '08:00', to: '16:00' }], 'Asia/Kathmandu');
    expect(nextOpening(kathmandu, at('2026-01-15T00:00:00Z'))).toEqual(at('2026-01-15T02:15:00Z'));
  });
});

describe('the opening-hours clock', () => {
  test.each([
    ['within one day', '2026-01-15T09:00:00+01:00', 240, '2026-01-15T13:00:00+01:00'],
    ['exactly to closing time', '2026-01-15T11:30:00+01:00', 240, '2026-01-15T15:30:00+01:00'],
    ['over the night', '2026-01-15T14:30:00+01:00', 240, '2026-01-16T11:00:00+01:00'],
    ['over the weekend', '2026-01-16T15:00:00+01:00', 240, '2026-01-19T11:30:00+01:00'],
    ['from a closed moment', '2026-01-17T12:00:00+01:00', 60, '2026-01-19T09:00:00+01:00'],
    ['nothing to wait for is the next opening', '2026-01-17T12:00:00+01:00', 0, '2026-01-19T08:00:00+01:00'],
  ])('%s', (_, from, minutes, expected) => expect(addOpenMinutes(office, at(from), minutes)).toEqual(at(expected)));

  test('a unit that never opens gives no moment', () => {
    expect(addOpenMinutes(never, at('2026-01-15T09:00:00Z'), 1)).toBeNull();
    expect(nextOpening(unitWith([{ weekdays: [8], from: '08:00', to: '09:00' }]), at('2026-01-15T09:00:00Z'))).toBeNull();
  });

  test('hours given twice are counted once', () => {
    const doubled = unitWith([...office.openingHours, { weekdays: WORKDAYS, from: '10:00', to: '12:00' }]);
    expect(addOpenMinutes(doubled, at('2026-01-15T09:00:00+01:00'), 240)).toEqual(at('2026-01-15T13:00:00+01:00'));
  });

  const clock = fc.integer({ min: 0, max: 95 }).map((quarter) => `${pad(Math.floor(quarter / 4))}:${pad((quarter % 4) * 15)}`);
  const hours = fc.record({ weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), from: clock, to: clock });
  const zone = fc.constantFrom('Europe/Oslo', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC');
  // Around the changes of the clock in 2026; quarters of an hour, which all these zones change by.
  const QUARTER_MS = 900_000;
  const moment = fc
    .tuple(fc.constantFrom('2026-03-27T00:00:00Z', '2026-10-23T00:00:00Z', '2026-04-03T00:00:00Z'), fc.integer({ min: 0, max: 4 * 96 }))
    .map(([day, quarter]) => new Date(Date.parse(day) + quarter * QUARTER_MS));

  test('agrees with counting the open quarters one by one, over changes of the clock', () => {
    fc.assert(
      fc.property(
        fc.array(hours, { minLength: 1, maxLength: 3 }),
        zone,
        moment,
        fc.integer({ min: 1, max: 40 }),
        (each, where, from, quarters) => {
          const unit = unitWith(each, where);
          const end = addOpenMinutes(unit, from, quarters * 15);
          let counted = 0;
          let t = from.getTime();
          for (; counted < quarters && t - from.getTime() < 9 * 86_400_000; t += QUARTER_MS) if (isOpen(unit, new Date(t))) counted++;
          return counted < quarters || end?.getTime() === t;
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the end of the next service day', () => {
  test.each([
    ['from a Thursday', '2026-01-15T09:00:00+01:00', '2026-01-16T15:30:00+01:00'],
    ['from a Friday', '2026-01-16T16:00:00+01:00', '2026-01-19T15:30:00+01:00'],
    ['from a Saturday', '2026-01-17T12:00:00+01:00', '2026-01-19T15:30:00+01:00'],
  ])('%s', (_, from, expected) => expect(endOfServiceDay(office, at(from), 1)).toEqual(at(expected)));

  test('a night shift is the day it began on', () => {
    expect(endOfServiceDay(nights, at('2026-01-15T23:00:00+01:00'), 1)).toEqual(at('2026-01-17T07:00:00+01:00'));
  });

  test('two shifts on one day end with the later', () => {
    const shifts = unitWith([
      { weekdays: EVERY_DAY, from: '14:00', to: '20:00' },
      { weekdays: EVERY_DAY, from: '08:00', to: '15:00' },
    ]);
    expect(endOfServiceDay(shifts, at('2026-01-15T09:00:00+01:00'), 1)).toEqual(at('2026-01-16T20:00:00+01:00'));
    expect(endOfServiceDay(shifts, at('2026-01-15T09:00:00+01:00'), 2)).toEqual(at('2026-01-17T20:00:00+01:00'));
  });

  test('never, when it never opens', () => expect(endOfServiceDay(never, at('2026-01-15T09:00:00Z'), 1)).toBeNull());
});

test.each([
  ['00:00', 0],
  ['24:00', 1440],
  ['23:59', 1439],
  ['24:01', null],
  ['8:00', null],
  ['', null],
])('minuteOf(%s)', (text, expected) => expect(minuteOf(text)).toBe(expected));

function pad(n: number): string {
  return String(n).padStart(2, '0');
}

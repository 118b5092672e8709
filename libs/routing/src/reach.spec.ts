import fc from 'fast-check';
import { isStaffed, nextStaffed, onDuty, shiftEnd } from './reach.js';
import { unitOf, type Duty } from './unit.js';

const at = (text: string) => new Date(text);
const duty = (personId: number, kind: Duty['kind'], from: string, to: string): Duty => ({ personId, kind, from: at(from), to: at(to) });
const DAYTIME = [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }];
const unitWith = (roster: readonly Duty[] | null) =>
  unitOf({ id: 1, name: 'Fjordgløtt oppfølging', careLevel: 'dho', zone: 'Europe/Oslo', openingHours: DAYTIME, duty: roster });

// A Thursday: Kari has the day, Ola is on call from the afternoon through the night, Kari is back on Friday after ten.
const unit = unitWith([
  duty(1, 'shift', '2026-01-15T07:30:00+01:00', '2026-01-15T13:00:00+01:00'),
  duty(1, 'shift', '2026-01-15T13:00:00+01:00', '2026-01-15T16:00:00+01:00'),
  duty(2, 'on_call', '2026-01-15T20:00:00+01:00', '2026-01-16T07:00:00+01:00'),
  duty(1, 'shift', '2026-01-16T10:00:00+01:00', '2026-01-16T15:30:00+01:00'),
]);

describe('isStaffed', () => {
  test.each([
    ['a shift before the unit opens reaches nobody', '2026-01-15T07:45:00+01:00', false],
    ['a shift while it is open', '2026-01-15T08:00:00+01:00', true],
    ['between two shifts that touch', '2026-01-15T13:00:00+01:00', true],
    ['a shift after closing time', '2026-01-15T15:45:00+01:00', false],
    ['nobody', '2026-01-15T19:59:59+01:00', false],
    ['on call while it is closed', '2026-01-15T20:00:00+01:00', true],
    ['on call, to its last moment', '2026-01-16T06:59:59+01:00', true],
    ['on call has ended', '2026-01-16T07:00:00+01:00', false],
    ['open, and nobody is on duty', '2026-01-16T09:00:00+01:00', false],
    ['open, and nobody is on duty, days later', '2026-01-20T09:00:00+01:00', false],
  ])('%s', (_, when, expected) => expect(isStaffed(unit, at(when))).toBe(expected));

  test('without a roster somebody is there while it is open', () => {
    expect(isStaffed(unitWith(null), at('2026-01-20T09:00:00+01:00'))).toBe(true);
    expect(isStaffed(unitWith(null), at('2026-01-20T16:00:00+01:00'))).toBe(false);
  });

  test('a kept roster with nobody on it is never staffed', () => {
    expect(isStaffed(unitWith([]), at('2026-01-20T09:00:00+01:00'))).toBe(false);
    expect(nextStaffed(unitWith([]), at('2026-01-20T09:00:00+01:00'))).toBeNull();
  });
});

describe('nextStaffed', () => {
  test.each([
    ['a shift waits for the opening', '2026-01-15T05:00:00+01:00', '2026-01-15T08:00:00+01:00'],
    ['now', '2026-01-15T09:12:13+01:00', '2026-01-15T09:12:13+01:00'],
    ['on call comes before the next shift', '2026-01-15T15:30:00+01:00', '2026-01-15T20:00:00+01:00'],
    ['a shift begins while it is open', '2026-01-16T07:00:00+01:00', '2026-01-16T10:00:00+01:00'],
    ['the roster has ended', '2026-01-16T15:30:00+01:00', null],
  ])('%s', (_, when, expected) => expect(nextStaffed(unit, at(when))).toEqual(expected === null ? null : at(expected)));

  test('shifts on days when the unit is closed are passed over', () => {
    const weekend = unitWith([
      duty(1, 'shift', '2026-01-17T08:00:00+01:00', '2026-01-17T16:00:00+01:00'),
      duty(1, 'shift', '2026-01-18T08:00:00+01:00', '2026-01-18T16:00:00+01:00'),
      duty(1, 'shift', '2026-01-19T12:00:00+01:00', '2026-01-19T16:00:00+01:00'),
    ]);
    expect(nextStaffed(weekend, at('2026-01-16T16:00:00+01:00'))).toEqual(at('2026-01-19T12:00:00+01:00'));
  });

  test('the night when the clock goes back: on call for eleven hours from 20:00 ends at 06:00', () => {
    const night = unitWith([duty(2, 'on_call', '2026-10-24T20:00:00+02:00', '2026-10-25T06:00:00+01:00')]);
    expect(isStaffed(night, new Date(at('2026-10-24T20:00:00+02:00').getTime() + 11 * 3_600_000 - 1))).toBe(true);
    expect(isStaffed(night, new Date(at('2026-10-24T20:00:00+02:00').getTime() + 11 * 3_600_000))).toBe(false);
  });

  const HALF_HOUR_MS = 1_800_000;
  const START = Date.parse('2026-03-27T00:00:00Z');
  const slots = fc
    .tuple(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 40 }), fc.constantFrom<Duty['kind']>('shift', 'on_call'))
    .map(([from, length, kind]): Duty => {
      const fromMs = START + from * HALF_HOUR_MS;
      return { personId: 1, kind, from: new Date(fromMs), to: new Date(fromMs + length * HALF_HOUR_MS) };
    });

  test('is the first staffed half hour counted one by one, over the night when the clock goes forward', () => {
    fc.assert(
      fc.property(fc.array(slots, { maxLength: 8 }), fc.nat({ max: 340 }), (roster, from) => {
        const sorted = roster.toSorted((a, b) => a.from.getTime() - b.from.getTime());
        const each = unitWith(sorted);
        const moment = new Date(START + from * HALF_HOUR_MS);
        let expected: number | null = null;
        for (let t = moment.getTime(); t < START + 400 * HALF_HOUR_MS; t += HALF_HOUR_MS) {
          if (onDuty(each, new Date(t)).length === 0) continue;
          expected = t;
          break;
        }
        return (nextStaffed(each, moment)?.getTime() ?? null) === expected && isStaffed(each, moment) === (expected === moment.getTime());
      }),
      { numRuns: 200 },
    );
  });
});

describe('onDuty', () => {
  test.each([
    ['before it opens', '2026-01-15T07:45:00+01:00', []],
    ['in the daytime', '2026-01-15T09:00:00+01:00', [1]],
    ['in the night', '2026-01-15T23:00:00+01:00', [2]],
  ])('%s', (_, when, expected) => expect(onDuty(unit, at(when)).map(({ personId }) => personId)).toEqual(expected));

  test('nobody is named without a roster', () => expect(onDuty(unitWith(null), at('2026-01-15T09:00:00+01:00'))).toEqual([]));
});

describe('shiftEnd', () => {
  test.each([
    ['goes on into the next shift without a gap', 1, '2026-01-15T09:00:00+01:00', '2026-01-15T16:00:00+01:00'],
    ['a gap ends it', 1, '2026-01-16T11:00:00+01:00', '2026-01-16T15:30:00+01:00'],
    ['somebody else has the duty', 2, '2026-01-15T09:00:00+01:00', null],
    ['on call', 2, '2026-01-16T01:00:00+01:00', '2026-01-16T07:00:00+01:00'],
    ['the end is not part of it', 2, '2026-01-16T07:00:00+01:00', null],
  ])('%s', (_, personId, when, expected) => expect(shiftEnd(unit, personId, at(when))).toEqual(expected === null ? null : at(expected)));

  test('a shift within a longer one does not shorten it', () => {
    const long = unitWith([
      duty(1, 'on_call', '2026-01-15T08:00:00+01:00', '2026-01-15T20:00:00+01:00'),
      duty(1, 'shift', '2026-01-15T09:00:00+01:00', '2026-01-15T10:00:00+01:00'),
      duty(1, 'shift', '2026-01-15T20:00:00+01:00', '2026-01-15T21:00:00+01:00'),
    ]);
    expect(shiftEnd(long, 1, at('2026-01-15T09:30:00+01:00'))).toEqual(at('2026-01-15T21:00:00+01:00'));
  });
});

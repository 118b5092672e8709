import fc from 'fast-check';
import type { ScheduledMeasurement } from './care-plan.js';
import { lastPlannedMs, minutesOf, nextPlannedMs, plannedTimes } from './schedule.js';

const OSLO = 'Europe/Oslo';
const item = (over: Partial<ScheduledMeasurement> = {}): ScheduledMeasurement => ({
  metric: 'spo2',
  atLocal: '08:00',
  weekdays: [1, 2, 3, 4, 5, 6, 7],
  from: new Date('2026-01-01T00:00:00Z'),
  to: null,
  ...over,
});
const times = (schedule: readonly ScheduledMeasurement[], from: string, to: string): string[] =>
  plannedTimes(schedule, OSLO, new Date(from), new Date(to)).map(({ metric, at }) => `${metric} ${at.toISOString().slice(0, 16)}`);

describe('planned times', () => {
  test('keep to the clock on the wall when summer time begins and ends', () => {
    expect(times([item()], '2026-03-28T00:00:00Z', '2026-03-31T00:00:00Z')).toEqual([
      'spo2 2026-03-28T07:00',
      'spo2 2026-03-29T06:00',
      'spo2 2026-03-30T06:00',
    ]);
    expect(times([item()], '2026-10-24T00:00:00Z', '2026-10-27T00:00:00Z')).toEqual([
      'spo2 2026-10-24T06:00',
      'spo2 2026-10-25T07:00',
      'spo2 2026-10-26T07:00',
    ]);
  });

  test('a skipped clock time comes once, a doubled one comes once', () => {
    expect(times([item({ atLocal: '02:30' })], '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      'spo2 2026-03-29T01:30',
      'spo2 2026-03-30T00:30',
    ]);
    expect(times([item({ atLocal: '02:30' })], '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      'spo2 2026-10-25T00:30',
      'spo2 2026-10-26T01:30',
    ]);
  });

  test('only on its weekdays, from and until its own dates, the end left out', () => {
    const weekly = item({ metric: 'weight', weekdays: [1, 4], to: new Date('2026-01-15T07:00:00Z') });
    expect(times([weekly], '2026-01-05T07:00:00Z', '2026-02-01T00:00:00Z')).toEqual([
      'weight 2026-01-05T07:00',
      'weight 2026-01-08T07:00',
      'weight 2026-01-12T07:00',
    ]);
    expect(times([item()], '2026-01-05T07:00:00Z', '2026-01-05T07:00:00Z')).toEqual([]);
  });

  test('next and last planned are neighbours in the list of all', () => {
    const schedule = [item({ weekdays: [2, 5] }), item({ atLocal: '20:15', weekdays: [7] }), item({ atLocal: '02:30', weekdays: [7] })];
    const all = plannedTimes(schedule, OSLO, new Date('2026-01-01T00:00:00Z'), new Date('2027-02-01T00:00:00Z')).map(({ at }) =>
      at.getTime(),
    );
    const between = fc.integer({ min: Date.parse('2026-02-01T00:00:00Z'), max: Date.parse('2026-12-31T00:00:00Z') });
    fc.assert(
      fc.property(fc.oneof(between, fc.constantFrom(...all.slice(20, 160))), (atMs) => {
        expect(nextPlannedMs(schedule, OSLO, atMs)).toBe(all.find((planned) => planned > atMs) ?? null);
        expect(lastPlannedMs(schedule, OSLO, atMs)).toBe(all.filter((planned) => planned <= atMs).at(-1) ?? null);
      }),
    );
  });

  test('nothing is planned before it begins or after it ends', () => {
    const bounded = item({ from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') });
    expect(lastPlannedMs([bounded], OSLO, Date.parse('2026-02-20T00:00:00Z'))).toBeNull();
    expect(nextPlannedMs([bounded], OSLO, Date.parse('2026-02-01T00:00:00Z'))).toBe(Date.parse('2026-03-01T07:00:00Z'));
    expect(nextPlannedMs([bounded], OSLO, Date.parse('2026-03-31T12:00:00Z'))).toBeNull();
    expect(lastPlannedMs([bounded], OSLO, Date.parse('2026-06-01T12:00:00Z'))).toBe(Date.parse('2026-03-31T06:00:00Z'));
  });
});

test.each([
  ['00:00', 0],
  ['07:05', 425],
  ['23:59', 1439],
  ['24:00', Number.NaN],
  ['7:05', Number.NaN],
  ['07:60', Number.NaN],
  ['07-05', Number.NaN],
  ['07:05 ', Number.NaN],
])('%p is %p minutes after midnight', (text, minutes) => {
  expect(minutesOf(text)).toBe(minutes);
});

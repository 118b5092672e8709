import fc from 'fast-check';
import type { ScheduledMeasurement } from './care-plan.js';
import { lastPlannedMs, minutesOf, nextPlannedMs, plannedTimes, scheduleInForce } from './schedule.js';

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

describe('what is agreed for an open episode', () => {
  const usual = item({ weekdays: [1, 4] });
  const more = item({ onlyInEpisode: true, from: new Date('2026-01-10T00:00:00Z') });
  const week = (followedFrom: string | null, schedule = [usual, more]): string[] => {
    const inForce = scheduleInForce(schedule, followedFrom === null ? null : new Date(followedFrom));
    return [...new Set(times(inForce, '2026-03-23T00:00:00Z', '2026-03-30T22:00:00Z'))].map((time) => time.slice('spo2 '.length));
  };

  // Monday 23 March to Monday 30 March; the clock goes forward on Sunday.
  test.each<[string, string | null, readonly string[]]>([
    ['no episode: the usual days', null, ['2026-03-23T07:00', '2026-03-26T07:00', '2026-03-30T06:00']],
    [
      'one from before: every day, by the clock on the wall',
      '2026-03-20T12:00:00Z',
      [23, 24, 25, 26, 27, 28].map((day) => `2026-03-${day}T07:00`).concat('2026-03-29T06:00', '2026-03-30T06:00'),
    ],
    [
      'from the moment of the opening on',
      '2026-03-27T07:00:00.001Z',
      ['2026-03-23T07:00', '2026-03-26T07:00', '2026-03-28T07:00', '2026-03-29T06:00', '2026-03-30T06:00'],
    ],
    [
      'that moment counts',
      '2026-03-28T07:00:00Z',
      ['2026-03-23T07:00', '2026-03-26T07:00', '2026-03-28T07:00', '2026-03-29T06:00', '2026-03-30T06:00'],
    ],
    [
      'opened on the day the clock goes forward, after the planned time',
      '2026-03-29T06:00:01Z',
      ['2026-03-23T07:00', '2026-03-26T07:00', '2026-03-30T06:00'],
    ],
  ])('%s', (_name, followedFrom, expected) => {
    expect(week(followedFrom)).toEqual(expected);
  });

  test('begins no earlier than agreed, ends when agreed, and touches nothing else', () => {
    expect(week('2025-12-01T00:00:00Z', [{ ...more, from: new Date('2026-03-29T12:00:00Z') }])).toEqual(['2026-03-30T06:00']);
    expect(week('2025-12-01T00:00:00Z', [{ ...more, to: new Date('2026-03-24T00:00:00Z') }])).toEqual(['2026-03-23T07:00']);
    const plain = [usual];
    expect(scheduleInForce(plain, new Date('2026-03-23T00:00:00Z'))).toBe(plain);
    expect(scheduleInForce([usual, more], null)).toEqual([usual]);
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

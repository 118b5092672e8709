import fc from 'fast-check';
import type { MeasuringDays, ScheduledMeasurement } from './care-plan.js';
import { faultsOfMeasuringDays, isWithin, keepToMeasuringDays, measuringDaysWords, weekdayWords } from './measuring-days.js';
import { plannedTimes } from './schedule.js';

const START = new Date('2026-03-02T08:00:00Z');
const day = (count: number): Date => new Date(START.getTime() + count * 86_400_000);
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const item = (
  metric: ScheduledMeasurement['metric'],
  weekdays: readonly number[],
  [from, to]: readonly [number, number | null] = [0, null],
): ScheduledMeasurement => ({ metric, atLocal: '09:00', weekdays, from: day(from), to: to === null ? null : day(to) });
const agreed = (over: Partial<MeasuringDays> = {}): MeasuringDays => ({
  ...{ id: 1, weekdays: null, daysAWeek: null, reason: 'agreed at home', setByPersonId: 8, validFrom: day(0), validTo: null, version: 1 },
  ...over,
});

describe('days a patient has agreed to measure on', () => {
  test('nothing agreed: everything is asked for', () => {
    const schedule = [item('weight', EVERY_DAY)];
    expect(keepToMeasuringDays(schedule, [])).toEqual({ schedule, leftOut: [] });
  });

  test.each<[string, number, readonly ScheduledMeasurement[], readonly number[]]>([
    ['daily, three days: as far apart as they go', 3, [item('weight', EVERY_DAY)], [1, 3, 5]],
    ['two days', 2, [item('weight', EVERY_DAY)], [1, 4]],
    ['the days on which more is planned', 3, [item('weight', EVERY_DAY), item('spo2', [1, 4])], [1, 4, 6]],
    ['no measure is left out wholly where that can be', 2, [item('spo2', [1, 4]), item('weight', [7])], [4, 7]],
    ['seven days', 7, [item('weight', EVERY_DAY)], EVERY_DAY],
  ])('%s', (...[, daysAWeek, schedule, expected]) => {
    const { schedule: kept } = keepToMeasuringDays(schedule, [agreed({ daysAWeek })]);
    expect([...new Set(kept.flatMap(({ weekdays }) => weekdays))].sort()).toEqual(expected);
  });

  test('a version with an end lies over the standing one, which comes back', () => {
    const versions = [agreed({ weekdays: [1, 4] }), agreed({ version: 2, weekdays: [1], validFrom: day(10), validTo: day(20) })];
    expect(keepToMeasuringDays([item('spo2', [1, 4])], versions)).toEqual({
      schedule: [item('spo2', [1, 4], [0, 10]), item('spo2', [1], [10, 20]), item('spo2', [1, 4], [20, null])],
      leftOut: [item('spo2', [4], [10, 20])],
    });
  });

  test('before it was agreed everything was asked for, and a later programme changes nothing of what was', () => {
    const ended = item('weight', EVERY_DAY, [-10, 10]);
    const versions = [agreed({ daysAWeek: 2 })];
    const before = keepToMeasuringDays([ended], versions).schedule;
    expect(before).toEqual([item('weight', EVERY_DAY, [-10, 0]), item('weight', [1, 4], [0, 10])]);
    const later = keepToMeasuringDays([ended, item('systolic', [2, 5], [10, null])], versions).schedule;
    expect(later).toEqual([...before, item('systolic', [2, 5], [10, null])]);
  });

  test('what is agreed for an open episode stays as it is', () => {
    const more = { ...item('spo2', EVERY_DAY), onlyInEpisode: true };
    expect(keepToMeasuringDays([item('spo2', [1, 4]), more], [agreed({ weekdays: [1] })])).toEqual({
      schedule: [item('spo2', [1]), more],
      leftOut: [item('spo2', [4])],
    });
  });

  test('whatever is planned is asked for or left out, never both and never more often than agreed', () => {
    const days = fc.subarray(EVERY_DAY, { minLength: 1 });
    const items = fc.array(
      fc
        .tuple(fc.constantFrom('weight' as const, 'spo2' as const), days, fc.integer({ min: -5, max: 5 }), fc.integer({ min: 6, max: 20 }))
        .map(([metric, weekdays, from, to]) => item(metric, weekdays, [from, to])),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 7 }), (schedule, daysAWeek) => {
        const kept = keepToMeasuringDays(schedule, [agreed({ daysAWeek })]);
        const times = (list: readonly ScheduledMeasurement[]): string[] =>
          plannedTimes(list, 'Europe/Oslo', day(-6), day(21)).map(({ metric, at }) => `${metric} ${at.toISOString()}`);
        expect([...times(kept.schedule), ...times(kept.leftOut)].sort()).toEqual(times(schedule).sort());
        for (let at = 0; at < 20; at++) {
          const atMs = day(at).getTime();
          const running = kept.schedule.filter(({ from, to }) => from.getTime() <= atMs && atMs < (to?.getTime() ?? Infinity));
          expect(isWithin(running, { weekdays: null, daysAWeek })).toBe(true);
        }
      }),
    );
  });
});

test('what is agreed must be days that exist, of one kind, with a reason', () => {
  expect(faultsOfMeasuringDays(agreed({ weekdays: [1, 4] }))).toEqual([]);
  expect(faultsOfMeasuringDays(agreed({ daysAWeek: 3 }))).toEqual([]);
  const wrong = [
    ...[agreed(), agreed({ weekdays: [1], daysAWeek: 1 }), agreed({ weekdays: [] }), agreed({ weekdays: [1, 1] })],
    ...[agreed({ weekdays: [8] }), agreed({ daysAWeek: 0 }), agreed({ daysAWeek: 8 }), agreed({ daysAWeek: 1.5 })],
    ...[agreed({ daysAWeek: 2, reason: ' ' }), agreed({ daysAWeek: 2, validTo: day(0) })],
  ];
  expect(wrong.map((each) => faultsOfMeasuringDays(each).length)).toEqual(wrong.map(() => 1));
});

test('days in words', () => {
  expect(weekdayWords([4, 1])).toEqual({ nb: 'mandag og torsdag', en: 'Monday and Thursday' });
  expect(weekdayWords(EVERY_DAY)).toEqual({ nb: 'hver dag', en: 'every day' });
  expect(measuringDaysWords({ weekdays: [1, 3, 5], daysAWeek: null }).nb).toBe('mandag, onsdag og fredag');
  expect([1, 3].map((daysAWeek) => measuringDaysWords({ weekdays: null, daysAWeek }).en)).toEqual(['one day a week', '3 days a week']);
});

import type { CarePlan, ReviewDate, ScheduledMeasurement } from './care-plan.js';
import { keepToMeasuringDays } from './measuring-days.js';
import { faultsOfReviewDate, pressureWeekAt, pressureWeekTasks, withPressureWeeks } from './pressure-week.js';
import { plannedTimes } from './schedule.js';

const at = (text: string): Date => new Date(`2026-${text}+01:00`);
const BEGUN = at('01-01T00:00');
const review = (over: Partial<ReviewDate> = {}): ReviewDate => ({
  ...{ id: 1, reviewOn: '2026-03-10', reason: 'half a year', setByPersonId: 8, validFrom: BEGUN, validTo: null, version: 1 },
  ...over,
});
const usual: ScheduledMeasurement = { metric: 'systolic', atLocal: '08:00', weekdays: [1, 4], from: BEGUN, to: null, onlyInEpisode: false };
const plan = (over: Partial<CarePlan> = {}): CarePlan => ({
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [usual] },
  ...{ enrolments: [{ programme: 'htn', from: BEGUN, to: null }], reviewDates: [review()] },
  ...over,
});
const times = (of: CarePlan, from = '03-01T00:00', to = '03-12T00:00'): string[] =>
  plannedTimes(withPressureWeeks(of.schedule, of), of.zone, at(from), at(to)).map(
    ({ metric, at: when }) =>
      `${metric === 'systolic' ? '' : `${metric} `}${new Date(when.getTime() + 3_600_000).toISOString().slice(5, 16)}`,
  );
const daily = (...clocks: string[]): string[] => [3, 4, 5, 6, 7, 8, 9].flatMap((day) => clocks.map((clock) => `03-0${day}T${clock}`));

describe('the week before a review', () => {
  test('is measured morning and evening, seven days, at the times the patient knows; then the usual days come back', () => {
    expect(times(plan())).toEqual(['03-02T08:00', ...daily('08:00', '19:00')]);
    expect(times(plan(), '03-09T12:00', '03-17T00:00')).toEqual(['03-09T19:00', '03-12T08:00', '03-16T08:00']);
    expect(times(plan({ schedule: [{ ...usual, metric: 'weight', atLocal: '07:30', weekdays: [7] }] })).slice(0, 3)).toEqual([
      ...['weight 03-01T07:30', '03-03T07:30', '03-03T19:00'],
    ]);
  });

  test('is for who follows hypertension, as long as the date stands', () => {
    expect(times(plan({ enrolments: [{ programme: 'hf', from: BEGUN, to: null }] }))).toEqual([
      '03-02T08:00',
      '03-05T08:00',
      '03-09T08:00',
    ]);
    const moved = [review({ validTo: at('03-05T12:00') }), review({ version: 2, reviewOn: '2026-04-10', validFrom: at('03-05T12:00') })];
    expect(times(plan({ reviewDates: moved }))).toEqual([
      ...['03-02T08:00', '03-03T08:00', '03-03T19:00', '03-04T08:00', '03-04T19:00', '03-05T08:00', '03-09T08:00'],
    ]);
    expect(pressureWeekAt(plan({ reviewDates: moved }), at('03-06T00:00').getTime())?.review.version).toBe(2);
    expect(pressureWeekAt(plan({ reviewDates: [] }), at('03-06T00:00').getTime())).toBeNull();
  });

  test('what asks for more goes on', () => {
    const more = ['06:00', '14:00', '22:00'].map((atLocal) => ({ ...usual, atLocal, weekdays: [1, 2, 3, 4, 5, 6, 7] }));
    expect(times(plan({ schedule: more }), '03-03T00:00', '03-04T00:00')).toEqual(['03-03T06:00', '03-03T14:00', '03-03T22:00']);
  });

  test('is no more than was agreed: whoever can agree on more is asked a week before, until it is over', () => {
    const given = plan();
    const agreed = { ...review(), weekdays: [1, 4], daysAWeek: null };
    const kept = { ...given, ...keepToMeasuringDays(withPressureWeeks(given.schedule, given), [agreed]) };
    const tasksAt = (of: CarePlan, text: string): readonly string[] => pressureWeekTasks(of, at(text)).map(({ key }) => key);
    expect(tasksAt(kept, '02-23T23:59')).toEqual([]);
    expect([tasksAt(kept, '02-24T00:00'), tasksAt(kept, '03-09T18:00')]).toEqual([
      ['pressure-week-left-out:1'],
      ['pressure-week-left-out:1'],
    ]);
    expect([tasksAt(kept, '03-10T00:00'), tasksAt(given, '02-24T00:00')]).toEqual([[], []]);
  });
});

test('a review lies ahead, on a day that exists, with a reason', () => {
  const now = at('03-09T23:30');
  const faults = (reviewOn: string, reason = 'x'): number => faultsOfReviewDate({ reviewOn, reason }, 'Europe/Oslo', now).length;
  expect([faults('2026-03-10'), faults('2028-03-10')]).toEqual([0, 0]);
  expect(['2026-03-09', '2026-02-30', '2029-01-01', '10.03.2026', ''].map((day) => faults(day))).toEqual([1, 1, 1, 1, 1]);
  expect(faults('2026-03-10', ' ')).toBe(1);
});

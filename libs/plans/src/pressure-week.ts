import type { Sentence } from '@varde/vitals';
import type { CarePlan, Enrolment, ReviewDate, ScheduledMeasurement } from './care-plan.js';
import { newestValid } from './limit-candidate.js';
import { isRunning } from './period.js';
import { unionOfSchedules } from './schedule-union.js';
import { isOnlyInEpisode } from './schedule.js';
import type { TaskDraft } from './task.js';
import { dayNumberOf, dayText, instantOf, localDayNumber } from './zone.js';

type Items = readonly ScheduledMeasurement[];

/** `programmes[htn].schedule_default.then`: "7-day protocol before each review". */
const PRESSURE_WEEK_DAYS = 7;
/** The patient is told at noon of the day before the first of the week; the mean is judged on the morning of the review. */
const TOLD_MIN = 12 * 60;
const JUDGED_MIN = 6 * 60;
/** Clinicians are told so long before the week that the patient has agreed to fewer days than it has. */
const ARRANGED_DAYS = 7;
/** Whoever was away is still told of the mean. Shorter than a closed task rests, so that none comes back. */
const JUDGED_DAYS = 6;
const REVIEW_DAYS_MAX = 2 * 366;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7] as const;
const AFTERNOON = '15:00';
const SESSIONS = { morning: '09:00', evening: '19:00' } as const;

/** When a clinician wants to see the patient. */
export type ProposedReviewDate = Pick<ReviewDate, 'reviewOn' | 'reason'>;

/** What is wrong with a date of a review, each in one sentence; empty: it may be kept. */
export function faultsOfReviewDate({ reviewOn, reason }: ProposedReviewDate, zone: string, now: Date): readonly Sentence[] {
  const faults: Sentence[] = [];
  const [day, today] = [dayNumberOf(reviewOn), localDayNumber(zone, now.getTime())];
  if (!Number.isInteger(day) || dayText(day) !== reviewOn) {
    faults.push({ nb: 'datoen skrives som 2026-01-31', en: 'the date is written as 2026-01-31' });
  } else if (day <= today || day > today + REVIEW_DAYS_MAX) {
    faults.push({ nb: 'datoen må ligge fram i tid, to år på det meste', en: 'the date must lie ahead, two years at most' });
  }
  if (reason.trim() === '') faults.push({ nb: 'en begrunnelse trengs', en: 'a reason is needed' });
  return faults;
}

/** The newest date of a review that is in force at an instant; null: none has been set. */
export function reviewDateAt({ reviewDates = [] }: Pick<CarePlan, 'reviewDates'>, atMs: number): ReviewDate | null {
  return newestValid(reviewDates, atMs);
}

/** The week of measuring pressure before a review, from local midnight to local midnight, and what happens around it. */
export interface PressureWeek {
  readonly review: ReviewDate;
  /** Local days: the first of the week, and that of the review, which is no longer in it. */
  readonly firstDay: number;
  readonly reviewDay: number;
  readonly from: Date;
  readonly to: Date;
  /** From when on the patient is told of it. */
  readonly tellAt: Date;
  /** From when on the mean is judged, and until when. */
  readonly judgedAt: Date;
  readonly judgedUntil: Date;
}

/** The week before a review. */
function weekBefore(review: ReviewDate, zone: string): PressureWeek {
  const reviewDay = dayNumberOf(review.reviewOn);
  const firstDay = reviewDay - PRESSURE_WEEK_DAYS;
  const at = (day: number, minutes: number): Date => new Date(instantOf(zone, day, minutes));
  return {
    review,
    firstDay,
    reviewDay,
    from: at(firstDay, 0),
    to: at(reviewDay, 0),
    tellAt: at(firstDay - 1, TOLD_MIN),
    judgedAt: at(reviewDay, JUDGED_MIN),
    judgedUntil: at(reviewDay + JUDGED_DAYS, JUDGED_MIN),
  };
}

/** The week before the review in force, of somebody who follows hypertension then; null: none. */
export function pressureWeekAt(plan: CarePlan, atMs: number): PressureWeek | null {
  const review = reviewDateAt(plan, atMs);
  const week = review && weekBefore(review, plan.zone);
  return week && followed(week, plan.enrolments).length > 0 ? week : null;
}

/** When anything about the weeks may change by the clock alone, in milliseconds. */
export function pressureWeekMoments({ reviewDates = [], zone }: Pick<CarePlan, 'reviewDates' | 'zone'>): readonly number[] {
  return reviewDates.flatMap((review) => {
    const { from, to, firstDay, tellAt, judgedAt, judgedUntil } = weekBefore(review, zone);
    const moments = [review.validFrom, review.validTo, from, to, tellAt, judgedAt, judgedUntil].flatMap((at) => at?.getTime() ?? []);
    return [...moments, instantOf(zone, firstDay - ARRANGED_DAYS, 0)];
  });
}

/** The parts of a week in which its review stands and hypertension is followed. */
function followed({ from, to, review }: PressureWeek, enrolments: readonly Enrolment[]): readonly { from: Date; to: Date }[] {
  const { validFrom, validTo } = review;
  return enrolments
    .filter(({ programme }) => programme === 'htn')
    .map((enrolment) => ({
      from: new Date(Math.max(from.getTime(), validFrom.getTime(), enrolment.from.getTime())),
      to: new Date(Math.min(to.getTime(), validTo?.getTime() ?? Infinity, enrolment.to?.getTime() ?? Infinity)),
    }))
    .filter((part) => part.from < part.to);
}

/**
 * What is planned, with the pressure morning and evening of every day of the week before each review, at the times of day the patient knows.
 * Another programme that asks for more goes on ("most frequent wins").
 */
export function withPressureWeeks(
  schedule: Items,
  { reviewDates, zone, enrolments }: Pick<CarePlan, 'reviewDates' | 'zone' | 'enrolments'>,
): Items {
  const weeks = (reviewDates ?? []).flatMap((review) => followed(weekBefore(review, zone), enrolments));
  if (weeks.length === 0) return schedule;
  const isPressure = (item: ScheduledMeasurement): boolean => item.metric === 'systolic' && !isOnlyInEpisode(item);
  const pressure = schedule.filter(isPressure);
  const sessions = sessionsOf(pressure.length > 0 ? pressure : schedule);
  const items = weeks.flatMap(({ from, to }): Items => {
    return sessions.map((atLocal) => ({ metric: 'systolic', atLocal, weekdays: EVERY_DAY, from, to, onlyInEpisode: false }));
  });
  return [...schedule.filter((item) => !isPressure(item)), ...unionOfSchedules([pressure, items])];
}

/** A morning and an evening: those of what is planned already, where there are such. */
function sessionsOf(planned: Items): readonly [string, string] {
  const times = planned.map(({ atLocal }) => atLocal).sort();
  return [times.find((time) => time < AFTERNOON) ?? SESSIONS.morning, times.findLast((time) => time >= AFTERNOON) ?? SESSIONS.evening];
}

/** A task for whoever can agree with the patient on the days of a week that the plan leaves out ("never more than the patient agreed to"). */
export function pressureWeekTasks(plan: CarePlan, now: Date): readonly TaskDraft[] {
  const week = pressureWeekAt(plan, now.getTime());
  if (week === null || now >= week.to || now.getTime() < instantOf(plan.zone, week.firstDay - ARRANGED_DAYS, 0)) return [];
  const { review } = week;
  const isLeftOut = (plan.leftOut ?? []).some(
    (item) =>
      item.metric === 'systolic' &&
      item.from < week.to &&
      (item.to ?? week.to) > now &&
      isRunning(item, Math.max(item.from.getTime(), week.from.getTime())),
  );
  if (!isLeftOut) return [];
  return [
    {
      key: `pressure-week-left-out:${review.version}`,
      kind: 'pressure-week-left-out',
      ruleId: null,
      forRole: 'nurse',
      reason: {
        nb: `Blodtrykket skal måles morgen og kveld i uken før kontrollen ${review.reviewOn}, men pasienten har avtalt færre dager: avtal uken`,
        en: `The pressure is to be measured morning and evening of the week before the review on ${review.reviewOn}, but the patient has agreed to fewer days: arrange the week`,
      },
      dueAt: week.from,
    },
  ];
}

import { dayWords, localDay, plannedTimes, pressureWeekAt, type PressureWeek, type TaskDraft } from '@varde/plans';
import { tellPressureWeek, type Words } from '@varde/rules';
import { WEEK_KEY, type AdviceDraft } from './advice.js';
import type { LookInput } from './input-and-outcome.js';
import { isPaused } from './period.js';

/** A look sees this much of what was measured before it: a little less than `WINDOW_HOURS`. */
const SEEN_DAYS_MS = 2 * 86_400_000;

/**
 * What the patient is told of the week before a review: from when to when, and how to measure. Once for each date; not in a pause, and not
 * when the days they have agreed to leave nothing of it.
 */
export function tellWeekBeforeReview({ plan, now, advised = [] }: LookInput): AdviceDraft | null {
  const week = pressureWeekAt(plan, now.getTime());
  if (week === null || now < week.tellAt || now >= week.to || isPaused(plan, now)) return null;
  const key = `${WEEK_KEY}${week.review.version}`;
  const days = pressureDaysLeft(plan, week, now);
  if (days.length === 0 || advised.some((each) => each.key === key)) return null;
  const common = { answers: ['seen'] as const, mustAnswer: false, measurementId: null, ofUseUntil: week.to };
  return { key, kind: 'green', text: weekWords(plan.zone, week, days), ...common };
}

/** The first planned measurement of each day of the week before a review that what the patient has agreed to leaves, from now on. */
export function pressureDaysLeft({ schedule, zone }: LookInput['plan'], { from, to }: PressureWeek, now: Date): readonly Date[] {
  const always = schedule.filter(({ metric, onlyInEpisode }) => metric === 'systolic' && onlyInEpisode !== true);
  const times = plannedTimes(always, zone, now > from ? now : from, to);
  return times.map(({ at }) => at).filter((at, place, all) => place === 0 || localDay(zone, at) !== localDay(zone, all[place - 1] ?? at));
}

function weekWords(zone: string, { to }: PressureWeek, days: readonly Date[]): Words {
  const [first = to, last = to] = [days[0], days.at(-1)];
  const [review, from, until] = [to, first, last].map((at) => dayWords(zone, at)) as [Words, Words, Words];
  const isDaily = days.length > 1 && days.length === Math.round((last.getTime() - first.getTime()) / 86_400_000) + 1;
  const which = isDaily ? { nb: 'hver dag', en: 'every day' } : { nb: 'på de dagene du har avtalt', en: 'on the days you have agreed to' };
  return {
    nb: `Du har kontroll ${review.nb}. Mål blodtrykket morgen og kveld ${which.nb} fra ${from.nb} til og med ${until.nb}: to målinger hver gang, med ett til to minutter mellom, etter fem minutters hvile, om morgenen før du tar medisiner.`,
    en: `You have a review on ${review.en}. Measure your blood pressure morning and evening ${which.en} from ${from.en} to ${until.en}: two readings each time, one to two minutes apart, after five minutes of rest, in the morning before you take your medicines.`,
  };
}

/**
 * What a physician is told on the morning of a review: the mean of the week before it against the target, or how much is lacking. It is
 * open until they have done it.
 */
export function reviewTask({ catalogue, plan, window, now }: LookInput): TaskDraft | null {
  const week = pressureWeekAt(plan, now.getTime());
  if (week === null || now < week.judgedAt || now >= week.judgedUntil) return null;
  const { reviewOn, version } = week.review;
  const isSeen = now.getTime() < week.to.getTime() + SEEN_DAYS_MS;
  const told = isSeen ? tellPressureWeek({ catalogue, plan, window }, week) : NOT_SEEN;
  if (told === null) return null;
  return {
    key: `pressure-review:${version}`,
    kind: 'pressure-review',
    ruleId: null,
    forRole: 'physician',
    reason: { nb: `Kontroll ${reviewOn}: ${told.nb}. Avtal neste kontroll.`, en: `Review ${reviewOn}: ${told.en}. Set the next review.` },
    dueAt: week.judgedAt,
  };
}

const NOT_SEEN: Words = {
  nb: 'hjemmeblodtrykket i uken før ble ikke vurdert i tide; se målingene',
  en: 'the home pressure of the week before was not judged in time; see the readings',
};

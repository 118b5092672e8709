import type { ScheduledMeasurement } from './care-plan.js';
import { isRunning } from './period.js';
import type { Planned } from './planned.js';
import { instantOf, localDayNumber, weekdayOf } from './zone.js';

/** One measurement or questionnaire the patient has agreed to, at one instant. */
export interface PlannedTime {
  readonly metric: Planned;
  readonly at: Date;
}

/**
 * What a patient is asked for now: what always runs, and what is agreed for an open episode from when they were told of it on, so that
 * nothing planned before that counts ("daily while an episode is open", `programmes[].schedule_default`).
 * @param closelyFollowedFrom since when they are; null: no such episode is open
 */
export function scheduleInForce(
  schedule: readonly ScheduledMeasurement[],
  closelyFollowedFrom: Date | null,
): readonly ScheduledMeasurement[] {
  if (!schedule.some(isOnlyInEpisode)) return schedule;
  return schedule.flatMap((item) => {
    if (!isOnlyInEpisode(item)) return [item];
    if (closelyFollowedFrom === null) return [];
    return [item.from < closelyFollowedFrom ? { ...item, from: closelyFollowedFrom } : item];
  });
}

/** Whether this is asked for only while an episode is open. */
export function isOnlyInEpisode({ onlyInEpisode }: Pick<ScheduledMeasurement, 'onlyInEpisode'>): boolean {
  return onlyInEpisode === true;
}

/** A weekly rhythm says everything there is to know within this many days. */
const RHYTHM_DAYS = 8;

/** Minutes after midnight of `HH:MM`; NaN when it is not a time of day. */
export function minutesOf(atLocal: string): number {
  const hours = twoDigits(atLocal, 0);
  const minutes = twoDigits(atLocal, 3);
  const wellFormed = atLocal.length === 5 && atLocal[2] === ':' && hours < 24 && minutes < 60;
  return wellFormed ? hours * 60 + minutes : Number.NaN;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function plannedOn(item: ScheduledMeasurement, zone: string, day: number): number | null {
  if (!item.weekdays.includes(weekdayOf(day))) return null;
  const atMs = instantOf(zone, day, minutesOf(item.atLocal));
  return isRunning(item, atMs) ? atMs : null;
}

/**
 * Every planned measurement from `from` up to, not including, `to`, oldest first, in the local time of the home: a time the clock
 * skips is moved on by the gap, one it shows twice comes once.
 */
export function plannedTimes(schedule: readonly ScheduledMeasurement[], zone: string, from: Date, to: Date): readonly PlannedTime[] {
  const planned: PlannedTime[] = [];
  const lastDay = localDayNumber(zone, to.getTime());
  for (let day = localDayNumber(zone, from.getTime()) - 1; day <= lastDay; day++) {
    for (const item of schedule) {
      const atMs = plannedOn(item, zone, day);
      if (atMs !== null && atMs >= from.getTime() && atMs < to.getTime()) planned.push({ metric: item.metric, at: new Date(atMs) });
    }
  }
  return planned.sort((a, b) => a.at.getTime() - b.at.getTime() || (a.metric < b.metric ? -1 : 1));
}

/** First planned instant after `afterMs`, of any of these items; null when nothing more is planned. */
export function nextPlannedMs(items: readonly ScheduledMeasurement[], zone: string, afterMs: number): number | null {
  let earliest: number | null = null;
  for (const item of items) {
    const startMs = Math.max(afterMs, item.from.getTime() - 1);
    const firstDay = localDayNumber(zone, startMs) - 1;
    for (let day = firstDay; day <= firstDay + RHYTHM_DAYS + 1; day++) {
      const atMs = plannedOn(item, zone, day);
      if (atMs === null || atMs <= afterMs) continue;
      if (earliest === null || atMs < earliest) earliest = atMs;
      break;
    }
  }
  return earliest;
}

/** Last planned instant at or before `untilMs`, of any of these items; null when nothing was planned yet. */
export function lastPlannedMs(items: readonly ScheduledMeasurement[], zone: string, untilMs: number): number | null {
  let latest: number | null = null;
  for (const item of items) {
    const endMs = item.to === null ? untilMs : Math.min(untilMs, item.to.getTime());
    const lastDay = localDayNumber(zone, endMs) + 1;
    for (let day = lastDay; day >= lastDay - RHYTHM_DAYS - 1; day--) {
      const atMs = plannedOn(item, zone, day);
      if (atMs === null || atMs > untilMs) continue;
      if (latest === null || atMs > latest) latest = atMs;
      break;
    }
  }
  return latest;
}

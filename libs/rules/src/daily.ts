import { instantOf } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { actOfDay, hasDoubt, isUndated, valueOf, type Act } from './act.js';
import { reportDaysBefore } from './baseline-policy.js';
import { MET, UNKNOWN, type Answer } from './condition.js';
import { isInDoubt } from './confirm.js';
import type { DailyMedian } from './finding.js';
import { JUDGED_METRICS, slotOf } from './measure.js';
import { medianOf } from './median.js';
import { dayOf, type MeasuredDays, type Scene } from './scene.js';

/** What is asked of the days before an act. */
export interface DaysAsked {
  /** Acts of these slots, oldest first. */
  readonly acts: readonly Act[];
  readonly slots: readonly number[];
  readonly ask: (act: Act) => Answer;
}

/**
 * The acts that speak for the last measured days before an act's own, one a day, newest day first; fewer where there are no more such days.
 * A day of which nothing speaks, and one of answers to other questions, is no measured day.
 */
export function daysBefore(asked: DaysAsked, act: Act, days: number, scene: Scene): readonly Act[] {
  const found: Act[] = [];
  for (const ofDay of daysBack(asked.acts, act, scene.zone)) {
    if (found.length === days - 1) break;
    const speaker = speakerOf(ofDay, asked, scene);
    if (speaker !== undefined) found.push(speaker);
  }
  return found;
}

/**
 * Whether there are as many measured days before an act's own as a rule asks for, and every one of them meets what is asked. What is reported
 * once a week is also looked for before the window, among the days that were summed up: a week skipped does not begin it anew.
 */
export function meetsDaysBefore(asked: DaysAsked, act: Act, days: number, scene: Scene): boolean {
  const found = [...daysBefore(asked, act, days, scene)];
  for (const report of reportsBefore(asked, act, scene)) {
    if (found.length === days - 1) break;
    found.push(report);
  }
  return !isUndatedIn(act, asked) && found.length === days - 1 && found.every((each) => asked.ask(each) === MET);
}

/** The reports of a score before those of the window, newest first; none of what is measured more often. */
function* reportsBefore({ acts, slots }: DaysAsked, act: Act, { zone, days }: Scene): Generator<Act> {
  const [slot = -1] = slots;
  const metric = slots.length === 1 ? JUDGED_METRICS[slot] : undefined;
  const within = metric === undefined ? null : reportDaysBefore(metric);
  if (metric === undefined || within === null) return;
  const stored = days.storedOf(metric);
  const firstDay = dayOf(act, zone) - within;
  for (let day = dayOf(acts[0] ?? act, zone) - 1; day >= firstDay; day--) {
    const report = stored.get(day);
    if (report !== undefined) yield actOfDay(slot, report.median, { day, atMs: instantOf(zone, day, 0) });
  }
}

/** The acts of each local day before an act's own, newest day and newest act first. */
function* daysBack(acts: readonly Act[], act: Act, zone: string): Generator<readonly Act[]> {
  let ofDay: Act[] = [];
  for (let at = acts.length - 1; at >= 0; at--) {
    const each = acts[at];
    if (each === undefined || dayOf(each, zone) >= dayOf(act, zone)) continue;
    if (ofDay[0] !== undefined && ofDay[0].day !== each.day) {
      yield ofDay;
      ofDay = [];
    }
    ofDay.push(each);
  }
  if (ofDay.length > 0) yield ofDay;
}

/**
 * The newest that nothing speaks against, or, where all are in doubt, the newest that meets what is asked: doubt delays, it never deletes. What was
 * measured nobody knows when speaks for no day.
 */
function speakerOf(ofDay: readonly Act[], asked: DaysAsked, scene: Scene): Act | undefined {
  const { slots, ask } = asked;
  return (
    ofDay.find((each) => !isInDoubt(each, slots, scene) && (each.answers === null || ask(each) !== UNKNOWN)) ??
    ofDay.find((each) => !isUndatedIn(each, asked) && ask(each) === MET)
  );
}

const isUndatedIn = (act: Act, { slots }: DaysAsked): boolean => slots.some((slot) => isUndated(act, slot));

/** Whether an act's value may be compared with: nothing speaks against it. */
export function isAccepted(act: Act, slot: number, scene: Scene): boolean {
  return !scene.heldBack.has(act) && !hasDoubt(act, slot);
}

/** Values of local days: of the acts in the window where there are any that day, else what the store summed up. */
export class DayValues implements MeasuredDays {
  private readonly stored = new Map<Metric, ReadonlyMap<number, DailyMedian>>();

  constructor(private readonly dailyMedians: readonly DailyMedian[]) {}

  /** Stored days of a metric by local day number, left out of baselines or not. */
  storedOf(metric: Metric): ReadonlyMap<number, DailyMedian> {
    let found = this.stored.get(metric);
    if (found === undefined) {
      found = new Map(this.dailyMedians.filter((daily) => daily.metric === metric).map((daily) => [daily.day, daily]));
      this.stored.set(metric, found);
    }
    return found;
  }

  /**
   * Medians of the measured days `first` to `last`, of accepted values up to an act: what came after it is not known to it.
   */
  mediansUpTo(metric: Metric, [first, last]: readonly [number, number], act: Act, scene: Scene): readonly number[] {
    const slot = slotOf(metric);
    const byDay = new Map<number, number[]>();
    const acts = scene.acts.bySlot[slot] ?? [];
    for (let at = acts.length - 1; at >= 0; at--) {
      const each = acts[at];
      if (each === undefined || each.atMs > act.atMs) continue;
      const day = dayOf(each, scene.zone);
      if (day < first) break;
      if (day > last || !isAccepted(each, slot, scene)) continue;
      const values = byDay.get(day);
      if (values === undefined) byDay.set(day, [valueOf(each, slot)]);
      else values.push(valueOf(each, slot));
    }
    const medians = [...byDay.values()].map(medianOf);
    const stored = this.storedOf(metric);
    const before = Math.min(last, dayOf(act, scene.zone) - 1);
    for (let day = first; day <= before; day++) {
      const summed = byDay.has(day) ? undefined : stored.get(day);
      if (summed !== undefined) medians.push(summed.median);
    }
    return medians;
  }
}

const MADE = new WeakMap<readonly DailyMedian[], DayValues>();

/** The values of these days, made once for as long as the list is the same one. The list must not change. */
export function dayValuesOf(dailyMedians: readonly DailyMedian[]): DayValues {
  let made = MADE.get(dailyMedians);
  if (made === undefined) MADE.set(dailyMedians, (made = new DayValues(dailyMedians)));
  return made;
}

import type { Metric } from '@varde/vitals';
import { isDoubtful, valueOf, type Act } from './act.js';
import { MET, UNKNOWN, type Answer } from './condition.js';
import { isInDoubt } from './confirm.js';
import type { DailyMedian } from './finding.js';
import { slotOf } from './measure.js';
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
 * The act that speaks for each of the last measured days before an act's own, newest day first; null where there was no such day. It is the
 * newest that nothing speaks against, or, where all are in doubt, the newest that meets what is asked: doubt delays, it never deletes. A day
 * of which that leaves nothing, and one of answers to other questions, is no measured day.
 */
export function daysBefore({ acts, slots, ask }: DaysAsked, act: Act, days: number, scene: Scene): readonly (Act | null)[] {
  const found: Act[] = [];
  let day = dayOf(act, scene.zone);
  let doubtful: Act | null = null;
  for (let at = acts.length - 1; at >= 0 && found.length < days - 1; at--) {
    const earlier = acts[at];
    if (earlier === undefined || dayOf(earlier, scene.zone) >= day) continue;
    if (doubtful !== null && dayOf(earlier, scene.zone) < doubtful.day) {
      found.push(doubtful);
      day = doubtful.day;
      doubtful = null;
      at++;
    } else if (isInDoubt(earlier, slots, scene)) {
      if (doubtful === null && ask(earlier) === MET) doubtful = earlier;
    } else if (earlier.answers === null || ask(earlier) !== UNKNOWN) {
      found.push(earlier);
      day = earlier.day;
      doubtful = null;
    }
  }
  if (doubtful !== null) found.push(doubtful);
  return Array.from({ length: days - 1 }, (_none, index) => found[index] ?? null);
}

/** Whether an act's value may be compared with: nothing speaks against it. */
export function isAccepted(act: Act, slot: number, scene: Scene): boolean {
  return !scene.heldBack.has(act) && !isDoubtful(act, [slot]);
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

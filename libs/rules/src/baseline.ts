import { dayNumberOf } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { DailyMedian } from './finding.js';

/** Numbers of `baseline_policy`, which the catalogue gives in words. */
const ROLLING_DAYS = 28;
const ENDS_DAYS_BEFORE = 3;
const READINGS_MIN = 10;
const DAYS_MIN = 7;

interface MetricDays {
  readonly days: readonly number[];
  readonly medians: readonly number[];
  readonly readings: readonly number[];
}

/**
 * Personal baselines of one patient: the median of the daily medians over 28 days ending 3 days before the reading
 * (`baseline_policy.rolling`), from 7 measured days in them and 10 readings up to then (`start`). Days are left out by not being passed.
 */
export class Baselines {
  private readonly metrics = new Map<Metric, MetricDays>();
  private readonly known = new Map<string, number>();

  constructor(private readonly dailyMedians: readonly DailyMedian[]) {}

  /** The baseline for a reading taken on a local day (`localDayNumber`); NaN before there is enough to make one. */
  at(metric: Metric, day: number): number {
    const key = `${metric} ${day}`;
    const found = this.known.get(key);
    if (found !== undefined) return found;
    const baseline = this.compute(metric, day);
    this.known.set(key, baseline);
    return baseline;
  }

  private compute(metric: Metric, day: number): number {
    const { days, medians, readings } = this.daysOf(metric);
    const last = day - ENDS_DAYS_BEFORE;
    const first = last - ROLLING_DAYS + 1;
    const inside: number[] = [];
    let readingsBefore = 0;
    for (const [at, measuredDay] of days.entries()) {
      if (measuredDay > last) continue;
      readingsBefore += readings[at] ?? 0;
      if (measuredDay >= first) inside.push(medians[at] ?? Number.NaN);
    }
    return inside.length < DAYS_MIN || readingsBefore < READINGS_MIN ? Number.NaN : medianOf(inside);
  }

  private daysOf(metric: Metric): MetricDays {
    const found = this.metrics.get(metric);
    if (found !== undefined) return found;
    // By day, so that a day handed over twice counts once.
    const byDay = new Map<number, DailyMedian>();
    for (const daily of this.dailyMedians) if (daily.metric === metric) byDay.set(dayNumberOf(daily.day), daily);
    const rows = [...byDay.values()];
    const made = { days: [...byDay.keys()], medians: rows.map(({ median }) => median), readings: rows.map(({ readings }) => readings) };
    this.metrics.set(metric, made);
    return made;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

import { dayNumberOf } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import {
  DAYS_MIN,
  ENDS_DAYS_BEFORE,
  ENROLMENT_DAYS,
  READINGS_MIN,
  ROLLING_DAYS,
  SPREAD_FACTOR,
  type SpreadFloors,
} from './baseline-policy.js';
import type { DailyMedian } from './finding.js';
import { medianOf } from './median.js';

interface MetricDays {
  readonly days: readonly number[];
  readonly medians: readonly number[];
  readonly readings: readonly number[];
}

const NO_FLOORS: SpreadFloors = new Map();

/**
 * Personal baselines of one patient: the median of the daily medians over 28 days ending 3 days before the reading
 * (`baseline_policy.rolling`), from 7 measured days and 10 readings in them on (`start`). Days marked as left out do not count. A function
 * of the days alone: neither their order nor a day handed over twice makes a difference.
 */
export class Baselines {
  private readonly metrics = new Map<Metric, MetricDays>();
  private readonly known = new Map<string, number>();
  private readonly knownSpreads = new Map<string, number>();
  private readonly knownEnrolments = new Map<string, number>();

  constructor(
    private readonly dailyMedians: readonly DailyMedian[],
    private readonly floors: SpreadFloors = NO_FLOORS,
  ) {}

  /** The baseline for a reading taken on a local day (`localDayNumber`); NaN before there is enough to make one. */
  at(metric: Metric, day: number): number {
    return kept(this.known, `${metric} ${day}`, () => medianOf(this.enough(metric, ...rolling(day))));
  }

  /**
   * How far the patient's days lie from the baseline for a reading of a local day: 1.4826 times their median absolute deviation, never
   * below the floor of the metric (`baseline_policy.spread`, `floors`). NaN where there is no baseline.
   */
  spread(metric: Metric, day: number): number {
    return kept(this.knownSpreads, `${metric} ${day}`, () => {
      const centre = this.at(metric, day);
      if (Number.isNaN(centre)) return Number.NaN;
      const distances = this.enough(metric, ...rolling(day)).map((median) => Math.abs(median - centre));
      return Math.max(SPREAD_FACTOR * medianOf(distances), this.floors.get(metric) ?? 0);
    });
  }

  /** The baseline of the first 14 days of a follow-up that began on a local day; NaN when too little was measured in them. */
  enrolment(metric: Metric, firstDay: number): number {
    return kept(this.knownEnrolments, `${metric} ${firstDay}`, () =>
      medianOf(this.enough(metric, firstDay, firstDay + ENROLMENT_DAYS - 1)),
    );
  }

  /** Daily medians of the days `first` to `last`; none when they are too few for a baseline. */
  private enough(metric: Metric, first: number, last: number): readonly number[] {
    const { days, medians, readings } = this.daysOf(metric);
    const inside: number[] = [];
    let count = 0;
    for (const [at, day] of days.entries()) {
      if (day < first || day > last) continue;
      count += readings[at] ?? 0;
      inside.push(medians[at] ?? Number.NaN);
    }
    return inside.length < DAYS_MIN || count < READINGS_MIN ? [] : inside;
  }

  private daysOf(metric: Metric): MetricDays {
    const found = this.metrics.get(metric);
    if (found !== undefined) return found;
    // By day, so that a day handed over twice counts once.
    const byDay = new Map<number, DailyMedian>();
    for (const daily of this.dailyMedians) if (daily.metric === metric && daily.leftOut !== true) byDay.set(dayNumberOf(daily.day), daily);
    const rows = [...byDay.values()];
    const made = { days: [...byDay.keys()], medians: rows.map(({ median }) => median), readings: rows.map(({ readings }) => readings) };
    this.metrics.set(metric, made);
    return made;
  }
}

const MADE = new WeakMap<readonly DailyMedian[], { readonly floors: SpreadFloors; readonly baselines: Baselines }>();

/**
 * The baselines of these days, made once for as long as the list is the same one: a rehearsal hands over the same until a day has ended or an
 * episode has opened or closed. The list must not change.
 */
export function baselinesOf(dailyMedians: readonly DailyMedian[], floors: SpreadFloors): Baselines {
  const made = MADE.get(dailyMedians);
  if (made?.floors === floors) return made.baselines;
  const baselines = new Baselines(dailyMedians, floors);
  MADE.set(dailyMedians, { floors, baselines });
  return baselines;
}

function rolling(day: number): [first: number, last: number] {
  const last = day - ENDS_DAYS_BEFORE;
  return [last - ROLLING_DAYS + 1, last];
}

function kept(known: Map<string, number>, key: string, compute: () => number): number {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = compute();
  known.set(key, value);
  return value;
}

import type { Metric } from '@varde/vitals';
import {
  DAYS_MIN,
  DAYS_MIN_OF_SCORES,
  ENDS_DAYS_BEFORE,
  ENROLMENT_DAYS,
  FIRST_DAYS_MAX,
  READINGS_MIN,
  ROLLING_DAYS,
  SPREAD_FACTOR,
  type SpreadFloors,
} from './baseline-policy.js';
import type { DailyMedian } from './finding.js';
import { medianOf } from './median.js';

/** The days of one metric that count, each once, and what has been made of them already, by local day. */
interface MetricDays {
  readonly daysMin: number;
  readonly days: number[];
  newest: number;
  readonly medians: number[];
  readonly readings: number[];
  readonly baselines: Map<number, number>;
  readonly spreads: Map<number, number>;
}

const NO_FLOORS: SpreadFloors = new Map();

/**
 * Personal baselines of one patient: the median of the daily medians over 28 days ending 3 days before the reading
 * (`baseline_policy.rolling`), from 7 measured days on, and with 10 readings as long as those days lie within a fortnight (`start`); of scores
 * that are asked for once a week, from 3 days on (decision 21). Days marked as left out do not count. A function of the days alone: neither
 * their order nor a day handed over twice makes a difference.
 */
export class Baselines {
  private metrics: ReadonlyMap<Metric, MetricDays> | null = null;

  constructor(
    private readonly dailyMedians: readonly DailyMedian[],
    private readonly floors: SpreadFloors = NO_FLOORS,
  ) {}

  /** The baseline for a reading taken on a local day (`localDayNumber`); NaN before there is enough to make one. */
  at(metric: Metric, day: number): number {
    const known = this.daysOf(metric);
    if (known === undefined) return Number.NaN;
    let baseline = known.baselines.get(day);
    if (baseline === undefined) known.baselines.set(day, (baseline = medianOf(enough(known, ...rolling(day)))));
    return baseline;
  }

  /** First and last of the measured days that the baseline for a reading of a local day is made of; null where there is none. */
  daysAt(metric: Metric, day: number): readonly [first: number, last: number] | null {
    const known = this.daysOf(metric);
    if (known === undefined || Number.isNaN(this.at(metric, day))) return null;
    const [from, to] = rolling(day);
    const counted = known.days.filter((each) => each >= from && each <= to);
    return [Math.min(...counted), Math.max(...counted)];
  }

  /**
   * How far the patient's days lie from the baseline for a reading of a local day: 1.4826 times their median absolute deviation, never
   * below the floor of the metric (`baseline_policy.spread`, `floors`). NaN where there is no baseline.
   */
  spread(metric: Metric, day: number): number {
    const known = this.daysOf(metric);
    const centre = this.at(metric, day);
    if (known === undefined || Number.isNaN(centre)) return Number.NaN;
    let spread = known.spreads.get(day);
    if (spread === undefined) {
      const distances = enough(known, ...rolling(day)).map((median) => Math.abs(median - centre));
      known.spreads.set(day, (spread = Math.max(SPREAD_FACTOR * medianOf(distances), this.floors.get(metric) ?? 0)));
    }
    return spread;
  }

  /**
   * The first baseline that could be made of a metric, whenever it was first measured: of 14 days, or of the 28 that who measures seldom needs
   * (decision 21), from the first day on that has enough after it. Looked for among the first measured days only (`FIRST_DAYS_MAX`), so it is
   * the same however much has been measured since; NaN when they have none.
   * @param firstDays those that lie before the days of these baselines
   */
  enrolment(metric: Metric, firstDays: readonly DailyMedian[]): number {
    const days = [...firstDays, ...this.dailyMedians].filter((daily) => daily.metric === metric).sort((a, b) => a.day - b.day);
    // A day handed over twice counts once.
    const first = days.filter(({ day }, at) => day !== days[at - 1]?.day).slice(0, FIRST_DAYS_MAX);
    return firstBaseline(sortByMetric(first).get(metric));
  }

  private daysOf(metric: Metric): MetricDays | undefined {
    this.metrics ??= sortByMetric(this.dailyMedians);
    return this.metrics.get(metric);
  }
}

function sortByMetric(dailyMedians: readonly DailyMedian[]): ReadonlyMap<Metric, MetricDays> {
  const metrics = new Map<Metric, MetricDays>();
  for (const { metric, day, median, readings, leftOut } of dailyMedians) {
    if (leftOut === true) continue;
    let made = metrics.get(metric);
    if (made === undefined) {
      made = {
        daysMin: DAYS_MIN_OF_SCORES.get(metric) ?? DAYS_MIN,
        days: [],
        newest: Number.NEGATIVE_INFINITY,
        medians: [],
        readings: [],
        baselines: new Map(),
        spreads: new Map(),
      };
      metrics.set(metric, made);
    }
    // A day handed over twice counts once; nearly always they come in order, and none is looked for.
    const known = day > made.newest ? -1 : made.days.indexOf(day);
    const at = known < 0 ? made.days.length : known;
    made.days[at] = day;
    made.newest = Math.max(made.newest, day);
    made.medians[at] = median;
    made.readings[at] = readings;
  }
  return metrics;
}

function firstBaseline(known: MetricDays | undefined): number {
  if (known === undefined) return Number.NaN;
  for (const first of known.days) {
    for (const length of [ENROLMENT_DAYS, ROLLING_DAYS]) {
      const medians = enough(known, first, first + length - 1);
      if (medians.length > 0) return medianOf(medians);
    }
  }
  return Number.NaN;
}

/** Daily medians of the days `first` to `last`; none when they are too few for a baseline. */
function enough({ daysMin, days, medians, readings }: MetricDays, first: number, last: number): readonly number[] {
  const inside: number[] = [];
  let [count, oldest, newest] = [0, last, first];
  for (let at = 0; at < days.length; at++) {
    const day = days[at] ?? Number.NaN;
    if (!(day >= first && day <= last)) continue;
    count += readings[at] ?? 0;
    oldest = Math.min(oldest, day);
    newest = Math.max(newest, day);
    inside.push(medians[at] ?? Number.NaN);
  }
  const isOfTheStart = newest - oldest < ENROLMENT_DAYS;
  return inside.length < daysMin || (isOfTheStart && count < READINGS_MIN) ? [] : inside;
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

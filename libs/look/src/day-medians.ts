import { localDayNumber } from '@varde/plans';
import { FIRST_DAYS_MAX, type DailyMedian, type RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';

/**
 * What a day of accepted values is summarised to, exactly as the store does (`percentile_cont(0.5)`, `max`): the middle one, or the lower of
 * the two in the middle and half the way to the upper.
 * @throws RangeError without a value
 */
export function summariseDay(metric: Metric, day: number, values: readonly number[]): DailyMedian {
  const sorted = new Float64Array(values).sort();
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  const highest = sorted.at(-1);
  if (lower === undefined || upper === undefined || highest === undefined) throw new RangeError('a day without a value has no median');
  return { metric, day, median: lower + 0.5 * (upper - lower), highest, readings: sorted.length };
}

/** The values of one metric on one local day. */
interface Day {
  /** Null: the day was summarised before, and stays as it was. */
  readonly values: number[] | null;
  summary: DailyMedian | null;
}

/** Daily medians of one patient that follow the readings as they arrive. Asked at any time, they are what the store would have summarised. */
export class DayMedians {
  private readonly byMetric: ReadonlyMap<Metric, Map<number, Day>>;
  /** The first measured days of each metric, in order, at most `FIRST_DAYS_MAX`. */
  private readonly first: ReadonlyMap<Metric, number[]>;
  /** Rises whenever a reading has changed a day that others were made of before. */
  private revision = 0;
  private summarisedTo = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly zone: string,
    metrics: readonly Metric[],
    before: readonly DailyMedian[],
  ) {
    this.byMetric = new Map(metrics.map((metric) => [metric, new Map<number, Day>()]));
    this.first = new Map(metrics.map((metric) => [metric, []]));
    for (const summary of before) {
      const { metric, day } = summary;
      const days = this.byMetric.get(metric);
      if (days?.has(day) === false) this.begin(metric, day);
      days?.set(day, { values: null, summary });
    }
  }

  /** A day that was not known before: nearly always later than the first ones. */
  private begin(metric: Metric, day: number): void {
    const first = this.first.get(metric) ?? [];
    const place = first.findIndex((other) => other > day);
    if (place >= 0) first.splice(place, 0, day);
    else if (first.length < FIRST_DAYS_MAX) first.push(day);
    if (first.length > FIRST_DAYS_MAX) first.pop();
  }

  /** A reading has arrived that may be counted. Those of metrics without a baseline count for nothing. */
  take({ metric, value, observedAt }: Pick<RuleReading, 'metric' | 'value' | 'observedAt'>): void {
    const days = this.byMetric.get(metric);
    if (days === undefined) return;
    const number = localDayNumber(this.zone, observedAt.getTime());
    const day = days.get(number);
    if (day?.values === null) return;
    if (number <= this.summarisedTo) this.revision++;
    if (day === undefined) {
      this.begin(metric, number);
      days.set(number, { values: [value], summary: null });
      return;
    }
    day.values.push(value);
    day.summary = null;
  }

  /** A reading that was counted is not any more. */
  leaveOut({ metric, value, observedAt }: Pick<RuleReading, 'metric' | 'value' | 'observedAt'>): void {
    const days = this.byMetric.get(metric);
    const number = localDayNumber(this.zone, observedAt.getTime());
    const day = days?.get(number);
    const place = day?.values?.indexOf(value) ?? -1;
    if (days === undefined || day === undefined || place < 0) return;
    if (number <= this.summarisedTo) this.revision++;
    day.values?.splice(place, 1);
    day.summary = null;
    if (day.values?.length === 0) {
      days.delete(number);
      this.end(metric);
    }
  }

  /** The first measured days, anew: one of them may have gone. */
  private end(metric: Metric): void {
    const measured = [...(this.byMetric.get(metric)?.keys() ?? [])].sort((a, b) => a - b);
    this.first.get(metric)?.splice(0, FIRST_DAYS_MAX, ...measured.slice(0, FIRST_DAYS_MAX));
  }

  /** What the summaries up to a day rest on: the same number, the same summaries. Readings of the running day do not change it. */
  revisionUpTo(last: number): number {
    this.summarisedTo = Math.max(this.summarisedTo, last);
    return this.revision;
  }

  /** Summaries of the first measured days of a metric (at most `FIRST_DAYS_MAX`) that lie before a day. */
  firstBefore(end: number, metric: Metric): DailyMedian[] {
    const days = this.byMetric.get(metric);
    const found: DailyMedian[] = [];
    for (const number of this.first.get(metric) ?? []) {
      if (number >= end) break;
      const day = days?.get(number);
      if (day !== undefined) found.push((day.summary ??= summariseDay(metric, number, day.values ?? [])));
    }
    return found;
  }

  /** Summaries of the days up to `last`, counted, each metric from its own first day on; days without an accepted value are not there. */
  upTo(last: number, firstOf: (metric: Metric) => number): DailyMedian[] {
    const found: DailyMedian[] = [];
    for (const [metric, days] of this.byMetric) {
      if (days.size === 0) continue;
      for (let number = firstOf(metric); number <= last; number++) {
        const day = days.get(number);
        if (day !== undefined) found.push((day.summary ??= summariseDay(metric, number, day.values ?? [])));
      }
    }
    return found;
  }
}

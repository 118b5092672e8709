import { localDayNumber, type Reference } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { DOMAINS_OF_METRIC, LEFT_OUT_AFTER_DAYS } from './baseline-policy.js';
import type { DailyMedian, Domain } from './finding.js';

/** The time and the areas of an episode, open or closed. */
export interface EpisodeSpan {
  readonly domains: readonly Domain[];
  readonly openedAt: Date;
  /** Null while it is open. */
  readonly closedAt: Date | null;
}

const LEAVING_OUT: ReadonlySet<Domain> = new Set(Object.values(DOMAINS_OF_METRIC).flat());

/** Whether an episode of these areas leaves days out of any baseline. */
export function leavesDaysOut({ domains }: Pick<EpisodeSpan, 'domains'>): boolean {
  return domains.some((domain) => LEAVING_OUT.has(domain));
}

/** What tells which days are no part of a patient's baselines. */
export interface LeaveOut {
  /** IANA zone of the home. */
  readonly zone: string;
  /** Every episode that was open on one of the days or closed less than 7 days before. */
  readonly episodes: readonly EpisodeSpan[];
  readonly references: readonly Pick<Reference, 'key' | 'validFrom' | 'validTo'>[];
  /** First of the last days; whatever is before them is one of the first measured days. */
  readonly lastDaysFrom: number;
}

/** First and last local day of a period, both counted. */
type Period = readonly [first: number, last: number];

/**
 * Marks the days that `baseline_policy.leave_out` names: days inside an episode of a domain of the metric and the 7 days after the one it
 * closed on; and for saturation, in a patient who uses oxygen at times, days on which nobody has said whether it was used. Doubtful and
 * refused readings and those after exercise are not in the medians at all. Order and repetition make no difference.
 */
export function markLeftOut(medians: readonly DailyMedian[], leaveOut: LeaveOut): readonly DailyMedian[] {
  const isUnknownOxygen = unknownOxygen(medians, leaveOut);
  let metric: Metric | null = null;
  let periods: readonly Period[] = [];
  let changed = false;
  const marked = medians.map((daily) => {
    // Nearly always those of one metric come together.
    if (daily.metric !== metric) {
      metric = daily.metric;
      periods = episodePeriods(metric, leaveOut);
    }
    const isOfOxygen = daily.metric === 'spo2' && isUnknownOxygen !== null;
    if (periods.length === 0 && !isOfOxygen) return daily;
    const { day } = daily;
    if (!lies(day, periods) && !(isOfOxygen && isUnknownOxygen(day))) return daily;
    changed = true;
    // Written out, for one shape: hundreds of days are read each time one has ended.
    return { metric: daily.metric, day, median: daily.median, highest: daily.highest, readings: daily.readings, leftOut: true };
  });
  return changed ? marked : medians;
}

function episodePeriods(metric: Metric, { zone, episodes }: LeaveOut): readonly Period[] {
  const domains = DOMAINS_OF_METRIC[metric] ?? [];
  const periods: [first: number, last: number][] = [];
  for (const { domains: its, openedAt, closedAt } of episodes) {
    if (!its.some((domain) => domains.includes(domain))) continue;
    const last = closedAt === null ? Number.POSITIVE_INFINITY : localDayNumber(zone, closedAt.getTime()) + LEFT_OUT_AFTER_DAYS;
    periods.push([localDayNumber(zone, openedAt.getTime()), last]);
  }
  return merge(periods.sort((a, b) => a[0] - b[0]));
}

function lies(day: number, periods: readonly Period[]): boolean {
  for (const period of periods) if (day >= period[0] && day <= period[1]) return true;
  return false;
}

/** Periods in order of their beginning, those that touch made one: a patient with many episodes has few such periods. */
function merge(periods: readonly (readonly [first: number, last: number])[]): readonly Period[] {
  const merged: [first: number, last: number][] = [];
  for (const [first, last] of periods) {
    const before = merged[merged.length - 1];
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/**
 * Whether nobody knows if oxygen was used on a day; null in a patient who has not used any in the last days, however it was in the first
 * weeks. A clinician's decision is knowing.
 */
function unknownOxygen(medians: readonly DailyMedian[], leaveOut: LeaveOut): ((day: number) => boolean) | null {
  const { zone, references, lastDaysFrom } = leaveOut;
  const flows = medians.filter(({ metric }) => metric === 'o2-flow');
  if (!flows.some(({ day, highest }) => highest > 0 && day >= lastDaysFrom)) return null;
  const known = new Set(flows.map(({ day }) => day));
  const decided: Period[] = references
    .filter(({ key }) => key === 'home-oxygen')
    .map(({ validFrom, validTo }) => [
      localDayNumber(zone, validFrom.getTime()),
      validTo === null ? Number.POSITIVE_INFINITY : localDayNumber(zone, validTo.getTime()),
    ]);
  return (day) => !known.has(day) && !lies(day, decided);
}

import type { FateOfKnown } from './preview-episodes.js';
import type { Preview } from './preview.js';

/** What a preview comes to, as it is kept beside the change that was made after it: of one patient, or summed over a cohort. */
export interface ShownEffect {
  readonly days: number;
  /** Patients whose previews are summed. */
  readonly patients: number;
  /** Patients whom the change reaches as well, and who are in none of the sums: theirs could not be worked out, or they are too many. */
  readonly notShown: number;
  /** Days on which anything was measured, of all of them together: 0 says that there was nothing to show. */
  readonly measuredDays: number;
  /** Items on the worklist a week, as it was and as it would have been. */
  readonly episodesPerWeek: readonly [before: number, after: number];
  readonly noticesPerWeek: readonly [before: number, after: number];
  readonly changedDays: number;
  /** Stored episodes that would have been otherwise. */
  readonly missed: number;
  /** Those of the missed that were red or critical. */
  readonly missedGrave: number;
  readonly earlier: number;
  readonly later: number;
  readonly milder: number;
  readonly graver: number;
  /** Episodes only the change would have opened. */
  readonly new: number;
}

/**
 * What these previews come to together.
 * @param reached how many patients the change reaches
 */
export function effectOf(previews: readonly Preview[], days: number, reached: number): ShownEffect {
  const sum = (of: (each: Preview) => number): number => Math.round(previews.reduce((total, each) => total + of(each), 0) * 100) / 100;
  const count = (isCounted: (each: FateOfKnown) => boolean): number => sum(({ known }) => known.filter(isCounted).length);
  return {
    days,
    patients: previews.length,
    notShown: reached - previews.length,
    measuredDays: sum(({ measuredDays }) => measuredDays),
    episodesPerWeek: [sum(({ before }) => before.episodesPerWeek), sum(({ after }) => after.episodesPerWeek)],
    noticesPerWeek: [sum(({ before }) => before.noticesPerWeek), sum(({ after }) => after.noticesPerWeek)],
    changedDays: sum(({ changedDays }) => changedDays.length),
    missed: count(({ fate }) => fate === 'missed'),
    missedGrave: count(({ fate, severity }) => fate === 'missed' && (severity === 'red' || severity === 'critical')),
    earlier: count(({ fate }) => fate === 'earlier'),
    later: count(({ fate }) => fate === 'later'),
    milder: count(({ fate }) => fate === 'milder'),
    graver: count(({ fate }) => fate === 'graver'),
    new: sum((each) => each.new.length),
  };
}

import { localDayNumber, type CarePlan, type TaskDraft } from '@varde/plans';
import type { Baselines } from './baseline.js';
import { DRIFT_DAYS, DRIFT_LIMITS } from './baseline-policy.js';
import type { DailyMedian } from './finding.js';
import { metricWords, pointWords, valueWords } from './words.js';

/** Kind of every task of `findDrift`. */
export const DRIFT_TASK = 'baseline-drift';

/** Local day (`localDayNumber`) on which the follow-up began; null when it has not. */
function enrolledOn({ zone, enrolments }: Pick<CarePlan, 'zone' | 'enrolments'>): number | null {
  const beganMs = enrolments.reduce((first, { from }) => Math.min(first, from.getTime()), Number.POSITIVE_INFINITY);
  return Number.isFinite(beganMs) ? localDayNumber(zone, beganMs) : null;
}

/**
 * Tasks for the physician about baselines that have left the enrolment baseline (`baseline_policy.drift_guard`): saturation 2 points down,
 * weight 3 kg either way, pulse 10 up. A rolling baseline would otherwise learn slow worsening as normal. One task for each metric and 90
 * days for as long as it lasts, counted from the beginning of the follow-up. Where the first days of a metric make no baseline, somebody is
 * told that nothing guards it.
 * @param baselines of the last days
 * @param firstDays the first measured days of each metric, as far as they lie before those
 */
export function findDrift(plan: CarePlan, baselines: Baselines, firstDays: readonly DailyMedian[], now: Date): TaskDraft[] {
  const enrolled = enrolledOn(plan);
  const today = localDayNumber(plan.zone, now.getTime());
  if (enrolled === null || enrolled > today) return [];
  return DRIFT_LIMITS.flatMap((limit): TaskDraft[] => {
    const { metric } = limit;
    const usual = baselines.at(metric, today);
    if (Number.isNaN(usual)) return [];
    const before = baselines.enrolment(metric, firstDays);
    if (Number.isNaN(before)) return [unguarded(metric)];
    // Values are decimals: 82.3 - 79.3 is a hair more than 3.
    const change = Math.round((usual - before) * 1e6) / 1e6;
    if (!isDrift(change, limit)) return [];
    return [drifted(metric, { before, usual, change, period: Math.floor((today - enrolled) / DRIFT_DAYS) })];
  });
}

type DriftLimit = (typeof DRIFT_LIMITS)[number];
type Drifting = DriftLimit['metric'];

function isDrift(change: number, { down, up }: DriftLimit): boolean {
  return (down !== null && change <= -down) || (up !== null && change >= up);
}

interface Drift {
  readonly before: number;
  readonly usual: number;
  readonly change: number;
  /** Which 90 days of the follow-up it is found in. */
  readonly period: number;
}

function drifted(metric: Drifting, { before, usual, change, period }: Drift): TaskDraft {
  const [name, then, current] = [metricWords(metric), valueWords(metric, before), valueWords(metric, usual)];
  const moved = pointWords(metric, Math.abs(change));
  return {
    key: `baseline-drift:${metric}:${period}`,
    kind: DRIFT_TASK,
    ruleId: null,
    forRole: 'physician',
    dueAt: null,
    reason: {
      nb: `${name.nb}: den personlige utgangsverdien er nå ${current.nb}, i de første ukene ${then.nb} (${moved.nb} ${change < 0 ? 'ned' : 'opp'}). Vurder om pasienten langsomt er blitt dårligere.`,
      en: `${name.en}: the personal baseline is now ${current.en}, in the first weeks ${then.en} (${moved.en} ${change < 0 ? 'down' : 'up'}). Consider whether the patient has slowly become worse.`,
    },
  };
}

function unguarded(metric: Drifting): TaskDraft {
  const name = metricWords(metric);
  return {
    key: `baseline-drift-unknown:${metric}`,
    kind: DRIFT_TASK,
    ruleId: null,
    forRole: 'physician',
    dueAt: null,
    reason: {
      nb: `${name.nb}: de første ukene gir ingen personlig utgangsverdi å sammenligne med, så langsom forverring blir ikke oppdaget. Vurder verdiene over tid.`,
      en: `${name.en}: the first weeks give no personal baseline to compare with, so slow worsening is not noticed. Consider the values over time.`,
    },
  };
}

import { localDayNumber, type CarePlan, type TaskDraft } from '@varde/plans';
import { METRICS } from '@varde/vitals';
import type { Baselines } from './baseline.js';
import { DRIFT_DAYS, DRIFT_LIMITS } from './baseline-policy.js';
import { amountWords, metricWords, valueWords } from './words.js';

/** Local day (`localDayNumber`) on which the follow-up began; null when it has not. */
export function enrolledOn({ zone, enrolments }: Pick<CarePlan, 'zone' | 'enrolments'>): number | null {
  const beganMs = enrolments.reduce((first, { from }) => Math.min(first, from.getTime()), Number.POSITIVE_INFINITY);
  return Number.isFinite(beganMs) ? localDayNumber(zone, beganMs) : null;
}

/**
 * Tasks for the physician about baselines that have left the enrolment baseline (`baseline_policy.drift_guard`): saturation 2 points down,
 * weight 3 kg either way, pulse 10 up. A rolling baseline would otherwise learn slow worsening as normal. One task for each metric and 90
 * days for as long as it lasts, counted from the beginning of the follow-up.
 * @param baselines with the days of the first 14 days of the follow-up beside the last ones
 */
export function findDrift(plan: CarePlan, baselines: Baselines, now: Date): TaskDraft[] {
  const enrolled = enrolledOn(plan);
  const today = localDayNumber(plan.zone, now.getTime());
  if (enrolled === null || enrolled > today) return [];
  const tasks: TaskDraft[] = [];
  for (const { metric, down, up } of DRIFT_LIMITS) {
    const [before, usual] = [baselines.enrolment(metric, enrolled), baselines.at(metric, today)];
    // Values are decimals: 82.3 - 79.3 is a hair more than 3.
    const change = Math.round((usual - before) * 1e6) / 1e6;
    if (!(down !== null && change <= -down) && !(up !== null && change >= up)) continue;
    const [name, then, current] = [metricWords(metric), valueWords(metric, before), valueWords(metric, usual)];
    const moved = amountWords(Math.abs(change), METRICS[metric].unit);
    tasks.push({
      key: `baseline-drift:${metric}:${Math.floor((today - enrolled) / DRIFT_DAYS)}`,
      kind: 'baseline-drift',
      ruleId: null,
      forRole: 'physician',
      reason: {
        nb: `${name.nb}: den personlige utgangsverdien er nå ${current.nb}, ved innmelding ${then.nb} (${moved.nb} ${change < 0 ? 'ned' : 'opp'}). Vurder om pasienten langsomt er blitt dårligere.`,
        en: `${name.en}: the personal baseline is now ${current.en}, at enrolment ${then.en} (${moved.en} ${change < 0 ? 'down' : 'up'}). Consider whether the patient has slowly become worse.`,
      },
      dueAt: null,
    });
  }
  return tasks;
}

import type { Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { judge, type Finding, type RuleReading, type StandingRule } from '@varde/rules';
import { CATALOGUE as catalogue, planOf } from './clinic.js';

/*
 * What one rule says of values that come one after the other, for the specs of libs/rules.
 */

/** 15 January 2026, 08:00 in Oslo. */
const START_MS = Date.parse('2026-01-15T07:00:00Z');
const at = (minutes: number): Date => new Date(START_MS + minutes * 60_000);

/** Which rule, and what it is asked of. */
export interface Asked {
  readonly programme: Programme;
  readonly ruleId: string;
  readonly metric: Metric;
}

/**
 * What a rule says of values and their minutes, each looked at as it comes, and when time has passed: `minute result`, by the minute of the
 * value it is about. What could not be judged is left out.
 */
export function saidOf(
  { programme, ruleId, metric }: Asked,
  values: readonly (readonly [value: number, minute: number, doubt?: string])[],
  untilMin: number,
): string[] {
  const plan = planOf({ enrolments: [{ programme, from: new Date(0), to: null }] });
  const readings: RuleReading[] = [];
  let recorded: readonly Finding[] = [];
  let standing: readonly StandingRule[] = [];
  const look = (minute: number, unlookedFrom: Date | null): void => {
    const window = { readings: [...readings], refused: [], dailyMedians: [], answers: [], lastObserved: [] };
    const judgement = judge({ catalogue, plan, window, unlookedFrom, standing, recorded, openEpisodes: [], now: at(minute) });
    recorded = [...recorded, ...judgement.findings];
    standing = judgement.standing;
  };
  for (const [index, [value, minute, doubt = null]] of values.entries()) {
    readings.push({ measurementId: index + 1, metric, value, observedAt: at(minute), receivedAt: at(minute), doubt });
    look(minute, at(minute));
  }
  look(untilMin, null);
  return recorded
    .filter((finding) => finding.ruleId === ruleId && finding.result !== 'not_evaluable' && finding.anchor.startsWith('m:'))
    .map((finding) => `${(finding.at.getTime() - START_MS) / 60_000} ${finding.result}`);
}

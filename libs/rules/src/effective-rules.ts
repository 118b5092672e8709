import { effectiveLimit, isRuleOn, programmesInForce, rulesFor, type CarePlan, type EffectiveLimit, type LimitRange } from '@varde/plans';
import type { Catalogue } from './catalogue.js';
import type { Severity, Words } from './finding.js';

/** One parameter of a rule with what applies and what may be set. */
export interface EffectiveParameter extends EffectiveLimit {
  readonly range: LimitRange;
}

/** One rule as it stands for a patient. */
export interface EffectiveRule {
  readonly ruleId: string;
  readonly title: Words;
  readonly severity: Severity;
  /** False: switched off by a unit or by default, or resting (planned diuresis, rate limits for a known rhythm). */
  readonly isOn: boolean;
  readonly whoMayChange: readonly string[];
  readonly parameters: readonly EffectiveParameter[];
}

/** The rules that the patient's programmes bring at a time, each with its limits and where they come from; in the order of the catalogue. */
export function effectiveRules(catalogue: Pick<Catalogue, 'entries' | 'programmes'>, plan: CarePlan, at: Date): readonly EffectiveRule[] {
  const running = rulesFor(programmesInForce(plan, at), catalogue.programmes);
  return [...catalogue.entries.values()]
    .filter(({ id }) => running.has(id))
    .map(({ id, title, severity, inForce, whoMayChange, ranges }) => ({
      ruleId: id,
      title,
      severity,
      isOn: isRuleOn(id, inForce, plan, at.getTime()),
      whoMayChange,
      parameters: ranges.map((range) => ({ ...effectiveLimit(range, plan, at), range })),
    }));
}

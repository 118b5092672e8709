import { actOfAnchor, anchorOfTransient, isTransientAnchor } from './anchor.js';
import type { Rule } from './catalogue.js';
import type { Finding } from './finding.js';
import { plainFinding, type Judging } from './judging.js';
import { preparedOf } from './prepare-rule.js';
import { vitalsOf } from './vitals-behind.js';

/** `confirmation_profiles` says it in words only: "a normal one is logged as transient (three transients in 7 days become yellow)". */
const TRANSIENTS = 3;
const WITHIN_DAYS = 7;
const DAY_MS = 86_400_000;

interface Transient {
  readonly anchor: string;
  readonly measurementId: number;
  readonly atMs: number;
}

/**
 * Breaches that a re-measure did not confirm are no alert, but the third within seven days is: something comes and goes. Each counts
 * once, and a late one before the last such finding does not count again.
 */
export function judgeTransients(judging: Judging): void {
  const fresh = judging.findings.filter(({ result }) => result === 'not_confirmed');
  for (const ruleId of new Set(fresh.map((finding) => finding.ruleId))) {
    const rule = judging.input.catalogue.rules.find(({ id }) => id === ruleId);
    if (rule?.confirm.startsWith('remeasure') === true) judgeRule(judging, rule);
  }
}

function judgeRule(judging: Judging, rule: Rule): void {
  const { findings, input, standing } = judging;
  const ofRule = [...input.recorded, ...findings].filter(({ ruleId }) => ruleId === rule.id);
  const told = ofRule.filter(({ anchor }) => isTransientAnchor(anchor)).map(({ at }) => at.getTime());
  let counted: Transient[] = [];
  for (const transient of transientsAfter(ofRule, Math.max(Number.NEGATIVE_INFINITY, ...told))) {
    counted = [...counted.filter(({ atMs }) => transient.atMs - atMs <= WITHIN_DAYS * DAY_MS), transient];
    if (counted.length < TRANSIENTS) continue;
    findings.push(tell(judging, rule, counted, transient));
    if (!standing.some(({ ruleId }) => ruleId === rule.id)) standing.push({ ruleId: rule.id, since: new Date(transient.atMs) });
    counted = [];
  }
}

function transientsAfter(ofRule: readonly { anchor: string; result: string; at: Date }[], afterMs: number): readonly Transient[] {
  const byAnchor = new Map<string, Transient>();
  for (const { anchor, result, at } of ofRule) {
    const measurementId = actOfAnchor(anchor);
    if (measurementId === null || result !== 'not_confirmed' || at.getTime() <= afterMs) continue;
    byAnchor.set(anchor, { anchor, measurementId, atMs: at.getTime() });
  }
  return [...byAnchor.values()].sort((a, b) => a.atMs - b.atMs || (a.anchor < b.anchor ? -1 : 1));
}

function tell(judging: Judging, rule: Rule, counted: readonly Transient[], third: Transient): Finding {
  const { input, findings } = judging;
  const received = findings.filter(({ ruleId }) => ruleId === rule.id).map(({ receivedAt }) => receivedAt.getTime());
  const finding = plainFinding(rule, input.plan, {
    result: 'fire',
    anchor: anchorOfTransient(third.measurementId),
    at: new Date(third.atMs),
    receivedAt: new Date(Math.max(third.atMs, ...received)),
    readingIds: counted.map(({ measurementId }) => measurementId).reverse(),
    reason: {
      nb: `${TRANSIENTS} forbigående utslag på ${WITHIN_DAYS} dager, alle normale ved ny måling (${rule.title.nb}).`,
      en: `${TRANSIENTS} passing breaches in ${WITHIN_DAYS} days, each normal when measured again (${rule.title.en}).`,
    },
  });
  return { ...finding, severity: 'yellow', ...vitalsOfCounted(judging, rule, counted) };
}

function vitalsOfCounted({ input, scene }: Judging, rule: Rule, counted: readonly Transient[]): Pick<Finding, 'vitals'> {
  const ready = preparedOf(input.catalogue).find((each) => each.rule === rule);
  const ids = new Set(counted.map(({ measurementId }) => measurementId));
  return ready === undefined
    ? {}
    : vitalsOf(
        ready,
        scene.acts.having(ready.slots).filter(({ id }) => ids.has(id)),
        scene,
      );
}

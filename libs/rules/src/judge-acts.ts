import { dayText } from '@varde/plans';
import { valueOf, type Act } from './act.js';
import type { Catalogue, Rule } from './catalogue.js';
import { difference, lowestBefore } from './condition.js';
import type { Finding, Severity } from './finding.js';
import { daysBefore, foldActs, prepareRule, type ActRule, type Draft, type Folded } from './fold.js';
import { limitsInForce, limitValues, runsAt, standingSinceMs, type Judging } from './judging.js';
import { slotOf } from './measure.js';
import { limitsKept, tellDraft, type Telling } from './reason.js';
import { dayOf, type Scene } from './scene.js';

const PREPARED = new WeakMap<Catalogue, readonly ActRule[]>();

function preparedOf(catalogue: Catalogue): readonly ActRule[] {
  const known = PREPARED.get(catalogue);
  if (known !== undefined) return known;
  const prepared = catalogue.rules.map(prepareRule).filter((ready) => ready !== null);
  PREPARED.set(catalogue, prepared);
  return prepared;
}

/** Judges every rule that is asked of acts of measuring. */
export function judgeActs(judging: Judging): void {
  const { input, scene, recorded, unlookedFromMs } = judging;
  const { plan } = input;
  const folds: { readonly ready: ActRule; readonly folded: Folded }[] = [];
  const firedOn = new Map<string, ReadonlySet<Act>>();
  for (const ready of preparedOf(input.catalogue)) {
    const { rule } = ready;
    const sinceMs = standingSinceMs(rule, input);
    if (sinceMs === null && !plan.enrolments.some(({ programme }) => rule.programmes.includes(programme))) continue;
    const folded = foldActs({
      ready,
      scene,
      runsAt: (atMs) => runsAt(rule, plan, atMs),
      limitsAt: limitValues(rule, plan),
      recorded: recorded.get(rule.id) ?? null,
      standingSinceMs: sinceMs,
      unlookedFromMs,
    });
    folds.push({ ready, folded });
    if (folded.firedOn.size > 0) firedOn.set(rule.id, folded.firedOn);
  }
  for (const { ready, folded } of folds) {
    const { rule } = ready;
    for (const draft of folded.drafts) {
      const superseded = draft.result !== 'not_evaluable' && rule.supersededBy.some((id) => firedOn.get(id)?.has(draft.act) === true);
      judging.findings.push(toFinding(draft, { ready, scene, limits: limitsInForce(rule, plan, draft.act.at) }, superseded));
    }
    for (const atMs of folded.clearedAtMs) judging.cleared.push({ ruleId: rule.id, at: new Date(atMs) });
    if (folded.standing !== null) judging.standing.push({ ruleId: rule.id, since: new Date(folded.standing.lastMs) });
    if (folded.nextMs !== null) judging.nextMs = Math.min(judging.nextMs, folded.nextMs);
  }
}

function toFinding(draft: Draft, telling: Telling, superseded: boolean): Finding {
  const { rule } = telling.ready;
  const { act, verdict, result } = draft;
  const decidedBy = verdict?.decidedBy ?? [];
  const isUnknown = result === 'not_evaluable';
  return {
    ruleId: rule.id,
    ruleVersion: rule.version,
    domain: rule.domain,
    result,
    severity: isUnknown ? 'info' : severityOf(rule, [act, ...decidedBy], telling.scene),
    anchor: isUnknown ? `d:${dayText(dayOf(act, telling.scene.zone))}` : `m:${act.id}`,
    at: act.at,
    receivedAt: decidedBy.reduce((latest, each) => (each.receivedAt > latest ? each.receivedAt : latest), act.receivedAt),
    readingIds: [...new Set([act, ...decidedBy, ...comparedWith(draft, telling)].map(({ id }) => id))],
    limits: isUnknown ? telling.limits : limitsKept(act, telling),
    reason: tellDraft(draft, telling),
    pendingUntil: result === 'pending' && verdict !== null && verdict.untilMs !== null ? new Date(verdict.untilMs) : null,
    superseded,
  };
}

function comparedWith({ act }: Draft, { ready, scene }: Telling): readonly Act[] {
  const { condition, rule } = ready;
  const lowest = condition.kind === 'window_gain' ? lowestBefore(condition, act, scene) : null;
  const acts = scene.acts.bySlot[ready.slots[0] ?? -1] ?? [];
  const days = rule.persistenceDays === 1 ? [] : daysBefore(acts, act, rule.persistenceDays, scene);
  return [lowest, ...days].filter((each) => each !== null);
}

function severityOf(rule: Rule, acts: readonly Act[], scene: Scene): Severity {
  let severity = rule.severity;
  for (const { metric, points, then } of rule.modifiers) {
    const slot = slotOf(metric);
    // The deepest of the first reading and its re-measures: a worse value is never taken more lightly.
    const drops = acts.map((act) => difference(scene.baselines.at(metric, dayOf(act, scene.zone)), valueOf(act, slot)));
    if (Math.max(...drops) < points) severity = then;
  }
  return severity;
}

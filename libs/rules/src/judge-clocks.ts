import type { Rule } from './catalogue.js';
import { amountOf } from './condition.js';
import { limitsInForce, limitValues, plainFinding, runsAt, standingSinceMs, type Judging } from './judging.js';
import { findMissed, findOverdue, readSilence, tellMissed, tellOverdue, type Silence, type Silences } from './silence.js';
import type { Words } from './finding.js';

const HOUR_MS = 3_600_000;

/** Judges the rules that a clock fires: measurements overdue or missed. */
export function judgeClocks(judging: Judging): void {
  const { plan, window, catalogue } = judging.input;
  const nowMs = judging.scene.nowMs;
  const input = readSilence(plan, window, judging.scene.acts, nowMs);
  for (const rule of catalogue.rules) {
    const { trigger } = rule;
    if ((trigger.kind !== 'overdue' && trigger.kind !== 'missed') || !runsAt(rule, plan, nowMs)) continue;
    const limits = limitValues(rule, plan)(nowMs);
    if (trigger.kind === 'overdue') {
      judgeSilences(rule, findOverdue(trigger, limits, input), judging, (silence) => tellOverdue(silence, plan.zone));
    } else {
      const said = { count: amountOf(trigger.count, limits), hours: amountOf(trigger.hours, limits) };
      judgeSilences(rule, findMissed(trigger, limits, graceMsOf(judging), input), judging, (silence) => tellMissed(silence, said));
    }
  }
}

/** A measurement counts as missed when the reminder's grace has run out. */
function graceMsOf({ input, scene }: Judging): number {
  for (const rule of input.catalogue.rules) {
    if (rule.trigger.kind === 'overdue') return amountOf(rule.trigger.hours, limitValues(rule, input.plan)(scene.nowMs)) * HOUR_MS;
  }
  return 0;
}

function judgeSilences(rule: Rule, silences: Silences, judging: Judging, tell: (silence: Silence) => Words): void {
  const { input, recorded, scene } = judging;
  if (silences.nextMs !== null) judging.nextMs = Math.min(judging.nextMs, silences.nextMs);
  const sinceMs = standingSinceMs(rule, input);
  for (const silence of silences.found) {
    const anchor = `t:${new Date(silence.anchorMs).toISOString().replace('.000Z', 'Z')}`;
    // A long silence outlives the window of what was recorded; that it stands says it was.
    if (recorded.get(rule.id)?.fired(anchor) === true || (sinceMs !== null && sinceMs >= silence.atMs)) continue;
    const at = new Date(silence.atMs);
    const finding = plainFinding(rule, input.plan, {
      result: 'fire',
      anchor,
      at,
      receivedAt: input.now,
      readingIds: [],
      reason: tell(silence),
    });
    judging.findings.push({ ...finding, limits: limitsInForce(rule, input.plan, input.now) });
  }
  if (silences.found.length > 0) {
    const lastMs = Math.max(...silences.found.map(({ atMs }) => atMs));
    judging.standing.push({ ruleId: rule.id, since: new Date(Math.max(lastMs, sinceMs ?? lastMs)) });
  } else if (sinceMs !== null) {
    const { newestMs } = silences;
    judging.cleared.push({ ruleId: rule.id, at: newestMs !== null && newestMs > sinceMs ? new Date(newestMs) : new Date(scene.nowMs) });
  }
}

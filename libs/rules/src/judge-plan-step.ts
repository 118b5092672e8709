import { anchorOfAct } from './anchor.js';
import type { ContextElapsed, Rule } from './catalogue.js';
import type { AnswerSet } from './finding.js';
import { plainFinding, standingSinceMs, type Judging } from './judging.js';
import { tellNoImprovement } from './silence-words.js';

const HOUR_MS = 3_600_000;
/** Item that starts each clock of the catalogue (`context_elapsed`). */
const STARTED_BY: Readonly<Record<ContextElapsed['key'], string>> = { plan_started_h: 'plan_step_started' };

/**
 * Too long since something was started without the answer that it helped (`copd.plan.no_improvement`). It hangs on the answer that
 * started the clock; a person closes it.
 */
export function judgePlanStep(rule: Rule, { key, unless }: ContextElapsed, hours: number, judging: Judging): void {
  const { input, recorded, scene } = judging;
  const sinceMs = standingSinceMs(rule, input);
  const started = newestYes(input.window.answers, STARTED_BY[key]);
  const stands = (atMs: number): void => {
    judging.standing.push({ ruleId: rule.id, since: new Date(Math.max(atMs, sinceMs ?? atMs)) });
  };
  if (started === null || hasHelped(input.window.answers, unless, started)) {
    if (sinceMs !== null) stands(sinceMs);
    return;
  }
  const atMs = started.observedAt.getTime() + hours * HOUR_MS;
  if (atMs > scene.nowMs) {
    judging.nextMs = Math.min(judging.nextMs, atMs);
    if (sinceMs !== null) stands(sinceMs);
    return;
  }
  stands(atMs);
  const anchor = anchorOfAct(started.measurementId);
  if (recorded.get(rule.id)?.fired(anchor) === true) return;
  judging.findings.push(
    plainFinding(rule, input.plan, {
      result: 'fire',
      anchor,
      at: new Date(atMs),
      receivedAt: input.now,
      readingIds: [started.measurementId],
      reason: tellNoImprovement(hours),
    }),
  );
}

function newestYes(answers: readonly AnswerSet[], item: string): AnswerSet | null {
  let newest: AnswerSet | null = null;
  for (const set of answers) {
    if (set.items[item] === true && (newest === null || isLater(set, newest))) newest = set;
  }
  return newest;
}

function isLater(a: AnswerSet, b: AnswerSet): boolean {
  return (
    a.observedAt.getTime() - b.observedAt.getTime() > 0 ||
    (a.observedAt.getTime() === b.observedAt.getTime() && a.measurementId > b.measurementId)
  );
}

function hasHelped(answers: readonly AnswerSet[], item: string, started: AnswerSet): boolean {
  return answers.some((set) => set.items[item] === true && set.observedAt >= started.observedAt);
}

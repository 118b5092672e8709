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
 * started the clock, the first of a run (`findRun`), and is said once of each run; a person closes it.
 */
export function judgePlanStep(rule: Rule, { key, unless }: ContextElapsed, hours: number, judging: Judging): void {
  const { input, recorded, scene } = judging;
  const sinceMs = standingSinceMs(rule, input);
  const run = findRun(input.window.answers, STARTED_BY[key], unless);
  const stands = (atMs: number): void => {
    judging.standing.push({ ruleId: rule.id, since: new Date(Math.max(atMs, sinceMs ?? atMs)) });
  };
  if (run === null || run.hasHelped) {
    if (sinceMs !== null) stands(sinceMs);
    return;
  }
  const { first } = run;
  const atMs = first.observedAt.getTime() + hours * HOUR_MS;
  if (atMs > scene.nowMs) {
    judging.nextMs = Math.min(judging.nextMs, atMs);
    if (sinceMs !== null) stands(sinceMs);
    return;
  }
  stands(atMs);
  const anchor = anchorOfAct(first.measurementId);
  const ofRule = recorded.get(rule.id);
  if (ofRule?.fired(anchor) === true) return;
  // The run may have begun before the window did, and have been said by its beginning.
  if (!run.isWhole && (sinceMs !== null || ofRule?.hasFiredSince(first.observedAt.getTime()) === true)) return;
  judging.findings.push(
    plainFinding(rule, input.plan, {
      result: 'fire',
      anchor,
      at: new Date(atMs),
      receivedAt: input.now,
      readingIds: [first.measurementId],
      reason: tellNoImprovement(hours),
    }),
  );
}

/** Answers that something has been started, one after the other: asked again, people say yes to what they have said before. */
export interface Run {
  /** The first yes. */
  readonly first: AnswerSet;
  /** Whether it has been answered since then that it helped. */
  readonly hasHelped: boolean;
  /** Whether what ended the run before it is seen: else the first yes may lie further back than the answers do. */
  readonly isWhole: boolean;
}

/** The newest run of yeses to one question: a no to it, and a yes to the question whether it helped, end a run. Null without a yes. */
export function findRun(answers: readonly AnswerSet[], started: string, helped: string): Run | null {
  // As nearly always: nothing is put in order for it.
  if (!answers.some(({ items }) => items[started] === true)) return null;
  let run: Run | null = null;
  let hasEnded = false;
  for (const set of [...answers].sort((a, b) => (isLater(a, b) ? 1 : -1))) {
    if (set.items[started] === true && (run === null || hasEnded)) {
      run = { first: set, hasHelped: false, isWhole: hasEnded };
      hasEnded = false;
    }
    const hasHelped = set.items[helped] === true;
    if (run !== null && hasHelped) run = { ...run, hasHelped };
    hasEnded ||= hasHelped || set.items[started] === false;
  }
  return run;
}

function isLater(a: AnswerSet, b: AnswerSet): boolean {
  return (
    a.observedAt.getTime() - b.observedAt.getTime() > 0 ||
    (a.observedAt.getTime() === b.observedAt.getTime() && a.measurementId > b.measurementId)
  );
}

import { anchorOfAct } from './anchor.js';
import type { ContextElapsed, Rule } from './catalogue.js';
import type { AnswerSet, Finding } from './finding.js';
import { plainFinding, standingSinceMs, type Judging } from './judging.js';
import { tellNoImprovement } from './silence-words.js';

const HOUR_MS = 3_600_000;
/** Item that starts each clock of the catalogue (`context_elapsed`). */
const STARTED_BY: Readonly<Record<ContextElapsed['key'], string>> = { plan_started_h: 'plan_step_started' };
/** Asked every day, people say yes again to what they have said before; who does so after two days without means another step. */
const SAME_STEP_MS = 48 * HOUR_MS;
/** A look sees the answers of nine days; a run has a yes in any three of its days, the most that `hours` may be. */
const SEEN_FROM_BEGINNING_MS = 6 * 24 * HOUR_MS;

/**
 * Too long since something was started without the answer that it helped (`copd.plan.no_improvement`). It hangs on the answer that
 * started the clock, the first of a run (`findRuns`), and is said once of each run; a person closes it.
 */
export function judgePlanStep(rule: Rule, { key, unless }: ContextElapsed, hours: number, judging: Judging): void {
  const { input, scene } = judging;
  let standsMs = standingSinceMs(rule, input);
  const runs = findRuns(input.window.answers, { started: STARTED_BY[key], helped: unless, hours });
  for (const [place, run] of runs.entries()) {
    if (run.hasHelped) continue;
    const atMs = run.first.observedAt.getTime() + hours * HOUR_MS;
    if (atMs > scene.nowMs) {
      judging.nextMs = Math.min(judging.nextMs, atMs);
      continue;
    }
    const isNew = !isSaid(rule, run, judging);
    if (isNew) judging.findings.push(noImprovement(rule, run, hours, judging));
    if (isNew || place === runs.length - 1) standsMs = Math.max(atMs, standsMs ?? atMs);
  }
  if (standsMs !== null) judging.standing.push({ ruleId: rule.id, since: new Date(standsMs) });
}

function isSaid(rule: Rule, { first, isWhole }: Run, { input, recorded, scene, unlookedFromMs }: Judging): boolean {
  const ofRule = recorded.get(rule.id);
  if (ofRule?.fired(anchorOfAct(first.measurementId)) === true) return true;
  if (isWhole) return false;
  // It may have begun before the window did, and have been said by its beginning.
  const firstMs = first.observedAt.getTime();
  if (Math.min(scene.nowMs, unlookedFromMs) - firstMs > SEEN_FROM_BEGINNING_MS) return true;
  return standingSinceMs(rule, input) !== null || ofRule?.hasFiredSince(firstMs) === true;
}

function noImprovement(rule: Rule, { first }: Run, hours: number, { input }: Judging): Finding {
  return plainFinding(rule, input.plan, {
    result: 'fire',
    anchor: anchorOfAct(first.measurementId),
    at: new Date(first.observedAt.getTime() + hours * HOUR_MS),
    receivedAt: input.now,
    readingIds: [first.measurementId],
    reason: tellNoImprovement(hours),
  });
}

/** Answers that something has been started, one after the other: asked again, people say yes to what they have said before. */
export interface Run {
  /** The first yes. */
  readonly first: AnswerSet;
  /** Every yes, the first one too, oldest first. */
  readonly yeses: readonly AnswerSet[];
  /** Whether it has been answered since then that it helped. */
  readonly hasHelped: boolean;
  /** Whether what ended the run before it is seen: else the first yes may lie further back than the answers do. */
  readonly isWhole: boolean;
}

/** What a step of the plan is asked about, by item codes. */
export interface StepAsked {
  readonly started: string;
  readonly helped: string;
  /** How long it may take to help. */
  readonly hours: number;
}

/**
 * The newest run of yeses to one question, and before it those whose time had run out when the next began. A no to the question, and a yes to
 * whether it helped, end a run, and the next one takes its place; a yes about another step (`isOfAnotherStep`) begins one beside it.
 */
export function findRuns(answers: readonly AnswerSet[], { started, helped, hours }: StepAsked): readonly Run[] {
  // As nearly always: nothing is put in order for it.
  if (!answers.some(({ items }) => items[started] === true)) return [];
  let runs: readonly Run[] = [];
  let hasEnded = false;
  for (const set of [...answers].sort((a, b) => (isLater(a, b) ? 1 : -1))) {
    if (set.items[started] === true) {
      runs = withYes(runs, set, { hasEnded, hours });
      hasEnded = false;
    }
    const hasHelped = set.items[helped] === true;
    if (hasHelped) runs = runs.slice(-1).map((run) => ({ ...run, hasHelped }));
    hasEnded ||= hasHelped || set.items[started] === false;
  }
  return runs;
}

function withYes(runs: readonly Run[], yes: AnswerSet, { hasEnded, hours }: { hasEnded: boolean; hours: number }): readonly Run[] {
  const current = runs.at(-1);
  const begun = (isWhole: boolean): Run => ({ first: yes, yeses: [yes], hasHelped: false, isWhole });
  if (current === undefined) return [begun(hasEnded)];
  const before = runs.slice(0, -1);
  if (hasEnded) return [...before, begun(true)];
  if (isOfAnotherStep(yes, current, hours)) return [...runs, begun(true)];
  return [...before, { ...current, yeses: [...current.yeses, yes] }];
}

/**
 * Whether a yes begins a course of its own: the run's time has run out, and no yes came in the two days before it or it answers advice that
 * none of them did. Not before its time is out: what has not helped is not put off by saying so again.
 */
function isOfAnotherStep(yes: AnswerSet, { first, yeses }: Run, hours: number): boolean {
  const sinceMs = (earlier: AnswerSet): number => yes.observedAt.getTime() - earlier.observedAt.getTime();
  if (sinceMs(first) <= hours * HOUR_MS) return false;
  const advice = yes.items['advice_id'];
  const isOtherAdvice = advice !== undefined && yeses.every(({ items }) => items['advice_id'] !== advice);
  return isOtherAdvice || yeses.every((earlier) => sinceMs(earlier) > SAME_STEP_MS);
}

function isLater(a: AnswerSet, b: AnswerSet): boolean {
  return (
    a.observedAt.getTime() - b.observedAt.getTime() > 0 ||
    (a.observedAt.getTime() === b.observedAt.getTime() && a.measurementId > b.measurementId)
  );
}

import { dayText, instantOf, localDayNumber } from '@varde/plans';
import { ANSWERS_SLOT, usableFrom, valueOf, type Act } from './act.js';
import { anchorOfAct, anchorOfDay } from './anchor.js';
import { answersBehind, isRaising, PLAN_STARTS_TREATMENT, tellModifier, yieldsToPlan, type AnswerModifier } from './answer-conditions.js';
import { amountOf, difference, type Answer, type Telling } from './condition.js';
import { daysBefore } from './daily.js';
import { hasFired, type Finding, type Severity, type Words } from './finding.js';
import { foldActs, type Draft, type Folded } from './fold.js';
import { limitsInForce, limitValues, runsAt, type JudgeInput, type Judging } from './judging.js';
import { LIVE_MS } from './late.js';
import { slotOf } from './measure.js';
import { isUsualSaturation } from './news2-conditions.js';
import { preparedOf, type ActRule } from './prepare-rule.js';
import { raiseUnanswered } from './raise-unanswered.js';
import { actsBehind, limitsKept, tellBreach, tellDraft } from './reason.js';
import { dayOf, type Scene } from './scene.js';
import { vitalsBehind, vitalsOf } from './vitals-behind.js';
import { join } from './words.js';

const HOUR_MS = 3_600_000;

interface FoldedRule {
  readonly ready: ActRule;
  /** What the rule sees. */
  readonly scene: Scene;
  readonly folded: Folded;
}

/** Judges every rule that is asked of acts of measuring. */
export function judgeActs(judging: Judging): void {
  const folds = foldRules(judging);
  const firedOn = new Map(folds.map(({ ready, folded }) => [ready.rule.id, folded.firedOn]));
  for (const each of folds) {
    const { ready, scene, folded } = each;
    const { rule } = ready;
    for (const draft of folded.drafts) {
      const hasFiredOnIt = (id: string): boolean =>
        firedOn.get(id)?.has(draft.act.id) === true || judging.recorded.get(id)?.firedOn(draft.act.id) === true;
      const superseded = draft.result !== 'not_evaluable' && rule.supersededBy.some(hasFiredOnIt);
      judging.findings.push(toFinding(draft, ready, tellingOf(each, draft.act, judging), superseded));
    }
    raiseByAnswers(each, judging);
    raiseUnanswered(ready, folded, judging);
    for (const atMs of folded.clearedAtMs) judging.cleared.push({ ruleId: rule.id, at: new Date(atMs) });
    if (folded.standing !== null) {
      const since = new Date(folded.standing.lastMs);
      judging.standing.push({ ruleId: rule.id, since, ...vitalsOf(ready, firedSince(each, judging), scene) });
    }
    if (folded.nextMs !== null) judging.nextMs = Math.min(judging.nextMs, folded.nextMs);
  }
}

/** What a rule that stands has fired on since its episode had it, and in this look. */
function firedSince({ ready, folded, scene }: FoldedRule, { input }: Judging): readonly Act[] {
  const known = input.standing.find(({ ruleId }) => ruleId === ready.rule.id);
  const fromMs = known === undefined ? Number.POSITIVE_INFINITY : (known.from?.getTime() ?? Number.NEGATIVE_INFINITY);
  const now = new Set(folded.drafts.filter(({ result }) => hasFired(result)).map(({ act }) => act.id));
  return scene.acts.having(ready.slots).filter(({ id, atMs }) => now.has(id) || (folded.firedOn.has(id) && atMs >= fromMs));
}

const SPEAKING_BACK: readonly number[] = [ANSWERS_SLOT, slotOf('o2-flow')];

function newestOf(slots: readonly number[], newestMs: readonly number[]): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const slot of slots) newest = Math.max(newest, newestMs[slot] ?? Number.NEGATIVE_INFINITY);
  return newest;
}

function tellingOf({ ready: { rule }, scene }: FoldedRule, act: Act, { input }: Judging): Telling {
  return { rule, scene, limits: limitsInForce(rule, input.plan, act.at) };
}

function foldRules({ input, scene, sceneAtRest, recorded, unlookedFromMs }: Judging): readonly FoldedRule[] {
  const { plan, standing } = input;
  const newestMs = scene.acts.bySlot.map((acts) => acts[acts.length - 1]?.atMs ?? Number.NEGATIVE_INFINITY);
  // Only answers and oxygen flows speak of readings before them.
  const isDayTouched = newestOf(SPEAKING_BACK, newestMs) >= unlookedFromMs;
  const dayFromMs = isDayTouched ? dayStartMs(scene, unlookedFromMs) : Number.POSITIVE_INFINITY;
  const standingMs = new Map(standing.map(({ ruleId, since }) => [ruleId, since.getTime()]));
  const folds: FoldedRule[] = [];
  for (const ready of preparedOf(input.catalogue)) {
    const { rule } = ready;
    const standingSinceMs = standingMs.get(rule.id) ?? null;
    const ofRule = recorded.get(rule.id) ?? null;
    if (standingSinceMs === null) {
      // Nothing new to ask it of, and nothing open: what it would say has been said.
      const newFromMs = ready.looksAtDay ? Math.min(unlookedFromMs, dayFromMs) : unlookedFromMs;
      const openFromMs = (ready.raisedByAnswers ? ofRule?.oldestMs : ofRule?.pendingFromMs()) ?? Number.POSITIVE_INFINITY;
      if (newestOf(ready.slots, newestMs) < Math.min(newFromMs, openFromMs)) continue;
      if (!plan.enrolments.some(({ programme }) => rule.programmes.includes(programme))) continue;
    }
    const seen = ready.ofRest ? sceneAtRest : scene;
    const folded = foldActs({
      ready,
      scene: seen,
      runsAt: (atMs) => runsAt(rule, plan, atMs),
      limitsAt: limitValues(rule, plan),
      recorded: ofRule,
      standingSinceMs,
      openFromMs: openFromMs(ready, standingSinceMs, input),
      unlookedFromMs,
      dayFromMs,
    });
    if (folded !== null) folds.push({ ready, scene: seen, folded });
  }
  return folds;
}

/** From when on what a rule fired on belongs to an episode that is open; null: it has found nothing in one. */
function openFromMs({ rule, raisedByAnswers }: ActRule, standingSinceMs: number | null, { openEpisodes, plan }: JudgeInput): number | null {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { signals = [] } of openEpisodes) {
    for (const { ruleId, firstAt } of signals) if (ruleId === rule.id) firstMs = Math.min(firstMs, firstAt.getTime());
  }
  if (firstMs === Number.POSITIVE_INFINITY) return standingSinceMs === null ? null : Number.NEGATIVE_INFINITY;
  // An answer may be all of it that anybody was told, and speaks of what the rule fired on that day.
  return raisedByAnswers ? instantOf(plan.zone, localDayNumber(plan.zone, firstMs), 0) : firstMs;
}

/** A fact measured this long after a reading still speaks of it (an oxygen flow): the day of such a reading counts as begun. */
const SPEAKS_BACK_MS = HOUR_MS;

function dayStartMs({ zone }: Scene, unlookedFromMs: number): number {
  if (!Number.isFinite(unlookedFromMs)) return unlookedFromMs;
  return instantOf(zone, localDayNumber(zone, unlookedFromMs - SPEAKS_BACK_MS), 0);
}

function toFinding(draft: Draft, ready: ActRule, telling: Telling, superseded: boolean): Finding {
  const { rule, scene } = telling;
  const { act, verdict, result } = draft;
  const decidedBy = verdict?.decidedBy ?? [];
  const isUnknown = result === 'not_evaluable';
  const graded = isUnknown ? { severity: 'info' as const, because: [], told: [] } : gradeActs(ready, [act, ...decidedBy], scene);
  const behind = isUnknown ? [] : [...decidedBy, ...actsBehind(ready.condition, act, telling), ...daysBehind(ready, act, telling)];
  return {
    ruleId: rule.id,
    ruleVersion: rule.version,
    domain: rule.domain,
    result,
    severity: graded.severity,
    anchor: isUnknown ? anchorOfDay(dayText(dayOf(act, scene.zone))) : anchorOfAct(act.id),
    at: act.at,
    receivedAt: receivedAtOf(act, decidedBy, [...behind, ...graded.because]),
    readingIds: [...new Set([act, ...behind, ...graded.because].map(({ id }) => id))],
    limits: isUnknown ? telling.limits : limitsKept(act, ready, telling),
    reason: tellDraft(draft, ready, telling, graded.told),
    pendingUntil: result === 'pending' && verdict !== null && verdict.untilMs !== null ? new Date(verdict.untilMs) : null,
    superseded,
    ...(hasFired(result) && vitalsBehind(ready, { act, behind }, scene)),
  };
}

/** The acts of the measured days before that persistence asks for. */
function daysBehind({ slots, rule, ask: askOf }: ActRule, act: Act, { scene, limits }: Telling): readonly Act[] {
  const days = amountOf(
    rule.persistenceDays,
    limits.map(({ value }) => value),
  );
  if (days === 1) return [];
  const limitsAt = limitValues(rule, scene.plan);
  const ask = (each: Act): Answer => askOf(each, limitsAt(each.atMs), scene);
  return daysBefore({ acts: scene.acts.having(slots), slots, ask }, act, days, scene);
}

/** When the newest of what it rests on reached us. What reached us in time, such as an answer of the same evening, makes nothing late. */
function receivedAtOf(act: Act, decidedBy: readonly Act[], behind: readonly Act[]): Date {
  const late = behind.filter((each) => usableFrom(each).getTime() - each.atMs > LIVE_MS);
  return [...decidedBy, ...late].map(usableFrom).reduce((latest, each) => (each > latest ? each : latest), usableFrom(act));
}

interface Graded {
  readonly severity: Severity;
  /** Acts that the severity rests on besides the fired one. */
  readonly because: readonly Act[];
  /** What made it graver, said beside the rule's own reason. */
  readonly told: readonly Words[];
}

const USUAL_SATURATION_WORDS: Words = {
  nb: 'Bare oksygenmetningen er rød, og den er eller kan være vanlig for pasienten: lege må avklare skala og mål.',
  en: 'Only the oxygen saturation is red, and it is or may be usual for the patient: a physician must settle the scale and the target.',
};

function gradeActs(ready: ActRule, acts: readonly Act[], scene: Scene): Graded {
  const { rule } = ready;
  let { severity } = rule;
  const because: Act[] = [];
  const told: Words[] = [];
  const usual = ready.usualSaturation;
  if (usual !== null && acts[0] !== undefined && isUsualSaturation(acts[0], scene, usual.baselineAtMost)) {
    severity = usual.then;
    told.push(USUAL_SATURATION_WORDS);
  }
  for (const modifier of rule.modifiers) {
    if (modifier.kind === 'baseline_drop_lt') {
      const slot = slotOf(modifier.metric);
      // The deepest of the first reading and its re-measures: a worse value is never taken more lightly.
      const drops = acts.map((act) => difference(scene.baselines.at(modifier.metric, dayOf(act, scene.zone)), valueOf(act, slot)));
      if (Math.max(...drops) < modifier.points) severity = modifier.then;
      continue;
    }
    const [act] = acts;
    if (act === undefined) continue;
    // Answers that came after it are findings of their own (`raiseByAnswers`).
    const behind = answersBehind(modifier, act, scene, act.receivedAt);
    if (behind.length === 0) continue;
    const isYielding = yieldsToPlan(modifier, act, scene);
    if (!isYielding) severity = modifier.then;
    because.push(...behind);
    told.push(tellModifier(modifier, behind), ...(isYielding ? [PLAN_STARTS_TREATMENT] : []));
  }
  return { severity, because, told };
}

/**
 * Answers that reached us after a rule had fired on a reading or an answer of the same day, and make it graver: what was said of it stays as
 * it is, and the first such answer becomes a finding of its own. What counts is when they reached us, not when somebody looked.
 */
function raiseByAnswers(of: FoldedRule, judging: Judging): void {
  const { ready, scene, folded } = of;
  const { rule } = ready;
  const { recorded } = judging;
  if (folded.firedOn.size === 0) return;
  for (const modifier of rule.modifiers) {
    if (!isRaising(modifier)) continue;
    const raised = new Map<Act, Act>();
    for (const fired of scene.acts.having(ready.slots)) {
      if (!folded.firedOn.has(fired.id) || yieldsToPlan(modifier, fired, scene)) continue;
      if (answersBehind(modifier, fired, scene, fired.receivedAt).length > 0) continue;
      const first = answersBehind(modifier, fired, scene).find((answer) => answer.receivedAt > fired.receivedAt);
      if (first === undefined) continue;
      // What had cleared when the answer was given is not made graver by it: nothing that comes later could clear it again.
      if (!folded.clearedAtMs.some((clearedMs) => clearedMs > fired.atMs && clearedMs <= first.atMs)) raised.set(first, fired);
    }
    for (const [answer, fired] of raised) {
      const anchor = anchorOfAct(answer.id);
      if (recorded.get(rule.id)?.fired(anchor) === true) continue;
      // An answer that fires by itself says the graver of the two.
      const own = judging.findings.findIndex((each) => each.ruleId === rule.id && each.anchor === anchor && each.result === 'fire');
      judging.findings.splice(own < 0 ? judging.findings.length : own, 1, raisedFinding(answer, fired, { of, modifier, judging }));
    }
  }
}

interface Raise {
  readonly of: FoldedRule;
  readonly modifier: AnswerModifier;
  readonly judging: Judging;
}

function raisedFinding(answer: Act, fired: Act, { of, modifier, judging }: Raise): Finding {
  const { ready, scene } = of;
  const telling = tellingOf(of, fired, judging);
  const finding = toFinding({ result: 'fire', act: fired, verdict: null }, ready, telling, false);
  return {
    ...finding,
    severity: modifier.then,
    anchor: anchorOfAct(answer.id),
    at: answer.at,
    receivedAt: answer.receivedAt,
    readingIds: [...new Set([answer.id, ...finding.readingIds])],
    reason: join([tellBreach(fired, ready, telling), tellModifier(modifier, answersBehind(modifier, fired, scene))]),
  };
}

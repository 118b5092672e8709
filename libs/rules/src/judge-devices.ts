import type { Act, Acts } from './act.js';
import { actOfAnchor } from './anchor.js';
import type { Rule, Trigger } from './catalogue.js';
import { amountOf } from './condition.js';
import { confirmWindowMs } from './confirm.js';
import { limitValues, plainFinding, runsAt, standingSinceMs, type JudgeInput, type Judging } from './judging.js';
import type { Finding, Result, Words } from './finding.js';
import { OLD_MS } from './late.js';
import { slotOf } from './measure.js';
import { findOddSteps } from './odd-steps.js';
import { graveMeaning, tellAnswered, tellMeaning, tellUnanswered } from './other-meaning.js';
import { rulesOfKinds } from './rules-by-kind.js';
import type { HeldBack } from './scene.js';
import {
  findDoubted,
  findHeldBack,
  findImplausible,
  findRefusedUnits,
  firstValidMs,
  heldTroubles,
  othersTroubles,
  troubleClearedMs,
  type Trouble,
  type WeightDoubts,
} from './technical.js';
import { join } from './words.js';

/** How long a new reading is waited for at most. */
const ANSWER_WITHIN_MS = confirmWindowMs('remeasure_30min');

const DEVICE_KINDS = ['plausibility', 'status_bits', 'unit_ratio', 'jump'] as const;

function ruleOf<Kind extends (typeof DEVICE_KINDS)[number]>(
  { catalogue, plan, now }: JudgeInput,
  kind: Kind,
): { rule: Rule; trigger: Extract<Trigger, { kind: Kind }> } | null {
  for (const rule of rulesOfKinds(catalogue, DEVICE_KINDS)) {
    const { trigger } = rule;
    if (trigger.kind === kind && runsAt(rule, plan, now.getTime())) return { rule, trigger: trigger as Extract<Trigger, { kind: Kind }> };
  }
  return null;
}

const NOTHING_HELD: ReadonlyMap<Act, HeldBack> = new Map();

/** The weights of a window that the technical rules hold back from the others. */
export function holdWeights(input: JudgeInput, acts: Acts): ReadonlyMap<Act, HeldBack> {
  const weights = acts.bySlot[slotOf('weight')] ?? [];
  if (weights.length === 0) return NOTHING_HELD;
  const jump = ruleOf(input, 'jump');
  const doubts: WeightDoubts = {
    ratio: ruleOf(input, 'unit_ratio')?.trigger ?? null,
    jump:
      jump === null
        ? null
        : { trigger: jump.trigger, limitKg: amountOf(jump.trigger.limit, limitValues(jump.rule, input.plan)(input.now.getTime())) },
  };
  return findHeldBack(weights, doubts);
}

/** Judges the rules about devices: values refused, doubted by the device, in another unit or of another person. */
export function judgeDevices(judging: Judging): void {
  for (const rule of rulesOfKinds(judging.input.catalogue, DEVICE_KINDS)) {
    const troubles = troublesOf(rule, judging);
    if (troubles !== null) judgeTroubles(rule, troubles, judging);
  }
}

/** Null for rules that are not about devices. */
function troublesOf({ trigger }: Rule, { input, scene }: Judging): readonly Trouble[] | null {
  if (trigger.kind === 'plausibility') return findImplausible(input.window);
  if (trigger.kind === 'status_bits') return findDoubted(input.window, findOddSteps(scene.acts.atRest));
  if (trigger.kind === 'unit_ratio') return [...heldTroubles(scene.heldBack, 'unit'), ...findRefusedUnits(input.window)];
  return trigger.kind === 'jump' ? [...heldTroubles(scene.heldBack, 'person'), ...othersTroubles(scene.acts.leftOut)] : null;
}

function judgeTroubles(rule: Rule, troubles: readonly Trouble[], judging: Judging): void {
  const { input, scene, recorded } = judging;
  const sinceMs = standingSinceMs(rule, input);
  if (troubles.length === 0 && sinceMs === null) return;
  const ofRule = recorded.get(rule.id);
  const real: Trouble[] = [];
  for (const trouble of troubles) {
    const isKnown = ofRule?.fired(trouble.anchor) === true;
    // Refused values never set `unlookedFrom`; what was recorded tells which are new.
    const isOld = actOfAnchor(trouble.anchor) !== null && trouble.at.getTime() < judging.unlookedFromMs;
    if (!isKnown && (isOld || !runsAt(rule, input.plan, trouble.at.getTime()))) continue;
    real.push(trouble);
    if (!isKnown) {
      const finding = plainFinding(rule, input.plan, { result: 'fire', ...plainOf(trouble) });
      const isRow = rule.trigger.kind === 'plausibility' && makesRow(trouble, troubles, judging, rule.id);
      judging.findings.push(isRow ? { ...finding, severity: 'yellow' } : finding);
    }
    judgeMeaning(rule, trouble, judging);
  }
  if (real.length === 0 && sinceMs === null) return;
  const clearedMs = troubleClearedMs(real, sinceMs, scene.acts.bySlot, scene.heldBack);
  if (clearedMs !== null) judging.cleared.push({ ruleId: rule.id, at: new Date(clearedMs) });
  else judging.standing.push({ ruleId: rule.id, since: new Date(Math.max(sinceMs ?? 0, ...real.map(({ at }) => at.getTime()))) });
}

/** So many impossible values in a row, nothing usable between them, are no slip of the hand (`gen.tech.implausible`, evidence note). */
const ROW = 3;

/** Whether a new refused value makes a row whole: the last measured of those told now, or one that came late between others. */
function makesRow({ refused, at }: Trouble, troubles: readonly Trouble[], { scene, recorded }: Judging, ruleId: string): boolean {
  if (refused === undefined || refused.metric === null) return false;
  const { metric } = refused;
  const ofRule = recorded.get(ruleId);
  const isInRow = (other: Trouble): boolean => {
    const [fromMs, toMs] = [at.getTime(), other.at.getTime()].sort((a, b) => a - b) as [number, number];
    const validMs = firstValidMs(metric, fromMs, scene.acts.bySlot, scene.heldBack);
    return validMs === null || validMs > toMs;
  };
  const row = troubles.filter(
    (other) => other.refused?.metric === metric && (other.at <= at || ofRule?.fired(other.anchor) === true) && isInRow(other),
  );
  return row.length >= ROW;
}

function plainOf({ anchor, at, receivedAt, readingIds, reason }: Trouble) {
  return { anchor, at, receivedAt, readingIds, reason };
}

/**
 * A value that could not be used but may have been red: a new one is asked for at once, and when none that can be used comes within the
 * re-measure window of the rule it may have met, a person is told (`plausibility_principle`). Doubt delays, it never deletes.
 */
function judgeMeaning(rule: Rule, trouble: Trouble, judging: Judging): void {
  const { input, scene } = judging;
  const { anchor, at, refused } = trouble;
  const ofRule = judging.recorded.get(rule.id);
  if (refused === undefined || ofRule?.has(anchor, 'fire_unconfirmed') === true || ofRule?.has(anchor, 'not_confirmed') === true) return;
  const grave = graveMeaning(refused, judging);
  if (grave === null) return;
  const withinMs = Math.min(confirmWindowMs(grave.rule.confirm), ANSWER_WITHIN_MS);
  const untilMs = at.getTime() + withinMs;
  const say = (result: Result, told: Words): Finding =>
    plainFinding(rule, input.plan, { ...plainOf(trouble), result, reason: join([trouble.reason, told]) });
  const answeredMs = firstValidMs(grave.metric, at.getTime(), scene.acts.bySlot, scene.heldBack);
  // Of what is older, what answered it in time may not be seen any more.
  const isOld = scene.nowMs - at.getTime() > OLD_MS;
  if (answeredMs !== null && (answeredMs <= untilMs || isOld)) {
    if (ofRule?.has(anchor, 'pending') === true) judging.findings.push(say('not_confirmed', tellAnswered()));
  } else if (scene.nowMs < untilMs) {
    judging.nextMs = Math.min(judging.nextMs, untilMs);
    if (ofRule?.has(anchor, 'pending') === true) return;
    judging.findings.push({ ...say('pending', tellMeaning(grave)), pendingUntil: new Date(untilMs), mayMeet: grave.rule.id });
  } else {
    judging.findings.push({ ...say('fire_unconfirmed', join([tellMeaning(grave), tellUnanswered(withinMs)])), severity: 'red' });
  }
}

import type { Act, Acts } from './act.js';
import type { Rule, Trigger } from './catalogue.js';
import { amountOf } from './condition.js';
import { limitValues, plainFinding, runsAt, standingSinceMs, type JudgeInput, type Judging } from './judging.js';
import { slotOf } from './measure.js';
import type { HeldBack } from './scene.js';
import {
  findDoubted,
  findHeldBack,
  findImplausible,
  findRefusedUnits,
  heldTroubles,
  troubleClearedMs,
  type Trouble,
  type WeightDoubts,
} from './technical.js';

function ruleOf<Kind extends Trigger['kind']>(
  { catalogue, plan, now }: JudgeInput,
  kind: Kind,
): { rule: Rule; trigger: Extract<Trigger, { kind: Kind }> } | null {
  for (const rule of catalogue.rules) {
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
  for (const rule of judging.input.catalogue.rules) {
    const troubles = troublesOf(rule, judging);
    if (troubles !== null) judgeTroubles(rule, troubles, judging);
  }
}

/** Null for rules that are not about devices. */
function troublesOf({ trigger }: Rule, { input, scene }: Judging): readonly Trouble[] | null {
  if (trigger.kind === 'plausibility') return findImplausible(input.window);
  if (trigger.kind === 'status_bits') return findDoubted(input.window);
  if (trigger.kind === 'unit_ratio') return [...heldTroubles(scene.heldBack, 'unit'), ...findRefusedUnits(input.window)];
  return trigger.kind === 'jump' ? heldTroubles(scene.heldBack, 'person') : null;
}

function judgeTroubles(rule: Rule, troubles: readonly Trouble[], judging: Judging): void {
  const { input, scene, recorded } = judging;
  const sinceMs = standingSinceMs(rule, input);
  if (troubles.length === 0 && sinceMs === null) return;
  const ofRule = recorded.get(rule.id);
  const real: Trouble[] = [];
  for (const trouble of troubles) {
    const isKnown = ofRule?.fired(trouble.anchor) === true;
    if (isKnown) real.push(trouble);
    if (isKnown || !runsAt(rule, input.plan, trouble.at.getTime())) continue;
    // Refused values never set `unlookedFrom`; what was recorded tells which are new.
    if (trouble.anchor.startsWith('m:') && trouble.at.getTime() < judging.unlookedFromMs) continue;
    real.push(trouble);
    const { metrics: _metrics, ...plain } = trouble;
    judging.findings.push(plainFinding(rule, input.plan, { result: 'fire', ...plain }));
  }
  if (real.length === 0 && sinceMs === null) return;
  const clearedMs = troubleClearedMs(real, sinceMs, scene.acts.bySlot, scene.heldBack);
  if (clearedMs !== null) judging.cleared.push({ ruleId: rule.id, at: new Date(clearedMs) });
  else judging.standing.push({ ruleId: rule.id, since: new Date(Math.max(sinceMs ?? 0, ...real.map(({ at }) => at.getTime()))) });
}

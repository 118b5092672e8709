import { groupActs } from './act.js';
import { baselinesOf } from './baseline.js';
import { dayValuesOf } from './daily.js';
import { judgeActs } from './judge-acts.js';
import { judgeClocks } from './judge-clocks.js';
import { holdWeights, judgeDevices } from './judge-devices.js';
import type { JudgeInput, Judgement, Judging } from './judging.js';
import { groupRecorded } from './recorded.js';
import { refutedWeights } from './reweighed.js';
import type { Scene } from './scene.js';
import { judgeTransients } from './transients.js';
import { judgeWhoseWeight } from './judge-whose-weight.js';

/**
 * Judges one patient by the rules in force. A pure function of the set of readings, the plan, what was recorded and the time: neither
 * order nor repetition of what arrived makes a difference.
 * @throws RangeError when the plan's zone is unknown or a time is invalid
 */
export function judge(input: JudgeInput): Judgement {
  const judging = begin(input);
  judgeActs(judging);
  judgeTransients(judging);
  judgeDevices(judging);
  judgeWhoseWeight(judging);
  judgeClocks(judging);
  const byTime = (a: { ruleId: string; at: Date }, b: { ruleId: string; at: Date }): number =>
    a.at.getTime() - b.at.getTime() || (a.ruleId < b.ruleId ? -1 : a.ruleId > b.ruleId ? 1 : 0);
  return {
    findings: judging.findings.sort(byTime),
    cleared: judging.cleared.sort(byTime),
    standing: judging.standing,
    nextAt: Number.isFinite(judging.nextMs) ? new Date(judging.nextMs) : null,
    followUp: judging.followUp,
  };
}

function begin(input: JudgeInput): Judging {
  const acts = groupActs(input.window.readings, input.window.answers);
  const heldBack = holdWeights(input, acts);
  const scene: Scene = {
    zone: input.plan.zone,
    plan: input.plan,
    acts,
    baselines: baselinesOf(input.window.dailyMedians, input.catalogue.spreadFloors),
    days: dayValuesOf(input.window.dailyMedians),
    heldBack,
    refuted: refutedWeights(acts, heldBack, input.plan.zone),
    news2: input.catalogue.news2 ?? null,
    nowMs: input.now.getTime(),
  };
  return {
    input,
    scene,
    sceneAtRest: acts.atRest === acts ? scene : { ...scene, acts: acts.atRest },
    recorded: groupRecorded(input.recorded),
    unlookedFromMs: input.unlookedFrom === null ? Number.POSITIVE_INFINITY : input.unlookedFrom.getTime(),
    findings: [],
    cleared: [],
    standing: [],
    nextMs: Number.POSITIVE_INFINITY,
    followUp: null,
  };
}

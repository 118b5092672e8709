import { isOnlyInEpisode, scheduleInForce } from '@varde/plans';
import { isMetric } from '@varde/vitals';
import { anchorOfMoment } from './anchor.js';
import { amountOf } from './condition.js';
import type { Rule } from './catalogue.js';
import { SEVERITIES, type Words } from './finding.js';
import { judgePlanStep } from './judge-plan-step.js';
import {
  limitsInForce,
  limitValues,
  plainFinding,
  runsAt,
  standingSinceMs,
  type ClearedRule,
  type FollowUp,
  type Judging,
} from './judging.js';
import { slotOf } from './measure.js';
import { rulesOfKinds } from './rules-by-kind.js';
import { findCause } from './silence-cause.js';
import { findMissed, findOverdue, readSilence, type Silence, type SilenceInput, type Silences } from './silence.js';
import { EPISODE_OVER, tellLate, tellMissed, tellOverdue, tellPause, tellSilentEpisode } from './silence-words.js';
import { findSilentEpisode, followUpOf, waitOf } from './silent-episode.js';

const HOUR_MS = 3_600_000;

const CLOCKED = ['overdue', 'missed', 'episode_overdue', 'context_elapsed'] as const;
const OVERDUE = ['overdue'] as const;

/** Before anything is agreed: as though an episode had always been open. */
const ALWAYS = new Date(0);

/** Judges the rules that a clock fires: measurements overdue or missed, silence in an open episode, treatment that has not helped. */
export function judgeClocks(judging: Judging): void {
  const { plan, window, catalogue } = judging.input;
  const nowMs = judging.scene.nowMs;
  const { schedule, zone, pauses: all } = plan;
  const read = (from: Date | null): SilenceInput =>
    readSilence({ schedule: scheduleInForce(schedule, from), zone, pauses: all }, window, judging.scene.acts, nowMs);
  const planned = read(judging.input.closelyFollowedFrom ?? null);
  for (const rule of rulesOfKinds(catalogue, CLOCKED)) {
    const { trigger } = rule;
    if (!runsAt(rule, plan, nowMs)) {
      clearStopped(rule, judging);
      continue;
    }
    const limits = limitValues(rule, plan)(nowMs);
    const pauses = isPausable(rule) ? all : [];
    const judgeFound = (find: (input: SilenceInput) => Silences, tell: (silence: Silence) => Words): void => {
      const found = find(pauses === planned.pauses ? planned : { ...planned, pauses });
      judgeSilences(rule, found, judging, { tell, inEpisode: () => find({ ...read(ALWAYS), pauses }) });
    };
    if (trigger.kind === 'overdue') {
      judgeFound(
        (input) => findOverdue(trigger, limits, input),
        (silence) => tellOverdue(silence, plan.zone),
      );
    } else if (trigger.kind === 'missed') {
      const said = { count: amountOf(trigger.count, limits), hours: amountOf(trigger.hours, limits) };
      judgeFound(
        (input) => findMissed(trigger, limits, graceMsOf(judging), input),
        (silence) => tellMissed(silence, said),
      );
    } else if (trigger.kind === 'episode_overdue') {
      const hours = amountOf(trigger.hours, limits);
      const wait = waitOf(trigger, judging);
      judgeFound(
        () => findSilentEpisode(wait, hours, nowMs),
        () => tellSilentEpisode(hours),
      );
      askToFollowUp(followUpOf(wait, { hours, graceMs: graceMsOf(judging) }, judging), judging);
    } else if (trigger.kind === 'context_elapsed') {
      judgePlanStep(rule, trigger, amountOf(trigger.hours, limits), judging);
    }
  }
}

function askToFollowUp(followUp: FollowUp | null, judging: Judging): void {
  judging.followUp = followUp;
  const askMs = followUp?.askAt.getTime() ?? Number.NEGATIVE_INFINITY;
  if (askMs > judging.scene.nowMs) judging.nextMs = Math.min(judging.nextMs, askMs);
}

/** A silence that stands when its rule stops running, because a unit or the end of a programme switched it off, is over. */
function clearStopped(rule: Rule, { input, cleared }: Judging): void {
  if (rule.trigger.kind !== 'context_elapsed' && standingSinceMs(rule, input) !== null) cleared.push({ ruleId: rule.id, at: input.now });
}

/** No pause keeps a red or critical rule quiet (`roles.dho_nurse`). */
function isPausable({ severity }: Rule): boolean {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf('red');
}

/** A measurement counts as missed when the reminder's grace has run out. */
function graceMsOf({ input, scene }: Judging): number {
  for (const rule of rulesOfKinds(input.catalogue, OVERDUE)) {
    if (rule.trigger.kind === 'overdue') return amountOf(rule.trigger.hours, limitValues(rule, input.plan)(scene.nowMs)) * HOUR_MS;
  }
  return 0;
}

interface Asked {
  readonly tell: (silence: Silence) => Words;
  /** What would be silent, were an episode open. */
  readonly inEpisode: () => Silences;
}

function judgeSilences(rule: Rule, silences: Silences, judging: Judging, { tell, inEpisode }: Asked): void {
  const { input, recorded, scene } = judging;
  if (silences.nextMs !== null) judging.nextMs = Math.min(judging.nextMs, silences.nextMs);
  const sinceMs = standingSinceMs(rule, input);
  const ofRule = recorded.get(rule.id);
  for (const silence of silences.found) {
    const anchor = anchorOfMoment(new Date(silence.anchorMs));
    // A long silence outlives the window of what was recorded; that it stands says it was.
    if (ofRule?.fired(anchor) === true || (sinceMs !== null && sinceMs >= silence.atMs)) continue;
    // What an open episode's silence was counted from may have left the window: it is not said again of a time before that.
    if (rule.trigger.kind === 'episode_overdue' && ofRule?.hasFiredByClockSince(silence.atMs) === true) continue;
    const { cause, words } = findCause(silence, input.window, input.plan.zone, scene.nowMs);
    const told = tell(silence);
    const finding = plainFinding(rule, input.plan, {
      result: 'fire',
      anchor,
      at: new Date(silence.atMs),
      receivedAt: input.now,
      readingIds: [],
      reason: input.window.contact === undefined ? told : { nb: `${told.nb} ${words.nb}`, en: `${told.en} ${words.en}` },
      cause,
    });
    judging.findings.push({ ...finding, limits: limitsInForce(rule, input.plan, input.now) });
  }
  if (silences.found.length > 0) {
    const lastMs = Math.max(...silences.found.map(({ atMs }) => atMs));
    judging.standing.push({ ruleId: rule.id, since: new Date(Math.max(lastMs, sinceMs ?? lastMs)) });
  } else if (sinceMs !== null) {
    judging.cleared.push(clearedSilence({ rule, sinceMs, inEpisode }, silences, judging));
  }
}

interface Stood extends Pick<Asked, 'inEpisode'> {
  readonly rule: Rule;
  readonly sinceMs: number;
}

function clearedSilence({ rule, sinceMs, inEpisode }: Stood, { newestMs, resting }: Silences, { input, scene }: Judging): ClearedRule {
  const { zone } = input.plan;
  const at = newestMs !== null && newestMs > sinceMs ? new Date(newestMs) : new Date(scene.nowMs);
  if (resting !== null) return { ruleId: rule.id, at, note: tellPause(resting, zone) };
  const late = findLate(sinceMs, { input, scene });
  if (late !== null) return { ruleId: rule.id, at, note: tellLate(late.observedAt, late.receivedAt, zone) };
  const wasInEpisode = input.plan.schedule.some(isOnlyInEpisode) && inEpisode().found.some(({ atMs }) => atMs <= sinceMs);
  return wasInEpisode ? { ruleId: rule.id, at, note: EPISODE_OVER } : { ruleId: rule.id, at };
}

/** The newest data made before the silence was noticed that came after it. */
function findLate(
  noticedMs: number,
  { input, scene }: Pick<Judging, 'input' | 'scene'>,
): { readonly observedAt: Date; readonly receivedAt: Date } | null {
  const planned = input.plan.schedule.map(({ metric }) => metric);
  const slots = planned.filter(isMetric).map(slotOf);
  const acts = scene.acts.all.filter(({ values }) => slots.some((slot) => !Number.isNaN(values[slot] ?? Number.NaN)));
  const made = [...acts.map((act) => ({ observedAt: act.at, receivedAt: act.receivedAt })), ...input.window.answers];
  let newest: { readonly observedAt: Date; readonly receivedAt: Date } | null = null;
  for (const { observedAt, receivedAt } of made) {
    const isLate = observedAt.getTime() <= noticedMs && receivedAt.getTime() > noticedMs;
    if (isLate && (newest === null || observedAt > newest.observedAt)) newest = { observedAt, receivedAt };
  }
  return newest;
}

import { isOnlyInEpisode, scheduleInForce } from '@varde/plans';
import { isMetric } from '@varde/vitals';
import { actOfAnchor, anchorOfMoment } from './anchor.js';
import { amountOf } from './condition.js';
import type { Catalogue, EpisodeOverdue, Rule } from './catalogue.js';
import { hasFired, SEVERITIES, type Domain, type Severity, type Words } from './finding.js';
import { judgePlanStep } from './judge-plan-step.js';
import {
  limitsInForce,
  limitValues,
  plainFinding,
  runsAt,
  standingSinceMs,
  type ClearedRule,
  type Judging,
  type OpenEpisode,
} from './judging.js';
import { lateSeverity, LIVE_MS, OLD_MS } from './late.js';
import type { RecordedFinding } from './recorded.js';
import { slotOf } from './measure.js';
import { rulesOfKinds } from './rules-by-kind.js';
import { findCause } from './silence-cause.js';
import { findMissed, findOverdue, findSilentEpisode, readSilence, type Silence, type SilenceInput, type Silences } from './silence.js';
import { EPISODE_OVER, tellLate, tellMissed, tellOverdue, tellPause, tellSilentEpisode } from './silence-words.js';

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
      judgeFound(
        () => silentEpisodes(trigger, hours, nowMs, judging),
        () => tellSilentEpisode(hours),
      );
    } else if (trigger.kind === 'context_elapsed') {
      judgePlanStep(rule, trigger, amountOf(trigger.hours, limits), judging);
    }
  }
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

const NOT_SILENT: Silences = { found: [], nextMs: null, newestMs: null, resting: null };

/** An episode about silence or equipment alone is no reason to fear silence: it would keep itself open. */
function silentEpisodes({ severity }: EpisodeOverdue, hours: number, nowMs: number, judging: Judging): Silences {
  const { input, scene } = judging;
  const grave = [...input.openEpisodes, ...openingEpisodes(judging)].filter(
    (episode) => SEVERITIES.indexOf(episode.severity) >= SEVERITIES.indexOf(severity) && episode.domains.some(isOfPatient),
  );
  const observed = [
    ...input.window.lastObserved.map(({ observedAt }) => observedAt.getTime()),
    ...input.window.answers.map(({ observedAt }) => observedAt.getTime()),
    scene.acts.all.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY,
  ];
  const lastMs = Math.max(Number.NEGATIVE_INFINITY, ...observed);
  const newestMs = Number.isFinite(lastMs) ? lastMs : null;
  if (grave.length === 0) return { ...NOT_SILENT, newestMs };
  // With data, when it opened says nothing: one that was milder first opened long before it became as grave.
  const fromMs = newestMs ?? Math.min(...grave.map(({ openedAt }) => openedAt.getTime()));
  return findSilentEpisode(hours, Math.max(fromMs, lateNewsMs(severity, judging), clockNewsMs(severity, judging)), newestMs, nowMs);
}

/** Whether an area says how the patient is. */
function isOfPatient(domain: Domain): boolean {
  return domain !== 'silence' && domain !== 'technical';
}

/**
 * When the last reading that was late and said something as grave reached us, and so opened the episode, made it graver or brought it back:
 * before that nobody waited for more. Minus infinity when there is none. By what was said of readings, so that every later look finds the same.
 */
function lateNewsMs(severity: Severity, { input, scene, findings }: Judging): number {
  let newsMs = Number.NEGATIVE_INFINITY;
  for (const { id, atMs, receivedAt } of scene.acts.all) {
    const receivedMs = receivedAt.getTime();
    if (receivedMs <= newsMs || receivedMs - atMs <= LIVE_MS || receivedMs - atMs > OLD_MS) continue;
    const saysGrave = ({ ruleId, anchor, result }: RecordedFinding): boolean =>
      hasFired(result) && actOfAnchor(anchor) === id && isAsGrave(ruleId, severity, input.catalogue);
    if (findings.some(saysGrave) || input.recorded.some(saysGrave)) newsMs = receivedMs;
  }
  return newsMs;
}

/**
 * When something as grave was last found by a clock, such as a step of the plan that has not helped in two days: before that nobody waited for
 * data either. Minus infinity when nothing was; what was found of a reading is no later than the reading.
 */
function clockNewsMs(severity: Severity, { input, findings }: Judging): number {
  let newsMs = Number.NEGATIVE_INFINITY;
  const read = ({ ruleId, result, at }: RecordedFinding): void => {
    if (hasFired(result) && at.getTime() > newsMs && isAsGrave(ruleId, severity, input.catalogue)) newsMs = at.getTime();
  };
  findings.forEach(read);
  input.recorded.forEach(read);
  return newsMs;
}

function isAsGrave(ruleId: string, severity: Severity, { rules }: Catalogue): boolean {
  const rule = rules.find(({ id }) => id === ruleId);
  return rule !== undefined && isOfPatient(rule.domain) && SEVERITIES.indexOf(rule.severity) >= SEVERITIES.indexOf(severity);
}

/** What fires in this very judgement opens or raises an episode: its silence is counted at once, not from the next look. */
function openingEpisodes({ findings, input }: Judging): readonly OpenEpisode[] {
  const opening: OpenEpisode[] = [];
  for (const finding of findings) {
    const severity = hasFired(finding.result) ? lateSeverity(finding).severity : null;
    if (severity !== null) opening.push({ severity, domains: [finding.domain], openedAt: input.now });
  }
  return opening;
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

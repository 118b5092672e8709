import { instantOf, localDayNumber, plannedQuestionnaire } from '@varde/plans';
import type { Act } from './act.js';
import { actOfAnchor } from './anchor.js';
import type { Catalogue, EpisodeOverdue } from './catalogue.js';
import { hasFired, SEVERITIES, type Domain, type Severity } from './finding.js';
import type { FollowUp, Judging, OpenEpisode } from './judging.js';
import { lateSeverity, LIVE_MS, OLD_MS } from './late.js';
import type { RecordedFinding } from './recorded.js';
import type { Silences } from './silence.js';

const HOUR_MS = 3_600_000;
const HOUR_MIN = 60;
/** Local times, in minutes after midnight, between which nobody is woken to measure if it can be helped; the evening is the time before it. */
const NIGHT = { eveningMin: 21 * HOUR_MIN, fromMin: 22 * HOUR_MIN, toMin: 7 * HOUR_MIN };
/** Who is asked in the morning must have as long left. */
const MORNING_LEFT_MS = HOUR_MS / 2;
/** Who measured so short a time before the evening is not asked again in it. */
const EVENING_AFTER_MS = HOUR_MS;
/** An answer to what the patient was told says that they have read it, and nothing of how they are. */
const ADVICE = 'advice';

/** What is waited for in an open grave episode. */
export interface Wait {
  /** Since when; null: no such episode is open. */
  readonly fromMs: number | null;
  /** The newest data; null when there are none. */
  readonly newestMs: number | null;
}

/** Too long without any data while an episode is open (`gen.silence.in_episode`). One silence is one anchor: when it falls due. */
export function findSilentEpisode({ fromMs, newestMs }: Wait, hours: number, nowMs: number): Silences {
  const none = { found: [], nextMs: null, newestMs, resting: null };
  if (fromMs === null) return none;
  const atMs = fromMs + hours * HOUR_MS;
  return atMs > nowMs ? { ...none, nextMs: atMs } : { ...none, found: [{ anchorMs: atMs, atMs, fromMs, metrics: [] }] };
}

/**
 * When the home is to be asked for a measurement, so that nobody is told of a silence that a request would have ended ("asked-for re-measure
 * or follow-up missing", the rule's title; decision 26). Null: nothing is waited for, or its time has run out.
 * @param graceMs how long before people are told the patient is (`gen.silence.reminder`); half of the hours at most
 */
export function followUpOf(
  { fromMs }: Wait,
  { hours, graceMs }: { readonly hours: number; readonly graceMs: number },
  judging: Judging,
): FollowUp | null {
  const newest = judging.scene.acts.all.findLast(isOfPatientsState);
  if (fromMs === null || newest === undefined) return null;
  const dueMs = fromMs + hours * HOUR_MS;
  if (dueMs <= judging.scene.nowMs) return null;
  const askMs = outOfTheNight(dueMs - Math.min(graceMs, (dueMs - fromMs) / 2), { fromMs, dueMs, zone: judging.input.plan.zone });
  return { askAt: new Date(askMs), dueAt: new Date(dueMs), afterId: newest.id };
}

/** In the morning when there is time left then, else in the evening before; in the night only when neither would be of use. */
function outOfTheNight(
  askMs: number,
  { fromMs, dueMs, zone }: { readonly fromMs: number; readonly dueMs: number; readonly zone: string },
): number {
  const today = localDayNumber(zone, askMs);
  const isLate = askMs >= instantOf(zone, today, NIGHT.fromMin);
  if (!isLate && askMs >= instantOf(zone, today, NIGHT.toMin)) return askMs;
  const morningMs = instantOf(zone, isLate ? today + 1 : today, NIGHT.toMin);
  if (morningMs + MORNING_LEFT_MS <= dueMs) return morningMs;
  const eveningMs = instantOf(zone, isLate ? today : today - 1, NIGHT.eveningMin);
  return eveningMs - fromMs >= EVENING_AFTER_MS ? eveningMs : askMs;
}

/** Since when data is waited for. An episode about silence or equipment alone is no reason to fear silence: it would keep itself open. */
export function waitOf({ severity }: EpisodeOverdue, judging: Judging): Wait {
  const { input, scene } = judging;
  const grave = [...input.openEpisodes, ...openingEpisodes(judging)].filter(
    (episode) => SEVERITIES.indexOf(episode.severity) >= SEVERITIES.indexOf(severity) && episode.domains.some(isOfPatient),
  );
  const observed = [
    ...input.window.lastObserved
      .filter(({ metric }) => metric !== plannedQuestionnaire(ADVICE))
      .map(({ observedAt }) => observedAt.getTime()),
    scene.acts.all.findLast(isOfPatientsState)?.atMs ?? Number.NEGATIVE_INFINITY,
  ];
  const lastMs = Math.max(Number.NEGATIVE_INFINITY, ...observed);
  const newestMs = Number.isFinite(lastMs) ? lastMs : null;
  if (grave.length === 0) return { fromMs: null, newestMs };
  // With data, when it opened says nothing: one that was milder first opened long before it became as grave.
  const fromMs = newestMs ?? Math.min(...grave.map(({ openedAt }) => openedAt.getTime()));
  return { fromMs: Math.max(fromMs, lateNewsMs(severity, judging), clockNewsMs(severity, judging)), newestMs };
}

function isOfPatientsState({ questionnaire }: Act): boolean {
  return questionnaire !== ADVICE;
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

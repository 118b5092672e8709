import type { Domain, Severity, Words } from '@varde/rules';
import type { Bridge } from './bridge.js';
import { endedAdvice } from './consultation.js';
import type { Consultation, Episode, EpisodeStep, NoticeDraft } from './episode.js';
import { isWorse, worst } from './episode-policy.js';
import { draftsTo, draftToOwner, noticeKey } from './notice.js';
import * as say from './merging-wording.js';
import type { Survival } from './merging-wording.js';
import { adviceGoesOn, BECAUSE, offerEnded } from './ownership-wording.js';
import { waitingAgain } from './queue.js';
import { joinSignals } from './signal.js';
import { stateOf } from './state.js';
import type { AbsorbStep, MergeStep, Transition } from './step.js';
import { hasOnlyMilder, severityOfRelapse } from './take-finding.js';
import { byProgram, changed } from './transition.js';
import { fell } from './wording.js';

/**
 * Of two open episodes that are one problem, the one that goes on, and why: the graver, for its ladder must not be lost; else the one that a
 * person has; else the older (decision 17).
 */
export function survivorOf(a: Episode, b: Episode): { readonly survivor: Episode; readonly other: Episode; readonly why: Survival } {
  if (a.severity !== b.severity) return { ...(isWorse(a.severity, b.severity) ? pair(a, b) : pair(b, a)), why: 'graver' };
  const [hasA, hasB] = [stateOf(a) === 'acknowledged', stateOf(b) === 'acknowledged'];
  if (hasA !== hasB) return { ...(hasA ? pair(a, b) : pair(b, a)), why: 'acknowledged' };
  const isOlder = a.openedAt.getTime() - b.openedAt.getTime() || a.id - b.id;
  return { ...(isOlder < 0 ? pair(a, b) : pair(b, a)), why: 'older' };
}

const pair = (survivor: Episode, other: Episode) => ({ survivor, other });

/** Why two episodes are one problem, in words. */
export function bridgeWords(bridge: Bridge, domains: readonly Domain[]): Words {
  return say.bridged(bridge, [...new Set(domains)].sort());
}

/** Why they are one problem, and why the other one goes on. */
export function mergeWords(because: Words, why: Survival): Words {
  return say.goesOn(because, why);
}

/**
 * Another open episode goes into this one: its areas, signals and questions go on here; whoever had it or followed it is told who has the
 * problem now, and how it ends. The owner is told that an area has joined. Acknowledgement and ladder stay, except that it is back in the
 * queue when what comes in stands while all that was as grave here is clear, kept quiet, or about to be closed; and that of two grave ladders
 * that run, the one that began first goes on.
 */
export function afterAbsorb(episode: Episode, step: AbsorbStep): Transition {
  const { at, other, owner, reason, zone } = step;
  const signals = joinSignals(episode.signals, other.signals);
  const queue = queueAfter(episode, step);
  const asked = questionsOf(episode, other);
  const before = [other.ownerUnitId, ...other.followerUnitIds].filter((id) => id !== episode.ownerUnitId);
  const change: Partial<Episode> = {
    domains: [...new Set([...episode.domains, ...other.domains])].sort(),
    signals,
    lastSignalAt: other.lastSignalAt > episode.lastSignalAt ? other.lastSignalAt : episode.lastSignalAt,
    clearedAt: signals.some(({ standing }) => standing) ? null : clearedAt(episode, other),
    consultations: [...episode.consultations, ...asked],
    consultationsAsked: episode.consultationsAsked + asked.length,
    followerUnitIds: [...new Set([...episode.followerUnitIds, ...before])].sort((a, b) => a - b),
    ...queue.change,
  };
  const next = { ...episode, ...change };
  const text = say.absorbed(other.id, reason);
  const steps = [
    byProgram(at, 'absorbed', text),
    ...queue.steps,
    ...asked.map(({ number, question, deadlineAt }) => byProgram(at, 'advice_asked', adviceGoesOn(number, { deadlineAt, zone }, question))),
  ];
  const notices = [
    draftToOwner(next, 'domain_joined', `merged-${other.id}`, { at, text }),
    ...toFormer(next, other, [...new Set(before)], { at, text: say.nowWith(other.id, owner, reason) }),
    ...asked.flatMap(({ number, unitId, question, deadlineAt }) =>
      draftsTo(next, [unitId], 'advice_asked', { number, at, text: adviceGoesOn(number, { deadlineAt, zone }, question) }),
    ),
  ];
  return changed(episode, change, steps, notices);
}

/** It ends in the other. An offer that waits is recalled and those of it told; questions go on there. Nothing is decided about the patient by it. */
export function afterMerge(episode: Episode, { at, into, reason }: MergeStep): Transition {
  const { offer, consultations } = episode;
  const text = say.merged(into.id, reason);
  const steps = [
    byProgram(at, 'merged', text),
    ...(offer === null ? [] : [byProgram(at, 'recalled', offerEnded(text))]),
    ...endedAdvice(consultations, at, text),
  ];
  const told = offer === null ? [] : [offer.toUnitId, ...offer.informedUnitIds];
  const notices = draftsTo(episode, told, 'recalled', { number: offer?.number ?? 0, at, text: offerEnded(text) });
  const unasked = consultations.filter((each) => !isAskedOn(into, each));
  const ended = unasked.flatMap(({ number, unitId }) =>
    draftsTo(episode, [unitId], 'closed', {
      number,
      at,
      text: say.notAsked(number, unitId === into.ownerUnitId ? BECAUSE.owned : BECAUSE.asked),
    }),
  );
  const change: Partial<Episode> = {
    closedAt: at,
    closedByPersonId: null,
    outcome: 'merged',
    mergedIntoId: into.id,
    nextStepAt: null,
    acknowledgementEndsAt: null,
    offer: null,
    consultations: [],
    closeProposed: null,
  };
  return changed(episode, change, steps, [...notices, ...ended]);
}

/** Who has it, and its ladder, once the other has come in. */
function queueAfter(episode: Episode, step: AbsorbStep): { readonly change: Partial<Episode>; readonly steps: readonly EpisodeStep[] } {
  const { at, other, isTold, onlySnoozedStands } = step;
  const standing = other.signals.filter((signal) => signal.standing).map(({ severity }) => severity);
  const signalled = standing.reduce<Severity | null>((one, two) => (one === null ? two : worst(one, two)), null);
  // A signal says how grave its rule has ever been; the episode, how grave it is now.
  const gravest = signalled !== null && isWorse(signalled, other.severity) ? other.severity : signalled;
  const isClosing = gravest !== null && episode.closeProposed !== null && isWorse(gravest, 'yellow');
  const isQuiet =
    episode.clearedAt !== null || onlySnoozedStands || (gravest !== null && hasOnlyMilder(episode, gravest, other.lastSignalAt));
  if (gravest === null || !isTold || !(isQuiet || isClosing)) return { change: earlierLadder(episode, other), steps: [] };
  const severity = severityOfRelapse(episode, { severity: gravest, onlySnoozedStands });
  const steps = [byProgram(at, 'noted', say.backInQueue())];
  if (severity !== episode.severity) steps.push(byProgram(at, 'severity_fell', fell(episode.severity, severity)));
  return { change: { ...waitingAgain(episode, at), severity, closeProposed: null }, steps };
}

/** Of two ladders of one severity and pathway that run, the one that has come further goes on: nobody waits longer by this. */
function earlierLadder(episode: Episode, other: Episode): Partial<Episode> {
  const isSame =
    episode.severity === other.severity && episode.pathwayId === other.pathwayId && episode.pathwayVersion === other.pathwayVersion;
  const isRunning = stateOf(episode) === 'waiting' && stateOf(other) === 'waiting' && isWorse(episode.severity, 'yellow');
  if (!isSame || !isRunning || other.ladderStartedAt >= episode.ladderStartedAt) return {};
  const { ladderStartedAt, ladderStepsTaken, nextStepAt } = other;
  return { ladderStartedAt, ladderStepsTaken, nextStepAt };
}

/** A question of the other goes on, unless its unit owns this one or has been asked here already. */
const isAskedOn = (into: Episode, { unitId }: Consultation): boolean =>
  unitId !== into.ownerUnitId && !into.consultations.some((each) => each.unitId === unitId);

function questionsOf(episode: Episode, other: Episode): Consultation[] {
  return other.consultations
    .filter((each) => isAskedOn(episode, each))
    .map((each, place) => ({ ...each, number: episode.consultationsAsked + 1 + place }));
}

/** To those who had the other or follow it: named by it, for the same episode may take in several. */
function toFormer(
  episode: Episode,
  other: Episode,
  unitIds: readonly number[],
  told: { readonly at: Date; readonly text: Words },
): NoticeDraft[] {
  const { id, severity } = episode;
  return unitIds.map((unitId) => ({
    key: noticeKey(id, 'owner_changed', `merged-${other.id}-${unitId}`),
    cause: 'owner_changed' as const,
    severity,
    unitId,
    ...told,
  }));
}

const clearedAt = ({ clearedAt: a }: Episode, { clearedAt: b }: Episode): Date | null => (a === null || (b !== null && b > a) ? b : a);

import type { Severity } from '@varde/rules';
import { followedAs } from './closely-followed.js';
import { afterClose, afterSettled, settlesAt, needsPerson } from './closing.js';
import { afterAdvice, afterAdviceRunsOut, afterAsk } from './consultation.js';
import type { Episode, EpisodeStep, Snooze } from './episode.js';
import { isWorse, worst } from './episode-policy.js';
import { IllegalMove } from './illegal-move.js';
import { afterAbsorb, afterMerge } from './merging.js';
import { draftToOwner } from './notice.js';
import { afterAccept, afterAssign, afterDecline, afterMove, afterOffer, afterOfferRunsOut, afterRecall } from './ownership.js';
import { heldBy, waitingAgain } from './queue.js';
import { clearSignal } from './signal.js';
import { QUIET_AT_MOST } from './snooze.js';
import { stateOf, type EpisodeState } from './state.js';
import type { Climb, ClearedStep, OwnershipStep, PersonStep, Step, Transition } from './step.js';
import { joinEpisode, openEpisode, reopenEpisode } from './take-finding.js';
import { byPerson, byProgram, changed, refuse, unchanged } from './transition.js';
import * as say from './wording.js';

const NOT_OPENED = 'only a finding opens an episode';
const ALREADY_CLOSED = 'it is already closed';
const NOBODY_HAS_IT = 'nobody has acknowledged it';

/** Legal moves: true, or why not. The compiler demands a cell for every pair. */
const MOVES: Readonly<Record<Step['kind'], Readonly<Record<EpisodeState, true | string>>>> = {
  finding: { none: true, waiting: true, acknowledged: true, closed: true },
  cleared: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  settle: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  run_out: { none: NOT_OPENED, waiting: NOBODY_HAS_IT, acknowledged: true, closed: ALREADY_CLOSED },
  escalate: { none: NOT_OPENED, waiting: true, acknowledged: 'a person has it', closed: ALREADY_CLOSED },
  acknowledge: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  offer_runs_out: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  advice_runs_out: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  leave: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  end_shift: { none: NOT_OPENED, waiting: NOBODY_HAS_IT, acknowledged: true, closed: ALREADY_CLOSED },
  release: { none: NOT_OPENED, waiting: NOBODY_HAS_IT, acknowledged: true, closed: ALREADY_CLOSED },
  close: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  assign: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  offer: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  accept: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  decline: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  recall: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  ask_advice: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  give_advice: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  move: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  absorb: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  merge: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
  note: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: true },
  snooze: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: true },
  undo_snooze: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: true },
};

/**
 * The whole life of an episode (`episode_policy`, issue 2 section 5). Pure: the caller stores what it returns. `version` rises by one
 * with every step that changes something. A step that begins a ladder anew sets `nextStepAt` to its own moment: the next look takes it from there.
 * @throws IllegalMove when the state of the episode does not allow the step.
 */
export function nextEpisode(current: Episode | undefined, step: Step): Transition {
  const state = stateOf(current);
  const legal = MOVES[step.kind][state];
  if (legal !== true) {
    const intoId = current?.mergedIntoId ?? null;
    throw new IllegalMove(step.kind, state, intoId === null ? legal : `it went into episode ${intoId}: that is the one to act on`);
  }
  if (step.kind === 'finding') {
    if (!current) return openEpisode(step);
    return followedAs([current], current.closedAt === null ? joinEpisode(current, step) : reopenEpisode(current, step), step.at);
  }
  if (!current) throw new IllegalMove(step.kind, state, NOT_OPENED);
  switch (step.kind) {
    case 'cleared':
      return afterCleared(current, step);
    case 'settle':
      return afterSettle(current, step.at);
    case 'run_out':
      return afterRunOut(current, step.at);
    case 'escalate':
      return afterEscalate(current, step.at, step.climb);
    case 'offer_runs_out':
      return afterOfferRunsOut(current, step);
    case 'advice_runs_out':
      return afterAdviceRunsOut(current, step);
    case 'absorb':
      return followedAs([current, step.other], afterAbsorb(current, step), step.at);
    case 'merge':
      return afterMerge(current, step);
    case 'acknowledge':
    case 'leave':
    case 'end_shift':
    case 'release':
    case 'close':
    case 'note':
    case 'snooze':
    case 'undo_snooze':
      return afterPerson(current, step);
    case 'assign':
    case 'offer':
    case 'accept':
    case 'decline':
    case 'recall':
    case 'ask_advice':
    case 'give_advice':
    case 'move':
      return afterOwnership(current, step);
  }
}

/**
 * The severity of the highest open signal (`episode_policy.severity`), when that is lower: falls only while a person has the episode, so
 * that nobody misses what was red, and not when all is clear.
 */
function fallen(episode: Episode, at: Date): { readonly change: Partial<Episode>; readonly steps: readonly EpisodeStep[] } {
  const open = episode.signals.filter(({ standing }) => standing).map(({ severity }) => severity);
  const highest = open.reduce<Severity | null>((gravest, severity) => (gravest === null ? severity : worst(gravest, severity)), null);
  if (highest === null || episode.acknowledgedAt === null || !isWorse(episode.severity, highest)) return { change: {}, steps: [] };
  return { change: { severity: highest }, steps: [byProgram(at, 'severity_fell', say.fell(episode.severity, highest))] };
}

function afterCleared(episode: Episode, step: ClearedStep): Transition {
  const signals = clearSignal(episode.signals, step.ruleId, step.observedAt);
  if (!signals) return unchanged(episode);
  const isAllClear = signals.every(({ standing }) => !standing);
  const reason = isAllClear ? say.allClear(step.reason, needsPerson(episode)) : step.reason;
  return changed(episode, { signals, clearedAt: isAllClear ? step.at : null }, [byProgram(step.at, 'cleared', reason)]);
}

function afterSettle(episode: Episode, at: Date): Transition {
  const due = settlesAt(episode);
  if (!due || due > at) {
    // After all that a look has cleared, so that the order of the clearings makes no difference.
    const fall = fallen(episode, at);
    return fall.steps.length === 0 ? unchanged(episode) : changed(episode, fall.change, fall.steps);
  }
  return afterSettled(episode, at);
}

function afterRunOut(episode: Episode, at: Date): Transition {
  const endsAt = episode.acknowledgementEndsAt;
  if (!endsAt || endsAt > at) return unchanged(episode);
  const steps = [byProgram(at, 'acknowledgement_ran_out', say.ranOut())];
  const { episode: waiting } = changed(episode, letGo(episode, at), steps);
  const notice = draftToOwner(waiting, 'acknowledgement_ran_out', endsAt.toISOString(), { at, text: say.ranOut() });
  return { episode: waiting, steps, notices: [notice] };
}

function afterEscalate(episode: Episode, at: Date, climb: Climb): Transition {
  const { ladderStartedAt, ladderStepsTaken, nextStepAt } = climb;
  if (nextStepAt && nextStepAt <= at) throw new RangeError('a ladder step that is due must be taken, not scheduled');
  return changed(episode, { ladderStartedAt, ladderStepsTaken, nextStepAt }, climb.steps, climb.notices);
}

function afterPerson(episode: Episode, step: Exclude<PersonStep, OwnershipStep>): Transition {
  switch (step.kind) {
    case 'acknowledge':
      return afterAcknowledge(episode, step);
    case 'leave':
      return afterLeave(episode, step);
    case 'end_shift':
      return afterEndShift(episode, step);
    case 'release':
      return changed(episode, letGo(episode, step.at), [byPerson(step, 'noted', say.released(step.note))]);
    case 'close':
      return afterClose(episode, step);
    case 'note':
      return changed(episode, {}, [byPerson(step, 'noted', say.plain(step.note))]);
    case 'snooze':
      checkSnooze(episode, step);
      return changed(episode, {}, [byPerson(step, 'snoozed', say.snoozed(step))]);
    case 'undo_snooze':
      return changed(episode, {}, [byPerson(step, 'snooze_undone', say.snoozeUndone(step.ruleId))]);
  }
}

function afterOwnership(episode: Episode, step: OwnershipStep): Transition {
  switch (step.kind) {
    case 'assign':
      return afterAssign(episode, step);
    case 'offer':
      return afterOffer(episode, step);
    case 'accept':
      return withFall(afterAccept(episode, step), step.at);
    case 'decline':
      return afterDecline(episode, step);
    case 'recall':
      return afterRecall(episode, step);
    case 'ask_advice':
      return afterAsk(episode, step);
    case 'give_advice':
      return afterAdvice(episode, step);
    case 'move':
      return afterMove(episode, step);
  }
}

/** Nobody else's is touched by who leaves; what nobody has is in the queue at once, and its owner is told. */
function afterLeave(episode: Episode, { at, byPersonId, why = 'account_closed' }: Extract<PersonStep, { kind: 'leave' }>): Transition {
  if (episode.acknowledgedByPersonId !== byPersonId || episode.acknowledgedAt === null) {
    if (episode.assignedToPersonId !== byPersonId) return unchanged(episode);
    return changed(episode, { assignedToPersonId: null }, [byProgram(at, 'noted', say.leftGiven(why))]);
  }
  const isGivenToAnother = episode.assignedToPersonId !== null && episode.assignedToPersonId !== byPersonId;
  const text = say.left(why, isGivenToAnother);
  const steps = [byProgram(at, 'acknowledgement_ran_out', text)];
  const { episode: waiting } = changed(episode, letGo(episode, at), steps);
  const notice = draftToOwner(waiting, 'acknowledgement_ran_out', `left-${byPersonId}-${at.toISOString()}`, { at, text });
  return { episode: waiting, steps, notices: [notice] };
}

/** Held for no longer than the shift lasts; one that is over runs out at the next look. */
function afterEndShift(episode: Episode, { at, byPersonId, endsAt, zone }: Extract<PersonStep, { kind: 'end_shift' }>): Transition {
  const { acknowledgedByPersonId, acknowledgementEndsAt } = episode;
  if (acknowledgedByPersonId !== byPersonId || (acknowledgementEndsAt !== null && acknowledgementEndsAt <= endsAt))
    return unchanged(episode);
  return changed(episode, { acknowledgementEndsAt: endsAt }, [byProgram(at, 'noted', say.shiftEnded(endsAt, zone))]);
}

/** Back in the queue of the owner; what was given to the person who had it is given to nobody. */
function letGo(episode: Episode, at: Date): Partial<Episode> {
  const wasTheirs = episode.assignedToPersonId === episode.acknowledgedByPersonId;
  return { ...waitingAgain(episode, at), ...(wasTheirs ? { assignedToPersonId: null } : {}) };
}

/** Now that a person has it, its severity may fall to what is still open. */
function withFall(taken: Transition, at: Date): Transition {
  const { change, steps } = fallen(taken.episode, at);
  return { ...taken, episode: { ...taken.episode, ...change }, steps: [...taken.steps, ...steps] };
}

function afterAcknowledge(episode: Episode, step: Extract<PersonStep, { kind: 'acknowledge' }>): Transition {
  const { at, byPersonId, endsAt } = step;
  if (endsAt && endsAt <= at) refuse(episode, step, 'it would have run out already');
  const reason = say.acknowledged(step, episode.acknowledgedByPersonId !== null && episode.acknowledgedByPersonId !== byPersonId);
  return withFall(changed(episode, heldBy(episode, step, endsAt), [byPerson(step, 'acknowledged', reason)]), at);
}

/** A red or critical signal is never kept quiet: to switch such a rule off takes two persons (`roles.two_person`), also for a while. */
function checkSnooze(episode: Episode, step: Extract<PersonStep, { kind: 'snooze' }>): void {
  const signal = episode.signals.find(({ ruleId }) => ruleId === step.ruleId);
  if (!signal) return refuse(episode, step, `${step.ruleId} has not signalled in it`);
  if (isWorse(signal.severity, QUIET_AT_MOST)) refuse(episode, step, `a ${signal.severity} signal is never kept quiet`);
  if (step.until <= step.at) refuse(episode, step, 'a snooze ends after it begins');
}

/** The snooze that a snooze step sets: the rule, and nothing worse than the rule has signalled in this episode. */
export function snoozeOf(episode: Episode, step: Extract<PersonStep, { kind: 'snooze' }>): Omit<Snooze, 'id'> {
  const severity = episode.signals.find(({ ruleId }) => ruleId === step.ruleId)?.severity;
  if (!severity) return refuse(episode, step, `${step.ruleId} has not signalled in it`);
  return { ruleId: step.ruleId, severity, from: step.at, until: step.until };
}

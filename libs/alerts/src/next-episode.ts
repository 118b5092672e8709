import type { Severity, Words } from '@varde/rules';
import type { Episode, EpisodeStep, NoticeDraft, Snooze } from './episode.js';
import { isWorse, SETTLE_AFTER_MS, worst } from './episode-policy.js';
import { IllegalMove } from './illegal-move.js';
import { draftToOwner } from './notice.js';
import { waitingAgain } from './queue.js';
import { clearSignal } from './signal.js';
import type { Climb, ClearedStep, PersonStep, Step, Transition } from './step.js';
import { joinEpisode, openEpisode, reopenEpisode } from './take-finding.js';
import * as say from './wording.js';

/** Where an episode is in its life; `waiting` has an owner but no person yet. */
export type EpisodeState = 'none' | 'waiting' | 'acknowledged' | 'closed';

/** The state of an episode; `none` before it opens. */
export function stateOf(episode: Episode | undefined): EpisodeState {
  if (!episode) return 'none';
  if (episode.closedAt !== null) return 'closed';
  return episode.acknowledgedAt === null ? 'waiting' : 'acknowledged';
}

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
  release: { none: NOT_OPENED, waiting: NOBODY_HAS_IT, acknowledged: true, closed: ALREADY_CLOSED },
  close: { none: NOT_OPENED, waiting: true, acknowledged: true, closed: ALREADY_CLOSED },
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
  if (legal !== true) throw new IllegalMove(step.kind, state, legal);
  if (step.kind === 'finding') {
    if (!current) return openEpisode(step);
    return current.closedAt === null ? joinEpisode(current, step) : reopenEpisode(current, step);
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
    case 'acknowledge':
    case 'release':
    case 'close':
    case 'note':
    case 'snooze':
    case 'undo_snooze':
      return afterPerson(current, step);
  }
}

/** When a yellow or info episode closes by itself; null while a signal stands, or when a person must close it. */
export function settlesAt(episode: Episode): Date | null {
  if (episode.closedAt !== null || episode.clearedAt === null || needsPerson(episode)) return null;
  const quietFrom = Math.max(episode.lastSignalAt.getTime(), episode.openedAt.getTime());
  return new Date(Math.max(quietFrom + SETTLE_AFTER_MS, episode.clearedAt.getTime()));
}

/** True when only a person may close it (`episode_policy.close`: red and critical), also after its severity has fallen. */
export function needsPerson({ severity, signals }: Pick<Episode, 'severity' | 'signals'>): boolean {
  return isWorse(severity, 'yellow') || signals.some((signal) => isWorse(signal.severity, 'yellow'));
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
  const change = { closedAt: at, closedByPersonId: null, outcome: 'settled' as const, nextStepAt: null, acknowledgementEndsAt: null };
  return changed(episode, change, [byProgram(at, 'closed', say.settled())]);
}

function afterRunOut(episode: Episode, at: Date): Transition {
  const endsAt = episode.acknowledgementEndsAt;
  if (!endsAt || endsAt > at) return unchanged(episode);
  const steps = [byProgram(at, 'acknowledgement_ran_out', say.ranOut())];
  const { episode: waiting } = changed(episode, waitingAgain(episode, at), steps);
  const notice = draftToOwner(waiting, 'acknowledgement_ran_out', endsAt.toISOString(), { at, text: say.ranOut() });
  return { episode: waiting, steps, notices: [notice] };
}

function afterEscalate(episode: Episode, at: Date, climb: Climb): Transition {
  const { ladderStartedAt, ladderStepsTaken, nextStepAt } = climb;
  if (nextStepAt && nextStepAt <= at) throw new RangeError('a ladder step that is due must be taken, not scheduled');
  return changed(episode, { ladderStartedAt, ladderStepsTaken, nextStepAt }, climb.steps, climb.notices);
}

function afterPerson(episode: Episode, step: PersonStep): Transition {
  const line = (kind: EpisodeStep['kind'], reason: Words): EpisodeStep => ({ at: step.at, kind, byPersonId: step.byPersonId, reason });
  switch (step.kind) {
    case 'acknowledge':
      return afterAcknowledge(episode, step);
    case 'release':
      return changed(episode, waitingAgain(episode, step.at), [line('noted', say.released(step.note))]);
    case 'close':
      return afterClose(episode, step);
    case 'note':
      return changed(episode, {}, [line('noted', say.plain(step.note))]);
    case 'snooze':
      checkSnooze(episode, step);
      return changed(episode, {}, [line('snoozed', say.snoozed(step.ruleId, step.until, step.note))]);
    case 'undo_snooze':
      return changed(episode, {}, [line('snooze_undone', say.snoozeUndone(step.ruleId))]);
  }
}

function afterAcknowledge(episode: Episode, step: Extract<PersonStep, { kind: 'acknowledge' }>): Transition {
  const { at, byPersonId, endsAt } = step;
  if (endsAt && endsAt <= at) throw new IllegalMove(step.kind, stateOf(episode), 'it would have run out already');
  const change = { acknowledgedAt: at, acknowledgedByPersonId: byPersonId, acknowledgementEndsAt: endsAt, nextStepAt: null };
  const reason = say.acknowledged(endsAt, episode.acknowledgedByPersonId !== null && episode.acknowledgedByPersonId !== byPersonId);
  const fall = fallen({ ...episode, ...change }, at);
  return changed(episode, { ...change, ...fall.change }, [{ at, kind: 'acknowledged', byPersonId, reason }, ...fall.steps]);
}

function afterClose(episode: Episode, step: Extract<PersonStep, { kind: 'close' }>): Transition {
  const { at, byPersonId, outcome } = step;
  const signals = episode.signals.map((signal) => (signal.standing ? { ...signal, standing: false, clearedAt: at } : signal));
  const change = { signals, closedAt: at, closedByPersonId: byPersonId, outcome, nextStepAt: null, acknowledgementEndsAt: null };
  return changed(episode, change, [{ at, kind: 'closed', byPersonId, reason: say.closed(outcome, step.note) }]);
}

/** A critical signal is never kept quiet: it would hide the next sign of danger to life. */
function checkSnooze(episode: Episode, step: Extract<PersonStep, { kind: 'snooze' }>): void {
  const signal = episode.signals.find(({ ruleId }) => ruleId === step.ruleId);
  const refuse = (because: string) => new IllegalMove(step.kind, stateOf(episode), because);
  if (!signal) throw refuse(`${step.ruleId} has not signalled in it`);
  if (signal.severity === 'critical') throw refuse('a critical signal is never kept quiet');
  if (step.until <= step.at) throw refuse('a snooze ends after it begins');
}

/** The snooze that a snooze step sets: the rule, and nothing worse than the rule has signalled in this episode. */
export function snoozeOf(episode: Episode, step: Extract<PersonStep, { kind: 'snooze' }>): Omit<Snooze, 'id'> {
  const severity = episode.signals.find(({ ruleId }) => ruleId === step.ruleId)?.severity;
  if (!severity) throw new IllegalMove(step.kind, stateOf(episode), `${step.ruleId} has not signalled in it`);
  return { ruleId: step.ruleId, severity, from: step.at, until: step.until };
}

function byProgram(at: Date, kind: EpisodeStep['kind'], reason: Words): EpisodeStep {
  return { at, kind, byPersonId: null, reason };
}

function changed(
  episode: Episode,
  change: Partial<Episode>,
  steps: readonly EpisodeStep[],
  notices: readonly NoticeDraft[] = [],
): Transition {
  return { episode: { ...episode, ...change, version: episode.version + 1 }, steps, notices };
}

function unchanged(episode: Episode): Transition {
  return { episode, steps: [], notices: [] };
}

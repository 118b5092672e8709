import type { Severity } from '@varde/rules';
import { endedAdvice } from './consultation.js';
import type { Episode, EpisodeStep, NoticeDraft } from './episode.js';
import { isWorse, SECOND_LOOK_WITHIN_MS, SETTLE_AFTER_MS, worst } from './episode-policy.js';
import { draftsTo } from './notice.js';
import { BECAUSE, offerEnded } from './ownership-wording.js';
import { heldBy } from './queue.js';
import { endSignals } from './signal.js';
import type { PersonStep, Transition } from './step.js';
import { byPerson, byProgram, changed, refuse } from './transition.js';
import * as say from './wording.js';

type Close = Extract<PersonStep, { kind: 'close' }>;

/** When a yellow or info episode closes by itself; null while a signal stands, or when a person must close it. */
export function settlesAt(episode: Episode): Date | null {
  if (episode.closedAt !== null || episode.clearedAt === null || needsPerson(episode)) return null;
  const quietFrom = Math.max(episode.lastSignalAt.getTime(), episode.openedAt.getTime());
  return new Date(Math.max(quietFrom + SETTLE_AFTER_MS, episode.clearedAt.getTime()));
}

/** The gravest it has been, also after its severity has fallen: what it counts as once it is looked back on. */
export function gravestOf({ severity, signals }: Pick<Episode, 'severity' | 'signals'>): Severity {
  return signals.reduce((gravest, signal) => worst(gravest, signal.severity), severity);
}

/** True when only a person may close it (`episode_policy.close`: red and critical), also after its severity has fallen. */
export function needsPerson(episode: Pick<Episode, 'severity' | 'signals'>): boolean {
  return isWorse(gravestOf(episode), 'yellow');
}

/** True when two persons must agree to close it (`episode_policy.close.critical`), also after its severity has fallen. */
export function needsSecondLook(episode: Pick<Episode, 'severity' | 'signals'>): boolean {
  return gravestOf(episode) === 'critical';
}

/** A person has finished; what was critical is closed only when a second person says the same. */
export function afterClose(episode: Episode, step: Close): Transition {
  const { at, byPersonId, outcome } = step;
  if (step.secondLook && needsSecondLook(episode)) {
    const first = episode.closeProposed;
    if (first?.byPersonId === byPersonId)
      refuse(episode, step, 'it has been critical: a second person must look at it before it is closed');
    if (first?.outcome !== outcome) return afterProposal(episode, step);
  }
  const signals = endSignals(episode.signals, at);
  const line = byPerson(step, 'closed', say.closed(outcome, step.note));
  return closed({ ...episode, signals }, { at, byPersonId, outcome }, line);
}

/** The automatic end of a yellow or info episode. */
export function afterSettled(episode: Episode, at: Date): Transition {
  return closed(episode, { at, byPersonId: null, outcome: 'settled' }, byProgram(at, 'closed', say.settled()));
}

/** The first of two: it stays open, visible and with its owner, and whoever proposes has it meanwhile. */
function afterProposal(episode: Episode, step: Close): Transition {
  const { at, byPersonId, outcome, note } = step;
  const text = say.closeProposed(outcome, note);
  const endsAt = new Date(Math.min(at.getTime() + SECOND_LOOK_WITHIN_MS, step.shiftEndsAt?.getTime() ?? Number.POSITIVE_INFINITY));
  const change: Partial<Episode> = { ...heldBy(episode, step, endsAt), closeProposed: { at, byPersonId, outcome, note } };
  const notices = draftsTo(episode, [episode.ownerUnitId], 'close_proposed', { number: episode.version + 1, at, text });
  return changed(episode, change, [byPerson(step, 'close_proposed', text)], notices);
}

/** Nothing waits for an answer any more; everybody who waits for one, or gave it away, is told how it ended. */
function closed(
  episode: Episode,
  end: Pick<Close, 'at'> & { byPersonId: number | null; outcome: Episode['outcome'] },
  line: EpisodeStep,
): Transition {
  const { at, byPersonId, outcome } = end;
  const { offer, consultations, followerUnitIds } = episode;
  const steps = [
    line,
    ...(offer === null ? [] : [byProgram(at, 'recalled', offerEnded(BECAUSE.closed))]),
    ...endedAdvice(consultations, at, BECAUSE.closed),
  ];
  const waiting = offer === null ? [] : [offer.toUnitId, ...offer.informedUnitIds];
  const told = [...followerUnitIds, ...waiting, ...consultations.map(({ unitId }) => unitId)].filter((id) => id !== episode.ownerUnitId);
  const notices: NoticeDraft[] = draftsTo(episode, told, 'closed', { number: episode.relapses, at, text: line.reason });
  const change: Partial<Episode> = {
    closedAt: at,
    closedByPersonId: byPersonId,
    outcome,
    nextStepAt: null,
    acknowledgementEndsAt: null,
    offer: null,
    consultations: [],
    closeProposed: null,
  };
  return changed(episode, change, steps, notices);
}

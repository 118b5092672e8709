import type { Severity, Words } from '@varde/rules';
import type { Episode, EpisodeStep, NoticeCause } from './episode.js';
import { isWorse, JOIN_WITHIN_MS, REOPEN_WITHIN_MS, worst } from './episode-policy.js';
import { IllegalMove } from './illegal-move.js';
import { draftToOwner } from './notice.js';
import { NEVER_OFFERED, waitingAgain, waitingFrom, WITH_OWNER_ALONE } from './queue.js';
import { addSignal, asTold, asUntold } from './signal.js';
import type { FindingStep, Placement, Transition } from './step.js';
import * as say from './wording.js';

const line = (at: Date, kind: EpisodeStep['kind'], reason: Words): EpisodeStep => ({ at, kind, byPersonId: null, reason });

/** The first finding of a problem. */
export function openEpisode(step: FindingStep): Transition {
  const { at, finding, severity, reason } = step;
  const placement = placementOf(step, 'none');
  const episode: Episode = {
    id: 0,
    patientId: step.patientId,
    domains: [finding.domain],
    severity,
    signals: addSignal([], step),
    openedAt: at,
    begunAgainAt: null,
    lastSignalAt: finding.at,
    ownerUnitId: placement.ownerUnitId,
    ...NEVER_OFFERED,
    ...waitingFrom(at),
    clearedAt: null,
    closedAt: null,
    closedByPersonId: null,
    outcome: null,
    relapses: 0,
    pathwayId: placement.pathwayId,
    pathwayVersion: placement.pathwayVersion,
    version: 1,
  };
  const steps = [line(at, 'opened', placement.reason), line(at, 'finding', reason)];
  return { episode, steps, notices: [draftToOwner(episode, 'opened', '1', { at, text: reason })] };
}

/** A finding in an open episode: counted always, told only for the reasons of `episode_policy.notify_again`. */
export function joinEpisode(episode: Episode, step: FindingStep): Transition {
  const { at, finding, reason } = step;
  const rose = isWorse(step.severity, episode.severity);
  const isNewDomain = !episode.domains.includes(finding.domain);
  const cameBack = isRelapse(episode, step);
  const isAnew = step.isToldAnew === true && !episode.signals.some(({ ruleId }) => ruleId === finding.ruleId);
  const isTold = (rose || cameBack) && !step.quiet;
  const added = addSignal(episode.signals, step);
  const signals = isTold ? asTold(added) : asUntold(episode.signals, added);
  const severity = cameBack && !rose && !step.quiet ? severityOfRelapse(episode, step) : worst(step.severity, episode.severity);
  const next: Episode = {
    ...episode,
    domains: isNewDomain ? [...episode.domains, finding.domain].sort() : episode.domains,
    severity,
    signals,
    lastSignalAt: finding.at > episode.lastSignalAt ? finding.at : episode.lastSignalAt,
    clearedAt: signals.some(({ standing }) => standing) ? null : episode.clearedAt,
    relapses: episode.relapses + (cameBack && !step.quiet ? 1 : 0),
    ...(isTold ? { ...waitingAgain(episode, at), closeProposed: null } : {}),
    version: episode.version + 1,
  };
  if (step.quiet) return { episode: next, steps: [line(at, 'finding', say.quietly(reason, step.quiet))], notices: [] };

  const steps = [line(at, 'finding', reason)];
  if (cameBack) steps.push(line(at, 'relapsed', say.cameBack()));
  if (rose) steps.push(line(at, 'severity_rose', say.rose(episode.severity, next.severity)));
  if (isWorse(episode.severity, next.severity)) steps.push(line(at, 'severity_fell', say.fell(episode.severity, next.severity)));
  if (isNewDomain) steps.push(line(at, 'domain_joined', say.joined(finding.domain)));

  const told: readonly [boolean, NoticeCause, string][] = [
    [cameBack, 'relapsed', String(next.relapses)],
    // By the finding, which is only ever taken once: after a fall the same severity may be reached again, and that is told again.
    [rose, 'severity_rose', `${next.severity}-${finding.ruleId}-${finding.anchor}-${finding.result}`],
    [isAnew, 'not_helped', `${next.relapses}-${finding.ruleId}`],
    [isNewDomain, 'domain_joined', finding.domain],
  ];
  const cause = told.find(([applies]) => applies);
  return { episode: next, steps, notices: cause ? [draftToOwner(next, cause[1], cause[2], { at, text: reason })] : [] };
}

/** A finding within 72 hours of closing: the same problem again, placed anew and with the pathway now in force. */
export function reopenEpisode(episode: Episode, step: FindingStep): Transition {
  const { at, finding, reason } = step;
  const placement = placementOf(step, 'closed');
  if (episode.closedAt === null || finding.at.getTime() - episode.closedAt.getTime() > REOPEN_WITHIN_MS) {
    throw new IllegalMove(step.kind, 'closed', 'it was closed more than 72 hours before the signal');
  }
  if (episode.mergedIntoId !== null) throw new IllegalMove(step.kind, 'closed', `it went into episode ${episode.mergedIntoId}`);
  const rested = episode.signals.filter(({ ruleId }) => ruleId !== finding.ruleId);
  const known = episode.signals.find(({ ruleId }) => ruleId === finding.ruleId);
  const again = addSignal(known ? [{ ...known, severity: step.severity, standing: true }] : [], step);
  const next: Episode = {
    ...episode,
    domains: episode.domains.includes(finding.domain) ? episode.domains : [...episode.domains, finding.domain].sort(),
    severity: step.severity,
    signals: asTold([...rested, ...again]),
    lastSignalAt: finding.at > episode.lastSignalAt ? finding.at : episode.lastSignalAt,
    ownerUnitId: placement.ownerUnitId,
    ...WITH_OWNER_ALONE,
    ...waitingFrom(at),
    clearedAt: null,
    closedAt: null,
    closedByPersonId: null,
    outcome: null,
    relapses: episode.relapses + 1,
    pathwayId: placement.pathwayId,
    pathwayVersion: placement.pathwayVersion,
    version: episode.version + 1,
  };
  const steps = [line(at, 'finding', reason), line(at, 'relapsed', say.reopened())];
  if (next.ownerUnitId !== episode.ownerUnitId) steps.push(line(at, 'owner_changed', placement.reason));
  return { episode: next, steps, notices: [draftToOwner(next, 'relapsed', String(next.relapses), { at, text: reason })] };
}

/**
 * Clear then relapse, silent so long that nobody counts it as the same alarm, or red or worse after somebody thought it over and wants to
 * close it; a snooze never hides a new rule. What is red or worse is back when all as grave has cleared, whatever milder stands. Never by a
 * finding older than what is known, which what is kept quiet is not.
 */
function isRelapse(episode: Episode, { finding, severity, onlySnoozedStands = false }: FindingStep): boolean {
  const isPast = episode.signals.every(({ clearedAt }) => clearedAt === null || finding.at > clearedAt);
  if (onlySnoozedStands && isPast) return true;
  if (finding.at <= episode.lastSignalAt) return false;
  if (episode.closeProposed !== null && isWorse(severity, 'yellow') && finding.at > episode.closeProposed.at) return true;
  if (!isWorse(severity, episode.severity) && hasOnlyMilder(episode, severity, finding.at)) return true;
  if (episode.clearedAt === null) return finding.at.getTime() - episode.lastSignalAt.getTime() > JOIN_WITHIN_MS;
  return isPast;
}

/** Whether something red or worse comes to an episode in which all that was as grave had cleared before it, and only milder signals stand. */
export function hasOnlyMilder({ signals }: Episode, severity: Severity, at: Date): boolean {
  const asGrave = signals.filter((signal) => !isWorse(severity, signal.severity));
  const isOver = asGrave.every(({ standing, clearedAt }) => !standing && clearedAt !== null && clearedAt < at);
  return isWorse(severity, 'yellow') && asGrave.length > 0 && isOver;
}

/**
 * How grave it is now that it has come back: the finding and what still stands, as after closing; never graver than before, and who must close
 * it is said by its signals as ever. While nobody has it, it stays: what was red is seen as red first.
 */
export function severityOfRelapse(
  episode: Episode,
  { severity, onlySnoozedStands = false }: Pick<FindingStep, 'severity' | 'onlySnoozedStands'>,
): Severity {
  if (episode.acknowledgedAt === null && episode.closeProposed === null) return episode.severity;
  // What stands beside snoozed signals is milder than the finding.
  const stands = onlySnoozedStands ? [] : episode.signals.filter(({ standing }) => standing).map((signal) => signal.severity);
  const gravest = stands.reduce(worst, severity);
  return isWorse(gravest, episode.severity) ? episode.severity : gravest;
}

function placementOf(step: FindingStep, state: string): Placement {
  if (!step.placement) throw new IllegalMove(step.kind, state, 'it needs an owner');
  return step.placement;
}

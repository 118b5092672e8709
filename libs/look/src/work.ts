import { isWorse, nextEpisode, type Episode, type EpisodeStep, type NoticeDraft, type Step } from '@varde/alerts';
import type { TaskDraft } from '@varde/plans';
import { TOLD_ANEW, type Finding, type Severity } from '@varde/rules';
import type { AdviceDraft } from './advice.js';

/** A finding that was told, as it was acted on. */
export interface ToldFinding extends Pick<Finding, 'ruleId' | 'domain'> {
  readonly severity: Severity;
  readonly lateMs: number;
}

/** One episode on its way through a look. */
export interface Work {
  readonly before: Episode | undefined;
  episode: Episode;
  readonly steps: EpisodeStep[];
  readonly findings: Finding[];
  /** Those of them that were told. */
  readonly told: ToldFinding[];
  notices: readonly NoticeDraft[];
  /** The gravest finding that was told. */
  came: Severity | null;
  /** An answer that means danger to life, which the patient is told of each time (`TOLD_AT_ONCE`). */
  emergency: boolean;
  /** The ladder found nobody who is staffed, or nothing of it could be delivered. */
  unreached: boolean;
  /** Something graver of the same patient covers it. */
  covered: boolean;
  readonly advice: AdviceDraft[];
  /** What somebody is to do because of it, whatever becomes of it. */
  readonly tasks: TaskDraft[];
}

/** An episode as a look begins with it: nothing has come of it. */
export const begin = (before: Episode | undefined, episode: Episode): Work => ({
  before,
  episode,
  steps: [],
  findings: [],
  told: [],
  notices: [],
  came: null,
  emergency: false,
  unreached: false,
  covered: false,
  advice: [],
  tasks: [],
});

/** Takes a step of an episode. */
export function take(work: Work, step: Step): void {
  const { episode, steps, notices } = nextEpisode(work.episode, step);
  work.episode = episode;
  work.steps.push(...steps);
  work.notices = [...work.notices, ...notices];
}

/** Whether this look has opened it or brought it back. */
export const isNew = ({ before }: Work): boolean => before === undefined || before.closedAt !== null;

/**
 * Whether nothing worse than red was told, and something red of it is news in an episode that is as grave already: of an area in which nothing
 * red had been found (`episode_policy.notify_again`), or that what was begun has not helped.
 */
export function bringsRed({ before, told, came }: Pick<Work, 'before' | 'told' | 'came'>): boolean {
  if (before === undefined || before.closedAt !== null || came !== 'red') return false;
  const { signals } = before;
  const isNewArea = (each: ToldFinding): boolean =>
    !signals.some(({ domain, severity }) => domain === each.domain && isWorse(severity, 'yellow'));
  const isAnew = ({ ruleId }: ToldFinding): boolean => ruleId in TOLD_ANEW && !signals.some((signal) => signal.ruleId === ruleId);
  return told.some((each) => each.severity === 'red' && (isNewArea(each) || isAnew(each)));
}

/** Whether the patient is told the same grave words in this look because of another episode: twice would be no more. */
export function isSaid(works: readonly Work[], { kind, text: { nb, en } }: AdviceDraft): boolean {
  if (kind !== 'red' && kind !== 'critical') return false;
  return works.some(({ advice }) => advice.some((each) => each.kind === kind && each.text.nb === nb && each.text.en === en));
}

/** Those that are open by now. */
export function open(works: readonly Work[]): Work[] {
  return works.filter(({ episode }) => episode.closedAt === null);
}

/** How late the gravest of what was told in this look reached us, the newest of it; null: nothing was. */
export function latenessOf({ told }: Pick<Work, 'told'>): number | null {
  const gravest = told.filter(({ severity }) => !told.some((other) => isWorse(other.severity, severity)));
  return gravest.length === 0 ? null : Math.min(...gravest.map(({ lateMs }) => lateMs));
}

/** The rules of what was told to people in this look and is what the patient is to be told. */
export function foundAsGrave({ told }: Work, severity: Severity): readonly string[] {
  return told.filter((each) => each.severity === severity).map(({ ruleId }) => ruleId);
}

import type { Episode, EpisodeStep, NoticeDraft, Snooze } from '@varde/alerts';
import type { CarePlan, TaskDraft } from '@varde/plans';
import type { Pathway, Team } from '@varde/routing';
import type { Catalogue, Finding, Window } from '@varde/rules';
import type { AdviceAnswered, AdviceDraft, Advised } from './advice.js';
import type { HomeAsk } from './ask-home.js';

/** Everything one look may know. Nothing else reaches the decision: no clock, no database, no chance. */
export interface LookInput {
  readonly catalogue: Catalogue;
  readonly plan: CarePlan;
  readonly window: Window;
  /** Observed time of the oldest reading not looked at before; null when only a clock ran out. */
  readonly unlookedFrom: Date | null;
  /** Findings already recorded whose anchor lies inside the window. */
  readonly recorded: readonly Pick<Finding, 'ruleId' | 'anchor' | 'result' | 'at'>[];
  /** Open episodes, and closed ones that a signal may bring back: those closed within `CLOSED_HOURS` before `now`. */
  readonly episodes: readonly Episode[];
  readonly snoozes: readonly Snooze[];
  readonly team: Team;
  /** The pathway in force for new episodes, and the frozen versions the open ones run on. */
  readonly pathway: Pathway;
  readonly frozenPathways: readonly Pathway[];
  /** What the patient was told and has not answered yet; left out: nothing. */
  readonly advised?: readonly Advised[];
  /** Episodes whose last ladder step reached nobody: every message about it was given up. Left out: none. */
  readonly undelivered?: readonly number[];
  readonly now: Date;
}

/** A changed or new episode with what happened to it and who must be told. */
export interface EpisodeChange {
  readonly episode: Episode;
  readonly steps: readonly EpisodeStep[];
  readonly findings: readonly Finding[];
  readonly notices: readonly NoticeDraft[];
  /** What the patient is told because of it; left out: nothing. */
  readonly advice?: readonly AdviceDraft[];
  /** Tasks that its ladder has come to, each raised once and open until a person has done it; left out: none. */
  readonly tasks?: readonly TaskDraft[];
}

/** What a look decided. */
export interface LookOutcome {
  /** Findings not recorded before, with or without an episode. */
  readonly findings: readonly Finding[];
  readonly episodes: readonly EpisodeChange[];
  /**
   * Every task that is wanted now, in a steady order: those not open yet are raised, open ones that are missing here are settled. Null
   * when the patient could not be judged: they stay as they are.
   */
  readonly tasks: readonly TaskDraft[] | null;
  /** Kinds of task that this look did not ask about: open ones stay as they are. Left out: none. */
  readonly unaskedTasks?: readonly string[];
  /** Tasks that are raised once and open until a person has done them; left out: none. */
  readonly keptTasks?: readonly TaskDraft[];
  /** What the home is asked to do. */
  readonly asks: readonly HomeAsk[];
  /** Keys of requests that have been answered. */
  readonly settledAsks: readonly string[];
  /** What the patient is asked that is about no episode; what is about one is in its change. */
  readonly advice: readonly AdviceDraft[];
  /** What the patient has answered to what they were told. */
  readonly answeredAdvice: readonly AdviceAnswered[];
  /** The earliest thing that can happen by the clock alone; null when nothing is expected. */
  readonly nextLookAt: Date | null;
}

import type { Episode, EpisodeStep, NoticeDraft, Snooze } from '@varde/alerts';
import type { CarePlan, TaskDraft } from '@varde/plans';
import type { Pathway, Team } from '@varde/routing';
import type { Catalogue, Finding, Window } from '@varde/rules';
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
  readonly now: Date;
}

/** A changed or new episode with what happened to it and who must be told. */
export interface EpisodeChange {
  readonly episode: Episode;
  readonly steps: readonly EpisodeStep[];
  readonly findings: readonly Finding[];
  readonly notices: readonly NoticeDraft[];
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
  /** What the home is asked to do. */
  readonly asks: readonly HomeAsk[];
  /** Keys of requests that have been answered. */
  readonly settledAsks: readonly string[];
  /** The earliest thing that can happen by the clock alone; null when nothing is expected. */
  readonly nextLookAt: Date | null;
}

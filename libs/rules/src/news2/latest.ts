import type { CarePlan } from '@varde/plans';
import { groupActs } from '../act.js';
import type { Window } from '../finding.js';
import { NEWS2_PARTS, type News2Chart, type News2Part } from './chart.js';
import { carriesPart, composeNews2 } from './compose.js';
import type { News2Result, News2ScoredPart } from './score.js';

/** What the latest score of a patient is made from. */
export interface LatestNews2Input {
  /** Readings and answers of the last days. */
  readonly window: Pick<Window, 'readings' | 'answers'>;
  readonly plan: CarePlan;
  readonly now: Date;
}

/** One part of the latest score: scored, unscored (saturation whose oxygen status is unknown) or missing. */
export interface LatestNews2Part {
  readonly part: News2Part;
  readonly scored: News2ScoredPart | null;
  /** When it was measured or answered; null when it is missing, or a standing decision. */
  readonly observedAt: Date | null;
  readonly measurementId: number | null;
}

/** NEWS2 as it stood when the newest part of it was measured: an old score is shown with its age, never as if it were of now. */
export interface LatestNews2 {
  readonly at: Date;
  readonly result: News2Result;
  /** Every part, in the order of the chart. */
  readonly parts: readonly LatestNews2Part[];
}

/** The newest score that can be composed up to `now`, complete or with bounds; null when nothing that belongs to one was measured. */
export function latestNews2(chart: News2Chart, { window, plan, now }: LatestNews2Input): LatestNews2 | null {
  const acts = groupActs(window.readings, window.answers).atRest;
  const newest = acts.all.findLast((act) => act.atMs <= now.getTime() && carriesPart(act));
  if (newest === undefined) return null;
  const { result, sources } = composeNews2(chart, acts, plan, newest.atMs);
  const scored = result.status === 'complete' || result.status === 'incomplete' ? result.parts : [];
  return {
    at: newest.at,
    result,
    parts: NEWS2_PARTS.map((part) => {
      const act = sources.find((source) => source.part === part)?.act ?? null;
      return {
        part,
        scored: scored.find((each) => each.part === part) ?? null,
        observedAt: act?.at ?? null,
        measurementId: act?.id ?? null,
      };
    }),
  };
}

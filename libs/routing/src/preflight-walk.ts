import { ladderStepKey, type Climb, type Episode } from '@varde/alerts';
import type { Severity } from '@varde/rules';
import { dueLadderSteps } from './ladder.js';
import { chooseOwner, NoOwner, routeOf } from './owner.js';
import type { Pathway, Route } from './pathway.js';
import type { Team, Unit } from './unit.js';
import { waitingEpisode } from './waiting-episode.js';

/** Looks of one ladder at most: each takes a step, so more would be a ladder that does not end. */
const LOOKS_MAX = 64;

/** One patient's chain of one severity. */
export interface Chain {
  readonly pathway: Pathway;
  readonly team: Team;
  readonly severity: Severity;
}

/** One step of a ladder when its turn came. */
export interface Call {
  /** From 0. */
  readonly index: number;
  readonly at: Date;
  /** Who was told; null: nobody, and the ladder moved on. */
  readonly unit: Unit | null;
  /** Nobody staffed was left to tell: the patient is given emergency advice. */
  readonly unreached: boolean;
}

/** A whole walk: what came of each step, and who owned it. */
export interface Walk {
  readonly owner: Unit;
  readonly route: Route;
  readonly calls: readonly Call[];
}

/**
 * What a ladder would do if an episode of this severity began at `start` and nobody acknowledged it: the very functions of a look, asked at
 * every moment they ask to be asked. Ends where the ladder ends or would begin again. Null: the team has no unit that can own.
 */
export function walkLadder(chain: Chain, start: Date): Walk | null {
  const { pathway, team, severity } = chain;
  const owner = ownerOf(chain, start);
  if (owner === null) return null;
  const route = routeOf(pathway, severity, team, start);
  const calls: Call[] = [];
  let episode = waitingEpisode(severity, owner.id, start);
  let now = start;
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const climb = dueLadderSteps(episode, pathway, team, now);
    if (climb === null) break;
    const startsAnew = climb.unreached || climb.ladderStartedAt > now;
    const taken = startsAnew ? route.ladder.length : climb.ladderStepsTaken;
    for (let index = episode.ladderStepsTaken; index < taken; index++) calls.push(callOf(climb, { episode, index, at: now, team }));
    if (taken >= route.ladder.length || climb.nextStepAt === null) break;
    const { ladderStartedAt, ladderStepsTaken, nextStepAt } = climb;
    episode = { ...episode, ladderStartedAt, ladderStepsTaken, nextStepAt };
    now = nextStepAt;
  }
  return { owner, route, calls };
}

function ownerOf({ pathway, team, severity }: Chain, at: Date): Unit | null {
  try {
    const { unitId } = chooseOwner(pathway, team, severity, at);
    return team.units.find(({ id }) => id === unitId) ?? null;
  } catch (error) {
    if (error instanceof NoOwner) return null;
    throw error;
  }
}

function callOf(
  { notices, unreached }: Climb,
  { episode, index, at, team }: { readonly episode: Episode; readonly index: number; readonly at: Date; readonly team: Team },
): Call {
  const key = ladderStepKey(episode, index);
  const told = notices.find((notice) => notice.key === key);
  const unit = told ? (team.units.find(({ id }) => id === told.unitId) ?? null) : null;
  return { index, at, unit, unreached: unreached && unit === null };
}

import { cannotBeJudged, look, type ClockSeen, type LookInput, type LookOutcome } from '@varde/look';
import type { Catalogue } from '@varde/rules';
import {
  claimDue,
  inTransaction,
  readAstray,
  saveDayMedians,
  saveWatchStates,
  tellWhereMeasured,
  together,
  type Claim,
  type Database,
  type SummarisedClaim,
  type WatchState,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import type { Log } from '../log.js';
import { keepClockTasks, readArrivedClocks } from './clock-tasks.js';
import { knownFacts, logLooks } from './log-looks.js';
import { readInputs } from './read-inputs.js';
import { saveOutcomes } from './save-outcomes.js';

/** First wait before a patient whose look failed is looked at again; doubles up to the longest. */
const RETRY_FIRST_MS = 10_000;
const RETRY_LONGEST_MS = 600_000;

/** What a watcher needs; `judge` is `look` except in the drill that makes it throw. */
export interface WatcherParts {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly batch: number;
  /** How long a patient who was looked at rests, although readings come. Default 0. */
  readonly restMs?: number;
  readonly log: Log;
  readonly judge?: (input: LookInput) => LookOutcome;
}

/** What one round of looking did. */
export interface Round {
  readonly looked: number;
  readonly failed: number;
  readonly episodesChanged: number;
}

/** A round that could not be written: nothing of it was kept. Names whom it had claimed. */
export class RoundFailed extends Error {
  override name = 'RoundFailed';
  constructor(
    readonly claims: readonly Pick<Claim, 'patientId' | 'failures'>[],
    override readonly cause: unknown,
  ) {
    super('a round of looks could not be written');
  }
}

interface Looked {
  readonly claim: Claim;
  /** Null when nothing could be read to decide by. */
  readonly input: LookInput | null;
  readonly outcome: LookOutcome;
  readonly state: WatchState;
}

/**
 * One transaction: claims due patients, reads what their looks may know, decides with the pure function, and writes the
 * outcome together with the next look. Killed at any point, nothing has happened and the patients are due again.
 * It sees one state of the database: what a look was given is what had arrived when it was claimed, to the last reading.
 */
export async function lookAtDue(parts: WatcherParts, now: Date): Promise<Round> {
  let claimed: readonly Claim[] = [];
  const work = async (tx: EntityManager): Promise<LookedAtAll> => {
    claimed = await claimDue(tx, now, { limit: parts.batch, restMs: parts.restMs ?? 0 });
    return claimed.length === 0 ? NOBODY : lookAtAll(tx, parts, claimed, now);
  };
  try {
    const { round, factsStored, clocks } = await inTransaction(parts.database.dataSource, work, 'REPEATABLE READ');
    const known = knownFacts(parts.database);
    for (const hash of factsStored) known.add(hash);
    await keepClockTasks(parts, clocks, now);
    return round;
  } catch (error) {
    throw new RoundFailed(claimed, error);
  }
}

interface LookedAtAll {
  readonly round: Round;
  readonly factsStored: readonly string[];
  readonly clocks: readonly ClockSeen[];
}

const NOBODY: LookedAtAll = { round: { looked: 0, failed: 0, episodesChanged: 0 }, factsStored: [], clocks: [] };

async function lookAtAll(tx: EntityManager, parts: WatcherParts, claims: readonly Claim[], now: Date): Promise<LookedAtAll> {
  const summarised = await saveDayMedians(tx, claims, parts.catalogue.baselineMetrics, now);
  const inputs = await readInputs(tx, parts.catalogue, summarised, now);
  const looked = summarised.map((claim) => {
    const input = inputs.get(claim.patientId);
    return input ? lookAt(parts, claim, input) : withoutPathway(parts, claim, now);
  });
  const toKeep = looked.map(({ claim, input, outcome, state }) => ({ claim, input, outcome, kind: kindOf(input, state) }));
  const [factsStored, clocks, astray] = await together([
    logLooks(tx, toKeep, knownFacts(parts.database), now),
    readArrivedClocks(tx, looked, now),
    readAstray(
      tx,
      claims.filter(({ hasArrived }) => hasArrived).map(({ patientId }) => patientId),
      now,
    ),
    saveWatchStates(
      tx,
      looked.map((each) => each.state),
      now,
    ),
    saveOutcomes(tx, looked, now),
  ]);
  await tellWhereMeasured(tx, astray, now);
  const failed = looked.filter((each) => each.state.failure !== null).length;
  const episodesChanged = looked.reduce((sum, { outcome }) => sum + outcome.episodes.length, 0);
  return { round: { looked: looked.length, failed, episodesChanged }, factsStored, clocks };
}

function kindOf(input: LookInput | null, { failure }: WatchState): 'look' | 'failed' | 'no_pathway' {
  if (input === null) return 'no_pathway';
  return failure === null ? 'look' : 'failed';
}

function lookAt(parts: WatcherParts, claim: SummarisedClaim, input: LookInput): Looked {
  const kept = {
    patientId: claim.patientId,
    lastObserved: new Map(input.window.lastObserved.map(({ metric, observedAt }) => [metric, observedAt])),
  };
  try {
    const outcome = (parts.judge ?? look)(input);
    const state = { ...kept, summarisedTo: claim.daysTo, dueAt: outcome.nextLookAt, unlookedFrom: null, failures: 0, failure: null };
    return { claim, input, outcome, state };
  } catch (error) {
    const failure = error instanceof Error ? error.name : 'unknown';
    parts.log.error(
      { patientId: claim.patientId, failures: claim.failures + 1, err: error },
      'a patient cannot be judged; the look will be repeated',
    );
    const outcome = cannotBeJudged(input);
    // The ladders of a patient who cannot be judged run on.
    const dueAt = earliest(retryAt(claim, input.now), outcome.nextLookAt);
    // What was to be asked once a day has not been.
    const { summarisedTo, unlookedFrom } = claim;
    const state = { ...kept, summarisedTo, dueAt, unlookedFrom, failures: claim.failures + 1, failure };
    return { claim, input, outcome, state };
  }
}

function withoutPathway(parts: WatcherParts, claim: Claim, now: Date): Looked {
  parts.log.error({ patientId: claim.patientId }, 'no pathway is in force for a patient; the look will be repeated');
  const { patientId, unlookedFrom, lastObserved, summarisedTo } = claim;
  const state = { patientId, unlookedFrom, lastObserved, summarisedTo, failures: claim.failures + 1, failure: 'no pathway in force' };
  return {
    claim,
    input: null,
    outcome: { findings: [], episodes: [], tasks: null, asks: [], settledAsks: [], advice: [], answeredAdvice: [], nextLookAt: null },
    state: { ...state, dueAt: retryAt(claim, now) },
  };
}

function retryAt(claim: Claim, now: Date): Date {
  return new Date(now.getTime() + Math.min(RETRY_FIRST_MS * 2 ** claim.failures, RETRY_LONGEST_MS));
}

function earliest(a: Date, b: Date | null): Date {
  return b !== null && b < a ? b : a;
}

import { cannotBeJudged, type LookInput } from '@varde/look';
import {
  inTransaction,
  lockWatch,
  readAdvised,
  readEpisodesForLook,
  readPlans,
  readUndelivered,
  saveDueBy,
  savePostponed,
  type Claim,
} from '@varde/store';
import type { EntityManager } from 'typeorm';
import { logLooks } from './log-looks.js';
import { isCalling, saidTo } from './read-inputs.js';
import { saveOutcomes } from './save-outcomes.js';
import type { WatcherParts } from './watcher.js';

/** How long a patient whose look cannot be read or written waits for the next try. */
const SET_ASIDE_MS = 60_000;
/** How long they let the others go before them when it may have been chance. */
const ONCE_MORE_MS = 1_000;
/** SQLSTATE classes that speak of the server or of others, not of the patient's own rows. */
const NOT_THE_PATIENT = /^(08|40|53|55|57|58|XX)/;

/** A code of the server: the system's own (`EPIPE`) may be as long. */
const SQLSTATE = /^(\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;

/**
 * Whether a round has certainly failed because of what is stored of a patient: then trying again at once would fail again. Of all else, a
 * race with a person or a lost connection, only the next try tells.
 */
export function isOfThePatient(cause: unknown): boolean {
  if (cause instanceof RangeError || cause instanceof TypeError) return true;
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' && SQLSTATE.test(code) && !NOT_THE_PATIENT.test(code);
}

/**
 * Lets everybody else go before a patient whose round has failed alone. A cause that is certainly theirs, or any cause the second time in a row,
 * sets them aside. While the database is away this fails as the round did, and nothing is said of anybody.
 */
export async function letOthersGoFirst(
  parts: WatcherParts,
  { patientId, failures }: Pick<Claim, 'patientId' | 'failures'>,
  cause: unknown,
  now: Date,
): Promise<void> {
  if (isOfThePatient(cause) || failures > 0) return setAside(parts, patientId, cause, now);
  await postpone(parts, patientId, { cause, at: now, until: new Date(now.getTime() + ONCE_MORE_MS) });
}

/**
 * Sets a patient aside whose look stops even before or after the pure function, and says so on the worklist as a technical
 * episode. The readings stay unseen and are looked at again.
 */
export async function setAside(parts: WatcherParts, patientId: number, cause: unknown, now: Date): Promise<void> {
  const until = new Date(now.getTime() + SET_ASIDE_MS);
  await postpone(parts, patientId, { cause, at: now, until });
  parts.log.error({ patientId, until, err: cause }, 'a patient whose look cannot be read or written is set aside for a while');
  await inTransaction(parts.database.dataSource, (tx) => sayCannotBeJudged(tx, parts, patientId, now));
}

interface Postponed {
  readonly cause: unknown;
  readonly at: Date;
  readonly until: Date;
}

async function postpone({ database }: WatcherParts, patientId: number, { cause, at, until }: Postponed): Promise<void> {
  const failure = cause instanceof Error ? cause.name : 'unknown';
  await savePostponed(database.dataSource.manager, [patientId], { at, until, failure });
}

async function sayCannotBeJudged(tx: EntityManager, parts: WatcherParts, patientId: number, now: Date): Promise<void> {
  await lockWatch(tx, patientId);
  const agreed = (await readPlans(tx, [patientId], now)).get(patientId);
  if (!agreed?.pathway) return;
  const episodes = (await readEpisodesForLook(tx, [patientId], now)).get(patientId) ?? [];
  const advised = await readAdvised(tx, [patientId], now);
  const undelivered = await readUndelivered(tx, episodes.some(isCalling) ? [patientId] : []);
  const input: LookInput = {
    catalogue: parts.catalogue,
    plan: agreed.plan,
    window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [] },
    unlookedFrom: null,
    recorded: [],
    episodes,
    snoozes: [],
    team: agreed.team,
    pathway: agreed.pathway,
    ...saidTo(advised.get(patientId), undelivered.get(patientId)),
    frozenPathways: episodes.flatMap((episode) => agreed.frozenPathway(episode.pathwayId, episode.pathwayVersion) ?? []),
    now,
  };
  const outcome = cannotBeJudged(input);
  const claim = { patientId, unlookedFrom: null, hasArrived: false, arrivedIds: [] };
  await logLooks(tx, [{ claim, input, outcome, kind: 'set_aside' }], new Set(), now);
  await saveOutcomes(tx, [{ claim, input, outcome }], now);
  // The ladders of who is set aside run on.
  if (outcome.nextLookAt !== null) await saveDueBy(tx, patientId, outcome.nextLookAt);
}

import { cannotBeJudged, type LookInput } from '@varde/look';
import { inTransaction, lockWatch, readEpisodesForLook, readPlans, saveEpisodeChanges, saveFindings, savePostponed } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { logLooks } from './log-looks.js';
import type { WatcherParts } from './watcher.js';

/** How long a patient whose look cannot be read or written waits for the next try. */
const SET_ASIDE_MS = 60_000;
/** SQLSTATE classes that speak of the server or of others, not of the patient's own rows. */
const NOT_THE_PATIENT = /^(08|40|53|55|57|58|XX)/;

/** Whether a round failed because of what is stored of a patient: then trying again at once would fail again and hold up the others. */
export function isOfThePatient(cause: unknown): boolean {
  if (cause instanceof RangeError || cause instanceof TypeError) return true;
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !NOT_THE_PATIENT.test(code);
}

/**
 * Sets a patient aside whose look stops even before or after the pure function, and says so on the worklist as a technical
 * episode. The readings stay unseen and are looked at again.
 */
export async function setAside(parts: WatcherParts, patientId: number, cause: unknown, now: Date): Promise<void> {
  const until = new Date(now.getTime() + SET_ASIDE_MS);
  const why = cause instanceof Error ? cause.name : 'unknown';
  await savePostponed(parts.database.dataSource.manager, [patientId], { at: now, until, failure: why });
  parts.log.error({ patientId, until, err: cause }, 'a patient whose look cannot be read or written is set aside for a while');
  await inTransaction(parts.database.dataSource, (tx) => sayCannotBeJudged(tx, parts, patientId, now));
}

async function sayCannotBeJudged(tx: EntityManager, parts: WatcherParts, patientId: number, now: Date): Promise<void> {
  await lockWatch(tx, patientId);
  const agreed = (await readPlans(tx, [patientId], now)).get(patientId);
  if (!agreed?.pathway) return;
  const episodes = (await readEpisodesForLook(tx, [patientId], now)).get(patientId) ?? [];
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
    frozenPathways: episodes.flatMap((episode) => agreed.frozenPathway(episode.pathwayId, episode.pathwayVersion) ?? []),
    now,
  };
  const outcome = cannotBeJudged(input);
  const { findings, episodes: changes } = outcome;
  const claim = { patientId, unlookedFrom: null, hasArrived: false, arrivedIds: [] };
  await logLooks(tx, [{ claim, input, outcome, kind: 'set_aside' }], new Set(), now);
  await saveFindings(
    tx,
    findings.map((finding) => ({ patientId, finding })),
    now,
  );
  await saveEpisodeChanges(
    tx,
    changes.map((change) => ({ patientId, change })),
    now,
  );
}

import { REOPEN_WITHIN_MS } from '@varde/alerts';
import type { Advised } from '../libs/look/src/advice.js';
import type { LookInput, LookOutcome } from '../libs/look/src/input-and-outcome.js';

/**
 * What the next look may know once an outcome has been written: for the specs of libs/look, which keep patients in memory as the
 * store does in tables. Preview and replay keep theirs themselves (`Rehearsal`, `Replay`). New episodes get ids from `newId`, which never gives
 * one twice; readings, plan and time are the caller's to change.
 */
export function afterLook(input: LookInput, outcome: LookOutcome, newId: () => number): LookInput {
  const changed = outcome.episodes.map(({ episode }) => (episode.id === 0 ? { ...episode, id: newId() } : episode));
  const closed = changed.filter(({ closedAt }) => closedAt !== null).map(({ id }) => id);
  const told = outcome.episodes.flatMap(({ advice = [] }, place) =>
    advice.map((draft) => ({ draft, episodeId: changed[place]?.id ?? null })),
  );
  const said = [...told, ...outcome.advice.map((draft) => ({ draft, episodeId: null }))];
  const takenBack = new Set([...closed, ...told.map(({ episodeId }) => episodeId)]);
  const into = new Map(changed.map(({ id, mergedIntoId }) => [id, mergedIntoId]));
  const advised = (input.advised ?? []).map((each) => goesOn(each, into));
  const stays = advised.filter(({ episodeId }) => episodeId === null || !takenBack.has(episodeId));
  const lastId = Math.max(0, ...(input.advised ?? []).map(({ id }) => id));
  const kept = input.episodes.filter(({ id }) => changed.every((episode) => episode.id !== id));
  const oldestMs = input.now.getTime() - 2 * REOPEN_WITHIN_MS;
  return {
    ...input,
    unlookedFrom: null,
    recorded: [...input.recorded, ...outcome.findings],
    advised: [
      ...stays,
      ...said.map(({ draft: { key, kind }, episodeId }, place) => ({
        id: lastId + 1 + place,
        key,
        kind,
        episodeId,
        isRead: false,
        at: input.now,
      })),
    ],
    episodes: [...kept, ...changed].filter(({ closedAt }) => closedAt === null || closedAt.getTime() > oldestMs),
  };
}

/** What the patient has not answered yet goes on with the episode that its own went into. */
function goesOn(each: Advised, into: ReadonlyMap<number, number | null>): Advised {
  const intoId = each.episodeId === null || each.answer !== undefined || each.isWithdrawn ? null : (into.get(each.episodeId) ?? null);
  return intoId === null ? each : { ...each, episodeId: intoId };
}

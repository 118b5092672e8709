import type { LookOutcome } from '@varde/look';
import { saveAdvice, saveAdviceAnswers, saveEpisodeChanges, saveFindings, saveHomeAsks, saveHomeAsksSettled, together } from '@varde/store';
import type { EntityManager } from 'typeorm';
import { raiseTasks, type LookWithTasks } from './raise-tasks.js';

/**
 * Writes everything that looks have decided: findings, tasks, what homes are asked and told, and the changes of episodes. One way for all of
 * them, so that nobody is owed less because of how their look has ended.
 */
export async function saveOutcomes(tx: EntityManager, looked: readonly LookWithTasks[], now: Date): Promise<void> {
  const of = <T>(each: (outcome: LookOutcome, patientId: number) => readonly T[]): T[] =>
    looked.flatMap(({ claim, outcome }) => each(outcome, claim.patientId));
  await together([
    saveFindings(
      tx,
      of(({ findings }, patientId) => findings.map((finding) => ({ patientId, finding }))),
      now,
    ),
    raiseTasks(tx, looked, now),
    saveAnswersAndAdvice(tx, looked, now),
    saveHomeAsks(
      tx,
      of(({ asks }, patientId) => asks.map((ask) => ({ patientId, ask }))),
      now,
    ),
    saveHomeAsksSettled(
      tx,
      of(({ settledAsks }, patientId) => settledAsks.map((key) => ({ patientId, key }))),
      now,
    ),
  ]);
  await saveEpisodeChanges(
    tx,
    of(({ episodes }, patientId) => episodes.map((change) => ({ patientId, change }))),
    now,
  );
}

/** What was answered first: advice takes the place of what still waits. */
async function saveAnswersAndAdvice(tx: EntityManager, looked: readonly LookWithTasks[], now: Date): Promise<void> {
  await saveAdviceAnswers(
    tx,
    looked.flatMap(({ outcome }) => outcome.answeredAdvice),
    now,
  );
  await saveAdvice(
    tx,
    looked.flatMap(({ claim, outcome }) => outcome.advice.map((draft) => ({ patientId: claim.patientId, episodeId: null, draft }))),
    now,
  );
}

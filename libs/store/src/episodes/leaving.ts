import { nextEpisode, type PersonStep } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { savePersonAct } from '../looks/look-log.js';
import { EPISODE_COLUMNS, toEpisode, type EpisodeRow } from './episode-rows.js';
import { saveEpisodeChanges } from './episodes.js';

const LOCK_WATCHES = `
  with held as (
    select distinct patient_id from episode
    where closed_at is null and (acknowledged_by_person_id = $1 or assigned_to_person_id = $1)
  ), locked as (
    select w.patient_id from patient_watch w where w.patient_id in (select patient_id from held) order by w.patient_id for update
  )
  update patient_watch w set due_at = least(w.due_at, $2) from locked where w.patient_id = locked.patient_id returning w.patient_id`;

const HELD = `
  select ${EPISODE_COLUMNS} from episode e
  where e.patient_id = any($1::int[]) and e.closed_at is null and (e.acknowledged_by_person_id = $2 or e.assigned_to_person_id = $2)
  order by e.id for update of e`;

/**
 * Puts back into the queue what a person has or was given who works here no longer: the ladder goes on at once. Last in its transaction.
 * @returns the episodes
 */
export async function leaveEpisodes(tx: EntityManager, personId: number, now: Date): Promise<number[]> {
  const [locked] = await tx.query<[{ patient_id: number }[], number]>(LOCK_WATCHES, [personId, now]);
  if (locked.length === 0) return [];
  const rows = await tx.query<EpisodeRow[]>(HELD, [locked.map((row) => row.patient_id), personId]);
  const step: PersonStep = { kind: 'leave', at: now, byPersonId: personId };
  const changes = rows.map(toEpisode).map((episode) => {
    const { episode: next, steps, notices } = nextEpisode(episode, step);
    return { patientId: episode.patientId, change: { episode: next, steps, notices, findings: [] } };
  });
  for (const { patientId, change } of changes) await savePersonAct(tx, patientId, change.episode.id, step);
  await saveEpisodeChanges(tx, changes, now);
  await tx.query(`select pg_notify('varde_due', '')`);
  return changes.map(({ change }) => change.episode.id);
}

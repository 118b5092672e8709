import { stateOf, type PersonStep } from '@varde/alerts';
import { OWNING_LEVELS, type Unit } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { actingUnit, type ActGround } from './act-ground.js';

/**
 * Whoever the ladder called so long ago, before it began again, is called anew by the ladder that runs now. A call of that one holds for as
 * long as it runs: over a weekend it comes round to nobody.
 */
const CALLED_WITHIN_HOURS = 24;

/**
 * SQL: whether the ladder has called a unit about a waiting episode.
 * @param episode alias of the episode
 * @param units SQL array of unit ids
 * @param about SQL: of which episodes calls count
 */
export const calledSql = (episode: string, units: string, now: string, about = `called.episode_id = ${episode}.id`): string =>
  `(${episode}.acknowledged_at is null and exists (select from notice called where ${about} and called.cause = 'escalated'
     and called.unit_id = any(${units})
     and (called.queued_at > ${now}::timestamptz - interval '${CALLED_WITHIN_HOURS} hours' or called.queued_at >= ${episode}.ladder_started_at)))`;

/** Whoever was called to an episode that has gone into this one may take this one. */
const OR_MERGED = `called.episode_id in (select m.id from episode m where m.id = e.id or m.merged_into_id = e.id)`;

/**
 * How somebody takes a waiting episode that the ladder has called them to: the owner moves to their unit, for only an acceptance stops the
 * ladder and the owner's people are not there to offer it. Null: the person acts for the owner already, or was not called.
 */
export async function readTakeOver(tx: EntityManager, ground: ActGround): Promise<Extract<PersonStep, { kind: 'move' }> | null> {
  const { viewer, episode, units, now } = ground;
  if (stateOf(episode) !== 'waiting' || actingUnit(ground) !== undefined) return null;
  const rows = await tx.query<{ unit_id: number }[]>(
    `select t.unit_id from team_unit t join episode e on e.id = $1 and e.patient_id = t.patient_id
     where t.unit_id = any($2::int[]) and ${calledSql('e', 'array[t.unit_id]', '$3', OR_MERGED)} order by 1`,
    [episode.id, viewer.unitIds, now],
  );
  const unit = rows.flatMap(({ unit_id }) => units.get(unit_id) ?? []).find(canOwn);
  if (unit === undefined) return null;
  const reason = 'tilkalt i varslingstrappen / called by the ladder';
  return { kind: 'move', at: now, byPersonId: viewer.personId, toUnitId: unit.id, toUnit: unit.name, reason, away: false };
}

const canOwn = ({ careLevel }: Unit): boolean => OWNING_LEVELS.includes(careLevel);

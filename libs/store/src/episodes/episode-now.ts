import type { EpisodeState } from '@varde/alerts';
import type { EntityManager } from 'typeorm';
import { found } from '../directory/illegal.js';
import type { OfferFate } from './handovers.js';

/** An offer to a unit, and what has become of it. */
export interface OfferNow {
  readonly number: number;
  readonly toUnitId: number;
  readonly toUnit: string;
  readonly deadlineAt: Date;
  /** Null while it waits for an answer. */
  readonly fate: OfferFate | null;
  readonly endedAt: Date | null;
  readonly endedBy: string | null;
}

/** How an episode stands, for whoever came too late: who has it, and what became of the last offer. Nothing about the patient. */
export interface EpisodeNow {
  readonly episodeId: number;
  readonly version: number;
  readonly state: EpisodeState;
  readonly ownerUnitId: number;
  readonly ownerUnit: string;
  readonly acknowledgedBy: string | null;
  readonly closedAt: Date | null;
  /** The episode it went into, which is the one to act on; null: none. */
  readonly mergedIntoId: number | null;
  /** Null: it was never offered. */
  readonly lastOffer: OfferNow | null;
}

/** How an episode stands. @throws NotFound */
export async function readEpisodeNow(tx: EntityManager, episodeId: number): Promise<EpisodeNow> {
  interface Row {
    version: number;
    owner_unit_id: number;
    owner_unit: string;
    acknowledged_at: Date | null;
    acknowledged_by: string | null;
    closed_at: Date | null;
    merged_into_id: string | null;
  }
  const rows = await tx.query<Row[]>(
    `select e.version, e.owner_unit_id, u.name as owner_unit, e.acknowledged_at, a.name as acknowledged_by, e.closed_at, e.merged_into_id
     from episode e join unit u on u.id = e.owner_unit_id left join person a on a.id = e.acknowledged_by_person_id where e.id = $1`,
    [episodeId],
  );
  const row = found(rows, 'episode', episodeId);
  const [lastOffer] = await tx.query<OfferNow[]>(
    `select h.number, h.to_unit_id as "toUnitId", u.name as "toUnit", h.deadline_at as "deadlineAt", h.fate, h.ended_at as "endedAt",
       p.name as "endedBy"
     from handover h join unit u on u.id = h.to_unit_id left join person p on p.id = h.ended_by_person_id
     where h.episode_id = $1 order by h.number desc limit 1`,
    [episodeId],
  );
  const { acknowledged_at: acknowledgedAt, closed_at: closedAt } = row;
  return {
    episodeId,
    version: row.version,
    state: closedAt !== null ? 'closed' : acknowledgedAt === null ? 'waiting' : 'acknowledged',
    ownerUnitId: row.owner_unit_id,
    ownerUnit: row.owner_unit,
    acknowledgedBy: row.acknowledged_by,
    closedAt,
    mergedIntoId: row.merged_into_id === null ? null : Number(row.merged_into_id),
    lastOffer: lastOffer ?? null,
  };
}

import type { Pathway, Route } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { PATHWAY_COLUMNS, toPathway, type PathwayRow } from '../looks/pathway-rows.js';
import { found, Invalid, refuseFaults } from './illegal.js';

/** A version of a pathway to keep; it never changes afterwards, for episodes are frozen to it. */
export interface NewPathway {
  /** Null: a new pathway; else the next version of this one. */
  readonly id: number | null;
  readonly communityId: number;
  readonly name: string;
  readonly routes: readonly Route[];
  readonly inForceFrom: Date;
}

/** A kept version of a pathway with what it is called. */
export interface KeptPathway extends Pathway {
  readonly communityId: number;
  readonly name: string;
  readonly inForceFrom: Date;
}

/**
 * Keeps a new pathway, or the next version of one. Episodes that are open stay on the version they were opened with.
 * @throws Invalid no route or no name, or in force before the version it follows; NotFound community or pathway
 */
export async function savePathway(manager: EntityManager, pathway: NewPathway): Promise<Pathway> {
  refuseFaults([pathway.name.trim() === '' && 'a pathway needs a name', pathway.routes.length === 0 && 'a pathway needs routes']);
  return manager.transaction(async (tx) => {
    // Ids and versions are counted, not generated: two who count at once would count the same.
    await tx.query(`lock table pathway in share row exclusive mode`);
    found(await tx.query<unknown[]>(`select id from community where id = $1`, [pathway.communityId]), 'community', pathway.communityId);
    const { id, version } = await nextVersion(tx, pathway);
    await tx.query(`insert into pathway (id, version, community_id, name, routes, in_force_from) values ($1, $2, $3, $4, $5, $6)`, [
      id,
      version,
      pathway.communityId,
      pathway.name.trim(),
      JSON.stringify(pathway.routes),
      pathway.inForceFrom,
    ]);
    return toPathway({ id, version, routes: [...pathway.routes] });
  });
}

async function nextVersion(tx: EntityManager, pathway: NewPathway): Promise<{ id: number; version: number }> {
  if (pathway.id === null) {
    const [row] = await tx.query<{ id: number }[]>(`select coalesce(max(id), 0) + 1 as id from pathway`);
    return { id: row?.id ?? 1, version: 1 };
  }
  const last = found(
    await tx.query<{ version: number; in_force_from: Date }[]>(
      `select version, in_force_from from pathway where id = $1 and community_id = $2 order by version desc limit 1`,
      [pathway.id, pathway.communityId],
    ),
    'pathway',
    pathway.id,
  );
  if (pathway.inForceFrom < last.in_force_from) {
    throw new Invalid([`a version comes into force after the one before it, which is in force from ${last.in_force_from.toISOString()}`]);
  }
  return { id: pathway.id, version: last.version + 1 };
}

/** Every version of every pathway of a community, newest version first. */
export async function readPathwayVersions(manager: EntityManager, communityId: number): Promise<KeptPathway[]> {
  const rows = await manager.query<(PathwayRow & { name: string; in_force_from: Date })[]>(
    `select ${PATHWAY_COLUMNS}, p.name, p.in_force_from from pathway p where p.community_id = $1 order by p.id, p.version desc`,
    [communityId],
  );
  return rows.map((row) => ({
    ...toPathway(row),
    communityId,
    name: row.name,
    inForceFrom: row.in_force_from,
  }));
}

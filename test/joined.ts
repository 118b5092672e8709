import type { Cooperation } from '@varde/routing';
import type { EntityManager } from 'typeorm';

/** Sets on which step two organisations stand, in a new version of a pathway in force from a moment. */
export async function joinOrganisations(
  manager: EntityManager,
  pathwayId: number,
  { organisationIds: [a, b], step, programme }: Cooperation,
  inForceFrom: Date,
): Promise<void> {
  const cooperation: Cooperation = { organisationIds: a < b ? [a, b] : [b, a], step, programme };
  await manager.query(
    `insert into pathway (id, version, community_id, name, routes, in_force_from, cooperations)
     select id, version + 1, community_id, name, routes, $2, cooperations || $3::jsonb from pathway where id = $1
     order by version desc limit 1`,
    [pathwayId, inForceFrom, JSON.stringify([cooperation])],
  );
}

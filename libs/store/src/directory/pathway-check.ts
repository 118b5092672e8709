import { teamOf, validatePathway, type Meeting, type Pathway, type PathwayHole } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { readTeams, readUnitsForLook } from '../looks/teams-read.js';
import { readUnitIdsFor } from './data-responsibility.js';

/** A pathway that is checked, and for whom. */
export interface PathwayToCheck {
  readonly communityId: number;
  readonly pathway: Pathway;
  /** The year of holidays it is walked through begins here. */
  readonly from: Date;
}

/**
 * The whole of what is wrong with a pathway for the people of its community (`validatePathway`): each kind of patient that follows it now,
 * and in each municipality without one, whoever would have every unit that may serve them there.
 */
export async function checkPathwayForCommunity(
  tx: EntityManager,
  { communityId, pathway, from }: PathwayToCheck,
  now: Date,
): Promise<PathwayHole[]> {
  const organisations = await tx.query<{ id: number; name: string; kind: string }[]>(
    `select id, name, kind from organisation where community_id = $1 order by name, id`,
    [communityId],
  );
  const followed = await readFollowed(tx, pathway.id, now);
  const served = new Set(followed.map(({ team }) => team.municipalityId));
  const nameOf = (id: number | null) => organisations.find((each) => each.id === id)?.name ?? null;
  const municipalities = organisations.filter(({ id, kind }) => kind === 'municipality' && !served.has(id));
  const meetings: Meeting[] = followed.map(({ team }) => ({ name: `municipality ${nameOf(team.municipalityId) ?? 'not known'}`, team }));
  for (const { id, name } of municipalities) {
    const unitIds = await readUnitIdsFor(tx, { communityId, municipalityId: id }, now);
    const units = [...(await readUnitsForLook(tx, unitIds, now)).values()].sort((a, b) => a.id - b.id);
    if (units.length > 0) meetings.push({ name: `municipality ${name}`, team: teamOf(units, { municipalityId: id }) });
  }
  return validatePathway(pathway, { organisationIds: new Set(organisations.map(({ id }) => id)), meetings }, from);
}

/** One of each kind of patient on the pathway: kinds differ by municipality, responsibility, zone, programmes or units. */
const KINDS = `
  select min(kind.id) as id from (
    select p.id, p.municipality_id, p.responsible_unit_id, p.zone,
      array(select t.unit_id from team_unit t where t.patient_id = p.id and t.guest_since is null order by 1) as units,
      array(select distinct e.programme from enrolment e
        where e.patient_id = p.id and e.from_at <= $2 and (e.to_at is null or e.to_at > $2) order by 1) as programmes
    from patient p where p.pathway_id = $1 and (p.monitored_to is null or p.monitored_to > $2)
  ) as kind
  group by kind.municipality_id, kind.responsible_unit_id, kind.zone, kind.units, kind.programmes
  order by 1`;

async function readFollowed(tx: EntityManager, pathwayId: number, now: Date): Promise<Omit<Meeting, 'name'>[]> {
  const kinds = await tx.query<{ id: number }[]>(KINDS, [pathwayId, now]);
  const teams = await readTeams(
    tx,
    kinds.map(({ id }) => id),
    now,
  );
  return [...teams.entries()].sort(([a], [b]) => a - b).map(([, team]) => ({ team }));
}

import type { EntityManager } from 'typeorm';
import { Conflict, Invalid } from './illegal.js';

/**
 * Units that may not hold data of a municipality's patients: municipal ones (a municipality is among their owners) that the municipality
 * neither owns nor has agreed with. GP offices, hospitals and others answer for their own data. `m` is the municipality, `u` the unit.
 */
const MAY_NOT = (now: string): string => `
  exists (select from unit_organisation o join organisation g on g.id = o.organisation_id where o.unit_id = u.id and g.kind = 'municipality')
  and not exists (select from unit_organisation o where o.unit_id = u.id and o.organisation_id = m.id)
  and not exists (select from unit_service s where s.unit_id = u.id and s.organisation_id = m.id
    and s.from_at <= ${now} and (s.to_at is null or s.to_at > ${now}))`;

/** Units of a community that may follow patients of a municipality, by id; none where nobody serves it yet. */
export async function readUnitIdsFor(
  tx: EntityManager,
  { communityId, municipalityId }: { readonly communityId: number; readonly municipalityId: number },
  now: Date,
): Promise<number[]> {
  const own = await tx.query<unknown[]>(
    `select from unit_organisation o where o.organisation_id = $1
     union all select from unit_service s where s.organisation_id = $1 and s.from_at <= $2 and (s.to_at is null or s.to_at > $2) limit 1`,
    [municipalityId, now],
  );
  if (own.length === 0) return [];
  const rows = await tx.query<{ id: number }[]>(
    `select u.id from unit u join organisation h on h.id = u.organisation_id join organisation m on m.id = $2
     where h.community_id = $1 and not (${MAY_NOT('$3')}) order by u.id`,
    [communityId, municipalityId, now],
  );
  return rows.map(({ id }) => id);
}

/**
 * Refuses a team with a unit that may not hold the data of the municipality's patients; without a municipality nothing is refused.
 * @throws Invalid naming every such unit
 */
export async function refuseForeignUnits(
  tx: EntityManager,
  team: { readonly unitIds: readonly number[]; readonly municipalityId: number | null },
  now: Date,
): Promise<void> {
  if (team.municipalityId === null) return;
  const rows = await tx.query<{ unit: string; municipality: string }[]>(
    `select u.name as unit, m.name as municipality from unit u join organisation m on m.id = $2
     where u.id = any($1::int[]) and ${MAY_NOT('$3')} order by u.id`,
    [team.unitIds, team.municipalityId, now],
  );
  const faults = rows.map(
    ({ unit, municipality }) =>
      `${unit} cannot follow patients of ${municipality}: it belongs to another municipality, and there is no agreement that it serves ${municipality}`,
  );
  if (faults.length > 0) throw new Invalid(faults);
}

/**
 * Refuses a change after which somebody who is followed would have a unit in the team that may not hold their data. Call it after the
 * change, in its transaction.
 * @param of the unit or the organisation that has changed
 * @throws Conflict saying how many, and of which municipality
 */
export async function refuseLeftWithoutAgreement(
  tx: EntityManager,
  of: { readonly unitId: number } | { readonly organisationId: number },
  now: Date,
): Promise<void> {
  const [unitId, organisationId] = 'unitId' in of ? [of.unitId, null] : [null, of.organisationId];
  const rows = await tx.query<{ unit: string; municipality: string; patients: number }[]>(
    `select u.name as unit, m.name as municipality, count(*)::integer as patients
     from patient p join organisation m on m.id = p.municipality_id join team_unit t on t.patient_id = p.id join unit u on u.id = t.unit_id
     where (p.monitored_to is null or p.monitored_to > $3)
       and ($1::int is null or u.id = $1)
       and ($2::int is null or exists (select from unit_organisation o where o.unit_id = u.id and o.organisation_id = $2))
       and ${MAY_NOT('$3')}
     group by u.id, m.id order by u.id, m.id`,
    [unitId, organisationId, now],
  );
  const [first] = rows;
  if (first === undefined) return;
  throw new Conflict(
    `${first.unit} would be without an agreement for ${first.patients} patient${first.patients === 1 ? '' : 's'} of ${first.municipality}; change their teams first`,
  );
}

import type { EntityManager } from 'typeorm';
import { refuseLeftWithoutAgreement } from './data-responsibility.js';
import { Conflict, found, Invalid, refuseFaults } from './illegal.js';
import { lockUnit } from './units.js';

/** An agreement that a unit serves patients of a municipality that does not own it; the municipality answers for their data. */
export interface UnitService {
  readonly id: number;
  readonly unitId: number;
  /** The municipality. */
  readonly organisationId: number;
  readonly from: Date;
  /** Null: until it is ended. */
  readonly to: Date | null;
}

/** An agreement to enter. */
export interface NewUnitService extends Omit<UnitService, 'id'> {
  /** Null: from the command line. */
  readonly enteredByPersonId: number | null;
}

/**
 * Enters that a unit serves a municipality's patients from and to.
 * @throws Invalid times, no municipality or another community; NotFound unit or organisation; Conflict it has such an agreement in that time
 * @returns its id
 */
export async function saveUnitService(manager: EntityManager, service: NewUnitService, now: Date): Promise<number> {
  const { unitId, organisationId, from, to, enteredByPersonId } = service;
  refuseFaults([
    to !== null && to <= from && 'an agreement ends after it begins',
    to !== null && to <= now && 'an agreement that is over changes nothing',
  ]);
  return manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const organisations = await tx.query<{ kind: string; is_near: boolean }[]>(
      `select g.kind, g.community_id = h.community_id as is_near
       from organisation g, unit u join organisation h on h.id = u.organisation_id where g.id = $1 and u.id = $2`,
      [organisationId, unitId],
    );
    const organisation = found(organisations, 'organisation', organisationId);
    if (organisation.kind !== 'municipality') throw new Invalid(['a unit serves the patients of a municipality; the organisation is none']);
    if (!organisation.is_near) throw new Invalid(['the municipality belongs to another community']);
    const [other] = await tx.query<{ id: number }[]>(
      `select id from unit_service where unit_id = $1 and organisation_id = $2 and (to_at is null or to_at > $3)
         and ($4::timestamptz is null or from_at < $4) limit 1`,
      [unitId, organisationId, from, to],
    );
    if (other) throw new Conflict(`the unit serves that municipality already in that time (agreement ${other.id}); end that first`);
    const rows = await tx.query<{ id: number }[]>(
      `insert into unit_service (unit_id, organisation_id, from_at, to_at, entered_by_person_id, entered_at)
       values ($1, $2, $3, $4, $5, $6) returning id`,
      [unitId, organisationId, from, to, enteredByPersonId, now],
    );
    return found(rows, 'agreement', organisationId).id;
  });
}

/**
 * Ends an agreement, now or at a later moment; it never becomes longer.
 * @throws Invalid in the past; NotFound; Conflict it is over, ends sooner, or patients have the unit in their team at that moment
 */
export async function endUnitService(
  manager: EntityManager,
  service: { readonly unitId: number; readonly serviceId: number },
  at: Date,
  now: Date,
): Promise<void> {
  const { unitId, serviceId } = service;
  if (at < now) throw new Invalid(['an agreement cannot end in the past']);
  await manager.transaction(async (tx) => {
    await lockUnit(tx, unitId);
    const rows = await tx.query<{ to_at: Date | null }[]>(`select to_at from unit_service where id = $1 and unit_id = $2`, [
      serviceId,
      unitId,
    ]);
    const { to_at: to } = found(rows, 'agreement of the unit', serviceId);
    if (to !== null && to <= now) throw new Conflict(`the agreement ${serviceId} is over`);
    if (to !== null && to < at) throw new Conflict(`the agreement ${serviceId} ends before that; enter another for the time after it`);
    // One that has not begun lasts a millisecond: who agreed to what is kept.
    await tx.query(`update unit_service set to_at = greatest($2, from_at + interval '1 millisecond') where id = $1`, [serviceId, at]);
    await refuseLeftWithoutAgreement(tx, { unitId }, at);
  });
}

/** Every agreement of a unit, newest first. */
export async function readUnitServices(manager: EntityManager, unitId: number): Promise<UnitService[]> {
  return manager.query<UnitService[]>(
    `select id, unit_id as "unitId", organisation_id as "organisationId", from_at as "from", to_at as "to"
     from unit_service where unit_id = $1 order by from_at desc, id desc`,
    [unitId],
  );
}

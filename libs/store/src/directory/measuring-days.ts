import { faultsOfMeasuringDays, type MeasuringDays, type ProposedMeasuringDays } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';
import { endVersion, makeRoom, refusePast } from './versions.js';

/** How often a clinician has agreed with the patient that they measure. */
export interface MeasuringDaysChange extends Omit<ProposedMeasuringDays, 'validFrom'> {
  readonly patientId: number;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  /** The newest version the author saw; 0 when there was none. */
  readonly expectedVersion: number;
}

const SELECT = `select d.id, d.weekdays, d.days_a_week as "daysAWeek", d.reason, d.set_by_person_id as "setByPersonId", n.name as "setByName",
  d.valid_from as "validFrom", d.valid_to as "validTo", d.version from measuring_days d join person n on n.id = d.set_by_person_id`;

/**
 * Records the next version of how often the patient has agreed to measure; the one before stays on record, and what is planned keeps to the new
 * one from its beginning on.
 * @throws Invalid; NotFound patient; Conflict it has been changed since the author looked
 */
export async function changeMeasuringDays(
  manager: EntityManager,
  author: Author,
  change: MeasuringDaysChange,
  now: Date,
): Promise<MeasuringDays> {
  const { patientId, daysAWeek, validTo, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refuseFaults(faultsOfMeasuringDays({ ...change, validFrom }).map(({ en }) => en));
  refusePast(validFrom, now);
  const weekdays = change.weekdays && [...change.weekdays].sort((a, b) => a - b);
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const version = await makeRoom(tx, 'measuring_days', { patient_id: patientId }, { validFrom, validTo, expectedVersion });
    const inserted = await tx.query<{ id: number }[]>(
      `insert into measuring_days (patient_id, weekdays, days_a_week, reason, set_by_person_id, set_at, valid_from, valid_to, version)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
      [patientId, weekdays, daysAWeek, change.reason.trim(), author.personId, now, validFrom, validTo, version],
    );
    await raisePlanVersion(tx, [patientId], now);
    const { id } = found(inserted, 'measuring days of patient', patientId);
    return found(await tx.query<MeasuringDays[]>(`${SELECT} where d.id = $1`, [id]), 'measuring days', id);
  });
}

/**
 * Ends what was agreed now: an earlier version that still runs applies again, else whatever is planned.
 * @throws NotFound; Conflict it does not run now
 */
export async function endMeasuringDays(
  manager: EntityManager,
  author: Author,
  { patientId, measuringDaysId }: { readonly patientId: number; readonly measuringDaysId: number },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const of = [measuringDaysId, patientId];
    found(
      await tx.query<unknown[]>(`select from measuring_days where id = $1 and patient_id = $2`, of),
      'measuring days of the patient',
      measuringDaysId,
    );
    const ended = await endVersion(tx, 'measuring_days', measuringDaysId, { byPersonId: author.personId, previewId: null, now });
    if (!ended) throw new Conflict(`the measuring days ${measuringDaysId} do not run now`);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every version of how often a patient has agreed to measure, newest first. */
export async function readMeasuringDays(manager: EntityManager, patientId: number): Promise<MeasuringDays[]> {
  return manager.query<MeasuringDays[]>(`${SELECT} where d.patient_id = $1 order by d.version desc`, [patientId]);
}

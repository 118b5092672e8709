import {
  faultsOfTreatmentLimits,
  treatmentLimitsChangedWords,
  treatmentLimitsEndedWords,
  type ChangedBy,
  type ProposedTreatmentLimits,
  type TreatmentLimits,
} from '@varde/plans';
import { OWNING_LEVELS, type CareLevel } from '@varde/routing';
import type { EntityManager } from 'typeorm';
import { saveWorklistChanges } from '../episodes/stream.js';
import { raisePlanVersion } from './agreement.js';
import { Conflict, Forbidden, found, Invalid, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';
import { tellResponsible, type ChangeToTell } from './tell-responsible.js';
import { endVersion, makeRoom, refusePast } from './versions.js';

/** What a physician decides of who has what is grave of a patient. */
export interface TreatmentLimitsChange extends Omit<ProposedTreatmentLimits, 'validFrom'> {
  readonly patientId: number;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  /** The newest version the author saw; 0 when there was none. */
  readonly expectedVersion: number;
}

const SELECT = `select l.id, l.from_severity as "fromSeverity", l.unit_id as "unitId", u.name as "unitName", l.decision, l.contact, l.reason,
  l.set_by_person_id as "setByPersonId", n.name as "setByName", l.valid_from as "validFrom", l.valid_to as "validTo", l.review_by as "reviewBy",
  l.ended_by_person_id as "endedByPersonId", l.version
  from treatment_limits l join unit u on u.id = l.unit_id join person n on n.id = l.set_by_person_id`;

function refuseNoPhysician({ roles }: Author): void {
  if (!roles.includes('physician')) throw new Forbidden("treatment limits are a physician's decision");
}

/** A route can only go to a unit of the team, and what is new never goes to a guest. */
async function refuseOtherUnit(tx: EntityManager, patientId: number, unitId: number): Promise<void> {
  const [unit] = await tx.query<{ care_level: CareLevel }[]>(
    `select u.care_level from team_unit t join unit u on u.id = t.unit_id where t.patient_id = $1 and t.unit_id = $2 and t.guest_since is null`,
    [patientId, unitId],
  );
  if (unit === undefined) throw new Invalid([`the unit ${unitId} is not in the patient's team: take it into the team first`]);
  if (!OWNING_LEVELS.includes(unit.care_level)) throw new Invalid([`a unit at the level ${unit.care_level} cannot have an episode`]);
}

/**
 * Records the next version of a patient's treatment limits; the one before stays on record. Episodes that open or come back from then on are
 * routed by it; what is open stays with its owner.
 * @throws Invalid; Forbidden no physician; NotFound patient; Conflict it has been changed since the author looked
 */
export async function changeTreatmentLimits(
  manager: EntityManager,
  author: Author,
  change: TreatmentLimitsChange,
  now: Date,
): Promise<TreatmentLimits> {
  const { patientId, fromSeverity, unitId, validTo, reviewBy, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refuseNoPhysician(author);
  refuseFaults(faultsOfTreatmentLimits({ ...change, validFrom }).map(({ en }) => en));
  refusePast(validFrom, now);
  const [decision, contact, reason] = [change.decision, change.contact, change.reason].map((words) => words.trim());
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    await refuseOtherUnit(tx, patientId, unitId);
    const version = await makeRoom(tx, 'treatment_limits', { patient_id: patientId }, { validFrom, validTo, expectedVersion });
    const inserted = await tx.query<{ id: number }[]>(
      `insert into treatment_limits (patient_id, from_severity, unit_id, decision, contact, reason, set_by_person_id, set_at, valid_from, valid_to,
         review_by, version)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id`,
      [patientId, fromSeverity, unitId, decision, contact, reason, author.personId, now, validFrom, validTo, reviewBy, version],
    );
    const { id } = found(inserted, 'treatment limits of patient', patientId);
    const kept = found(await tx.query<TreatmentLimits[]>(`${SELECT} where l.id = $1`, [id]), 'treatment limits', id);
    const words = (by: ChangedBy, zone: string) => treatmentLimitsChangedWords(kept, by, zone);
    await saveChanged(tx, { patientId, personId: author.personId, key: `treatment-limits-changed:${version}`, words }, now);
    return kept;
  });
}

/**
 * Ends treatment limits now: an earlier version that still runs applies again, else the pathway.
 * @throws Forbidden no physician; NotFound; Conflict they do not run now
 */
export async function endTreatmentLimits(
  manager: EntityManager,
  author: Author,
  { patientId, treatmentLimitsId }: { readonly patientId: number; readonly treatmentLimitsId: number },
  now: Date,
): Promise<void> {
  refuseNoPhysician(author);
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const of = [treatmentLimitsId, patientId];
    const { version } = found(
      await tx.query<{ version: number }[]>(`select version from treatment_limits where id = $1 and patient_id = $2`, of),
      'treatment limits of the patient',
      treatmentLimitsId,
    );
    const ended = await endVersion(tx, 'treatment_limits', treatmentLimitsId, { byPersonId: author.personId, previewId: null, now });
    if (!ended) throw new Conflict(`the treatment limits ${treatmentLimitsId} do not run now`);
    const words = (by: ChangedBy) => treatmentLimitsEndedWords(version, by);
    await saveChanged(tx, { patientId, personId: author.personId, key: `treatment-limits-ended-by-person:${version}`, words }, now);
  });
}

interface Changed extends Pick<ChangeToTell, 'patientId' | 'key' | 'words'> {
  readonly personId: number;
}

/**
 * A look follows at once, whoever is responsible for the treatment is told, and whoever has the patient on a screen is shown what is decided
 * now. The last of its transaction.
 */
async function saveChanged(tx: EntityManager, { patientId, personId, key, words }: Changed, now: Date): Promise<void> {
  await tellResponsible(tx, { patientId, setByPersonId: personId, approvedByPersonId: null, key, ruleId: null, words }, now);
  await raisePlanVersion(tx, [patientId], now);
  await saveWorklistChanges(tx, [{ at: now, patientId, episodeId: null, unitId: null, kind: 'changed' }]);
}

/** Every version of a patient's treatment limits, newest first. */
export async function readTreatmentLimits(manager: EntityManager, patientId: number): Promise<TreatmentLimits[]> {
  return manager.query<TreatmentLimits[]>(`${SELECT} where l.patient_id = $1 order by l.version desc`, [patientId]);
}

import { faultsOfReference, REFERENCES, type ProposedReference, type Reference, type ReferenceKey } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, Forbidden, found, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';
import { endVersion, makeRoom, refusePast } from './versions.js';

/** A reference somebody wants to record. */
export interface ReferenceChange extends Omit<ProposedReference, 'validFrom'> {
  readonly patientId: number;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  /** The newest version the author saw; 0 when there was none. */
  readonly expectedVersion: number;
}

const COLUMNS = `r.id, r.key, r.value, r.reason, r.set_by_person_id as "setByPersonId", n.name as "setByName", r.valid_from as "validFrom",
  r.valid_to as "validTo", r.review_by as "reviewBy", r.version`;
const FROM = `reference_value r join person n on n.id = r.set_by_person_id`;

function refuseRole(author: Author, key: ReferenceKey): void {
  const { setBy } = REFERENCES[key];
  if (!setBy.some((role) => author.roles.some((own) => own === role))) throw new Forbidden(`this needs the role ${setBy.join(' or ')}`);
}

/**
 * Records the next version of a reference; the one before stays on record.
 * @throws Invalid; Forbidden orders and targets are the physician's; NotFound patient; Conflict it has been changed since the author looked
 */
export async function changeReference(manager: EntityManager, author: Author, change: ReferenceChange, now: Date): Promise<Reference> {
  const { patientId, key, value, validTo, reviewBy, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refuseFaults(faultsOfReference({ ...change, validFrom }).map(({ en }) => en));
  refuseRole(author, key);
  refusePast(validFrom, now);
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const version = await makeRoom(tx, 'reference_value', { patient_id: patientId, key }, { validFrom, validTo, expectedVersion });
    const inserted = await tx.query<{ id: number }[]>(
      `insert into reference_value (patient_id, key, value, reason, set_by_person_id, set_at, valid_from, valid_to, review_by, version)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
      [patientId, key, value, change.reason.trim(), author.personId, now, validFrom, validTo, reviewBy, version],
    );
    await raisePlanVersion(tx, [patientId], now);
    const { id } = found(inserted, 'reference', key);
    return found(await tx.query<Reference[]>(`select ${COLUMNS} from ${FROM} where r.id = $1`, [id]), 'reference', key);
  });
}

/** Ends a reference now. @throws NotFound; Forbidden; Conflict it does not run now */
export async function endReference(
  manager: EntityManager,
  author: Author,
  { patientId, referenceId }: { readonly patientId: number; readonly referenceId: number },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const rows = await tx.query<{ key: ReferenceKey }[]>(`select key from reference_value where id = $1 and patient_id = $2`, [
      referenceId,
      patientId,
    ]);
    refuseRole(author, found(rows, 'reference of the patient', referenceId).key);
    const ended = await endVersion(tx, 'reference_value', referenceId, { byPersonId: author.personId, now });
    if (!ended) throw new Conflict(`the reference ${referenceId} does not run now`);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every version of every reference of a patient, newest first within each key. */
export async function readReferences(manager: EntityManager, patientId: number): Promise<Reference[]> {
  return manager.query<Reference[]>(`select ${COLUMNS} from ${FROM} where r.patient_id = $1 order by r.key, r.version desc`, [patientId]);
}

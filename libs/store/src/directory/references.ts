import { faultsOfReference, REFERENCES, type ProposedReference, type Reference, type ReferenceKey } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, Forbidden, found, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';
import { shownText, toShown, useShownPreview, type Shown, type ShownPreview, type ShownRow } from './shown-previews.js';
import { endVersion, makeRoom, refusePast } from './versions.js';

/** A reference somebody wants to record. */
export interface ReferenceChange extends Omit<ProposedReference, 'validFrom'> {
  readonly patientId: number;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  /** The newest version the author saw; 0 when there was none. */
  readonly expectedVersion: number;
  /** The preview of this change that its author was given; null: none, which is refused. */
  readonly previewId: number | null;
}

/** A reference with what was shown of it before it was recorded, and before it was ended; null: nothing, before previews were kept. */
export interface KeptReference extends Reference {
  readonly shown: ShownPreview | null;
  readonly shownAtEnd: ShownPreview | null;
}

type KeptRow = Reference & { readonly shown: ShownRow | null; readonly shownAtEnd: ShownRow | null };

const toKept = (row: KeptRow): KeptReference => ({ ...row, shown: toShown(row.shown), shownAtEnd: toShown(row.shownAtEnd) });

const COLUMNS = `r.id, r.key, r.value, r.reason, r.set_by_person_id as "setByPersonId", n.name as "setByName", r.valid_from as "validFrom",
  r.valid_to as "validTo", r.review_by as "reviewBy", r.version, ${shownText('v')} as shown, ${shownText('e')} as "shownAtEnd"`;
const FROM = `reference_value r join person n on n.id = r.set_by_person_id
  left join shown_preview v on v.id = r.preview_id left join shown_preview e on e.id = r.end_preview_id`;

function refuseRole(author: Author, key: ReferenceKey): void {
  const { setBy } = REFERENCES[key];
  if (!setBy.some((role) => author.roles.some((own) => own === role))) throw new Forbidden(`this needs the role ${setBy.join(' or ')}`);
}

/**
 * Records the next version of a reference; the one before stays on record.
 * @throws Invalid; Forbidden orders and targets are the physician's; NotFound patient; NotPreviewed;
 * Conflict it or the plan has been changed since the author looked
 */
export async function changeReference(manager: EntityManager, author: Author, change: ReferenceChange, now: Date): Promise<KeptReference> {
  const { patientId, key, value, validTo, reviewBy, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refuseFaults(faultsOfReference({ ...change, validFrom }).map(({ en }) => en));
  refuseRole(author, key);
  refusePast(validFrom, now);
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const shown = { personId: author.personId, previewId: change.previewId };
    const previewed = { kind: 'reference', key, value } as const;
    const previewId = await useShownPreview(tx, shown, { patientId, unitId: null, change: previewed }, now);
    const version = await makeRoom(tx, 'reference_value', { patient_id: patientId, key }, { validFrom, validTo, expectedVersion });
    const inserted = await tx.query<{ id: number }[]>(
      `insert into reference_value (patient_id, key, value, reason, set_by_person_id, set_at, valid_from, valid_to, review_by, version, preview_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
      [patientId, key, value, change.reason.trim(), author.personId, now, validFrom, validTo, reviewBy, version, previewId],
    );
    await raisePlanVersion(tx, [patientId], now);
    const { id } = found(inserted, 'reference', key);
    return toKept(found(await tx.query<KeptRow[]>(`select ${COLUMNS} from ${FROM} where r.id = $1`, [id]), 'reference', key));
  });
}

/**
 * Ends a reference now; the preview is of what applies then: an earlier one that still runs, or null.
 * @throws NotFound; Forbidden; NotPreviewed; Conflict it does not run now, or the plan has been changed since the author looked
 */
export async function endReference(
  manager: EntityManager,
  author: Author,
  { patientId, referenceId, previewId }: { readonly patientId: number; readonly referenceId: number; readonly previewId: number | null },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const rows = await tx.query<{ key: ReferenceKey; left: number | null }[]>(
      `select key, (
         select value from reference_value o
         where o.patient_id = r.patient_id and o.key = r.key and o.id <> r.id
           and o.valid_from <= $3 and (o.valid_to is null or o.valid_to > $3) order by version desc limit 1) as left
       from reference_value r where id = $1 and patient_id = $2`,
      [referenceId, patientId, now],
    );
    const { key, left } = found(rows, 'reference of the patient', referenceId);
    refuseRole(author, key);
    const shown: Shown = { personId: author.personId, previewId };
    const change = { kind: 'reference', key, value: left } as const;
    const used = await useShownPreview(tx, shown, { patientId, unitId: null, change }, now);
    const ended = await endVersion(tx, 'reference_value', referenceId, { byPersonId: author.personId, previewId: used, now });
    if (!ended) throw new Conflict(`the reference ${referenceId} does not run now`);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every version of every reference of a patient, newest first within each key. */
export async function readReferences(manager: EntityManager, patientId: number): Promise<KeptReference[]> {
  const rows = await manager.query<KeptRow[]>(`select ${COLUMNS} from ${FROM} where r.patient_id = $1 order by r.key, r.version desc`, [
    patientId,
  ]);
  return rows.map(toKept);
}

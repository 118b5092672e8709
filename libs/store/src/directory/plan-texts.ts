import { faultsOfPlanText, type PlanText, type PlanTextKey, type ProposedPlanText } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, Forbidden, found, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';
import { endVersion, makeRoom, refusePast } from './versions.js';

/** Words a clinician has agreed with the patient. */
export interface PlanTextChange extends Omit<ProposedPlanText, 'validFrom'> {
  readonly patientId: number;
  /** Null: from now on. */
  readonly validFrom: Date | null;
  /** The newest version the author saw; 0 when there was none. */
  readonly expectedVersion: number;
}

interface Row extends Omit<PlanText, 'text'> {
  readonly nb: string;
  readonly en: string;
}

const COLUMNS = `t.id, t.key, t.text_nb as nb, t.text_en as en, t.reason, t.set_by_person_id as "setByPersonId", n.name as "setByName",
  t.valid_from as "validFrom", t.valid_to as "validTo", t.version`;
const FROM = `plan_text t join person n on n.id = t.set_by_person_id`;
const toText = ({ nb, en, ...rest }: Row): PlanText => ({ ...rest, text: { nb, en } });

/** Nurses and physicians agree the plan with the patient; the calls for help are the physician's. */
function refuseRole(author: Author, key: PlanTextKey): void {
  const allowed = key === 'call_113' || key === 'call_116117' ? ['physician'] : ['physician', 'nurse'];
  if (!author.roles.some((role) => allowed.includes(role))) throw new Forbidden(`this needs the role ${allowed.join(' or ')}`);
}

/**
 * Records the next version of words agreed with the patient; the one before stays on record.
 * @throws Invalid; Forbidden; NotFound patient; Conflict they have been changed since the author looked
 */
export async function changePlanText(manager: EntityManager, author: Author, change: PlanTextChange, now: Date): Promise<PlanText> {
  const { patientId, key, text, validTo, expectedVersion } = change;
  const validFrom = change.validFrom ?? now;
  refuseFaults(faultsOfPlanText({ ...change, validFrom }).map(({ en }) => en));
  refuseRole(author, key);
  refusePast(validFrom, now);
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const version = await makeRoom(tx, 'plan_text', { patient_id: patientId, key }, { validFrom, validTo, expectedVersion });
    const inserted = await tx.query<{ id: number }[]>(
      `insert into plan_text (patient_id, key, text_nb, text_en, reason, set_by_person_id, set_at, valid_from, valid_to, version)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
      [patientId, key, text.nb.trim(), text.en.trim(), change.reason.trim(), author.personId, now, validFrom, validTo, version],
    );
    await raisePlanVersion(tx, [patientId], now);
    const { id } = found(inserted, 'words', key);
    return toText(found(await tx.query<Row[]>(`select ${COLUMNS} from ${FROM} where t.id = $1`, [id]), 'words', key));
  });
}

/** Ends words now: the default ones are used again. @throws NotFound; Forbidden; Conflict they do not run now */
export async function endPlanText(
  manager: EntityManager,
  author: Author,
  { patientId, textId }: { readonly patientId: number; readonly textId: number },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const rows = await tx.query<{ key: PlanTextKey }[]>(`select key from plan_text where id = $1 and patient_id = $2`, [textId, patientId]);
    refuseRole(author, found(rows, 'words of the patient', textId).key);
    const ended = await endVersion(tx, 'plan_text', textId, { byPersonId: author.personId, previewId: null, now });
    if (!ended) throw new Conflict(`the words ${textId} do not run now`);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every version of all words agreed with a patient, newest first within each key. */
export async function readPlanTexts(manager: EntityManager, patientId: number): Promise<PlanText[]> {
  const rows = await manager.query<Row[]>(`select ${COLUMNS} from ${FROM} where t.patient_id = $1 order by t.key, t.version desc`, [
    patientId,
  ]);
  return rows.map(toText);
}

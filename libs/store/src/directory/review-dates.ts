import { faultsOfReviewDate, type ProposedReviewDate, type ReviewDate } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { WITHDRAW } from '../looks/home-advice.js';
import { wakeHomeSenders } from '../looks/home-outbox.js';
import { raisePlanVersion } from './agreement.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import type { Author } from './limits.js';
import { lockPatient } from './schedules.js';
import { endVersion, makeRoom } from './versions.js';

/** When a clinician wants to go through the plan with the patient next. */
export interface ReviewDateChange extends ProposedReviewDate {
  readonly patientId: number;
  /** The newest version the author saw; 0 when there was none. */
  readonly expectedVersion: number;
}

const SELECT = `select d.id, d.review_on::text as "reviewOn", d.reason, d.set_by_person_id as "setByPersonId", n.name as "setByName",
  d.valid_from as "validFrom", d.valid_to as "validTo", d.version from review_date d join person n on n.id = d.set_by_person_id`;

/** What the home was told of a week before a review that has another date now, or none. */
async function withdrawWeek(tx: EntityManager, patientId: number, now: Date): Promise<void> {
  const [withdrawn] = await tx.query<[unknown[], number]>(
    `update home_advice h ${WITHDRAW}
     where h.patient_id = $2 and h.key like 'week/%' and h.answered_at is null and h.withdrawn_at is null and h.of_use_until > $1 returning h.id`,
    [now, patientId],
  );
  if (withdrawn.length > 0) await wakeHomeSenders(tx);
}

/**
 * Sets the date of the next review from now on; the one before stays on record. What the home was told of the week before it is taken back, and
 * told anew of the new week.
 * @throws Invalid; NotFound patient; Conflict it has been changed since the author looked
 */
export async function changeReviewDate(manager: EntityManager, author: Author, change: ReviewDateChange, now: Date): Promise<ReviewDate> {
  const { patientId, reviewOn, expectedVersion } = change;
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const home = found(await tx.query<{ zone: string }[]>(`select zone from patient where id = $1`, [patientId]), 'patient', patientId);
    refuseFaults(faultsOfReviewDate(change, home.zone, now).map(({ en }) => en));
    const times = { validFrom: now, validTo: null, expectedVersion };
    const version = await makeRoom(tx, 'review_date', { patient_id: patientId }, times);
    const inserted = await tx.query<{ id: number }[]>(
      `insert into review_date (patient_id, review_on, reason, set_by_person_id, set_at, valid_from, version)
       values ($1, $2, $3, $4, $5, $5, $6) returning id`,
      [patientId, reviewOn, change.reason.trim(), author.personId, now, version],
    );
    await withdrawWeek(tx, patientId, now);
    await raisePlanVersion(tx, [patientId], now);
    const { id } = found(inserted, 'review date of patient', patientId);
    return found(await tx.query<ReviewDate[]>(`${SELECT} where d.id = $1`, [id]), 'review date', id);
  });
}

/** Takes the date back: no review is planned. @throws NotFound; Conflict it does not stand now */
export async function endReviewDate(
  manager: EntityManager,
  author: Author,
  { patientId, reviewDateId }: { readonly patientId: number; readonly reviewDateId: number },
  now: Date,
): Promise<void> {
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const of = [reviewDateId, patientId];
    found(
      await tx.query<unknown[]>(`select from review_date where id = $1 and patient_id = $2`, of),
      'review of the patient',
      reviewDateId,
    );
    const ended = await endVersion(tx, 'review_date', reviewDateId, { byPersonId: author.personId, previewId: null, now });
    if (!ended) throw new Conflict(`the review ${reviewDateId} does not stand now`);
    await withdrawWeek(tx, patientId, now);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every date of a review of a patient, newest first. */
export async function readReviewDates(manager: EntityManager, patientId: number): Promise<ReviewDate[]> {
  return manager.query<ReviewDate[]>(`${SELECT} where d.patient_id = $1 order by d.version desc`, [patientId]);
}

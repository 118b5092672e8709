import { momentOfYearWords, type Pause } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import { lockPatient } from './schedules.js';

const HOUR_MS = 3_600_000;
/** What a nurse may set (`roles.dho_nurse`), also in several pieces. */
export const NURSE_PAUSE_HOURS_MAX = 72;
const PAUSE_DAYS_MAX = 366;
/** Pauses nearer to each other than this are one: nobody has had to measure in between. */
const JOINED_WITHIN_MS = 12 * HOUR_MS;
/** A pause may be written down the day after the patient was admitted. */
const BACKDATE_MS_MAX = 48 * HOUR_MS;
/** Asks are not delayed for ever: a pause that begins later than this is not known yet. */
const AHEAD_DAYS_MAX = 366;

/** A pause to set. */
export interface NewPause {
  readonly patientId: number;
  readonly kind: Pause['kind'];
  readonly from: Date;
  readonly to: Date;
  readonly reason: string;
  readonly setByPersonId: number;
  /** The most hours the person may set; null: no such limit (a physician). */
  readonly hoursMax: number | null;
}

/** A pause with who set it. */
export interface KeptPause extends Pause {
  readonly setByPersonId: number;
  readonly setAt: Date;
  readonly endedByPersonId: number | null;
  readonly endedAt: Date | null;
}

interface PauseRow {
  id: number;
  kind: Pause['kind'];
  from_at: Date;
  to_at: Date;
  reason: string;
  set_by_person_id: number;
  set_at: Date;
  ended_by_person_id: number | null;
  ended_at: Date | null;
}

const toPause = (row: PauseRow): KeptPause => ({
  id: row.id,
  kind: row.kind,
  from: row.from_at,
  to: row.to_at,
  reason: row.reason,
  setByPersonId: row.set_by_person_id,
  setAt: row.set_at,
  endedByPersonId: row.ended_by_person_id,
  endedAt: row.ended_at,
});

function refuseFaultyPause({ from, to, reason }: NewPause, now: Date): void {
  const days = (to.getTime() - from.getTime()) / (24 * HOUR_MS);
  refuseFaults([
    to <= from && 'a pause ends after it begins',
    to <= now && 'a pause that is over changes nothing',
    now.getTime() - from.getTime() > BACKDATE_MS_MAX && 'a pause cannot begin more than 48 hours ago',
    from.getTime() - now.getTime() > AHEAD_DAYS_MAX * 24 * HOUR_MS && 'a pause begins within a year',
    days > PAUSE_DAYS_MAX && `a pause lasts ${PAUSE_DAYS_MAX} days at most; end the follow-up instead`,
    reason.trim() === '' && 'a pause needs a reason',
  ]);
}

/** From when on the patient would be paused without a break: the new pause with those it joins. */
async function joinedFrom(tx: EntityManager, { patientId, from, to }: NewPause): Promise<{ from: Date; to: Date }> {
  const rows = await tx.query<PauseRow[]>(`select * from pause where patient_id = $1 and to_at > from_at order by to_at desc`, [patientId]);
  let joined = { from, to };
  for (let grew = true; grew;) {
    grew = false;
    for (const { from_at: begin, to_at: end } of rows) {
      const touches =
        begin.getTime() - JOINED_WITHIN_MS <= joined.to.getTime() && end.getTime() + JOINED_WITHIN_MS >= joined.from.getTime();
      if (!touches || (begin >= joined.from && end <= joined.to)) continue;
      joined = { from: begin < joined.from ? begin : joined.from, to: end > joined.to ? end : joined.to };
      grew = true;
    }
  }
  return joined;
}

/**
 * Sets a pause: until it ends the patient is not expected to measure. Red and critical rules run on.
 * @throws Invalid times or reason; NotFound patient; Conflict longer than the person may set, or over another pause
 */
export async function savePause(manager: EntityManager, pause: NewPause, now: Date): Promise<KeptPause> {
  refuseFaultyPause(pause, now);
  const { patientId, kind, from, to, reason, setByPersonId, hoursMax } = pause;
  return manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const [other] = await tx.query<(PauseRow & { zone: string })[]>(
      `select b.*, n.zone from pause b join patient n on n.id = b.patient_id
       where b.patient_id = $1 and b.from_at < $3 and b.to_at > $2 order by b.from_at limit 1`,
      [patientId, from, to],
    );
    if (other) {
      const [from, to] = [other.from_at, other.to_at].map((at) => momentOfYearWords(other.zone, at).en);
      throw new Conflict(`there is a pause from ${from} to ${to}; end that first`);
    }
    const joined = await joinedFrom(tx, pause);
    if (hoursMax !== null && joined.to.getTime() - joined.from.getTime() > hoursMax * HOUR_MS) {
      throw new Conflict(`without a break this would be more than ${hoursMax} hours; a physician may set it`);
    }
    const rows = await tx.query<PauseRow[]>(
      `insert into pause (patient_id, kind, from_at, to_at, reason, set_by_person_id, set_at) values ($1, $2, $3, $4, $5, $6, $7) returning *`,
      [patientId, kind, from, to, reason.trim(), setByPersonId, now],
    );
    await raisePlanVersion(tx, [patientId], now);
    return toPause(found(rows, 'pause', patientId));
  });
}

/** Ends a pause now; one that has not begun never will. @throws NotFound pause of the patient; Conflict it is over */
export async function endPause(
  manager: EntityManager,
  pause: { readonly patientId: number; readonly pauseId: number; readonly byPersonId: number },
  now: Date,
): Promise<void> {
  const { patientId, pauseId, byPersonId } = pause;
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const rows = await tx.query<PauseRow[]>(`select * from pause where id = $1 and patient_id = $2`, [pauseId, patientId]);
    if (found(rows, 'pause of the patient', pauseId).to_at <= now) throw new Conflict(`the pause ${pauseId} is over`);
    await tx.query(`update pause set to_at = greatest(from_at, $2), ended_at = $2, ended_by_person_id = $3 where id = $1`, [
      pauseId,
      now,
      byPersonId,
    ]);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Every pause of a patient, newest first. */
export async function readPauses(manager: EntityManager, patientId: number): Promise<KeptPause[]> {
  const rows = await manager.query<PauseRow[]>(`select * from pause where patient_id = $1 order by from_at desc, id desc`, [patientId]);
  return rows.map(toPause);
}

import {
  isOnlyInEpisode,
  isPlanned,
  isWithin,
  measuringDaysAt,
  measuringDaysWords,
  minutesOf,
  PROGRAMMES,
  unionOfSchedules,
  type Planned,
  type Programme,
  type ScheduledMeasurement,
} from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { raisePlanVersion } from './agreement.js';
import { defaultSchedule } from './default-schedule.js';
import { readCarePlans } from '../looks/plans-read.js';
import { Conflict, found, Invalid, refuseFaults } from './illegal.js';
import { useShownPreview, type Shown } from './shown-previews.js';
import { isWeek } from './unit-hours.js';

/** A time of day somebody agrees to measure or to answer questions at. */
export interface AgreedTime {
  readonly metric: Planned;
  /** `HH:MM` local time at home. */
  readonly atLocal: string;
  /** ISO weekdays, 1 Monday to 7 Sunday. */
  readonly weekdays: readonly number[];
  /** Only for as long as an episode is open; left out: always. */
  readonly onlyInEpisode?: boolean;
  /** Left out, or passed: at once. */
  readonly from?: Date;
  /** Left out: until somebody changes it. */
  readonly to?: Date | null;
}

/** From when on an agreed time runs. */
const beginOf = ({ from }: AgreedTime, now: Date): Date => (from !== undefined && from > now ? from : now);

function faultOfTime(time: AgreedTime, now: Date): string | null {
  const { metric, atLocal, weekdays, to = null } = time;
  if (!isPlanned(metric)) return `${String(metric)} is nothing that is measured or asked`;
  if (Number.isNaN(minutesOf(atLocal))) return `${atLocal} is no time of day; write it as HH:MM`;
  if (!isWeek(weekdays)) return 'a planned measurement names weekdays from 1 (Monday) to 7 (Sunday)';
  return to !== null && to <= beginOf(time, now) ? 'a planned measurement ends after it begins, and not in the past' : null;
}

/** Locks the patient for a change of the plan. @throws NotFound */
export async function lockPatient(tx: EntityManager, patientId: number): Promise<{ communityId: number; pathwayId: number }> {
  const rows = await tx.query<{ community_id: number; pathway_id: number }[]>(
    `select community_id, pathway_id from patient where id = $1 for no key update`,
    [patientId],
  );
  const row = found(rows, 'patient', patientId);
  return { communityId: row.community_id, pathwayId: row.pathway_id };
}

/**
 * What is stored of a patient's schedule that runs or has yet to begin. It is not what is asked for: a plan keeps to their measuring days, and has
 * the week before a review in it (`readCarePlans`).
 */
export async function readSchedule(manager: EntityManager, patientId: number, now: Date): Promise<ScheduledMeasurement[]> {
  return manager.query<ScheduledMeasurement[]>(
    `select metric, at_local as "atLocal", weekdays, from_at as "from", to_at as "to", only_in_episode as "onlyInEpisode"
     from scheduled_measurement where patient_id = $1 and (to_at is null or to_at > $2) order by at_local, metric, id`,
    [patientId, now],
  );
}

/** Adds items to a locked patient's schedule, except what is already running at the same time of day, always or in an episode alike. */
async function addSchedule(tx: EntityManager, patientId: number, items: readonly ScheduledMeasurement[]): Promise<void> {
  for (const { metric, atLocal, weekdays, from, to, onlyInEpisode } of items) {
    await tx.query(
      `insert into scheduled_measurement (patient_id, metric, at_local, weekdays, from_at, to_at, only_in_episode)
       select $1, $2, $3, $4::smallint[], $5, $6, $7
       where not exists (
         select from scheduled_measurement where patient_id = $1 and metric = $2 and at_local = $3 and weekdays @> $4::smallint[]
           and from_at <= $5 and (to_at is null or to_at >= $6) and only_in_episode = $7
       )`,
      [patientId, metric, atLocal, weekdays, from, to, onlyInEpisode === true],
    );
  }
}

async function endSchedule(tx: EntityManager, patientId: number, now: Date): Promise<void> {
  await tx.query(`delete from scheduled_measurement where patient_id = $1 and from_at >= $2`, [patientId, now]);
  await tx.query(`update scheduled_measurement set to_at = $2 where patient_id = $1 and (to_at is null or to_at > $2)`, [patientId, now]);
}

/**
 * Replaces what the patient has agreed to measure from now on; what ran until now is kept with its end, what had not begun is dropped.
 * @throws Invalid, also for more days than they have agreed to measure on; NotFound patient
 */
export async function changeSchedule(manager: EntityManager, patientId: number, times: readonly AgreedTime[], now: Date): Promise<void> {
  refuseFaults(times.map((time) => faultOfTime(time, now)));
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    await refuseMoreThanAgreed(tx, patientId, times, now);
    await endSchedule(tx, patientId, now);
    const items = times.map((time) => ({ ...time, from: beginOf(time, now), to: time.to ?? null }));
    await addSchedule(tx, patientId, items);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/**
 * "never more than the patient agreed to": whoever plans more by hand agrees it with the patient first. What is stored already is no more: it is kept
 * whole, to come back when they agree to more.
 */
async function refuseMoreThanAgreed(tx: EntityManager, patientId: number, times: readonly AgreedTime[], now: Date): Promise<void> {
  const plan = (await readCarePlans(tx, [patientId], now)).get(patientId)?.plan;
  const agreed = measuringDaysAt(plan?.measuringDays ?? [], now.getTime());
  if (agreed === null) return;
  const stored = await readSchedule(tx, patientId, now);
  const planned = times.filter((time) => !isOnlyInEpisode(time) && !stored.some((item) => isSameTime(item, time)));
  if (isWithin(planned, agreed)) return;
  throw new Invalid([`the patient has agreed to measure ${measuringDaysWords(agreed).en}: agree on more days first`]);
}

function isSameTime(one: AgreedTime, other: AgreedTime): boolean {
  const days = ({ weekdays }: AgreedTime): string => [...weekdays].sort().join();
  const isAlike = one.metric === other.metric && one.atLocal === other.atLocal && isOnlyInEpisode(one) === isOnlyInEpisode(other);
  return isAlike && days(one) === days(other);
}

/** Starts a programme of a locked patient, with its default schedule. @throws Conflict already followed */
export async function startProgramme(
  tx: EntityManager,
  patientId: number,
  { programme, previewId }: { readonly programme: Programme; readonly previewId: number | null },
  from: Date,
): Promise<void> {
  const [row] = await tx.query<{ id: number }[]>(
    `insert into enrolment (patient_id, programme, from_at, preview_id) values ($1, $2, $3, $4)
     on conflict (patient_id, programme) where to_at is null do nothing returning id`,
    [patientId, programme, from, previewId],
  );
  if (row === undefined) throw new Conflict(`patient ${patientId} already follows ${programme}`);
  await joinSchedule(tx, patientId, defaultSchedule(programme, from), from);
}

/**
 * Joins what a programme asks for with what runs: one session a day, each measure as often as who wants it most (`conflict_resolution`). It is
 * kept whole: what the patient has agreed to changes, and whoever reads the plan gets no more than that (`keepToMeasuringDays`).
 */
async function joinSchedule(tx: EntityManager, patientId: number, wanted: readonly ScheduledMeasurement[], from: Date): Promise<void> {
  const running = (await readSchedule(tx, patientId, from)).map((item) => ({ ...item, from: beginOf(item, from) }));
  if (wanted.length === 0) return;
  await endSchedule(tx, patientId, from);
  await addSchedule(tx, patientId, unionOfSchedules([running, wanted]));
}

/** What is wrong with the name of a programme, or null. */
export function faultOfProgramme(programme: string): string | null {
  return PROGRAMMES.some((known) => known === programme) ? null : `${programme} is no programme; programmes are ${PROGRAMMES.join(', ')}`;
}

/** A programme to start or to end, and what who does it was shown. */
export interface EnrolmentChange extends Shown {
  readonly patientId: number;
  readonly programme: Programme;
}

/**
 * Starts a programme now, with its default schedule.
 * @throws Invalid programme; NotFound patient; NotPreviewed; Conflict already followed, or the plan has changed since its author looked
 */
export async function saveEnrolment(manager: EntityManager, change: EnrolmentChange, now: Date): Promise<void> {
  const { patientId, programme } = change;
  refuseFaults([faultOfProgramme(programme)]);
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const previewed = { kind: 'programme', programme, enrolled: true } as const;
    const previewId = await useShownPreview(tx, change, { patientId, unitId: null, change: previewed }, now);
    await startProgramme(tx, patientId, { programme, previewId }, now);
    await raisePlanVersion(tx, [patientId], now);
  });
}

/**
 * Ends a programme now. The schedule stays as agreed: other programmes may need it; `changeSchedule` changes it.
 * @throws NotFound patient or running programme; NotPreviewed; Conflict the plan has changed since its author looked
 */
export async function endEnrolment(manager: EntityManager, change: EnrolmentChange, now: Date): Promise<void> {
  const { patientId, programme } = change;
  await manager.transaction(async (tx) => {
    await lockPatient(tx, patientId);
    const running = await tx.query<unknown[]>(`select id from enrolment where patient_id = $1 and programme = $2 and to_at is null`, [
      patientId,
      programme,
    ]);
    found(running, 'running programme', programme);
    const previewed = { kind: 'programme', programme, enrolled: false } as const;
    const previewId = await useShownPreview(tx, change, { patientId, unitId: null, change: previewed }, now);
    await tx.query(
      // A programme that has only just begun lasts a millisecond at least.
      `update enrolment set to_at = greatest($3, from_at + interval '1 millisecond'), end_preview_id = $4
       where patient_id = $1 and programme = $2 and to_at is null`,
      [patientId, programme, now, previewId],
    );
    await raisePlanVersion(tx, [patientId], now);
  });
}

/** Ends everything agreed with a locked patient: programmes, schedule. */
export async function endAgreements(tx: EntityManager, patientId: number, now: Date): Promise<void> {
  await tx.query(`update enrolment set to_at = greatest($2, from_at + interval '1 millisecond') where patient_id = $1 and to_at is null`, [
    patientId,
    now,
  ]);
  await endSchedule(tx, patientId, now);
}

import { momentOfYearWords } from '@varde/plans';
import type { EntityManager } from 'typeorm';
import { seenBy } from '../episodes/visibility.js';
import { tellWhereWorn, withdrawFromLeftHomes } from '../looks/home-left.js';
import { raisePlanVersion } from './agreement.js';
import { awaitStoring, doubtReadings, moveReadings } from './corrected-wearers.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import type { Viewer } from './sessions.js';

/** Who wears a device, from when. */
export interface NewWearer {
  readonly deviceId: number;
  /** Slot of a shared device, 1 to 254; null: the device has one wearer at a time. */
  readonly userSlot: number | null;
  readonly patientId: number;
  /** May lie in the past: readings since then move, and parked ones are taken again. Not in the future. */
  readonly from: Date;
}

/** A period during which a device belonged to a patient. */
export interface Wearer {
  readonly id: number;
  readonly deviceId: number;
  readonly userSlot: number | null;
  readonly patientId: number;
  readonly from: Date;
  readonly to: Date | null;
}

interface WearerRow {
  id: number;
  device_id: number;
  user_slot: number | null;
  patient_id: number;
  from_at: Date;
  to_at: Date | null;
}

function toWearer(row: WearerRow): Wearer {
  return {
    id: row.id,
    deviceId: row.device_id,
    userSlot: row.user_slot,
    patientId: row.patient_id,
    from: row.from_at,
    to: row.to_at,
  };
}

/** 255 means "unknown user" on the wire. */
const USER_SLOT_MAX = 254;

/** What a person sees wearers by; null: an operator or the command line, who see all. */
type WearerViewer = Pick<Viewer, 'unitIds'> | null;

async function refuseOverlap(tx: EntityManager, wearer: NewWearer, viewer: WearerViewer): Promise<void> {
  // Without a slot the whole device is somebody's, so it overlaps with every slot.
  const [other] = await tx.query<(Omit<WearerRow, 'id' | 'device_id'> & { is_seen: boolean; zone: string })[]>(
    `select w.user_slot, w.patient_id, w.from_at, w.to_at, n.zone, $4::integer[] is null or ${seenBy('w.patient_id', '$4')} as is_seen
     from wearer w join patient n on n.id = w.patient_id
     where w.device_id = $1 and (w.user_slot is null or $2::smallint is null or w.user_slot = $2) and (w.to_at is null or w.to_at > $3)
     order by w.from_at limit 1`,
    [wearer.deviceId, wearer.userSlot, wearer.from, viewer?.unitIds ?? null],
  );
  if (other === undefined) return;
  const until = other.to_at === null ? '' : ` until ${momentOfYearWords(other.zone, other.to_at).en}`;
  throw new Conflict(
    `${other.is_seen ? `patient ${other.patient_id}` : 'somebody'} wears this device${other.user_slot === null ? '' : ` (slot ${other.user_slot})`} ` +
      `from ${momentOfYearWords(other.zone, other.from_at).en}${until}; end that first, or begin later`,
  );
}

/**
 * Gives a device to a patient; what it has delivered since, to whom wore it by the record then, moves with it. Two at once: one is
 * refused, for the device's row is locked while its wearers are compared.
 * @param viewer who gives it, and is told who else wears it only when they may see that patient; null: the command line
 * @throws Invalid slot or time; NotFound device or patient; Conflict somebody else wears it, or the patient is not followed
 */
export async function saveWearer(manager: EntityManager, wearer: NewWearer, now: Date, viewer: WearerViewer = null): Promise<Wearer> {
  const { deviceId, userSlot, patientId, from } = wearer;
  refuseFaults([
    userSlot !== null &&
      !(Number.isInteger(userSlot) && userSlot >= 1 && userSlot <= USER_SLOT_MAX) &&
      `a user slot is 1 to ${USER_SLOT_MAX}`,
    from > now && 'a device cannot be given to somebody in the future',
  ]);
  const saved = await manager.transaction(async (tx) => {
    const devices = await tx.query<{ community_id: number }[]>(`select community_id from device where id = $1 for no key update`, [
      deviceId,
    ]);
    const { community_id: communityId } = found(devices, 'device', deviceId);
    const patients = await tx.query<{ monitored_to: Date | null }[]>(
      `select monitored_to from patient where id = $1 and community_id = $2 for no key update`,
      [patientId, communityId],
    );
    const { monitored_to: monitoredTo } = found(patients, 'patient', patientId);
    if (monitoredTo !== null && monitoredTo <= now) throw new Conflict(`patient ${patientId} is no longer followed`);
    await refuseOverlap(tx, wearer, viewer);
    const rows = await tx.query<WearerRow[]>(
      `insert into wearer (device_id, user_slot, patient_id, from_at) values ($1, $2, $3, $4) returning *`,
      [deviceId, userSlot, patientId, from],
    );
    if (from < now) await moveReadings(tx, { deviceId, userSlot, from }, patientId, now);
    await raisePlanVersion(tx, [patientId], now);
    await tellWhereWorn(tx, { patientId, deviceId }, now);
    return toWearer(found(rows, 'wearer', deviceId));
  });
  await correctStoredMeanwhile(manager, saved, now);
  return saved;
}

/**
 * Takes a device back now, or from an earlier time on: what it has delivered since is doubted until somebody says who wore it. What
 * was told a home that nothing of the patient's leads to any more is withdrawn, and what still stands told anew where they are reached.
 * @throws Invalid time; NotFound running wearer
 */
export async function endWearer(manager: EntityManager, wearerId: number, at: Date, now: Date): Promise<Wearer> {
  refuseFaults([at > now && 'a device cannot be taken back in the future']);
  const ended = await manager.transaction(async (tx) => {
    const running = await tx.query<(WearerRow & { zone: string })[]>(
      `select w.id, w.device_id, w.user_slot, w.patient_id, w.from_at, w.to_at, n.zone
       from wearer w join device d on d.id = w.device_id join patient n on n.id = w.patient_id
       where w.id = $1 and w.to_at is null for no key update of d, w`,
      [wearerId],
    );
    const row = found(running, 'running wearer', wearerId);
    refuseFaults([at <= row.from_at && `this wearer began on ${momentOfYearWords(row.zone, row.from_at).en}; it must end later`]);
    await tx.query(`update wearer set to_at = $2 where id = $1`, [wearerId, at]);
    if (at < now) await doubtReadings(tx, { deviceId: row.device_id, userSlot: row.user_slot, from: at }, row.patient_id, now);
    await raisePlanVersion(tx, [row.patient_id], now);
    await withdrawFromLeftHomes(tx, row.patient_id, now);
    return { ...toWearer(row), to: at };
  });
  await correctStoredMeanwhile(manager, ended, now);
  return ended;
}

/**
 * Does for what was stored while a change of wearer was being committed what the change did for what was there before: nobody who stored it
 * could see the change. `saveWearer` and `endWearer` do this themselves unless they are a part of a larger transaction; it is done after that one then.
 * Doing it again does no harm.
 */
export async function correctStoredMeanwhile(manager: EntityManager, wearer: Wearer, now: Date): Promise<void> {
  if (manager.queryRunner?.isTransactionActive) return;
  const { id, deviceId, userSlot, patientId, from, to } = wearer;
  await awaitStoring(manager);
  await manager.transaction(async (tx) => {
    await tx.query(`select from device where id = $1 for no key update`, [deviceId]);
    const [row] = await tx.query<Pick<WearerRow, 'to_at'>[]>(`select to_at from wearer where id = $1`, [id]);
    // Changed once more: then that change is what holds.
    if (row?.to_at?.getTime() !== to?.getTime()) return;
    if (to === null) await moveReadings(tx, { deviceId, userSlot, from }, patientId, now);
    else await doubtReadings(tx, { deviceId, userSlot, from: to }, patientId, now);
  });
}

/** Those of the viewer's patients, or everybody, who have worn a device, newest first. */
export async function readWearers(manager: EntityManager, viewer: WearerViewer, deviceId: number): Promise<Wearer[]> {
  const rows = await manager.query<WearerRow[]>(
    `select id, device_id, user_slot, patient_id, from_at, to_at from wearer w
     where device_id = $1 and ($2::integer[] is null or ${seenBy('w.patient_id', '$2')}) order by from_at desc, id desc`,
    [deviceId, viewer?.unitIds ?? null],
  );
  return rows.map(toWearer);
}

/** Who wears by this id now. @throws NotFound running wearer, also when the person may not see the patient */
export async function readRunningWearer(manager: EntityManager, viewer: Pick<Viewer, 'unitIds'>, wearerId: number): Promise<Wearer> {
  const rows = await manager.query<WearerRow[]>(
    `select id, device_id, user_slot, patient_id, from_at, to_at from wearer w
     where id = $1 and to_at is null and ${seenBy('w.patient_id', '$2')}`,
    [wearerId, viewer.unitIds],
  );
  return toWearer(found(rows, 'running wearer', wearerId));
}

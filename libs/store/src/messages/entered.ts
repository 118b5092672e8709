import type { EntityManager } from 'typeorm';
import { found, Conflict } from '../directory/illegal.js';

/** Where what people enter about a patient by hand is kept: a device of its own, which nobody holds in their hands. */
export interface EnteredDevice {
  readonly deviceId: number;
  readonly device: string;
  /** Code of the community. */
  readonly community: string;
  /** IANA zone of the home. */
  readonly zone: string;
  readonly monitoredFrom: Date;
}

interface Row {
  community_id: number;
  code: string;
  zone: string;
  monitored_from: Date;
  monitored_to: Date | null;
}

/** Kind of the device that stands for entering by hand. */
const ENTERED_KIND = 'entered';

/**
 * The patient's device for what is entered by hand, made when it is not there yet.
 * @throws NotFound patient; Conflict the follow-up has ended
 */
export async function openEnteredDevice(manager: EntityManager, patientId: number, now: Date): Promise<EnteredDevice> {
  return manager.transaction(async (tx) => {
    const rows = await tx.query<Row[]>(
      `select p.community_id, c.code, p.zone, p.monitored_from, p.monitored_to from patient p join community c on c.id = p.community_id
       where p.id = $1 for no key update of p`,
      [patientId],
    );
    const patient = found(rows, 'patient', patientId);
    if (patient.monitored_to !== null && patient.monitored_to <= now) throw new Conflict(`the follow-up of patient ${patientId} has ended`);
    const device = `entered-${patientId}`;
    await tx.query(
      `insert into device (community_id, name, kind, registered_at) values ($1, $2, $3, $4) on conflict (community_id, name) do nothing`,
      [patient.community_id, device, ENTERED_KIND, patient.monitored_from],
    );
    const named = await tx.query<{ id: number }[]>(`select id from device where community_id = $1 and name = $2`, [
      patient.community_id,
      device,
    ]);
    const { id: deviceId } = found(named, 'device', device);
    await tx.query(
      `insert into wearer (device_id, patient_id, from_at) select $1, $2, $3
       where not exists (select from wearer where device_id = $1 and to_at is null)`,
      [deviceId, patientId, patient.monitored_from],
    );
    return { deviceId, device, community: patient.code, zone: patient.zone, monitoredFrom: patient.monitored_from };
  });
}

/** An act that was entered before under a key of the client's. */
export interface EnteredAct {
  readonly measurementId: number;
  readonly kind: string;
  readonly printed: string;
  readonly valuesKey: string;
}

/** What was entered under a client's key; null when nothing was. */
export async function readEntered(manager: EntityManager, deviceId: number, occurrence: string): Promise<EnteredAct | null> {
  const [row] = await manager.query<{ id: string; kind: string; printed: string; values_key: string }[]>(
    `select id, kind, printed, values_key from measurement where device_id = $1 and occurrence = $2 order by id limit 1`,
    [deviceId, occurrence],
  );
  return row === undefined ? null : { measurementId: Number(row.id), kind: row.kind, printed: row.printed, valuesKey: row.values_key };
}

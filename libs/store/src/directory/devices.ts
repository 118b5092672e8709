import type { EntityManager } from 'typeorm';
import { seenBy } from '../episodes/visibility.js';
import { Conflict, found, refuseFaults } from './illegal.js';
import { IS_SELF_TEST } from './is-self-test.js';
import type { Viewer } from './sessions.js';

/** Kinds of device that can be registered, as `devices/` has folders for them. */
export const DEVICE_KINDS = [
  'pulse-oximeter',
  'scale',
  'blood-pressure-monitor',
  'thermometer',
  'heart-rate-sensor',
  'glucose-meter',
  'spirometer',
  'tablet',
  'other',
] as const;
/** One of the kinds. */
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** A device to register. */
export interface NewDevice {
  readonly communityId: number;
  /** As its topics spell it: EUI-64 or MAC as upper-case hex, or a serial; see `deviceNameOf`. */
  readonly name: string;
  readonly kind: string;
  readonly model: string | null;
}

/** One line of the list of devices. */
export interface DeviceLine {
  readonly id: number;
  readonly communityId: number;
  readonly name: string;
  readonly kind: string;
  readonly model: string | null;
  readonly registeredAt: Date;
  readonly batteryPercent: number | null;
  readonly statusAt: Date | null;
  /** Who wears it now, of those who may be seen: several on a shared device with user slots. */
  readonly wearers: readonly { readonly wearerId: number; readonly patientId: number; readonly userSlot: number | null }[];
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const HEX_WITH_SEPARATORS = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}(([:-][0-9a-f]{2}){2})?$/i;

/** The name a device goes by: a MAC or EUI-64 printed with separators becomes upper-case hex (devices/README 5.8); else as it is. */
export function deviceNameOf(text: string): string {
  const trimmed = text.trim();
  return HEX_WITH_SEPARATORS.test(trimmed) ? trimmed.replaceAll(/[:-]/g, '').toUpperCase() : trimmed;
}

/** Registers a device. @throws Invalid; NotFound community; Conflict name taken @returns its id */
export async function saveDevice(manager: EntityManager, device: NewDevice, now: Date): Promise<number> {
  refuseFaults([
    !NAME.test(device.name) && 'a device is named by its EUI-64, MAC or serial: 1 to 64 letters, digits, dots, hyphens or underscores',
    !DEVICE_KINDS.some((kind) => kind === device.kind) && `${device.kind} is no kind of device; kinds are ${DEVICE_KINDS.join(', ')}`,
  ]);
  const { communityId, name, kind, model } = device;
  return manager.transaction(async (tx) => {
    found(await tx.query<unknown[]>(`select id from community where id = $1`, [communityId]), 'community', communityId);
    const [row] = await tx.query<{ id: number }[]>(
      `insert into device (community_id, name, kind, model, registered_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning id`,
      [communityId, name, kind, model, now],
    );
    if (row === undefined) throw new Conflict(`a device ${name} is already registered`);
    return row.id;
  });
}

/** The device of this name. @throws NotFound */
export async function readDeviceByName(
  manager: EntityManager,
  communityId: number,
  name: string,
): Promise<{ id: number; kind: string; model: string | null }> {
  const rows = await manager.query<{ id: number; kind: string; model: string | null }[]>(
    `select id, kind, model from device where community_id = $1 and name = $2`,
    [communityId, name],
  );
  return found(rows, 'device', name);
}

interface LineRow {
  id: number;
  community_id: number;
  name: string;
  kind: string;
  model: string | null;
  registered_at: Date;
  battery_percent: number | null;
  status_at: Date | null;
  wearers: { wearerId: number; patientId: number; userSlot: number | null }[] | null;
}

/**
 * Devices by id, a page at a time, with who wears them now.
 * @param viewer sees devices of the communities of their units, and of who wears them the patients they may see; null: an operator, sees all
 */
export async function readDeviceLines(
  manager: EntityManager,
  viewer: Pick<Viewer, 'unitIds'> | null,
  page: { readonly afterId: number; readonly limit: number },
): Promise<DeviceLine[]> {
  const rows = await manager.query<LineRow[]>(
    `select d.id, d.community_id, d.name, d.kind, d.model, d.registered_at, d.battery_percent, d.status_at,
       (select json_agg(json_build_object('wearerId', w.id, 'patientId', w.patient_id, 'userSlot', w.user_slot) order by w.user_slot)
        from wearer w where w.device_id = d.id and w.to_at is null and ($3::integer[] is null or ${seenBy('w.patient_id', '$3')})) as wearers
     from device d where d.id > $1 and not d.${IS_SELF_TEST} and ($3::integer[] is null or d.community_id in (
       select o.community_id from unit u join organisation o on o.id = u.organisation_id where u.id = any($3::integer[])))
     order by d.id limit $2`,
    [page.afterId, page.limit, viewer?.unitIds ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    communityId: row.community_id,
    name: row.name,
    kind: row.kind,
    model: row.model,
    registeredAt: row.registered_at,
    batteryPercent: row.battery_percent,
    statusAt: row.status_at,
    wearers: row.wearers ?? [],
  }));
}

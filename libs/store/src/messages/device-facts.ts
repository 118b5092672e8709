import type { DataSource } from 'typeorm';
import { textArray } from '../server/array-text.js';
import { columns, runPrepared, type Prepared } from '../server/prepared.js';

/** A patient wore a device during a period; `to` is null while it lasts. Times are epoch ms. */
export interface WearerPeriod {
  /** Slot of a shared device; null: the device has one wearer at a time. */
  readonly userSlot: number | null;
  readonly patientId: number;
  /** IANA zone of the patient's home. */
  readonly zone: string;
  readonly fromMs: number;
  readonly toMs: number | null;
  /** When the patient first followed a programme; null: never yet. */
  readonly enrolledMs: number | null;
}

/** Whom a message is about, as it names them. */
export interface DeviceName {
  /** Code of the community. */
  readonly tenant: string;
  /** Client id of the gateway. */
  readonly clientId: string;
  /** Name of the device; empty when the message is about the gateway itself. */
  readonly device: string;
}

/** What is known of a device. */
export interface RegisteredDevice {
  readonly id: number;
  /** As it was registered; null when nobody said. */
  readonly model: string | null;
  readonly registeredAtMs: number;
  readonly batteryPercent: number | null;
  /** Oldest first. */
  readonly wearers: readonly WearerPeriod[];
}

/** What is known of several, at one moment. */
export interface FactsThen {
  /** In the order in which they were asked for. */
  readonly facts: readonly DeviceFacts[];
  /** Of the directory at that moment: they hold as long as it stands (`saveBatch`). */
  readonly directoryVersion: number;
}

/** What is known of one `DeviceName`. */
export interface DeviceFacts {
  /** Null when there is no such community. */
  readonly communityId: number | null;
  /** Whether the gateway has a credential in force. Always true when that was not asked. */
  readonly isGatewayKnown: boolean;
  /** Null when no such device is registered. */
  readonly device: RegisteredDevice | null;
}

/**
 * SQL: the names a device may be registered by, for a text that names it: that text, and for a MAC or EUI-64 its one spelling, upper-case hex
 * without separators (devices/README 5.8; `deviceIdentity` of wire does the same where a message says which kind of name it is).
 */
export const namesOf = (text: string): string =>
  `(${text}, substring(upper(translate(${text}, ':._-', '')) from '^(?:[0-9A-F]{12}|[0-9A-F]{16})$'))`;

const facts = (gatewayKnown: string): string => `
  select k.place::int, c.id, ${gatewayKnown}, d.id, (extract(epoch from d.registered_at) * 1000)::float8, d.battery_percent, d.model,
    w.user_slot, w.patient_id, p.zone, (extract(epoch from w.from_at) * 1000)::float8, (extract(epoch from w.to_at) * 1000)::float8,
    (select extract(epoch from min(e.from_at)) * 1000 from enrolment e where e.patient_id = w.patient_id)::float8,
    (select version from directory_version)
  from ${columns('k', 1, { tenant: 'text', client_id: 'text', device: 'text' })}
  left join community c on c.code = k.tenant
  left join lateral (
    select * from device where community_id = c.id and name in ${namesOf('k.device')} order by name = k.device desc limit 1
  ) d on true
  left join wearer w on w.device_id = d.id
  left join patient p on p.id = w.patient_id
  order by k.place, w.from_at`;

const FACTS: Prepared = { name: 'varde_facts', text: facts('true') };
const FACTS_AND_CREDENTIALS: Prepared = {
  name: 'varde_facts_and_credentials',
  text: facts('exists (select from credential v where v.community_id = c.id and v.client_id = k.client_id and v.revoked_at is null)'),
};

type Row = readonly [
  place: number,
  communityId: number | null,
  isGatewayKnown: boolean,
  deviceId: number | null,
  registeredAtMs: number,
  batteryPercent: number | null,
  model: string | null,
  userSlot: number | null,
  patientId: number | null,
  zone: string,
  fromMs: number,
  toMs: number | null,
  enrolledMs: number | null,
  directoryVersion: number,
];

/**
 * What is known of these devices now, in one round trip. At least one.
 * @param checkCredentials whether to look for the gateways' credentials too: needed where somebody else's broker let them in
 */
export async function readDeviceFacts(dataSource: DataSource, names: readonly DeviceName[], checkCredentials: boolean): Promise<FactsThen> {
  const values = [
    textArray(names.map((name) => name.tenant)),
    textArray(names.map((name) => name.clientId)),
    textArray(names.map((name) => name.device)),
  ];
  const rows = (await runPrepared(dataSource, checkCredentials ? FACTS_AND_CREDENTIALS : FACTS, values, names.length)) as unknown as Row[];
  const found: DeviceFacts[] = [];
  for (const row of rows) takeRow(found, row);
  return { facts: found, directoryVersion: rows[0]?.[13] ?? 0 };
}

function takeRow(found: DeviceFacts[], row: Row): void {
  const [
    place,
    communityId,
    isGatewayKnown,
    deviceId,
    registeredAtMs,
    batteryPercent,
    model,
    userSlot,
    patientId,
    zone,
    fromMs,
    toMs,
    enrolledMs,
  ] = row;
  const wearer: WearerPeriod[] = patientId === null ? [] : [{ userSlot, patientId, zone, fromMs, toMs, enrolledMs }];
  const known = found[place - 1];
  if (known?.device) {
    (known.device.wearers as WearerPeriod[]).push(...wearer);
    return;
  }
  const device = deviceId === null ? null : { id: deviceId, model, registeredAtMs, batteryPercent, wearers: wearer };
  found.push({ communityId, isGatewayKnown, device });
}

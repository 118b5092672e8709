import { holdsNationalId } from './identity.js';
import { isObject, optionalNumber, optionalText, shown, type JsonObject } from './json.js';
import type { Device, DeviceClock, DeviceIdKind, GatewayClock } from './message.js';
import { parseUtc } from './time-text.js';

/** What every message carries around its readings or frames. */
export interface Envelope {
  readonly messageId: string;
  readonly sentAt: Date;
  readonly gatewayFirmware: string | null;
  readonly gatewayClock: GatewayClock | null;
  readonly device: Device;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ID_KINDS: ReadonlySet<unknown> = new Set<DeviceIdKind>(['eui64', 'mac', 'serial']);
const isIdKind = (value: unknown): value is DeviceIdKind => ID_KINDS.has(value);

/** The message's id, a UUID as the gateway spells it: by that spelling it finds the answer. Null when it is none. */
export function messageIdOf(message: JsonObject): string | null {
  const id = message['messageId'];
  return typeof id === 'string' && UUID.test(id) ? id : null;
}

/**
 * A device identity in the one spelling that is compared and stored: eui64 and mac as upper-case hex without separators, serial as it is.
 * Null when the text cannot be such an identity.
 */
export function deviceIdentity(idType: DeviceIdKind, id: string): string | null {
  if (idType === 'serial') return /^[A-Za-z0-9._-]{1,64}$/.test(id) ? id : null;
  const length = idType === 'mac' ? 12 : 16;
  if (id.length === length && /^[0-9A-F]+$/.test(id)) return id;
  const hex = id.replaceAll(/[:._-]/g, '').toUpperCase();
  return /^[0-9A-F]+$/.test(hex) && hex.length === length ? hex : null;
}

/** The envelope of a message, or which field is wrong. */
export function envelopeOf(message: JsonObject, messageId: string): Envelope | string {
  const sentAt = parseUtc(message['sentAt']);
  if (sentAt === null) return `sentAt: ${shown(message['sentAt'])}`;
  const device = deviceOf(message['device']);
  if (typeof device === 'string') return device;
  const gateway = message['gateway'];
  return {
    messageId,
    sentAt,
    gatewayFirmware: isObject(gateway) ? describing(gateway['fw'], 64) : null,
    gatewayClock: isObject(gateway) ? gatewayClockOf(gateway['clock']) : null,
    device,
  };
}

/** A text that describes a thing; null when it is none, or holds who a person is. A serial number may look like that and is kept. */
function describing(value: unknown, charsMax: number): string | null {
  const text = optionalText(value, charsMax);
  return text === null || holdsNationalId(text) ? null : text;
}

/** What a gateway says of its clock; null when it says nothing usable. */
export function gatewayClockOf(clock: unknown): GatewayClock | null {
  if (!isObject(clock)) return null;
  return {
    synced: typeof clock['synced'] === 'boolean' ? clock['synced'] : null,
    source: describing(clock['source'], 64),
    lastSync: parseUtc(clock['lastSync']),
  };
}

function deviceOf(device: unknown): Device | string {
  if (!isObject(device)) return `device: ${shown(device)}`;
  const idType = device['idType'] ?? 'serial';
  if (!isIdKind(idType)) return `device.idType: ${shown(idType)}`;
  const id = typeof device['id'] === 'string' ? deviceIdentity(idType, device['id']) : null;
  if (id === null) return `device.id: ${shown(device['id'])} is no ${idType}`;
  const battery = optionalNumber(device['batteryPercent']);
  return {
    id,
    idType,
    kind: describing(device['kind'], 64),
    manufacturer: describing(device['manufacturer'], 64),
    model: describing(device['model'], 64),
    serial: optionalText(device['serial'], 64),
    fw: describing(device['fw'], 64),
    batteryPercent: battery !== null && battery >= 0 && battery <= 100 ? battery : null,
    clock: deviceClockOf(device['clock']),
  };
}

function deviceClockOf(clock: unknown): DeviceClock | null {
  if (!isObject(clock)) return null;
  return {
    reading: describing(clock['reading'], 40),
    readAt: parseUtc(clock['readAt']),
    setByGateway: clock['setByGateway'] === true,
    notSet: clock['notSet'] === true,
  };
}

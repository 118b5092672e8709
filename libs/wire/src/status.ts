import { gatewayClockOf } from './envelope.js';
import type { OutgoingGatewayClock } from './encode.js';
import { holdsNationalId } from './identity.js';
import { isObject, optionalNumber, optionalText, parseJson, shown, type JsonObject } from './json.js';
import type { GatewayClock } from './message.js';
import type { MessageRefusal, RefusalReason } from './refusal.js';
import { parseUtc } from './time-text.js';
import { parseTopic, type Topic } from './topic.js';

/** The retained state of a gateway; `offline` is its last will. */
export interface GatewayStatus {
  readonly state: 'online' | 'offline';
  /** When it was written; null in a last will, which is written before. */
  readonly at: Date | null;
  readonly fw: string | null;
  readonly clock: GatewayClock | null;
  /** Messages waiting in the gateway. */
  readonly bufferedMessages: number | null;
}

/** The retained state of a device behind a gateway. */
export interface DeviceStatus {
  readonly at: Date | null;
  readonly batteryPercent: number | null;
  readonly lastContact: Date | null;
  /** Error words of the device. */
  readonly errors: readonly string[];
}

/** What `decodeStatus` answers, for any bytes. */
export type DecodedStatus =
  | { readonly ok: true; readonly kind: 'gateway'; readonly status: GatewayStatus }
  | { readonly ok: true; readonly kind: 'device'; readonly status: DeviceStatus }
  | { readonly ok: false; readonly refusal: MessageRefusal };

/** The largest status that is looked into. */
const STATUS_BYTES_MAX = 16 * 1024;

const ERRORS_MAX = 32;
const ERROR_WORD = /^[A-Za-z0-9._-]{1,64}$/;

const refuse = (reason: RefusalReason, detail: string): DecodedStatus => ({ ok: false, refusal: { reason, detail, messageId: null } });

/** The status in a payload on a gateway's or device's status topic: pure, never throws. Only the gateway's state is required. */
export function decodeStatus(topic: string | Topic, payload: Uint8Array): DecodedStatus {
  const place = typeof topic === 'string' ? parseTopic(topic) : topic;
  if (place === null || (place.kind !== 'gateway-status' && place.kind !== 'device-status')) return refuse('topic', shown(topic));
  if (payload.byteLength > STATUS_BYTES_MAX) return refuse('too-large', `${payload.byteLength} bytes`);
  const status = parseJson(payload);
  if (status === undefined) return refuse('not-json', `${payload.byteLength} bytes`);
  if (!isObject(status)) return refuse('schema', `status: ${shown(status)}`);
  const schema = place.kind === 'gateway-status' ? 'varde.gateway-status/1' : 'varde.device-status/1';
  if (status['schema'] !== schema) return refuse('schema', `schema: ${shown(status['schema'])}`);
  return place.kind === 'gateway-status' ? gatewayStatusOf(status) : { ok: true, kind: 'device', status: deviceStatusOf(status) };
}

function gatewayStatusOf(status: JsonObject): DecodedStatus {
  const { state } = status;
  if (state !== 'online' && state !== 'offline') return refuse('schema', `state: ${shown(state)}`);
  const buffered = optionalNumber(status['bufferedMessages']);
  return {
    ok: true,
    kind: 'gateway',
    status: {
      state,
      at: parseUtc(status['at']),
      fw: optionalText(status['fw'], 64),
      clock: gatewayClockOf(status['clock']),
      bufferedMessages: buffered !== null && buffered >= 0 ? buffered : null,
    },
  };
}

const isErrorWord = (error: unknown): error is string => typeof error === 'string' && ERROR_WORD.test(error) && !holdsNationalId(error);

function deviceStatusOf(status: JsonObject): DeviceStatus {
  const battery = optionalNumber(status['batteryPercent']);
  const errors: readonly unknown[] = Array.isArray(status['errors']) ? status['errors'] : [];
  return {
    at: parseUtc(status['at']),
    batteryPercent: battery !== null && battery >= 0 && battery <= 100 ? battery : null,
    lastContact: parseUtc(status['lastContact']),
    errors: errors.filter(isErrorWord).slice(0, ERRORS_MAX),
  };
}

const utf8 = new TextEncoder();

/** The payload of a gateway's status topic, retained; without `at` it serves as the last will. */
export function encodeGatewayStatus(status: {
  readonly state: 'online' | 'offline';
  readonly at?: Date;
  readonly fw?: string;
  readonly clock?: OutgoingGatewayClock;
  readonly bufferedMessages?: number;
}): Uint8Array {
  return utf8.encode(JSON.stringify({ schema: 'varde.gateway-status/1', ...status }));
}

/** The payload of a device's status topic, retained. */
export function encodeDeviceStatus(status: {
  readonly at: Date;
  readonly batteryPercent?: number;
  readonly lastContact?: Date;
  readonly errors?: readonly string[];
}): Uint8Array {
  return utf8.encode(JSON.stringify({ schema: 'varde.device-status/1', ...status }));
}

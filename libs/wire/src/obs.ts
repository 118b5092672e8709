import { isMetric } from '@varde/vitals';
import { judgeAct, refuseAct, type Delivered, type DeliveredAct, type JudgedAct } from './act.js';
import { holdsNationalId } from './identity.js';
import { isObject, optionalText, shown, type JsonObject } from './json.js';
import type { Absent, AbsentReason, Device, Measurement, Quality, RawFrame } from './message.js';
import type { Refusal } from './refusal.js';
import { flagQuality, worst } from './status-bits.js';
import { parseUtc } from './time-text.js';

const QUALITIES: ReadonlySet<unknown> = new Set<Quality>(['good', 'questionable', 'invalid', 'preliminary', 'test', 'demo', 'manual']);
const ABSENT: ReadonlySet<unknown> = new Set<AbsentReason>([
  'not-a-number',
  'positive-infinity',
  'negative-infinity',
  'error',
  'not-performed',
  'unknown',
]);
const TOKEN = /^[a-z0-9-]{1,64}$/;
const UNIT = /^[A-Za-z0-9[\]{}/%._*^-]{1,20}$/;
const HEX = /^(?:[0-9a-f]{2}){1,512}$/;
const FORMATS: ReadonlySet<unknown> = new Set(['gatt', 'advert', '11073-apdu']);

const isQuality = (value: unknown): value is Quality => QUALITIES.has(value);
const isAbsentReason = (value: unknown): value is AbsentReason => ABSENT.has(value);
const isFormat = (value: unknown): value is RawFrame['format'] => FORMATS.has(value);

const NO_FLAGS: readonly string[] = [];
const NO_CONTEXT: Measurement['context'] = {};
const NO_REFUSALS: readonly Refusal[] = [];
const FLAGS_MAX = 32;
const CONTEXT_MAX = 16;
const VALUES_MAX = 32;

/** The judged acts of a `varde.obs/1` message's `readings`. A reading with a broken field is refused alone; the others are taken. */
export function decodeReadings(readings: readonly unknown[], device: Device): { measurements: Measurement[]; refused: readonly Refusal[] } {
  const measurements: Measurement[] = [];
  let refused: readonly Refusal[] = NO_REFUSALS;
  for (const [index, reading] of readings.entries()) {
    const judged = decodeReading(reading, index, device);
    if (judged.measurement !== null) measurements.push(judged.measurement);
    if (judged.refused.length > 0) refused = [...refused, ...judged.refused];
  }
  return { measurements, refused };
}

function decodeReading(reading: unknown, index: number, device: Device): JudgedAct | { measurement: null; refused: readonly Refusal[] } {
  const act = isObject(reading) ? actOf(reading, index, device) : `reading: ${shown(reading)}`;
  return typeof act === 'string' ? { measurement: null, refused: [refuseAct(index, 'schema', act)] } : judgeAct(act);
}

/** The act in a reading, or which field is wrong. Times and values are strict, and that there is a unit; what only describes is taken when it is usable. */
function actOf(reading: JsonObject, index: number, device: Device): DeliveredAct | string {
  const { kind, key, deviceTime, userSlot, quality } = reading;
  if (typeof kind !== 'string' || !TOKEN.test(kind) || holdsNationalId(kind)) return `kind: ${shown(kind)}`;
  const gatewayTime = parseUtc(reading['gatewayTime']);
  if (gatewayTime === null) return `gatewayTime: ${shown(reading['gatewayTime'])}`;
  if (key !== undefined && optionalText(key) === null) return `key: ${shown(key)}`;
  if (deviceTime !== undefined && optionalText(deviceTime, 40) === null) return `deviceTime: ${shown(deviceTime)}`;
  if (userSlot !== undefined && !isSlot(userSlot)) return `userSlot: ${shown(userSlot)}`;
  if (quality !== undefined && !isQuality(quality)) return `quality: ${shown(quality)}`;
  const values = valuesOf(reading['measurements']);
  if (typeof values === 'string') return values;
  const flags = flagsOf(reading['flags']);
  return {
    index,
    kind,
    key: optionalText(key),
    userSlot: isSlot(userSlot) && userSlot !== 255 ? userSlot : null,
    deviceTime: optionalText(deviceTime),
    gatewayTime,
    stored: reading['stored'] === true,
    clockNotSet: device.clock?.notSet === true,
    delivered: values.delivered,
    absent: values.absent,
    quality: flags.reduce<Quality>((so, flag) => worst(so, flagQuality(flag)), quality ?? 'good'),
    flags,
    isStatusKnown: Array.isArray(reading['flags']),
    context: contextOf(reading['context']),
    raw: rawOf(reading['raw']),
    answers: null,
  };
}

function isSlot(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function valuesOf(list: unknown): { delivered: Delivered[]; absent: readonly Absent[] } | string {
  if (!Array.isArray(list) || list.length === 0 || list.length > VALUES_MAX) return `measurements: ${shown(list)}`;
  const delivered: Delivered[] = [];
  const absent: Absent[] = [];
  const seen: string[] = [];
  for (const element of list as readonly unknown[]) {
    const fault = takeValue(element, delivered, absent);
    if (fault.wrong !== null) return fault.wrong;
    if (fault.type === null) continue;
    if (seen.includes(fault.type)) return `measurements.type: "${fault.type}" twice`;
    seen.push(fault.type);
  }
  return { delivered, absent };
}

const wrong = (text: string): { type: string; wrong: string } => ({ type: '', wrong: text });

/** A word in the spelling of the contract; of any other text only its length, which no list knows: then its value alone is refused. */
const spelled = (text: string, spelling: RegExp): string =>
  spelling.test(text) && !holdsNationalId(text) ? text : `a text of ${text.length} characters`;

/** `type` null: it is none of the contract's. */
function takeValue(element: unknown, delivered: Delivered[], absent: Absent[]): { type: string | null; wrong: string | null } {
  if (!isObject(element)) return wrong(`measurements: ${shown(element)}`);
  const { type: name, value, unit } = element;
  if (typeof name !== 'string' || name === '') return wrong(`measurements.type: ${shown(name)}`);
  const type = spelled(name, TOKEN);
  if (element['absent'] !== undefined && value === undefined) {
    const reason = isAbsentReason(element['absent']) ? element['absent'] : 'unknown';
    if (isMetric(type)) absent.push({ metric: type, reason });
    return { type: type === name ? type : null, wrong: null };
  }
  // JSON has no infinity, but 1e999 becomes one: it passes here and is refused by itself as a special value.
  if (typeof value !== 'number') return wrong(`measurements.value of ${type}: ${shown(value)}`);
  if (typeof unit !== 'string' || unit === '') return wrong(`measurements.unit of ${type}: ${shown(unit)}`);
  delivered.push({ type, value, unit: spelled(unit, UNIT) });
  return { type: type === name ? type : null, wrong: null };
}

function flagsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_FLAGS;
  const flags = (value as readonly unknown[]).flatMap((flag) => (typeof flag === 'string' ? flag.replaceAll('_', '-') : []));
  return flags.filter((flag) => TOKEN.test(flag) && !holdsNationalId(flag)).slice(0, FLAGS_MAX);
}

const CONTEXT_NAME = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;
const CONTEXT_TEXT = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;

/** What describes the act, coded words and numbers only: free text could hold a name. */
export function contextOf(value: unknown): Measurement['context'] {
  if (!isObject(value)) return NO_CONTEXT;
  const kept: [string, string | number | boolean][] = [];
  for (const [name, field] of Object.entries(value)) {
    const isText = typeof field === 'string' && CONTEXT_TEXT.test(field);
    const isPlain = typeof field === 'boolean' || (typeof field === 'number' && Number.isFinite(field));
    if (kept.length < CONTEXT_MAX && CONTEXT_NAME.test(name) && (isText || isPlain) && !holdsNationalId(field)) kept.push([name, field]);
  }
  return Object.fromEntries(kept);
}

function rawOf(value: unknown): RawFrame | null {
  if (!isObject(value) || !isFormat(value['format']) || typeof value['hex'] !== 'string') return null;
  const hex = value['hex'].toLowerCase();
  if (!HEX.test(hex)) return null;
  return { format: value['format'], characteristic: frameCharacteristic(value), hex };
}

/** `2A35` from `2A35`, `0x2a35` or a full Bluetooth UUID; for an advertisement its service data UUID. Null when there is none. */
export function frameCharacteristic(frame: JsonObject): string | null {
  const text = optionalText(frame['characteristic'], 40) ?? optionalText(frame['serviceDataUuid'], 40);
  if (text === null) return null;
  const short = /^(?:0x|0000)?([0-9a-f]{4})(?:-0000-1000-8000-00805f9b34fb)?$/i.exec(text);
  return short?.[1] === undefined ? (/^[0-9a-f-]{4,36}$/i.test(text) ? text.toUpperCase() : null) : short[1].toUpperCase();
}

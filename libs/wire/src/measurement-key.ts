import type { Measurement } from './message.js';
import { EARLIEST_MS, parsePrintedTime } from './time-text.js';

/**
 * What makes two copies of an act the same, beside tenant, device and `kind`: only what the device printed, never a corrected time
 * (devices/README 5.6). Same `printed` and `occurrence` with other `values` is a conflict: keep both, mark it, never drop one.
 */
export interface MeasurementKey {
  /** The printed time; without a usable one `gateway:` and the gateway's time, or `FROM_MEMORY`. */
  readonly printed: string;
  /** Sequence and user slot; without a device time also what was measured, because nothing else tells two acts apart. */
  readonly occurrence: string;
  /** All values as delivered, known or not. Same text from a native message and from the raw frame of the same act. Of a stream only whether it is sure. */
  readonly values: string;
}

/**
 * What stands for the printed time of a record of a memory that has no usable one. Its frame or sequence is all that tells it from another: the
 * gateway has it anew, at another time, whenever the memory is uploaded (devices/README 5.6).
 */
export const FROM_MEMORY = 'memory';

/** How long after the first copy a second one of an act without a device time may come by another way. */
export const WITHOUT_CLOCK_WINDOW_MS = 30 * 60_000;

/**
 * Whether the printed time tells acts apart. A live one of a clock that was never set does not, whether the device says so or its time lies before any
 * device: such a clock starts at the same moment every time the device is switched on. In the device's memory it does: the record keeps it.
 */
function hasPrintedTime(measurement: Measurement): boolean {
  const printed = measurement.deviceTime === null ? null : parsePrintedTime(measurement.deviceTime);
  if (printed === null) return false;
  return measurement.stored || (!measurement.clockNotSet && printed.wallMs >= EARLIEST_MS);
}

/** PLX Continuous and Heart Rate: characteristics that are notified every second or so for as long as the device is worn. */
const STREAMS: ReadonlySet<string | null | undefined> = new Set(['2A5F', '2A37']);
const MINUTE_CHARS = 'YYYY-MM-DDTHH:MM'.length;

/**
 * Whether an act is a second of a stream, of which one a minute is kept (decision 28). Records of a memory that have no time are not: they came in
 * one minute, and were measured nobody knows when.
 */
export function isOfStream(measurement: Measurement): boolean {
  const isStream = measurement.kind === 'pulse-oximetry-continuous' || STREAMS.has(measurement.raw?.characteristic);
  return isStream && (!measurement.stored || hasPrintedTime(measurement));
}

/** The same for all of a minute that are as sure: a doubtful second, an early estimate say, never takes the place of a sure one. */
function streamKey(measurement: Measurement): MeasurementKey {
  const { deviceTime, gatewayTime, userSlot, quality, values } = measurement;
  const minute =
    deviceTime !== null && hasPrintedTime(measurement)
      ? deviceTime.slice(0, MINUTE_CHARS)
      : `gateway:${gatewayTime.toISOString().slice(0, MINUTE_CHARS)}`;
  const isSure = quality === 'good' && values.every(({ doubt }) => doubt === null);
  return { printed: minute, occurrence: `/${userSlot ?? ''}`, values: isSure ? 'stream' : 'stream, doubtful' };
}

/** What the device's clock showed by the `printed` of a key, as if it were UTC, epoch ms; of a stream its minute. Null: nothing it printed. */
export function wallMsOfKey(printed: string): number | null {
  return parsePrintedTime(printed.length === MINUTE_CHARS ? `${printed}:00` : printed)?.wallMs ?? null;
}

/**
 * How the `occurrence` of a key begins: `seq:42/2`. Whose an act of a shared device is, is read from it when a wearer is corrected, so a slash
 * that the sequence itself holds may not look like the one before the slot.
 */
export function sequenceAndSlot({ key, userSlot }: Pick<Measurement, 'key' | 'userSlot'>): string {
  return `${key?.replaceAll('/', '|') ?? ''}/${userSlot ?? ''}`;
}

/** The duplicate key of an act. Deterministic; the same for every copy of the act that came by the same gateway. */
export function measurementKey(measurement: Measurement): MeasurementKey {
  if (isOfStream(measurement)) return streamKey(measurement);
  const { deviceTime, gatewayTime, printedValues } = measurement;
  const occurrence = sequenceAndSlot(measurement);
  if (deviceTime !== null && hasPrintedTime(measurement)) return { printed: deviceTime, occurrence, values: printedValues };
  const printed = isKnownInMemory(measurement) ? FROM_MEMORY : `gateway:${gatewayTime.toISOString()}`;
  return { printed, occurrence: `${occurrence}/${contentOf(measurement)}`, values: printedValues };
}

const isKnownInMemory = ({ stored, raw, key }: Measurement): boolean => stored && (raw !== null || key !== null);

function contentOf({ raw, printedValues }: Measurement): string {
  return raw === null ? printedValues : raw.hex;
}

/** An act and the gateway it came by. */
export interface Heard {
  readonly measurement: Measurement;
  readonly gateway: string;
}

/**
 * Whether two acts of one device without a usable device time, with different keys, are copies of one act.
 *
 * For ingest: an act whose key starts with `gateway:` is held against the device's stored ones of the same kind with such keys and a gateway time
 * within `WITHOUT_CLOCK_WINDOW_MS`; when this says yes it is answered `duplicate`. Kind, sequence, slot and content must be equal, and there must be
 * a way for a copy to arise: another gateway heard the same act, the device's memory was read again, or an advertisement was repeated. Two live acts by the
 * same gateway are two acts, however equal: a repeated 88 % within the half hour is the confirmation that was asked for, and must not be swallowed.
 */
export function sameWithoutClock(one: Heard, other: Heard): boolean {
  const [a, b] = [one.measurement, other.measurement];
  if (hasPrintedTime(a) || hasPrintedTime(b)) return false;
  if (a.kind !== b.kind || a.key !== b.key || a.userSlot !== b.userSlot || a.printedValues !== b.printedValues) return false;
  const apartMs = Math.abs(a.gatewayTime.getTime() - b.gatewayTime.getTime());
  if (apartMs > WITHOUT_CLOCK_WINDOW_MS) return false;
  const isRepeatable = (a.stored && b.stored) || (a.raw?.format === 'advert' && b.raw?.format === 'advert');
  return apartMs === 0 || one.gateway !== other.gateway || isRepeatable;
}

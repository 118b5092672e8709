import { FrameReader, FrameWriter } from './bytes.js';
import type { MedicalFloat } from './ieee11073.js';

/** SpO2 in % and pulse in /min, measured together. */
export interface OximeterPair {
  readonly spo2: MedicalFloat;
  readonly pulse: MedicalFloat;
}

/** What may follow the values in 0x2A5E and 0x2A5F. */
export interface OximeterStatus {
  /** 16 bits, see `OXIMETER_MEASUREMENT_STATUS`; null when not sent. */
  readonly measurementStatus: number | null;
  /** 24 bits, see `OXIMETER_SENSOR_STATUS`; null when not sent. */
  readonly sensorStatus: number | null;
  /** Pulse amplitude (perfusion) index in %. */
  readonly pulseAmplitudePercent: MedicalFloat | null;
  /** Bytes after the last field; never written. */
  readonly trailingBytes: number;
}

/** PLX Spot-Check Measurement, 0x2A5E. */
export interface SpotCheckFrame extends OximeterPair, OximeterStatus {
  /** As printed, zeros kept; null when not sent. */
  readonly deviceTime: string | null;
  readonly isClockNotSet: boolean;
}

/** PLX Continuous Measurement, 0x2A5F. It has no time of its own. */
export interface ContinuousFrame extends OximeterPair, OximeterStatus {
  readonly fast: OximeterPair | null;
  readonly slow: OximeterPair | null;
}

const readPair = (reader: FrameReader): OximeterPair => ({ spo2: reader.sfloat(), pulse: reader.sfloat() });

function statusFlags(frame: OximeterStatus, firstFlag: number): number {
  return (
    (frame.measurementStatus === null ? 0 : firstFlag) |
    (frame.sensorStatus === null ? 0 : firstFlag << 1) |
    (frame.pulseAmplitudePercent === null ? 0 : firstFlag << 2)
  );
}

function writeStatus(writer: FrameWriter, frame: OximeterStatus): Uint8Array {
  if (frame.measurementStatus !== null) writer.u16(frame.measurementStatus);
  if (frame.sensorStatus !== null) writer.u24(frame.sensorStatus);
  if (frame.pulseAmplitudePercent !== null) writer.sfloat(frame.pulseAmplitudePercent);
  return writer.done();
}

/** The frame in the bytes of 0x2A5E, or null when they end early. */
export function decodeSpotCheck(bytes: Uint8Array): SpotCheckFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  // Read in the order of the layout: an object literal's fields are evaluated as written.
  const frame: SpotCheckFrame = {
    spo2: reader.sfloat(),
    pulse: reader.sfloat(),
    deviceTime: flags & 1 ? reader.dateTime() : null,
    measurementStatus: flags & 2 ? reader.u16() : null,
    sensorStatus: flags & 4 ? reader.u24() : null,
    pulseAmplitudePercent: flags & 8 ? reader.sfloat() : null,
    trailingBytes: Math.max(0, reader.bytesLeft),
    isClockNotSet: (flags & 16) !== 0,
  };
  return reader.isShort ? null : frame;
}

/**
 * The bytes of 0x2A5E.
 * @throws FloatRangeError for a value an SFLOAT cannot hold
 */
export function encodeSpotCheck(frame: SpotCheckFrame): Uint8Array {
  const flags = (frame.deviceTime === null ? 0 : 1) | statusFlags(frame, 2) | (frame.isClockNotSet ? 16 : 0);
  const writer = new FrameWriter().u8(flags).sfloat(frame.spo2).sfloat(frame.pulse);
  if (frame.deviceTime !== null) writer.dateTime(frame.deviceTime);
  return writeStatus(writer, frame);
}

/** The frame in the bytes of 0x2A5F, or null when they end early. */
export function decodeContinuous(bytes: Uint8Array): ContinuousFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  const frame: ContinuousFrame = {
    spo2: reader.sfloat(),
    pulse: reader.sfloat(),
    fast: flags & 1 ? readPair(reader) : null,
    slow: flags & 2 ? readPair(reader) : null,
    measurementStatus: flags & 4 ? reader.u16() : null,
    sensorStatus: flags & 8 ? reader.u24() : null,
    pulseAmplitudePercent: flags & 16 ? reader.sfloat() : null,
    trailingBytes: Math.max(0, reader.bytesLeft),
  };
  return reader.isShort ? null : frame;
}

/**
 * The bytes of 0x2A5F.
 * @throws FloatRangeError for a value an SFLOAT cannot hold
 */
export function encodeContinuous(frame: ContinuousFrame): Uint8Array {
  const flags = (frame.fast === null ? 0 : 1) | (frame.slow === null ? 0 : 2) | statusFlags(frame, 4);
  const writer = new FrameWriter().u8(flags).sfloat(frame.spo2).sfloat(frame.pulse);
  if (frame.fast !== null) writer.sfloat(frame.fast.spo2).sfloat(frame.fast.pulse);
  if (frame.slow !== null) writer.sfloat(frame.slow.spo2).sfloat(frame.slow.pulse);
  return writeStatus(writer, frame);
}

import { FrameReader, FrameWriter } from './bytes.js';
import type { MedicalFloat } from './ieee11073.js';

/** Temperature Measurement, 0x2A1C. */
export interface TemperatureFrame {
  readonly unit: 'Cel' | '[degF]';
  readonly temperature: MedicalFloat;
  /** As printed, zeros kept; null when not sent. */
  readonly deviceTime: string | null;
  /** Where on the body, a place in `TEMPERATURE_SITES`; null when not sent. */
  readonly site: number | null;
  /** Bytes after the last field; never written. */
  readonly trailingBytes: number;
}

/** Temperature Type by its number; 0 is reserved. */
export const TEMPERATURE_SITES: readonly (string | null)[] = [
  null,
  'armpit',
  'body',
  'ear',
  'finger',
  'gastro-intestinal',
  'mouth',
  'rectum',
  'toe',
  'tympanum',
];

/** The frame in the bytes of 0x2A1C, or null when they end early. Reserved flag bits are ignored, as GATT says, though some libraries refuse them. */
export function decodeTemperature(bytes: Uint8Array): TemperatureFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  const temperature = reader.float();
  const deviceTime = flags & 2 ? reader.dateTime() : null;
  const site = flags & 4 ? reader.u8() : null;
  if (reader.isShort) return null;
  return { unit: flags & 1 ? '[degF]' : 'Cel', temperature, deviceTime, site, trailingBytes: reader.bytesLeft };
}

/**
 * The bytes of 0x2A1C.
 * @throws FloatRangeError for a value a FLOAT cannot hold
 */
export function encodeTemperature(frame: TemperatureFrame): Uint8Array {
  const flags = (frame.unit === 'Cel' ? 0 : 1) | (frame.deviceTime === null ? 0 : 2) | (frame.site === null ? 0 : 4);
  const writer = new FrameWriter().u8(flags).float(frame.temperature);
  if (frame.deviceTime !== null) writer.dateTime(frame.deviceTime);
  if (frame.site !== null) writer.u8(frame.site);
  return writer.done();
}

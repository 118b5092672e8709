import { FrameReader, FrameWriter } from './bytes.js';
import { encodeSfloat, type MedicalFloat } from './ieee11073.js';

/** What follows the pressures in 0x2A35 and 0x2A36 alike. */
export interface CuffExtras {
  readonly unit: 'mm[Hg]' | 'kPa';
  /** As printed, zeros kept; null when not sent. */
  readonly deviceTime: string | null;
  readonly pulse: MedicalFloat | null;
  /** 255 is unknown. */
  readonly user: number | null;
  /** Bits: 0 body movement, 1 cuff loose, 2 irregular pulse, 3-4 pulse range, 5 position; the rest reserved. */
  readonly status: number | null;
  /** Bytes after the last field; never written. */
  readonly trailingBytes: number;
}

/** Blood Pressure Measurement, 0x2A35. */
export interface BloodPressureFrame extends CuffExtras {
  readonly systolic: MedicalFloat;
  readonly diastolic: MedicalFloat;
  readonly map: MedicalFloat;
}

/** Intermediate Cuff Pressure, 0x2A36: the pressure while inflating, never a reading. */
export interface CuffPressureFrame extends CuffExtras {
  readonly cuffPressure: MedicalFloat;
}

/** How a cuff departs from the specification. */
export interface CuffQuirk {
  /** Pulse and status have their high byte first. */
  readonly isPulseBigEndian: boolean;
  /** The user byte is there though its flag is clear. */
  readonly hasUserAlways: boolean;
}

const BY_THE_BOOK: CuffQuirk = { isPulseBigEndian: false, hasUserAlways: false };
const UNIT_KPA = 1;
const HAS_TIME = 2;
const HAS_PULSE = 4;
const HAS_USER = 8;
const HAS_STATUS = 16;

function readExtras(reader: FrameReader, flags: number, quirk: CuffQuirk): CuffExtras {
  const word = (): FrameReader => (quirk.isPulseBigEndian ? new FrameReader(Uint8Array.of(...swapped(reader))) : reader);
  const deviceTime = flags & HAS_TIME ? reader.dateTime() : null;
  const pulse = flags & HAS_PULSE ? word().sfloat() : null;
  const user = flags & HAS_USER || quirk.hasUserAlways ? reader.u8() : null;
  const status = flags & HAS_STATUS ? word().u16() : null;
  return { unit: flags & UNIT_KPA ? 'kPa' : 'mm[Hg]', deviceTime, pulse, user, status, trailingBytes: Math.max(0, reader.bytesLeft) };
}

function swapped(reader: FrameReader): [number, number] {
  const high = reader.u8();
  return [reader.u8(), high];
}

/** The frame in the bytes of 0x2A35, or null when they end early. Reserved flag bits are ignored (a real BM96 sets two). */
export function decodeBloodPressure(bytes: Uint8Array, quirk: CuffQuirk = BY_THE_BOOK): BloodPressureFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  const [systolic, diastolic, map] = [reader.sfloat(), reader.sfloat(), reader.sfloat()];
  const frame = { systolic, diastolic, map, ...readExtras(reader, flags, quirk) };
  return reader.isShort ? null : frame;
}

/** The frame in the bytes of 0x2A36, or null when they end early. */
export function decodeCuffPressure(bytes: Uint8Array, quirk: CuffQuirk = BY_THE_BOOK): CuffPressureFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  const cuffPressure = reader.sfloat();
  reader.u16();
  reader.u16();
  const frame = { cuffPressure, ...readExtras(reader, flags, quirk) };
  return reader.isShort ? null : frame;
}

function flagsOf(frame: CuffExtras, quirk: CuffQuirk): number {
  return (
    (frame.unit === 'kPa' ? UNIT_KPA : 0) |
    (frame.deviceTime === null ? 0 : HAS_TIME) |
    (frame.pulse === null ? 0 : HAS_PULSE) |
    (frame.user === null || quirk.hasUserAlways ? 0 : HAS_USER) |
    (frame.status === null ? 0 : HAS_STATUS)
  );
}

function writeExtras(writer: FrameWriter, frame: CuffExtras, quirk: CuffQuirk): Uint8Array {
  const word = (bits: number): FrameWriter => writer.u16(quirk.isPulseBigEndian ? ((bits & 0xff) << 8) | (bits >> 8) : bits);
  if (frame.deviceTime !== null) writer.dateTime(frame.deviceTime);
  if (frame.pulse !== null) word(encodeSfloat(frame.pulse));
  if (frame.user !== null || quirk.hasUserAlways) writer.u8(frame.user ?? 255);
  if (frame.status !== null) word(frame.status);
  return writer.done();
}

/**
 * The bytes of 0x2A35.
 * @throws FloatRangeError for a value an SFLOAT cannot hold
 */
export function encodeBloodPressure(frame: BloodPressureFrame, quirk: CuffQuirk = BY_THE_BOOK): Uint8Array {
  const writer = new FrameWriter().u8(flagsOf(frame, quirk)).sfloat(frame.systolic).sfloat(frame.diastolic).sfloat(frame.map);
  return writeExtras(writer, frame, quirk);
}

/**
 * The bytes of 0x2A36.
 * @throws FloatRangeError for a value an SFLOAT cannot hold
 */
export function encodeCuffPressure(frame: CuffPressureFrame, quirk: CuffQuirk = BY_THE_BOOK): Uint8Array {
  return writeExtras(new FrameWriter().u8(flagsOf(frame, quirk)).sfloat(frame.cuffPressure).u16(0).u16(0), frame, quirk);
}

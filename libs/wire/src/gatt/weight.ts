import { FrameReader, FrameWriter } from './bytes.js';

const UNSUCCESSFUL = 0xffff;

/** Weight Measurement, 0x2A9D. */
export interface WeightFrame {
  readonly unit: 'kg' | '[lb_av]';
  /** In `unit`, steps of 0.005 kg or 0.01 lb; null when the weighing was unsuccessful (0xFFFF). */
  readonly weight: number | null;
  /** As printed, zeros kept; null when not sent. */
  readonly deviceTime: string | null;
  /** 255 is unknown. */
  readonly user: number | null;
  /** Sent together: kg/m2 in steps of 0.1, and metres in steps of 0.001 or inches in steps of 0.1. */
  readonly bmi: { readonly bmi: number; readonly height: number } | null;
  /** Bytes after the last field; never written. */
  readonly trailingBytes: number;
}

/** Steps of a mass field per kg or per lb: the resolution is fixed, whatever the Weight Scale Feature says. */
export function massSteps(unit: 'kg' | '[lb_av]'): number {
  return unit === 'kg' ? 200 : 100;
}

/** Steps of a height field per metre or per inch. */
export function heightSteps(unit: 'kg' | '[lb_av]'): number {
  return unit === 'kg' ? 1000 : 10;
}

/** The frame in the bytes of 0x2A9D, or null when they end early. */
export function decodeWeight(bytes: Uint8Array): WeightFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u8();
  const unit = flags & 1 ? '[lb_av]' : 'kg';
  const weight = reader.u16();
  const deviceTime = flags & 2 ? reader.dateTime() : null;
  const user = flags & 4 ? reader.u8() : null;
  const bmi = flags & 8 ? { bmi: reader.u16() / 10, height: reader.u16() / heightSteps(unit) } : null;
  if (reader.isShort) return null;
  return {
    unit,
    weight: weight === UNSUCCESSFUL ? null : weight / massSteps(unit),
    deviceTime,
    user,
    bmi,
    trailingBytes: reader.bytesLeft,
  };
}

/** The bytes of 0x2A9D; values are rounded to the field's step. */
export function encodeWeight(frame: WeightFrame): Uint8Array {
  const flags =
    (frame.unit === 'kg' ? 0 : 1) | (frame.deviceTime === null ? 0 : 2) | (frame.user === null ? 0 : 4) | (frame.bmi === null ? 0 : 8);
  const writer = new FrameWriter().u8(flags).u16(frame.weight === null ? UNSUCCESSFUL : Math.round(frame.weight * massSteps(frame.unit)));
  if (frame.deviceTime !== null) writer.dateTime(frame.deviceTime);
  if (frame.user !== null) writer.u8(frame.user);
  if (frame.bmi !== null) writer.u16(Math.round(frame.bmi.bmi * 10)).u16(Math.round(frame.bmi.height * heightSteps(frame.unit)));
  return writer.done();
}

import { FrameReader, FrameWriter } from './bytes.js';
import { heightSteps, massSteps } from './weight.js';

const UNSUCCESSFUL = 0xffff;

/** A mass as the scale found it; `unsuccessful` is 0xFFFF, as for a weighing (devices/README 1.1). */
export type ScaleMass = number | 'unsuccessful';

/** Body Composition Measurement, 0x2A9C. Masses in `unit`; fields not sent are null. */
export interface BodyCompositionFrame {
  readonly unit: 'kg' | '[lb_av]';
  /** Null when the measurement was unsuccessful (0xFFFF). */
  readonly bodyFatPercent: number | null;
  /** As printed, zeros kept. */
  readonly deviceTime: string | null;
  /** 255 is unknown. */
  readonly user: number | null;
  readonly basalMetabolismKj: number | null;
  readonly musclePercent: number | null;
  readonly muscleMass: ScaleMass | null;
  readonly fatFreeMass: ScaleMass | null;
  readonly softLeanMass: ScaleMass | null;
  readonly bodyWaterMass: ScaleMass | null;
  readonly impedanceOhm: number | null;
  readonly weight: ScaleMass | null;
  /** Metres or inches. */
  readonly height: number | null;
  /** The measurement goes on in a second packet. */
  readonly isMultiPacket: boolean;
  /** Bytes after the last field; never written. */
  readonly trailingBytes: number;
}

/** The frame in the bytes of 0x2A9C, or null when they end early. */
export function decodeBodyComposition(bytes: Uint8Array): BodyCompositionFrame | null {
  const reader = new FrameReader(bytes);
  const flags = reader.u16();
  const unit = flags & 1 ? '[lb_av]' : 'kg';
  const word = (bit: number, steps: number): number | null => (flags & (1 << bit) ? reader.u16() / steps : null);
  const mass = (bit: number): ScaleMass | null => {
    const bits = word(bit, 1);
    return bits === UNSUCCESSFUL ? 'unsuccessful' : bits === null ? null : bits / massSteps(unit);
  };
  const bodyFat = reader.u16();
  // Read in the order of the flag bits: an object literal's fields are evaluated as written.
  const frame = {
    unit,
    bodyFatPercent: bodyFat === UNSUCCESSFUL ? null : bodyFat / 10,
    deviceTime: flags & 2 ? reader.dateTime() : null,
    user: flags & 4 ? reader.u8() : null,
    basalMetabolismKj: word(3, 1),
    musclePercent: word(4, 10),
    muscleMass: mass(5),
    fatFreeMass: mass(6),
    softLeanMass: mass(7),
    bodyWaterMass: mass(8),
    impedanceOhm: word(9, 10),
    weight: mass(10),
    height: word(11, heightSteps(unit)),
    isMultiPacket: (flags & (1 << 12)) !== 0,
    trailingBytes: Math.max(0, reader.bytesLeft),
  } as const;
  return reader.isShort ? null : frame;
}

/** The bytes of 0x2A9C; values are rounded to the field's step. */
export function encodeBodyComposition(frame: BodyCompositionFrame): Uint8Array {
  const mass = massSteps(frame.unit);
  const words: readonly (readonly [number, ScaleMass | null, number])[] = [
    [3, frame.basalMetabolismKj, 1],
    [4, frame.musclePercent, 10],
    [5, frame.muscleMass, mass],
    [6, frame.fatFreeMass, mass],
    [7, frame.softLeanMass, mass],
    [8, frame.bodyWaterMass, mass],
    [9, frame.impedanceOhm, 10],
    [10, frame.weight, mass],
    [11, frame.height, heightSteps(frame.unit)],
  ];
  let flags =
    (frame.unit === 'kg' ? 0 : 1) |
    (frame.deviceTime === null ? 0 : 2) |
    (frame.user === null ? 0 : 4) |
    (frame.isMultiPacket ? 1 << 12 : 0);
  for (const [bit, value] of words) if (value !== null) flags |= 1 << bit;
  const writer = new FrameWriter().u16(flags).u16(frame.bodyFatPercent === null ? UNSUCCESSFUL : Math.round(frame.bodyFatPercent * 10));
  if (frame.deviceTime !== null) writer.dateTime(frame.deviceTime);
  if (frame.user !== null) writer.u8(frame.user);
  for (const [, value, steps] of words) {
    if (value !== null) writer.u16(value === 'unsuccessful' ? UNSUCCESSFUL : Math.round(value * steps));
  }
  return writer.done();
}

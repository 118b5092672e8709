import { decodeFloat, decodeSfloat, encodeFloat, encodeSfloat, type MedicalFloat } from './ieee11073.js';

const two = (part: number): string => (part < 10 ? `0${part}` : String(part));

/** Reads a characteristic front to back, little-endian. Past the end it gives zeros and `isShort` turns true: look at it once, at the end. */
export class FrameReader {
  private at = 0;
  private short = false;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether more was read than there is: then nothing that was read may be used. */
  get isShort(): boolean {
    return this.short;
  }

  /** Bytes not read yet. */
  get bytesLeft(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) this.short = true;
    this.at += 1;
    return byte ?? 0;
  }

  u16(): number {
    return this.u8() + this.u8() * 0x100;
  }

  u24(): number {
    return this.u16() + this.u8() * 0x10000;
  }

  sfloat(): MedicalFloat {
    return decodeSfloat(this.u16());
  }

  float(): MedicalFloat {
    return decodeFloat(this.u16() + this.u16() * 0x10000);
  }

  /**
   * A GATT Date Time as printed text, `2026-01-15T08:28:40`. Unknown parts stay zeros (`0000-04-17T20:41:59`), impossible ones stay what they are:
   * the text is part of the duplicate key, whether it is an instant is decided later.
   */
  dateTime(): string {
    const year = String(this.u16()).padStart(4, '0');
    return `${year}-${two(this.u8())}-${two(this.u8())}T${two(this.u8())}:${two(this.u8())}:${two(this.u8())}`;
  }
}

/** Writes a characteristic front to back, little-endian. */
export class FrameWriter {
  private readonly bytes: number[] = [];

  u8(value: number): this {
    this.bytes.push(value & 0xff);
    return this;
  }

  u16(value: number): this {
    return this.u8(value).u8(value >> 8);
  }

  u24(value: number): this {
    return this.u16(value).u8(value >> 16);
  }

  sfloat(value: MedicalFloat): this {
    return this.u16(encodeSfloat(value));
  }

  float(value: MedicalFloat): this {
    const bits = encodeFloat(value);
    return this.u16(bits % 0x10000).u16(Math.floor(bits / 0x10000));
  }

  /** The inverse of `FrameReader.dateTime`. */
  dateTime(text: string): this {
    const [year = 0, ...parts] = text.split(/[-T:]/).map(Number);
    this.u16(year);
    for (let index = 0; index < 5; index += 1) this.u8(parts[index] ?? 0);
    return this;
  }

  /** The frame. */
  done(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** The bytes of a hex text of whole bytes, or null when it is none. Case does not matter. */
export function bytesOfHex(hex: string): Uint8Array | null {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(hex)) return null;
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}

/** Lower-case hex of bytes. */
export function hexOfBytes(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/** A medical float that is no number: IEEE 11073-20601 special values, by the names the fixtures use. */
export type SpecialFloat = 'NaN' | 'NRes' | '+INFINITY' | '-INFINITY' | 'reserved';

/** What an SFLOAT or FLOAT holds. A number is always finite and the nearest double to the decimal that was sent. */
export type MedicalFloat = number | SpecialFloat;

/** Asked to encode a number that the format cannot hold exactly. */
export class FloatRangeError extends RangeError {
  override readonly name = 'FloatRangeError';
}

// By distance of the mantissa from the largest positive one less 1: +INF, NaN, NRes, reserved, -INF lie side by side around the wrap.
const SPECIALS: readonly SpecialFloat[] = ['+INFINITY', 'NaN', 'NRes', 'reserved', '-INFINITY'];

// A double holds 10^22 exactly, so one multiplication or division rounds once and gives the double nearest to the decimal.
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

function decimal(mantissa: number, exponent: number): number {
  const power = EXACT_POWERS[Math.abs(exponent)];
  if (power === undefined) return Number(`${mantissa}e${exponent}`);
  return exponent < 0 ? mantissa / power : mantissa * power;
}

function decodeParts(mantissaBits: number, exponent: number, width: number): MedicalFloat {
  const half = 2 ** (width - 1);
  // The five special mantissas are special with any exponent: real meters send NaN with a leftover exponent.
  const special = SPECIALS[mantissaBits - (half - 2)];
  if (special !== undefined) return special;
  const mantissa = mantissaBits >= half ? mantissaBits - 2 * half : mantissaBits;
  return mantissa === 0 ? 0 : decimal(mantissa, exponent);
}

/** The 16-bit SFLOAT: 4-bit exponent, 12-bit mantissa, both two's complement. */
export function decodeSfloat(bits: number): MedicalFloat {
  const exponent = (bits >> 12) & 0xf;
  return decodeParts(bits & 0xfff, exponent >= 8 ? exponent - 16 : exponent, 12);
}

/** The 32-bit FLOAT: 8-bit exponent, 24-bit mantissa, both two's complement. */
export function decodeFloat(bits: number): MedicalFloat {
  const exponent = (bits >>> 24) & 0xff;
  return decodeParts(bits & 0xffffff, exponent >= 128 ? exponent - 256 : exponent, 24);
}

interface FloatFormat {
  readonly name: string;
  readonly width: number;
  readonly exponentBits: number;
}

const SFLOAT: FloatFormat = { name: 'SFLOAT', width: 12, exponentBits: 4 };
const FLOAT: FloatFormat = { name: 'FLOAT', width: 24, exponentBits: 8 };

/** The shortest mantissa and exponent of a double's decimal text. */
function decimalParts(value: number): { readonly mantissa: number; readonly exponent: number } {
  const [digits = '0', power = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = digits.split('.');
  return { mantissa: Number(whole + fraction), exponent: Number(power) - fraction.length };
}

function encodeParts(value: MedicalFloat, format: FloatFormat): number {
  const half = 2 ** (format.width - 1);
  if (typeof value === 'string') return half - 2 + SPECIALS.indexOf(value);
  let { mantissa, exponent } = decimalParts(value);
  const exponentMax = 2 ** (format.exponentBits - 1) - 1;
  // Whole tens are sent plainly when they fit: 100 is 100 x 10^0, as most devices do.
  while (exponent > 0 && Math.abs(mantissa) * 10 < half - 2) {
    mantissa *= 10;
    exponent -= 1;
  }
  const fits = Math.abs(mantissa) < half - 2 && exponent <= exponentMax && exponent >= -exponentMax - 1;
  if (!fits) throw new FloatRangeError(`${value} does not fit a ${format.name}`);
  const exponentField = (exponent + 2 ** format.exponentBits) % 2 ** format.exponentBits;
  return ((mantissa + 2 * half) % (2 * half)) + exponentField * 2 * half;
}

/**
 * The bits of an SFLOAT.
 * @throws FloatRangeError when the number has more than about three digits or is out of range
 */
export function encodeSfloat(value: MedicalFloat): number {
  return encodeParts(value, SFLOAT);
}

/**
 * The bits of a FLOAT, unsigned.
 * @throws FloatRangeError when the number has more than about seven digits or is out of range
 */
export function encodeFloat(value: MedicalFloat): number {
  return encodeParts(value, FLOAT);
}

import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import {
  decodeBloodPressure,
  decodeCuffPressure,
  encodeBloodPressure,
  encodeCuffPressure,
  type BloodPressureFrame,
  type CuffExtras,
} from './gatt/blood-pressure.js';
import { decodeBodyComposition, encodeBodyComposition, type BodyCompositionFrame } from './gatt/body-composition.js';
import { FrameReader, bytesOfHex, hexOfBytes } from './gatt/bytes.js';
import { decodeHeartRate, encodeHeartRate } from './gatt/heart-rate.js';
import { FloatRangeError, decodeFloat, decodeSfloat, encodeFloat, encodeSfloat, type MedicalFloat } from './gatt/ieee11073.js';
import { decodeContinuous, decodeSpotCheck, encodeContinuous, encodeSpotCheck, type OximeterStatus } from './gatt/pulse-oximeter.js';
import { TEMPERATURE_SITES, decodeTemperature, encodeTemperature } from './gatt/temperature.js';
import { decodeWeight, encodeWeight, heightSteps, massSteps } from './gatt/weight.js';
import { isObject } from './json.js';

const FIXTURES = '../shared/fixtures/gatt';
const whenFixtures = existsSync(FIXTURES) ? describe : describe.skip; // The public frames are not part of the repository.
const fixtures = <T>(file: string): readonly T[] =>
  existsSync(FIXTURES) ? (JSON.parse(readFileSync(`${FIXTURES}/${file}`, 'utf8')) as T[]) : [];

const decodeDateTime = (bytes: Uint8Array): string | null => (bytes.length === 7 ? new FrameReader(bytes).dateTime() : null);
const DECODERS: Record<string, (bytes: Uint8Array) => unknown> = {
  '0x2A35': (bytes) => decodeBloodPressure(bytes),
  '0x2A36': (bytes) => decodeCuffPressure(bytes),
  '0x2A5E': decodeSpotCheck,
  '0x2A5F': decodeContinuous,
  '0x2A9D': decodeWeight,
  '0x2A9C': decodeBodyComposition,
  '0x2A1C': decodeTemperature,
  '0x2A37': decodeHeartRate,
  '0x2A08': decodeDateTime,
};
// Left to a later decoder; in a raw message they are parked as unknown-format.
const LATER = ['0x2A18', '0x2AA7'];

const hex = (text: string): Uint8Array => bytesOfHex(text)!;

interface Vector {
  readonly id: string;
  readonly characteristic: string;
  readonly hex: string;
  readonly expected: Record<string, unknown> | string;
  readonly specDecode: Record<string, unknown>;
}

/** A decoded frame in the words of the public vectors. */
function inTheirWords(characteristic: string, frame: unknown): Record<string, unknown> {
  if (characteristic === '0x2A08') return { deviceTime: frame };
  const own = frame as Record<string, unknown>;
  const unit = { 'mm[Hg]': 'mmHg', kPa: 'kPa', '[lb_av]': 'lb', kg: 'kg', Cel: 'Cel' }[String(own['unit'])];
  const bmi = own['bmi'] as { bmi: number; height: number } | null | undefined;
  const pair = (name: string): Record<string, number> | undefined => own[name] as Record<string, number> | undefined;
  return {
    ...own,
    unit,
    massUnit: unit,
    meanArterialPressure: own['map'],
    pulseRate: own['pulse'],
    userId: own['user'],
    measurementStatusRaw: own['status'],
    bmi: bmi?.bmi,
    height: bmi?.height ?? own['height'],
    heightUnit: unit === 'kg' ? 'm' : 'in',
    spo2Fast: pair('fast')?.['spo2'],
    pulseRateFast: pair('fast')?.['pulse'],
    spo2Slow: pair('slow')?.['spo2'],
    pulseRateSlow: pair('slow')?.['pulse'],
    pulseAmplitudeIndex: own['pulseAmplitudePercent'],
    deviceClockNotSet: own['isClockNotSet'],
    temperatureType: typeof own['site'] === 'number' ? TEMPERATURE_SITES[own['site']] : undefined,
    sensorContact: own['contact'] === 'not-supported' ? 'notSupported' : own['contact'],
    energyExpendedKJ: own['energyKj'],
    basalMetabolismKJ: own['basalMetabolismKj'],
  };
}

whenFixtures('the public frames', () => {
  const mine = ({ characteristic }: Vector): boolean => !LATER.includes(characteristic);
  const known = ({ characteristic }: Vector): boolean => characteristic in DECODERS || LATER.includes(characteristic);
  const notCompared = ['flags', 'measurementStatus', 'deviceAndSensorStatus'];

  const compare = ({ characteristic, hex: text }: Vector, expected: Record<string, unknown>): void => {
    const frame = DECODERS[characteristic]!(hex(text));
    expect(frame).not.toBeNull();
    const theirs = inTheirWords(characteristic, frame);
    for (const [name, value] of Object.entries(expected))
      if (!notCompared.includes(name)) expect([name, theirs[name]]).toEqual([name, value]);
  };

  test.each(fixtures<Vector>('vectors.json').filter(mine))('reads $id', (vector) => {
    expect(known(vector)).toBe(true);
    compare(vector, vector.expected as Record<string, unknown>);
  });

  test.each(fixtures<Vector>('vectors-invalid.json').filter(mine))('refuses $id', (vector) => {
    const frame = DECODERS[vector.characteristic]!(hex(vector.hex));
    // The one left to policy: reserved flag bits are ignored, as GATT says.
    if (vector.expected === 'policy') expect(frame).toMatchObject({ temperature: 25, unit: 'Cel' });
    else expect(frame).toBeNull();
  });

  test.each(fixtures<Vector>('vectors-nonconforming.json').filter(mine))('reads $id by the specification', (vector) => {
    compare(vector, vector.specDecode);
  });

  test.each(fixtures<{ type: string; raw: string; value: MedicalFloat }>('ieee11073-floats.json'))(
    '$type $raw is $value',
    ({ type, raw, value }) => {
      const [decode, encode] = type === 'FLOAT' ? [decodeFloat, encodeFloat] : [decodeSfloat, encodeSfloat];
      expect(decode(Number(raw))).toBe(value);
      expect(decode(encode(value))).toBe(value);
    },
  );
});

describe('floats', () => {
  test.each<[number, MedicalFloat]>([
    [0x07ff, 'NaN'],
    [0x0800, 'NRes'],
    [0x07fe, '+INFINITY'],
    [0x0802, '-INFINITY'],
    [0x0801, 'reserved'],
    [0xf7ff, 'NaN'],
    [0xe802, '-INFINITY'],
    [0x07fd, 2045],
    [0x0803, -2045],
    [0xf16c, 36.4],
    [0xe805, -20.43],
    [0x8001, 1e-8],
    [0x7001, 1e7],
    [0xf000, 0],
  ])('SFLOAT %p is %p', (bits, value) => expect(decodeSfloat(bits)).toBe(value));

  test.each<[number, MedicalFloat]>([
    [0x007fffff, 'NaN'],
    [0x00800000, 'NRes'],
    [0x007ffffe, '+INFINITY'],
    [0x00800002, '-INFINITY'],
    [0x00800001, 'reserved'],
    [0xff7fffff, 'NaN'],
    [0xfe000e71, 36.97],
    [0x007ffffd, 8388605],
    [0x7f000001, 1e127],
    [0x80000001, 1e-128],
  ])('FLOAT %p is %p', (bits, value) => expect(decodeFloat(bits)).toBe(value));

  test('every SFLOAT there is holds its decimal exactly and comes back', () => {
    for (let bits = 0; bits <= 0xffff; bits += 1) {
      const value = decodeSfloat(bits);
      if (decodeSfloat(encodeSfloat(value)) !== value) throw new Error(`${bits}: ${value} does not come back`);
      if (typeof value !== 'number') continue;
      const mantissa = ((bits & 0xfff) << 20) >> 20;
      const exponent = (bits << 16) >> 28;
      if (mantissa !== 0 && value !== Number(`${mantissa}e${exponent}`)) throw new Error(`${bits}: ${value}`);
    }
  });

  test('any FLOAT is a special value or the double nearest to its decimal, and comes back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8388605, max: 8388605 }), fc.integer({ min: -128, max: 127 }), (mantissa, exponent) => {
        const bits = (((exponent & 0xff) << 24) | (mantissa & 0xffffff)) >>> 0;
        const value = decodeFloat(bits);
        expect(value).toBe(Number(`${mantissa}e${mantissa === 0 ? 0 : exponent}`) + 0);
        expect(decodeFloat(encodeFloat(value))).toBe(value);
      }),
    );
  });

  test('a number that does not fit is an error, not another number', () => {
    expect(() => encodeSfloat(20.471)).toThrow(FloatRangeError);
    expect(() => encodeSfloat(1e12)).toThrow(FloatRangeError);
    expect(() => encodeSfloat(Infinity)).toThrow(FloatRangeError);
    expect(() => encodeFloat(NaN)).toThrow(FloatRangeError);
    expect(() => encodeFloat(36.9700001)).toThrow(FloatRangeError);
  });
});

const sfloat: fc.Arbitrary<MedicalFloat> = fc.integer({ min: 0, max: 0xffff }).map(decodeSfloat);
const float: fc.Arbitrary<MedicalFloat> = fc.integer({ min: 0, max: 0xffffffff }).map(decodeFloat);
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary);
const deviceTime = maybe(fc.uint8Array({ minLength: 7, maxLength: 7 }).map((bytes) => decodeDateTime(bytes)!));
const none = fc.constant(0);
const extras: fc.Arbitrary<CuffExtras> = fc.record({
  unit: fc.constantFrom('mm[Hg]' as const, 'kPa' as const),
  deviceTime,
  pulse: maybe(sfloat),
  user: maybe(u8),
  status: maybe(u16),
  trailingBytes: none,
});
const status: fc.Arbitrary<OximeterStatus> = fc.record({
  measurementStatus: maybe(u16),
  sensorStatus: maybe(fc.integer({ min: 0, max: 0xffffff })),
  pulseAmplitudePercent: maybe(sfloat),
  trailingBytes: none,
});
const pair = fc.record({ spo2: sfloat, pulse: sfloat });
const massUnit = fc.constantFrom('kg' as const, '[lb_av]' as const);
const steps = (perUnit: number, max = 0xffff): fc.Arbitrary<number> => fc.integer({ min: 0, max }).map((step) => step / perUnit);
const weight = massUnit.chain((unit) =>
  fc.record({
    unit: fc.constant(unit),
    weight: maybe(steps(massSteps(unit), 0xfffe)),
    deviceTime,
    user: maybe(u8),
    bmi: maybe(fc.record({ bmi: steps(10), height: steps(heightSteps(unit)) })),
    trailingBytes: none,
  }),
);
const bodyComposition: fc.Arbitrary<BodyCompositionFrame> = massUnit.chain((unit) => {
  const mass = maybe(fc.oneof(fc.constant('unsuccessful' as const), steps(massSteps(unit), 0xfffe)));
  return fc.record({
    unit: fc.constant(unit),
    bodyFatPercent: maybe(steps(10, 0xfffe)),
    deviceTime,
    user: maybe(u8),
    basalMetabolismKj: maybe(u16),
    musclePercent: maybe(steps(10)),
    muscleMass: mass,
    fatFreeMass: mass,
    softLeanMass: mass,
    bodyWaterMass: mass,
    impedanceOhm: maybe(steps(10)),
    weight: mass,
    height: maybe(steps(heightSteps(unit))),
    isMultiPacket: fc.boolean(),
    trailingBytes: none,
  });
});

describe('decode after encode is identity', () => {
  const same = <T>(arbitrary: fc.Arbitrary<T>, encode: (frame: T) => Uint8Array, decode: (bytes: Uint8Array) => T | null): void => {
    fc.assert(
      fc.property(arbitrary, (frame) => {
        const bytes = encode(frame);
        expect(decode(bytes)).toEqual(frame);
        for (let length = 0; length < bytes.length; length += 1) {
          const cut = decode(bytes.subarray(0, length));
          // A heart rate with fewer intervals is a heart rate.
          if (cut !== null) expect(isObject(cut) && 'rrIntervals1024' in cut && length >= 4).toBe(true);
        }
      }),
    );
  };

  test('0x2A35', () =>
    same(
      fc.tuple(extras, sfloat, sfloat, sfloat).map(([rest, systolic, diastolic, map]) => ({ ...rest, systolic, diastolic, map })),
      encodeBloodPressure,
      decodeBloodPressure,
    ));
  test('0x2A36', () =>
    same(
      fc.tuple(extras, sfloat).map(([rest, cuffPressure]) => ({ ...rest, cuffPressure })),
      encodeCuffPressure,
      decodeCuffPressure,
    ));
  test('0x2A5E', () =>
    same(
      fc
        .tuple(pair, status, deviceTime, fc.boolean())
        .map(([values, rest, time, isClockNotSet]) => ({ ...values, ...rest, deviceTime: time, isClockNotSet })),
      encodeSpotCheck,
      decodeSpotCheck,
    ));
  test('0x2A5F', () =>
    same(
      fc.tuple(pair, status, maybe(pair), maybe(pair)).map(([values, rest, fast, slow]) => ({ ...values, ...rest, fast, slow })),
      encodeContinuous,
      decodeContinuous,
    ));
  test('0x2A9D', () => same(weight, encodeWeight, decodeWeight));
  test('0x2A9C', () => same(bodyComposition, encodeBodyComposition, decodeBodyComposition));
  test('0x2A1C', () =>
    same(
      fc.record({
        unit: fc.constantFrom('Cel' as const, '[degF]' as const),
        temperature: float,
        deviceTime,
        site: maybe(u8),
        trailingBytes: none,
      }),
      encodeTemperature,
      decodeTemperature,
    ));
  test('0x2A37', () =>
    same(
      fc.record({
        heartRate: u16,
        contact: fc.constantFrom('not-supported' as const, 'not-detected' as const, 'detected' as const),
        energyKj: maybe(u16),
        rrIntervals1024: maybe(fc.array(u16, { minLength: 1, maxLength: 9 })),
        trailingBytes: none,
      }),
      encodeHeartRate,
      decodeHeartRate,
    ));

  test('a cuff with the quirks of a BM85', () => {
    const quirk = { isPulseBigEndian: true, hasUserAlways: true };
    const frames: fc.Arbitrary<BloodPressureFrame> = fc
      .tuple(extras, sfloat, u8)
      .map(([rest, systolic, user]) => ({ ...rest, user, systolic, diastolic: 80, map: 0 }));
    same(
      frames,
      (frame) => encodeBloodPressure(frame, quirk),
      (bytes) => decodeBloodPressure(bytes, quirk),
    );
  });

  test('hex', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(bytesOfHex(hexOfBytes(bytes))).toEqual(bytes)));
    for (const text of ['0', '0x', 'g0', '00 ']) expect(bytesOfHex(text)).toBeNull();
  });
});

test('any bytes have an answer from every decoder, and no number in it is not finite', () => {
  const numbersIn = (value: unknown): number[] =>
    typeof value === 'number' ? [value] : isObject(value) ? Object.values(value).flatMap(numbersIn) : [];
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(DECODERS)), fc.uint8Array({ maxLength: 40 }), (decode, bytes) => {
      expect(numbersIn(decode(bytes)).every((number) => Number.isFinite(number))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

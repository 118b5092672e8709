import type { Metric } from '@varde/vitals';
import type { Delivered } from './act.js';
import { decodeBloodPressure } from './gatt/blood-pressure.js';
import { decodeBodyComposition } from './gatt/body-composition.js';
import { decodeHeartRate } from './gatt/heart-rate.js';
import type { MedicalFloat } from './gatt/ieee11073.js';
import { decodeContinuous, decodeSpotCheck, type OximeterPair, type OximeterStatus } from './gatt/pulse-oximeter.js';
import { TEMPERATURE_SITES, decodeTemperature } from './gatt/temperature.js';
import { decodeWeight } from './gatt/weight.js';
import type { Absent, AbsentReason, Measurement, Quality } from './message.js';
import type { Quirk } from './quirk.js';
import { CUFF_STATUS, OXIMETER_MEASUREMENT_STATUS, OXIMETER_SENSOR_STATUS, statusOf, worst, type StatusBit } from './status-bits.js';

/** What one frame says by itself: everything of an act but where and when it arrived. */
export interface FrameAct {
  readonly kind: string;
  readonly deviceTime: string | null;
  readonly clockNotSet: boolean;
  readonly userSlot: number | null;
  readonly stored: boolean;
  readonly delivered: readonly Delivered[];
  readonly absent: readonly Absent[];
  readonly quality: Quality;
  readonly flags: readonly string[];
  /** Whether the frame carries a status word. */
  readonly isStatusKnown: boolean;
  readonly context: Measurement['context'];
}

/** One characteristic's bytes as an act, or null when they do not follow its layout. */
export type FrameDecoder = (bytes: Uint8Array, quirk: Quirk) => FrameAct | null;

const ABSENT_BY_FLOAT: Readonly<Record<Exclude<MedicalFloat, number>, AbsentReason>> = {
  NaN: 'not-a-number',
  NRes: 'error',
  reserved: 'error',
  '+INFINITY': 'positive-infinity',
  '-INFINITY': 'negative-infinity',
};

/** Sorts the fields of a frame into values and reasons why there is none. */
class ActBuilder {
  readonly delivered: Delivered[] = [];
  readonly absent: Absent[] = [];
  readonly flags: string[] = [];
  readonly context: Record<string, string | number | boolean> = {};
  quality: Quality = 'good';
  isStored = false;
  isStatusKnown = false;

  constructor(private readonly kind: string) {}

  take(metric: Metric, value: MedicalFloat | null, unit: string): this {
    if (typeof value === 'number') this.delivered.push({ type: metric, value, unit });
    else if (value !== null) this.absent.push({ metric, reason: ABSENT_BY_FLOAT[value] });
    return this;
  }

  lack(metric: Metric, reason: AbsentReason): this {
    this.absent.push({ metric, reason });
    return this;
  }

  status(bits: number | null, table: readonly StatusBit[]): this {
    const { flags, quality, isStored } = statusOf(bits ?? 0, table);
    this.flags.push(...flags);
    this.quality = worst(this.quality, quality);
    this.isStored ||= isStored;
    this.isStatusKnown ||= bits !== null;
    return this;
  }

  /** Bytes after the last field mean that the layout is not quite the one read: the values are used with care. */
  trailing(bytes: number): this {
    if (bytes === 0) return this;
    this.flags.push('trailing-bytes');
    this.quality = worst(this.quality, 'questionable');
    return this;
  }

  done(deviceTime: string | null, user: number | null, clockNotSet = false): FrameAct {
    const { kind, delivered, absent, quality, flags, isStatusKnown, context } = this;
    const userSlot = user === 255 ? null : user;
    return { kind, deviceTime, clockNotSet, userSlot, stored: this.isStored, delivered, absent, quality, flags, isStatusKnown, context };
  }
}

function bloodPressure(bytes: Uint8Array, quirk: Quirk): FrameAct | null {
  const frame = decodeBloodPressure(bytes, quirk);
  if (frame === null) return null;
  const act = new ActBuilder('blood-pressure').take('systolic', frame.systolic, frame.unit).take('diastolic', frame.diastolic, frame.unit);
  if (frame.map === 0 && quirk.isMapZeroAbsent) act.lack('map', 'not-performed');
  else act.take('map', frame.map, frame.unit);
  act.take('pulse', frame.pulse, '/min').status(frame.status, CUFF_STATUS).trailing(frame.trailingBytes);
  return act.done(frame.deviceTime, frame.user);
}

function oximeter(kind: string, frame: OximeterPair & OximeterStatus): ActBuilder {
  return new ActBuilder(kind)
    .take('spo2', frame.spo2, '%')
    .take('pulse', frame.pulse, '/min')
    .take('perfusion-index', frame.pulseAmplitudePercent, '%')
    .status(frame.measurementStatus, OXIMETER_MEASUREMENT_STATUS)
    .status(frame.sensorStatus, OXIMETER_SENSOR_STATUS)
    .trailing(frame.trailingBytes);
}

function spotCheck(bytes: Uint8Array, quirk: Quirk): FrameAct | null {
  const frame = decodeSpotCheck(bytes);
  if (frame === null) return null;
  const isFactoryTime = quirk.factoryDate !== null && frame.deviceTime !== null && frame.deviceTime.startsWith(quirk.factoryDate);
  return oximeter('pulse-oximetry', frame).done(frame.deviceTime, null, frame.isClockNotSet || isFactoryTime);
}

function continuous(bytes: Uint8Array): FrameAct | null {
  const frame = decodeContinuous(bytes);
  return frame === null ? null : oximeter('pulse-oximetry-continuous', frame).done(null, null);
}

function weight(bytes: Uint8Array): FrameAct | null {
  const frame = decodeWeight(bytes);
  if (frame === null) return null;
  const act = new ActBuilder('weight').trailing(frame.trailingBytes);
  if (frame.weight === null) act.lack('weight', 'error');
  else act.take('weight', frame.weight, frame.unit);
  // Zero is "not computed": the scale does not know the person's height.
  if (frame.bmi !== null && frame.bmi.bmi > 0) act.take('bmi', frame.bmi.bmi, 'kg/m2');
  if (frame.bmi !== null && frame.bmi.height > 0) act.take('height', frame.bmi.height, frame.unit === 'kg' ? 'm' : '[in_i]');
  return act.done(frame.deviceTime, frame.user);
}

function bodyComposition(bytes: Uint8Array): FrameAct | null {
  const frame = decodeBodyComposition(bytes);
  if (frame === null) return null;
  const act = new ActBuilder('body-composition').trailing(frame.trailingBytes);
  if (frame.bodyFatPercent === null) act.lack('body-fat', 'error');
  else act.take('body-fat', frame.bodyFatPercent, '%');
  if (frame.weight === 'unsuccessful') act.lack('weight', 'error');
  else act.take('weight', frame.weight, frame.unit);
  if (frame.height !== null && frame.height > 0) act.take('height', frame.height, frame.unit === 'kg' ? 'm' : '[in_i]');
  for (const name of [
    'basalMetabolismKj',
    'musclePercent',
    'muscleMass',
    'fatFreeMass',
    'softLeanMass',
    'bodyWaterMass',
    'impedanceOhm',
  ] as const) {
    if (typeof frame[name] === 'number') act.context[name] = frame[name];
  }
  const masses = [frame.muscleMass, frame.fatFreeMass, frame.softLeanMass, frame.bodyWaterMass];
  if (masses.some((mass) => typeof mass === 'number')) act.context['massUnit'] = frame.unit;
  if (frame.isMultiPacket) act.flags.push('multi-packet');
  return act.done(frame.deviceTime, frame.user);
}

function temperature(bytes: Uint8Array): FrameAct | null {
  const frame = decodeTemperature(bytes);
  if (frame === null) return null;
  const act = new ActBuilder('temperature').take('temperature', frame.temperature, frame.unit).trailing(frame.trailingBytes);
  const site = frame.site === null ? null : TEMPERATURE_SITES[frame.site];
  if (typeof site === 'string') act.context['site'] = site;
  return act.done(frame.deviceTime, null);
}

function heartRate(bytes: Uint8Array): FrameAct | null {
  const frame = decodeHeartRate(bytes);
  if (frame === null) return null;
  const act = new ActBuilder('heart-rate').take('pulse', frame.heartRate, '/min').trailing(frame.trailingBytes);
  if (frame.contact === 'not-detected') {
    act.flags.push('sensor-not-on-user');
    act.quality = 'invalid';
  }
  return act.done(null, null);
}

/** The characteristics that readings are decoded from. */
export const FRAME_DECODERS: Readonly<Partial<Record<string, FrameDecoder>>> = {
  '2A35': bloodPressure,
  '2A5E': spotCheck,
  '2A5F': continuous,
  '2A9D': weight,
  '2A9C': bodyComposition,
  '2A1C': temperature,
  '2A37': heartRate,
};

import { randomBytes } from 'node:crypto';
import { encodeObs, type OutgoingValue } from '@varde/wire';
import { readyPublish, type ReadyPublish } from '../lean-client.js';
import type { Home } from './homes.js';

/**
 * What one message of a home says: a saturation alone, with the pulse as oximeters send it, a cuff's pressures and pulse, a scale's weight; or ten
 * acts of an oximeter that a gateway without a line has kept, in the one message the contract allows for them.
 */
export type Shape = 'spo2' | 'spo2+pulse' | 'cuff' | 'scale' | 'backlog';

interface Cast {
  readonly kind: string;
  /** Acts of one message. */
  readonly acts: number;
  readonly values: readonly OutgoingValue[];
}

const SPO2_MARK = 59;
const spo2: OutgoingValue = { type: 'spo2', value: SPO2_MARK, unit: '%' };
const pulse: OutgoingValue = { type: 'pulse', value: 74, unit: '/min' };
const systolic: OutgoingValue = { type: 'systolic', value: 128, unit: 'mm[Hg]' };
const diastolic: OutgoingValue = { type: 'diastolic', value: 79, unit: 'mm[Hg]' };
const weight: OutgoingValue = { type: 'weight', value: 81.4, unit: 'kg' };

const CASTS: Readonly<Record<Shape, Cast>> = {
  spo2: { kind: 'pulse-oximetry', acts: 1, values: [spo2] },
  'spo2+pulse': { kind: 'pulse-oximetry', acts: 1, values: [spo2, pulse] },
  cuff: { kind: 'blood-pressure', acts: 1, values: [systolic, diastolic, pulse] },
  scale: { kind: 'weight', acts: 1, values: [weight] },
  backlog: { kind: 'pulse-oximetry', acts: 10, values: [spo2, pulse] },
};

/** Acts of measuring in a message of the shape. */
export const actsOf = (shape: Shape): number => CASTS[shape].acts;
/** Metrics of each of them. */
export const metricsOf = (shape: Shape): readonly string[] => CASTS[shape].values.map(({ type }) => type);
/** Readings that a message of the shape becomes. */
export const readingsOf = (shape: Shape): number => CASTS[shape].acts * CASTS[shape].values.length;

const SENT = new Date('2001-01-01T01:01:01.001Z');
const DEVICE_TIME = new Date('2002-02-02T02:02:02.002Z');
const GATEWAY_TIME = new Date('2003-03-03T03:03:03.003Z');
const COUNTER_DIGITS = 12;

/**
 * Makes one home's messages by stamping times, value and identifier into a packet encoded once, so that the load costs a microsecond a
 * message. Every act is one of its own: its printed time is now, or a millisecond after the one before.
 */
export class Mould {
  private readonly cast: ReadyPublish;
  private readonly at: Readonly<Record<'counter' | 'sentAt', number>>;
  /** Where each act says when it was: its device's time, its gateway's. */
  private readonly times: readonly (readonly [device: number, gateway: number])[];
  /** Where each act says its saturation; none in a message without. */
  private readonly spo2s: readonly number[];
  private made = 0;
  private lastMs = 0;

  constructor(home: Home, shape: Shape) {
    const { kind, acts, values } = CASTS[shape];
    const messageId = `${randomBytes(4).toString('hex')}-0000-4000-8000-${'9'.repeat(COUNTER_DIGITS)}`;
    const reading = { kind, deviceTime: DEVICE_TIME.toISOString(), gatewayTime: GATEWAY_TIME, measurements: values };
    const payload = encodeObs({
      messageId,
      sentAt: SENT,
      device: { id: home.device, idType: 'serial', kind: 'pulse-oximeter' },
      readings: Array.from({ length: acts }, () => reading),
    });
    this.cast = readyPublish(`varde/v1/${home.tenant}/${home.clientId}/dev/${home.device}/obs`, Buffer.from(payload));
    this.at = {
      counter: this.find(messageId) + messageId.length - COUNTER_DIGITS,
      sentAt: this.find(SENT.toISOString()),
    };
    const gatewayAt = this.findAll(GATEWAY_TIME.toISOString(), acts);
    this.times = this.findAll(DEVICE_TIME.toISOString(), acts).map((deviceAt, act) => [deviceAt, gatewayAt[act] ?? 0]);
    this.spo2s = this.findAll(`"value":${SPO2_MARK}`, values[0] === spo2 ? acts : 0).map((at) => at + '"value":'.length);
  }

  private find(mark: string, from = 0): number {
    const at = this.cast.bytes.indexOf(mark, from);
    if (at < 0) throw new Error(`the payload has no ${mark}`);
    return at;
  }

  private findAll(mark: string, count: number): number[] {
    const found: number[] = [];
    while (found.length < count) found.push(this.find(mark, (found.at(-1) ?? -1) + 1));
    return found;
  }

  /** A message measured and sent now. @param spo2Percent two digits, where it says a saturation */
  make(spo2Percent: number): ReadyPublish {
    const firstMs = Math.max(Date.now() - this.times.length + 1, this.lastMs + 1);
    this.lastMs = firstMs + this.times.length - 1;
    this.made += 1;
    const bytes = Buffer.from(this.cast.bytes);
    bytes.write(String(this.made).padStart(COUNTER_DIGITS, '0'), this.at.counter, 'latin1');
    bytes.write(new Date(this.lastMs).toISOString(), this.at.sentAt, 'latin1');
    for (const [act, [deviceAt, gatewayAt]] of this.times.entries()) {
      const measured = new Date(firstMs + act).toISOString();
      bytes.write(measured, deviceAt, 'latin1');
      bytes.write(measured, gatewayAt, 'latin1');
    }
    for (const at of this.spo2s) bytes.write(String(spo2Percent), at, 'latin1');
    return { bytes, idAt: this.cast.idAt };
  }

  /** A message of somebody who is well, a little different each time. */
  makeOrdinary(): ReadyPublish {
    return this.make(ORDINARY_SPO2[this.made % ORDINARY_SPO2.length] ?? 95);
  }
}

const ORDINARY_SPO2 = [95, 94, 96, 95, 95, 94, 95];

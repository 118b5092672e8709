import { randomBytes } from 'node:crypto';
import { encodeObs, type OutgoingValue } from '@varde/wire';
import { readyPublish, type ReadyPublish } from '../lean-client.js';
import type { Home } from './homes.js';

/** What one oximeter message says: the saturation alone, or with the pulse as most devices send it. */
export type Shape = 'spo2' | 'spo2+pulse';

/** Readings that a message of the shape becomes. */
export const READINGS_OF: Readonly<Record<Shape, number>> = { spo2: 1, 'spo2+pulse': 2 };

const SENT = new Date('2001-01-01T01:01:01.001Z');
const DEVICE_TIME = new Date('2002-02-02T02:02:02.002Z');
const GATEWAY_TIME = new Date('2003-03-03T03:03:03.003Z');
const SPO2_MARK = 59;
const COUNTER_DIGITS = 12;

/**
 * Makes one home's messages by stamping times, value and identifier into a packet encoded once, so that the load costs a microsecond a
 * message. Every message is an act of its own: its printed time is now, or a millisecond after the one before.
 */
export class Mould {
  private readonly cast: ReadyPublish;
  private readonly at: Readonly<Record<'counter' | 'sentAt' | 'deviceTime' | 'gatewayTime' | 'spo2', number>>;
  private made = 0;
  private lastMs = 0;

  constructor(home: Home, shape: Shape) {
    const messageId = `${randomBytes(4).toString('hex')}-0000-4000-8000-${'9'.repeat(COUNTER_DIGITS)}`;
    const spo2: OutgoingValue = { type: 'spo2', value: SPO2_MARK, unit: '%' };
    const pulse: OutgoingValue = { type: 'pulse', value: 74, unit: '/min' };
    const payload = encodeObs({
      messageId,
      sentAt: SENT,
      device: { id: home.device, idType: 'serial', kind: 'pulse-oximeter' },
      readings: [
        {
          kind: 'pulse-oximetry',
          deviceTime: DEVICE_TIME.toISOString(),
          gatewayTime: GATEWAY_TIME,
          measurements: shape === 'spo2' ? [spo2] : [spo2, pulse],
        },
      ],
    });
    this.cast = readyPublish(`varde/v1/${home.tenant}/${home.clientId}/dev/${home.device}/obs`, Buffer.from(payload));
    this.at = {
      counter: this.find(messageId) + messageId.length - COUNTER_DIGITS,
      sentAt: this.find(SENT.toISOString()),
      deviceTime: this.find(DEVICE_TIME.toISOString()),
      gatewayTime: this.find(GATEWAY_TIME.toISOString()),
      spo2: this.find(`"value":${SPO2_MARK}`) + '"value":'.length,
    };
  }

  private find(mark: string): number {
    const at = this.cast.bytes.indexOf(mark);
    if (at < 0) throw new Error(`the payload has no ${mark}`);
    return at;
  }

  /** A message measured and sent now. @param spo2Percent two digits */
  make(spo2Percent: number): ReadyPublish {
    const nowMs = Date.now();
    this.lastMs = Math.max(nowMs, this.lastMs + 1);
    this.made += 1;
    const bytes = Buffer.from(this.cast.bytes);
    const measured = new Date(this.lastMs).toISOString();
    bytes.write(String(this.made).padStart(COUNTER_DIGITS, '0'), this.at.counter, 'latin1');
    bytes.write(measured, this.at.sentAt, 'latin1');
    bytes.write(measured, this.at.deviceTime, 'latin1');
    bytes.write(measured, this.at.gatewayTime, 'latin1');
    bytes.write(String(spo2Percent), this.at.spo2, 'latin1');
    return { bytes, idAt: this.cast.idAt };
  }

  /** A message of somebody who is well, a little different each time. */
  makeOrdinary(): ReadyPublish {
    return this.make(ORDINARY_SPO2[this.made % ORDINARY_SPO2.length] ?? 95);
  }
}

const ORDINARY_SPO2 = [95, 94, 96, 95, 95, 94, 95];

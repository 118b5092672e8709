import { Conflict, Invalid, openEnteredDevice, readEntered, type EnteredAct } from '@varde/store';
import { decode, formatTopic, measurementKey, REFUSALS, type FindForm, type Measurement } from '@varde/wire';
import type { EntityManager } from 'typeorm';
import { boundedKey } from '../bounded-key.js';
import type { Enter, Entry } from './enter.js';

/** What keeping an entry needs. */
export interface Bench {
  readonly manager: EntityManager;
  readonly enter: Enter;
  readonly findForm: FindForm;
}

/** About whom, and when it was. */
export interface EntryQuestion {
  readonly patientId: number;
  readonly kind: Entry['kind'];
  /** Null: now. */
  readonly at: Date | null;
  readonly now: Date;
}

/** What was kept of an entry. */
export interface KeptEntry {
  readonly status: 'stored' | 'duplicate';
  readonly measurementId: number;
  readonly readings: readonly { readonly metric: string; readonly value: number; readonly doubt: string | null }[];
}

/** When an entry is made, and as what device. */
export interface EntryMoment {
  readonly at: Date;
  readonly now: Date;
  readonly device: string;
}

const MINUTE_MS = 60_000;

/** A moment as an entry prints it: to the second, in UTC without saying so, as its clock pair does too. */
export function printedOf(at: Date): string {
  return at.toISOString().slice(0, 19);
}

/**
 * Keeps what a person entered, the way a device's message is kept. Whatever is wrong with it is told before anything is kept.
 * @throws Invalid with every fault; Conflict the key was used for something else, or the follow-up has ended; NotFound patient
 */
export async function keepEntry(
  { manager, enter, findForm }: Bench,
  { patientId, kind, at, now }: EntryQuestion,
  encode: (moment: EntryMoment) => Uint8Array,
): Promise<KeptEntry> {
  if (at !== null && at.getTime() > now.getTime() + MINUTE_MS) throw new Invalid(['it cannot be in the future']);
  const { deviceId, device, community, monitoredFrom } = await openEnteredDevice(manager, patientId, now);
  if (at !== null && at < monitoredFrom) throw new Invalid(['it was before the follow-up began']);
  const payload = encode({ at: at ?? now, now, device });
  const decoded = decode(formatTopic({ kind, tenant: community, gateway: device, device }), payload, findForm);
  if (!decoded.ok) throw new Invalid([decoded.refusal.detail]);
  const { measurements, refused } = decoded.message;
  const [act] = measurements;
  if (refused.length > 0 || act === undefined) throw new Invalid(refused.map(({ reason, detail }) => `${REFUSALS[reason].en}: ${detail}`));
  const key = measurementKey(act);
  const occurrence = boundedKey(key.occurrence);
  const before = await readEntered(manager, deviceId, occurrence);
  if (before !== null) return told('duplicate', sameAs(before, act, boundedKey(key.values)), act);
  const { stored, refused: late } = await enter({ community, device, kind, payload, receivedAt: now });
  const after = await readEntered(manager, deviceId, occurrence);
  if (after === null) throw new Conflict(late.map(({ detail }) => detail).join('; ') || 'it could not be kept');
  return told(stored > 0 ? 'stored' : 'duplicate', after, act);
}

/** The act that was kept under the key, when it says the same. */
function sameAs(before: EnteredAct, { kind }: Measurement, valuesKey: string): EnteredAct {
  if (before.kind !== kind || before.valuesKey !== valuesKey) throw new Conflict('the key was used for another entry');
  return before;
}

function told(status: KeptEntry['status'], { measurementId }: EnteredAct, { values }: Measurement): KeptEntry {
  return { status, measurementId, readings: values.map(({ metric, value, doubt }) => ({ metric, value, doubt })) };
}

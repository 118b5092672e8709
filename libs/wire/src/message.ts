import type { DoubtReason, Metric } from '@varde/vitals';
import type { MessageRefusal, Refusal } from './refusal.js';

/** What the gateway says of its own clock. */
export interface GatewayClock {
  readonly synced: boolean | null;
  readonly source: string | null;
  readonly lastSync: Date | null;
}

/** One pair of clocks read at the same moment: what the device showed, and the gateway's time then (coincident timestamp). */
export interface DeviceClock {
  /** Device wall time as printed, `2026-01-15T08:29:58`, with an offset only if the device gave one. Null when not read. */
  readonly reading: string | null;
  readonly readAt: Date | null;
  readonly setByGateway: boolean;
  readonly notSet: boolean;
}

/** How a device is identified; only these can be. Rotating addresses are no identity. */
export type DeviceIdKind = 'eui64' | 'mac' | 'serial';

/** The device block of a message. */
export interface Device {
  /** As the topic spells it once normalised: upper-case hex without separators for eui64 and mac. */
  readonly id: string;
  readonly idType: DeviceIdKind;
  readonly kind: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly fw: string | null;
  readonly batteryPercent: number | null;
  readonly clock: DeviceClock | null;
}

/** How good the device or the person entering says the act was. */
export type Quality = 'good' | 'questionable' | 'invalid' | 'preliminary' | 'test' | 'demo' | 'manual';

/** Why a value the act should have is not there (FHIR dataAbsentReason). */
export type AbsentReason = 'not-a-number' | 'positive-infinity' | 'negative-infinity' | 'error' | 'not-performed' | 'unknown';

/** One usable value of an act. */
export interface Value {
  readonly metric: Metric;
  /** In `unit`, the metric's canonical unit. Always finite. */
  readonly value: number;
  readonly unit: string;
  readonly deliveredValue: number;
  readonly deliveredUnit: string;
  /** Null when accepted; else why it is to be used with care. Doubts from the person's history are added by ingest. */
  readonly doubt: DoubtReason | null;
}

/** A value the device said it does not have. */
export interface Absent {
  readonly metric: Metric;
  readonly reason: AbsentReason;
}

/** What the value was decoded from, so that it can be decoded again. */
export interface RawFrame {
  readonly format: 'gatt' | 'advert' | '11073-apdu';
  /** Four upper-case hex digits for gatt (`2A35`), the service data UUID for an advertisement, or null. */
  readonly characteristic: string | null;
  /** Lower-case hex. */
  readonly hex: string;
}

/** What one question was answered with: yes or no, a number, or the code of a choice. */
export type Answer = boolean | number | string;

/** Who filled a questionnaire in. */
export type AnsweredBy = 'patient' | 'carer' | 'nurse';

/** What a filled-in questionnaire says. */
export interface Answers {
  readonly questionnaire: string;
  readonly version: number;
  readonly answeredBy: AnsweredBy;
  /** By item code; only what was asked and answered in the way it was asked. At least one. */
  readonly items: Readonly<Record<string, Answer>>;
}

/** One act of measuring, for example one cuff inflation: one time, one or more values. */
export interface Measurement {
  /** Place in the message, from 0; what `Refusal.index` refers to. */
  readonly index: number;
  /** `blood-pressure`, `pulse-oximetry`, `weight`, ... as the sender calls it. */
  readonly kind: string;
  /** Sequence key of the device, `seq:42`, or null. */
  readonly key: string | null;
  /** User slot of a shared device; null when unknown (255) or not given. */
  readonly userSlot: number | null;
  /** Exactly what the device printed, even when unusable (zeros, garbage: `effectiveTime` says so); null when it printed none. */
  readonly deviceTime: string | null;
  /** When the gateway had it from the device, by the gateway's clock. */
  readonly gatewayTime: Date;
  /** Read from the device's memory, so possibly old. */
  readonly stored: boolean;
  /** The device says its clock was never set, of this act or of all in the message: its time is not to be trusted. */
  readonly clockNotSet: boolean;
  /** Usable values. Empty when every value was absent or refused: such an act has its reasons in `refused`. */
  readonly values: readonly Value[];
  readonly absent: readonly Absent[];
  readonly quality: Quality;
  /** `irregular-pulse`, `cuff-too-loose`, `low-perfusion`, ... */
  readonly flags: readonly string[];
  /** `posture`, `site`, ... */
  readonly context: Readonly<Record<string, string | number | boolean>>;
  readonly raw: RawFrame | null;
  /** For a filled-in questionnaire; null for every other act. Its scores are in `values`. */
  readonly answers: Answers | null;
  /** All values as delivered, sorted, known or not, used or not: part of the duplicate key, see `measurementKey`. */
  readonly printedValues: string;
}

/** A message that was understood, with what of it could be used and what not. */
export interface Message {
  readonly schema: 'varde.obs/1' | 'varde.raw/1' | 'varde.answers/1';
  readonly messageId: string;
  readonly sentAt: Date;
  readonly gatewayFirmware: string | null;
  readonly gatewayClock: GatewayClock | null;
  readonly device: Device;
  readonly measurements: readonly Measurement[];
  readonly refused: readonly Refusal[];
  /** Fields with names, birth dates or national ids that were removed. Counted, never kept. */
  readonly identityFieldsRemoved: number;
}

/** What `decode` answers, for any bytes. */
export type Decoded = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly refusal: MessageRefusal };

import type { Metric } from '@varde/vitals';
import type { AbsentReason, Answer, AnsweredBy, DeviceIdKind, Quality, RawFrame } from './message.js';

/** One value to send, or why there is none. */
export type OutgoingValue =
  | { readonly type: Metric; readonly value: number; readonly unit: string }
  | { readonly type: Metric; readonly absent: AbsentReason };

/** One act of measuring to send. */
export interface OutgoingReading {
  readonly key?: string;
  readonly kind: string;
  /** As the device printed it, never repaired; left out when it printed none. */
  readonly deviceTime?: string;
  /** Written once, when the device gave the act; the same on every resend. */
  readonly gatewayTime: Date;
  readonly stored?: boolean;
  readonly userSlot?: number;
  readonly measurements: readonly OutgoingValue[];
  readonly quality?: Quality;
  readonly flags?: readonly string[];
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  readonly raw?: { readonly format: RawFrame['format']; readonly characteristic?: string; readonly hex: string };
}

/** One undecoded frame to send. */
export interface OutgoingFrame {
  readonly format: RawFrame['format'];
  readonly characteristic?: string;
  readonly serviceDataUuid?: string;
  readonly hex: string;
  readonly gatewayTime: Date;
  /** The device's memory was read. */
  readonly stored?: boolean;
  readonly key?: string;
}

/** One filled-in questionnaire to send. */
export interface OutgoingAnswers {
  readonly questionnaire: string;
  readonly version: number;
  readonly key?: string;
  /** When it was filled in, as the device printed it, never repaired; left out when it printed none. */
  readonly answeredAt?: string;
  /** Written once, when the device gave the answers; the same on every resend. */
  readonly gatewayTime: Date;
  readonly answeredBy?: AnsweredBy;
  readonly stored?: boolean;
  readonly userSlot?: number;
  readonly items: Readonly<Record<string, Answer>>;
  readonly context?: Readonly<Record<string, string | number | boolean>>;
}

/** What goes around readings, frames or answers. */
export interface OutgoingEnvelope {
  /** A UUID, made once and kept on every resend. */
  readonly messageId: string;
  /** Written at the moment of sending or sending again. */
  readonly sentAt: Date;
  readonly gateway?: { readonly fw?: string; readonly clock?: OutgoingGatewayClock };
  readonly device: OutgoingDevice;
}

/** What a gateway says of its clock. */
export interface OutgoingGatewayClock {
  readonly synced: boolean;
  readonly source?: string;
  readonly lastSync?: Date;
}

/** The device block to send. */
export interface OutgoingDevice {
  readonly id: string;
  readonly idType: DeviceIdKind;
  readonly kind?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly fw?: string;
  readonly batteryPercent?: number;
  readonly clock?: { readonly reading: string; readonly readAt: Date; readonly setByGateway?: boolean; readonly notSet?: boolean };
}

const utf8 = new TextEncoder();

/** The payload of an `obs` message, UTF-8 JSON (devices/README 5.2). Times become UTC with `Z`. */
export function encodeObs(message: OutgoingEnvelope & { readonly readings: readonly OutgoingReading[] }): Uint8Array {
  return utf8.encode(JSON.stringify({ schema: 'varde.obs/1', ...message }));
}

/** The payload of a `raw` message, UTF-8 JSON (devices/README 5.4). */
export function encodeRaw(message: OutgoingEnvelope & { readonly frames: readonly OutgoingFrame[] }): Uint8Array {
  return utf8.encode(JSON.stringify({ schema: 'varde.raw/1', ...message }));
}

/** The payload of an `answers` message, UTF-8 JSON (docs/answers.md). */
export function encodeAnswers(message: OutgoingEnvelope & { readonly answers: readonly OutgoingAnswers[] }): Uint8Array {
  return utf8.encode(JSON.stringify({ schema: 'varde.answers/1', ...message }));
}

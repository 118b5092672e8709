import { createHash } from 'node:crypto';
import type { DeviceFacts, NewRefused } from '@varde/store';
import { measurementKey, REFUSALS, withoutIdentity, type Measurement, type Refusal, type RefusalReason } from '@varde/wire';
import type { Bound } from './bind.js';
import type { Received } from './read-delivery.js';

/** More refused acts of one message than this are kept as one row for each reason, or a message's bytes would be kept a hundred times over. */
const ACTS_APART_MAX = 8;

/** One thing of a message that could not be used. */
export interface RefusedAct {
  readonly refusal: Pick<Refusal, 'index' | 'reason' | 'detail' | 'metric' | 'value' | 'otherwise'>;
  /** Null when the act could not even be read. */
  readonly measurement: Measurement | null;
  readonly bound: Bound | null;
}

const digestOf = (...parts: readonly (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

// PostgreSQL has no zero character in texts.
const clean = (text: string): string => text.replaceAll('\0', '');

function base(received: Received, facts: DeviceFacts | null) {
  const { delivery, content, isAgain } = received;
  return {
    communityId: facts?.communityId ?? null,
    clientId: clean(delivery.clientId),
    topic: clean(delivery.topic),
    payload: withoutIdentity(delivery.payload).payload,
    messageId: content.kind === 'readings' ? content.message.messageId : content.kind === 'refused' ? content.refusal.messageId : null,
    deviceId: facts?.device?.id ?? null,
    receivedAtMs: delivery.receivedAt.getTime(),
    timesReceived: isAgain || delivery.isOld === true ? 0 : 1,
  } as const;
}

/** A whole message that could not be used, with its bytes (less what names a person). */
export function refusedMessage(received: Received, facts: DeviceFacts | null, reason: RefusalReason, detail: string): NewRefused {
  const common = base(received, facts);
  return {
    ...common,
    digest: digestOf(common.payload),
    measurementIndex: -1,
    reason,
    detail: clean(detail),
    parked: REFUSALS[reason].outcome === 'parked',
    patientId: null,
    metric: null,
    value: null,
    otherwise: null,
    observedAtMs: null,
  };
}

/** The acts and values of a message that could not be used, each with the message's bytes. */
export function refusedActs(received: Received, facts: DeviceFacts, acts: readonly RefusedAct[]): NewRefused[] {
  if (acts.length === 0) return [];
  const common = base(received, facts);
  const rows = acts.map((act) => ({ ...common, ...rowOf(received, common.payload, act) }));
  if (rows.length <= ACTS_APART_MAX) return rows;
  const byReason = new Map<string, NewRefused[]>();
  for (const row of rows) byReason.set(row.reason, [...(byReason.get(row.reason) ?? []), row]);
  return [...byReason.values()].flatMap(fold);
}

type Own = Pick<
  NewRefused,
  'digest' | 'measurementIndex' | 'reason' | 'detail' | 'parked' | 'patientId' | 'metric' | 'value' | 'otherwise' | 'observedAtMs'
>;

function rowOf(received: Received, payload: Uint8Array, { refusal, measurement, bound }: RefusedAct): Own {
  const { index, reason, detail, metric, value, otherwise } = refusal;
  const identity = measurement === null ? null : measurementKey(measurement);
  // Not of the message: a device that uploads its memory again says the same in new messages.
  const digest =
    identity === null || measurement === null
      ? digestOf(payload, `\n${index}`)
      : digestOf(
          [received.about.device, measurement.kind, identity.printed, identity.occurrence, identity.values, metric ?? ''].join('\n'),
        );
  return {
    digest,
    measurementIndex: index,
    reason,
    detail: clean(detail),
    parked: REFUSALS[reason].outcome === 'parked',
    patientId: bound?.ok === true ? bound.patientId : null,
    metric,
    value,
    otherwise,
    observedAtMs: bound === null ? null : bound.time.observedAt.getTime(),
  };
}

function fold(rows: readonly NewRefused[]): NewRefused[] {
  const [first] = rows;
  if (first === undefined || rows.length === 1) return [...rows];
  const isOnePatient = rows.every((row) => row.patientId === first.patientId);
  const times = rows.flatMap((row) => (row.observedAtMs === null ? [] : [row.observedAtMs]));
  return [
    {
      ...first,
      digest: digestOf(...rows.map((row) => row.digest)),
      measurementIndex: -1,
      detail: `${rows.length} of the message; the first: ${first.detail}`,
      patientId: isOnePatient ? first.patientId : null,
      metric: null,
      value: null,
      otherwise: null,
      observedAtMs: times.length === 0 ? null : Math.max(...times),
    },
  ];
}

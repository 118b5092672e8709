import { randomUUID } from 'node:crypto';
import { decodeAck, encodeObs, formatTopic, instantsOfWall, type AckResult, type OutgoingReading } from '@varde/wire';
import mqtt from 'mqtt';
import type { RecordedAct, Recording } from './recording.js';

/** The gateway and devices that stand for one recorded patient. */
export interface Stand {
  readonly tenant: string;
  readonly gateway: string;
  readonly secret: string;
  /** IANA zone of the home: the recording has local wall time. */
  readonly zone: string;
  /** Device id by kind. */
  readonly devices: ReadonlyMap<string, string>;
}

/** How a recording is sent. */
export interface ReplayOptions {
  readonly url: string;
  readonly recording: Recording;
  /** By the recording's patient. */
  readonly stands: ReadonlyMap<string, Stand>;
  /** Whole days added to every recorded time; 0 replays at the original times. */
  readonly shiftDays: number;
  /** Moment that readings are heard and sent at. */
  readonly now: () => Date;
}

/** What became of a replay: each act of the recording is in `acts`, `withoutDevice` or `withoutStand`. */
export interface Replayed {
  /** Patients of whom something was sent. */
  readonly people: number;
  /** Acts that were sent. */
  readonly acts: number;
  /** Messages that were sent and confirmed. */
  readonly messages: number;
  readonly answers: ReadonlyMap<AckResult['status'], number>;
  /** Acts of patients whose stand has no device of the kind, by kind. */
  readonly withoutDevice: ReadonlyMap<string, number>;
  /** Acts of patients without a stand, by the recording's patient. */
  readonly withoutStand: ReadonlyMap<string, number>;
}

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly messageId: string;
}

/** What one stand can send of its patient's acts, and what it cannot. */
interface Outgoing {
  readonly messages: readonly Message[];
  readonly acts: number;
  readonly withoutDevice: ReadonlyMap<string, number>;
}

const DAY_MS = 86_400_000;
const BATCH = 50;
const ANSWER_WAIT_MS = 15_000;

/** Days to add so that the newest recorded day is the day of `now`. */
export function daysToNow(recording: Recording, now: Date): number {
  const last = recording.acts.at(-1);
  return last ? Math.floor((now.getTime() - Date.parse(`${last.wall}Z`)) / DAY_MS) : 0;
}

/** Sends a recording the way devices would: one connection per patient, in order of time, each message confirmed and answered. */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const answers = new Map<AckResult['status'], number>();
  const withoutDevice = new Map<string, number>();
  const withoutStand = new Map<string, number>();
  const done = { people: 0, acts: 0, messages: 0 };
  for (const [patient, acts] of groupBy(options.recording.acts, (act) => act.patient)) {
    const stand = options.stands.get(patient);
    if (!stand) {
      withoutStand.set(patient, acts.length);
      continue;
    }
    const sent = await replayOne(options, stand, acts, answers);
    if (sent.acts > 0) done.people += 1;
    done.acts += sent.acts;
    done.messages += sent.messages.length;
    for (const [kind, count] of sent.withoutDevice) withoutDevice.set(kind, (withoutDevice.get(kind) ?? 0) + count);
  }
  return { ...done, answers, withoutDevice, withoutStand };
}

function groupBy(acts: readonly RecordedAct[], key: (act: RecordedAct) => string): Map<string, RecordedAct[]> {
  const groups = new Map<string, RecordedAct[]>();
  for (const act of acts) {
    const group = groups.get(key(act));
    if (group) group.push(act);
    else groups.set(key(act), [act]);
  }
  return groups;
}

async function replayOne(
  options: ReplayOptions,
  stand: Stand,
  acts: readonly RecordedAct[],
  answers: Map<AckResult['status'], number>,
): Promise<Outgoing> {
  const { tenant, gateway, secret } = stand;
  const client = await mqtt.connectAsync(options.url, {
    clientId: gateway,
    username: `${tenant}/${gateway}`,
    password: secret,
    clean: true,
  });
  try {
    const waiting = new Set<string>();
    let allAnswered: () => void = () => undefined;
    client.on('message', (_, payload) => {
      for (const { messageId, status } of decodeAck(payload)?.results ?? []) {
        if (waiting.delete(messageId)) answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      if (waiting.size === 0) allAnswered();
    });
    await client.subscribeAsync(formatTopic({ kind: 'ack', tenant, gateway }), { qos: 1 });
    const outgoing = toMessages(options, stand, acts);
    for (const { messageId } of outgoing.messages) waiting.add(messageId);
    const answered = new Promise<void>((resolve) => (allAnswered = resolve));
    for (const { topic, payload } of outgoing.messages) await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    if (waiting.size > 0) await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, ANSWER_WAIT_MS).unref())]);
    return outgoing;
  } finally {
    await client.endAsync();
  }
}

function toMessages(options: ReplayOptions, stand: Stand, acts: readonly RecordedAct[]): Outgoing {
  const messages: Message[] = [];
  const withoutDevice = new Map<string, number>();
  for (const [kind, own] of groupBy(acts, (act) => act.deviceKind)) {
    const id = stand.devices.get(kind);
    if (id === undefined) {
      withoutDevice.set(kind, own.length);
      continue;
    }
    const read = own.map((act) => toReading(act, stand, options));
    for (let start = 0; start < read.length; start += BATCH) {
      const messageId = randomUUID();
      const readAt = options.now();
      const clock = { reading: readAt.toISOString(), readAt };
      const device = { id, idType: 'serial' as const, kind, manufacturer: 'Recorded', model: 'REPLAY', clock };
      const payload = encodeObs({ messageId, sentAt: options.now(), device, readings: read.slice(start, start + BATCH) });
      messages.push({ topic: formatTopic({ kind: 'obs', tenant: stand.tenant, gateway: stand.gateway, device: id }), payload, messageId });
    }
  }
  const missing = [...withoutDevice.values()].reduce((total, count) => total + count, 0);
  return { messages, acts: acts.length - missing, withoutDevice };
}

/** A recording holds no gateway: the device's memory is read now. Its clock is taken to be right, so each time is printed with its offset. */
function toReading(act: RecordedAct, { zone }: Stand, options: ReplayOptions): OutgoingReading {
  const [at] = instantsOfWall(zone, Date.parse(`${act.wall}Z`) + options.shiftDays * DAY_MS);
  return { kind: act.act, deviceTime: new Date(at).toISOString(), gatewayTime: options.now(), stored: true, measurements: act.values };
}

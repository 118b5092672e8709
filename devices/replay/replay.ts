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

/** What became of a replay. */
export interface Replayed {
  readonly acts: number;
  readonly messages: number;
  readonly answers: ReadonlyMap<AckResult['status'], number>;
  /** Patients of the recording without a stand. */
  readonly withoutStand: readonly string[];
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
  const byPatient = grouped(options.recording.acts);
  const answers = new Map<AckResult['status'], number>();
  const withoutStand: string[] = [];
  let messages = 0;
  for (const [patient, acts] of byPatient) {
    const stand = options.stands.get(patient);
    if (stand) messages += await replayOne(options, stand, acts, answers);
    else withoutStand.push(patient);
  }
  return { acts: options.recording.acts.length, messages, answers, withoutStand };
}

function grouped(acts: readonly RecordedAct[]): Map<string, RecordedAct[]> {
  const groups = new Map<string, RecordedAct[]>();
  for (const act of acts) groups.set(act.patient, [...(groups.get(act.patient) ?? []), act]);
  return groups;
}

async function replayOne(
  options: ReplayOptions,
  stand: Stand,
  acts: readonly RecordedAct[],
  answers: Map<AckResult['status'], number>,
): Promise<number> {
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
    const messages = toMessages(options, stand, acts);
    for (const { messageId } of messages) waiting.add(messageId);
    const answered = new Promise<void>((resolve) => (allAnswered = resolve));
    for (const { topic, payload } of messages) await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    if (waiting.size > 0) await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, ANSWER_WAIT_MS).unref())]);
    return messages.length;
  } finally {
    await client.endAsync();
  }
}

function toMessages(
  options: ReplayOptions,
  stand: Stand,
  acts: readonly RecordedAct[],
): { topic: string; payload: Uint8Array; messageId: string }[] {
  const messages = [];
  for (const [kind, id] of stand.devices) {
    const own = acts.filter((act) => act.deviceKind === kind).map((act) => toReading(act, stand, options));
    for (let start = 0; start < own.length; start += BATCH) {
      const messageId = randomUUID();
      const readAt = options.now();
      const clock = { reading: readAt.toISOString(), readAt };
      const device = { id, idType: 'serial' as const, kind, manufacturer: 'Recorded', model: 'REPLAY', clock };
      const payload = encodeObs({ messageId, sentAt: options.now(), device, readings: own.slice(start, start + BATCH) });
      messages.push({ topic: formatTopic({ kind: 'obs', tenant: stand.tenant, gateway: stand.gateway, device: id }), payload, messageId });
    }
  }
  return messages;
}

/** A recording holds no gateway: the device's memory is read now. Its clock is taken to be right, so each time is printed with its offset. */
function toReading(act: RecordedAct, { zone }: Stand, options: ReplayOptions): OutgoingReading {
  const [at] = instantsOfWall(zone, Date.parse(`${act.wall}Z`) + options.shiftDays * DAY_MS);
  return { kind: act.act, deviceTime: new Date(at).toISOString(), gatewayTime: options.now(), stored: true, measurements: act.values };
}

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  decodeAck,
  decodeAdvice,
  decodeCommand,
  encodeAnswers,
  encodeGatewayStatus,
  encodeObs,
  encodeRaw,
  formatTopic,
  type AckResult,
  type Advice,
  type Command,
  type OutgoingAnswers,
  type OutgoingDevice,
} from '@varde/wire';
import mqtt from 'mqtt';
import { SimulatedDevice, type Act, type DeviceKind } from '../device.js';
import { seededChance } from '../person/chance.js';
import { stateAt, type Person } from '../person/person.js';
import { Tablet, type TabletSetup } from '../questionnaire/tablet.js';
import { inBatches } from './batches.js';

/** A home as the service knows it: one gateway with its credential, a person, and their devices. */
export interface HomeSetup {
  readonly tenant: string;
  readonly gateway: string;
  /** The gateway's secret, as the service printed it once. */
  readonly secret: string;
  readonly zone: string;
  readonly person: Person;
  readonly devices: readonly { readonly id: string; readonly kind: DeviceKind; readonly speaks: 'obs' | 'raw' }[];
  /** What the person answers questions on; left out: they are not asked. */
  readonly tablet?: TabletSetup;
}

/** What became of the messages of a home. */
export interface Sent {
  messages: number;
  confirmed: number;
  answers: Map<AckResult['status'], number>;
  /** Requests to measure again that were followed. */
  asked: number;
  /** Advice that was answered. */
  advised: number;
}

const WRONG_CLOCK_MS = -5 * 3_600_000;
/** Between two measurements of one request: the instructions of cuffs say one to two minutes. */
const BETWEEN_MS = 90_000;
const MINUTE_MS = 60_000;
/** How long people take to read what they are told. */
const READING_MS = 30_000;
/** How long a home that leaves waits for what is on its way. */
const LEAVE_MAX_MS = 2_000;
/** The return code of a broker that is there and has no room just now. */
const UNAVAILABLE = 3;

/** A home has left, or was not let in: nothing it waits for comes any more. */
export class HomeOver extends Error {
  override name = 'HomeOver';

  /** @param refusal what the broker said; null when the home left by itself */
  constructor(readonly refusal: string | null) {
    super(refusal ?? 'the home has left');
  }
}

/** A simulated home on its own MQTT connection. It keeps what it has not been told is safe and sends it again. */
export class Home {
  readonly sent: Sent = { messages: 0, confirmed: 0, answers: new Map(), asked: 0, advised: 0 };
  /** What stands on the screen, by number. */
  readonly screen = new Map<number, Advice>();
  private readonly devices: { device: SimulatedDevice; speaks: 'obs' | 'raw' }[];
  private readonly tablet: Tablet | null;
  private readonly client: mqtt.MqttClient;
  private readonly followed = new Set<string>();
  private readonly shown = new Set<number>();
  /** Rejects with {@link HomeOver}. */
  private readonly over: Promise<never>;
  private end: (why: HomeOver) => void = () => undefined;

  /** @param haste how much faster than real the person rests before measuring again, for demonstrations and tests */
  constructor(
    readonly setup: HomeSetup,
    url: string,
    private readonly haste = 1,
  ) {
    const { tenant, gateway, person, zone } = setup;
    this.over = new Promise((_, reject) => (this.end = reject));
    this.over.catch(() => undefined); // nobody may be waiting
    const clockOffMs = person.course === 'wrong_clock' ? WRONG_CLOCK_MS : 0;
    this.devices = setup.devices.map(({ id, kind, speaks }) => ({
      device: new SimulatedDevice({ kind, id, clockOffMs, zone, chance: seededChance(`${person.seed}/${id}`) }),
      speaks,
    }));
    this.tablet = setup.tablet ? new Tablet(setup.tablet, person, zone) : null;
    const statusTopic = formatTopic({ kind: 'gateway-status', tenant, gateway });
    this.client = mqtt.connect(url, {
      clientId: gateway,
      username: `${tenant}/${gateway}`,
      password: setup.secret,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 500 + Math.floor(seededChance(`${person.seed}/reconnect`).next() * 1_000),
      // Else it would not come again when there was no room for it; what is final ends it.
      reconnectOnConnackError: true,
      will: { topic: statusTopic, payload: Buffer.from(encodeGatewayStatus({ state: 'offline' })), qos: 1, retain: true },
    });
    this.client.on('connect', () => {
      const topics = (['ack', 'cmd', 'advice'] as const).map((kind) => formatTopic({ kind, tenant, gateway }));
      this.client.subscribe(topics, { qos: 1 }, () => undefined);
      this.client.publish(statusTopic, Buffer.from(encodeGatewayStatus({ state: 'online', at: new Date() })), { qos: 1, retain: true });
    });
    this.client.on('message', (_, payload) => this.hear(payload));
    this.client.on('error', (error) => this.hearError(error));
  }

  /** Resolves when the broker has let the home in. Rejects with {@link HomeOver} when it refuses. */
  async connected(): Promise<void> {
    if (this.client.connected) return;
    await Promise.race([this.over, new Promise<void>((resolve) => this.client.once('connect', () => resolve()))]);
  }

  /** Lets time pass; keeps no process alive. Rejects with {@link HomeOver}. */
  async rest(ms: number): Promise<void> {
    await Promise.race([this.over, wait(ms, undefined, { ref: false })]);
  }

  /** Measures with every device at these moments (true time), answers questions, and sends what came of it. Resolves when all of it is confirmed. Rejects with {@link HomeOver}. */
  async measure(moments: readonly Date[]): Promise<Act[]> {
    const all: Act[] = [];
    for (const { device, speaks } of this.devices) {
      const acts = moments.map((at) => device.take(stateAt(this.person, at), at));
      all.push(...acts);
      const again = this.setup.person.course === 'repeater' ? device.stored().filter((act) => !acts.includes(act)) : [];
      await this.send(device, speaks, again, true);
      await this.send(device, speaks, acts, false);
    }
    const { tablet } = this;
    if (tablet !== null)
      await this.sendAnswers(
        tablet,
        moments.flatMap((at) => tablet.fillIn(at)),
      );
    return all;
  }

  /** Ends the connection after what is on its way; forgets what was never confirmed. */
  async stop(): Promise<void> {
    this.end(new HomeOver(null));
    // The library waits for what the broker has not confirmed, however long that takes, and a second end changes nothing.
    await Promise.race([
      this.client.endAsync(!this.client.connected).catch(() => undefined),
      wait(LEAVE_MAX_MS, undefined, { ref: false }),
    ]);
    this.client.stream.destroy();
  }

  /** The library connects again by itself, and sends again what was not confirmed. A refusal stays one: a secret does not become right. */
  private hearError(error: Error): void {
    const code = 'code' in error ? error.code : null;
    if (typeof code !== 'number' || code === UNAVAILABLE) return;
    this.client.end(true);
    this.end(new HomeOver(error.message));
  }

  private async publish(topic: string, payload: Uint8Array): Promise<void> {
    this.sent.messages += 1;
    const confirmed = this.client.publishAsync(topic, Buffer.from(payload), { qos: 1 }).then(() => (this.sent.confirmed += 1));
    await Promise.race([this.over, confirmed]);
  }

  private async send(device: SimulatedDevice, speaks: 'obs' | 'raw', acts: readonly Act[], stored: boolean): Promise<void> {
    const { tenant, gateway } = this.setup;
    const topic = formatTopic({ kind: speaks, tenant, gateway, device: device.id });
    const now = new Date();
    for (const batch of inBatches(acts, this.setup.zone, ({ takenAt }) => (stored ? now : takenAt))) {
      await this.publish(topic, this.payload(device, speaks, batch, stored));
    }
  }

  private async sendAnswers(tablet: Tablet, answers: readonly OutgoingAnswers[]): Promise<void> {
    const { tenant, gateway, zone } = this.setup;
    const topic = formatTopic({ kind: 'answers', tenant, gateway, device: tablet.id });
    for (const batch of inBatches(answers, zone, ({ gatewayTime }) => gatewayTime)) {
      const sentAt = new Date();
      const readAt = batch.at(-1)?.gatewayTime ?? sentAt;
      const clock = { reading: tablet.printed(readAt), readAt };
      const device = { id: tablet.id, idType: 'serial', kind: 'tablet', clock } as const;
      await this.publish(topic, encodeAnswers({ messageId: randomUUID(), sentAt, device, answers: batch }));
    }
  }

  private payload(device: SimulatedDevice, speaks: 'obs' | 'raw', acts: readonly Act[], stored: boolean): Uint8Array {
    const sentAt = new Date();
    const heardAt = (act: Act): Date => (stored ? sentAt : act.takenAt);
    const readAt = stored ? sentAt : (acts.at(-1)?.takenAt ?? sentAt);
    const envelope = { messageId: randomUUID(), sentAt, device: this.deviceBlock(device, readAt) };
    return speaks === 'obs'
      ? encodeObs({ ...envelope, readings: acts.map((act) => device.toObs(act, heardAt(act), stored)) })
      : encodeRaw({ ...envelope, frames: acts.map((act) => device.toFrame(act, heardAt(act), stored)) });
  }

  /** With the pair of clocks a careful gateway reads at each connection. A day lived afterwards had its connections that day, not now. */
  private deviceBlock(device: SimulatedDevice, readAt: Date): OutgoingDevice {
    const { kind, manufacturer, model } = device.kind;
    return {
      id: device.id,
      idType: 'serial',
      kind,
      manufacturer,
      model,
      batteryPercent: 80,
      clock: { reading: device.printed(readAt), readAt },
    };
  }

  private hear(payload: Uint8Array): void {
    const { answers } = this.sent;
    for (const { status } of decodeAck(payload)?.results ?? []) answers.set(status, (answers.get(status) ?? 0) + 1);
    const advice = decodeAdvice(payload);
    if (advice !== null) return this.show(advice);
    const command = decodeCommand(payload);
    if (command === null) return;
    // Cut off in the middle: it is done when it is asked again.
    const doing = command.kind === 'answer' ? this.answer(command) : this.follow(command);
    doing.catch(() => this.followed.delete(command.commandId));
  }

  private get person(): Person {
    return this.tablet?.owner ?? this.setup.person;
  }

  /** Puts an advice on the screen, each once, or takes it off. */
  private show(advice: Advice): void {
    const { adviceId, withdrawn, ofUseUntil } = advice;
    if (withdrawn) return void this.screen.delete(adviceId);
    if (this.shown.has(adviceId) || ofUseUntil <= new Date()) return;
    this.shown.add(adviceId);
    this.screen.set(adviceId, advice);
    // What could not be sent stands on the screen, and is answered when it is shown again.
    this.answerAdvice(advice).catch(() => this.shown.delete(adviceId));
  }

  /** Reads, and answers on the tablet; then it goes from the screen. A home without one only shows. */
  private async answerAdvice(advice: Advice): Promise<void> {
    await this.rest(READING_MS / this.haste);
    const { tablet } = this;
    if (tablet === null || !this.screen.has(advice.adviceId)) return;
    const answer = tablet.answerAdvice(advice, new Date());
    if (answer === null) return;
    await this.sendAnswers(tablet, [answer]);
    this.screen.delete(advice.adviceId);
    this.sent.advised += 1;
  }

  /** Fills in what is asked for, each request once. */
  private async answer(command: Command): Promise<void> {
    const { commandId, answerBy } = command;
    const now = new Date();
    const filled = this.tablet?.answer(command, now) ?? null;
    if (this.tablet === null || filled === null || this.followed.has(commandId) || answerBy <= now) return;
    this.followed.add(commandId);
    await this.sendAnswers(this.tablet, [filled]);
    this.sent.asked += 1;
  }

  /** Rests and measures again as asked, each request once; what the person is asked too late for is left. */
  private async follow({ commandId, device: name, restMinutes, times, answerBy }: Command): Promise<void> {
    const used = this.devices.find(({ device }) => device.id === name);
    if (!used || this.followed.has(commandId) || answerBy <= new Date()) return;
    this.followed.add(commandId);
    await this.rest((restMinutes * MINUTE_MS) / this.haste);
    for (let time = 0; time < times; time++) {
      if (time > 0) await this.rest(BETWEEN_MS / this.haste);
      const at = new Date();
      await this.send(used.device, used.speaks, [used.device.take(stateAt(this.person, at), at)], false);
    }
    this.sent.asked += 1;
  }
}

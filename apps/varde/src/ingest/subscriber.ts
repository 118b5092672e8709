import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@varde/store';
import { encodeAck, formatTopic, type Ack } from '@varde/wire';
import { connect, ErrorWithSubackPacket, type IClientPublishOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { NobodyListens } from '../homes/home-way.js';
import { describeFault } from './database-fault.js';
import type { Delivery } from './delivery.js';
import { PublishWindow } from './publish-window.js';

/** Where the external broker is and as whom to come. */
export interface SubscriberOptions {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`, with user and password if any. Never logged. */
  readonly url: string;
  /** Name of the shared subscription; all processes of one service give the same. */
  readonly share: string;
  /** Its own for each process and the same after a restart, or the broker keeps messages for a session that never comes back. */
  readonly clientId: string;
  /** Messages the broker may send before the first of them is committed. Default 500. */
  readonly windowMessages?: number;
  /** How long the broker keeps messages for this process while it is away. Default an hour. */
  readonly sessionExpirySeconds?: number;
  readonly log: Log;
  readonly now: () => Date;
}

/** The part of ingest that a subscriber needs. */
export interface Taker {
  take(delivery: Delivery): Promise<unknown>;
}

/** A connection to an external broker, which comes back by itself. */
export interface Subscriber {
  /** Resolves when the first subscription stands. */
  readonly subscribed: Promise<void>;
  readonly isConnected: boolean;
  /** Whether the broker has granted the subscriptions to readings on the connection there is: without them none comes. */
  readonly isSubscribed: boolean;
  /** Sends an answer to a gateway's `ack` topic. Rejects when there is no connection: the gateway will send again. */
  publishAck(tenant: string, clientId: string, ack: Ack): Promise<void>;
  /**
   * Sends a request to a gateway's `cmd` topic; the broker forgets it when it is of no use any more. Rejects when there is no connection, and with
   * {@link NobodyListens} when the broker has no session of that gateway.
   */
  publishCommand(topic: string, payload: Uint8Array, until: Date): Promise<void>;
  /**
   * Takes nothing more, acknowledges what is committed, leaves. Stop ingest at the same time. The subscription stays, so that the broker keeps this
   * process's share of the messages until it is back.
   */
  stop(): Promise<void>;
}

const SHARED_TOPICS = ['dev/+/obs', 'dev/+/raw', 'dev/+/answers'] as const;
/** Retained, and no retained message is sent for a shared subscription [MQTT-5 4.8.2]: every process reads them, storing them twice changes nothing. */
const STATUS_TOPICS = ['dev/+/status', 'status'] as const;
const RECONNECT_MS = 1_000;
const SUBSCRIBE_AGAIN_MS = 3_000;
/** From here on an answer in a SUBACK is a refusal. */
const REFUSED = 0x80;
const NO_MATCHING_SUBSCRIBERS = 0x10;
const DRAIN_MAX_MS = 10_000;
const LEAVE_MAX_MS = 2_000;
const SESSION_TAKEN_OVER = 0x8e;
/** What MQTT 5 assumes when the broker says nothing of its window. */
const WINDOW_UNSAID = 65_535;

/**
 * Takes readings from an external MQTT 5 broker through a shared subscription, and acknowledges each to the broker only after ingest has committed
 * it: what was not committed comes again, to this process or another. That broker's own acknowledgement to the device proves nothing, so the device is told
 * on its `ack` topic.
 */
export function startSubscriber(options: SubscriberOptions, taker: Taker): Subscriber {
  return new SharedSubscriber(options, taker);
}

const SHARED = '$share/';
const isShared = (filter: string): boolean => filter.startsWith(SHARED);
const READINGS_REFUSED = 'the external broker refused a subscription; no readings come from there';
const STATUSES_REFUSED = 'the external broker refused a subscription to statuses; readings come, but not which gateways are there';

/** What a broker refused of what it was asked for. */
interface Refusal {
  readonly filters: readonly string[];
  /** Its answers to all that was asked for; none when it did not say. */
  readonly codes: readonly unknown[];
  readonly why: object;
}

function refusalOf(error: unknown, asked: readonly string[]): Refusal {
  const codes = error instanceof ErrorWithSubackPacket ? (error.packet?.granted ?? []) : [];
  const refused = asked.filter((_, place) => Number(codes[place]) >= REFUSED);
  // Without an answer nothing is granted.
  return { filters: refused.length === 0 ? asked : refused, codes, why: describeFault(error) };
}

class SharedSubscriber implements Subscriber {
  readonly subscribed: Promise<void>;
  isSubscribed = false;
  private readonly client: MqttClient;
  private readonly window = new PublishWindow();
  private readonly filters: string[];
  /** Rises with every connection, so that nothing is acknowledged on another one than it came on. */
  private generation = 0;
  /** Acknowledgements go out in the order of the messages. */
  private lastAcknowledged: Promise<void> = Promise.resolve();
  private readonly windowMessages: number;
  private pending = 0;
  /** Of what is under way, what the broker has answered that nobody gets. */
  private readonly unheard = new Set<number>();
  /** Reading goes on when fewer wait: QoS 0 has no window, and Mosquitto 2.0.11 sends a whole window more with each acknowledgement. */
  private readonly held: (() => void)[] = [];
  private isStopping = false;

  constructor(
    private readonly options: SubscriberOptions,
    private readonly taker: Taker,
  ) {
    this.windowMessages = options.windowMessages ?? 500;
    this.filters = [
      ...SHARED_TOPICS.map((topic) => `${SHARED}${options.share}/varde/v1/+/+/${topic}`),
      ...STATUS_TOPICS.map((topic) => `varde/v1/+/+/${topic}`),
    ];
    this.client = connect(options.url, {
      protocolVersion: 5,
      clientId: options.clientId,
      clean: false,
      reconnectPeriod: RECONNECT_MS,
      resubscribe: false,
      queueQoSZero: false,
      properties: {
        sessionExpiryInterval: options.sessionExpirySeconds ?? 3_600,
        receiveMaximum: this.windowMessages,
      },
    });
    this.client.handleMessage = (packet, callback) => {
      this.handle(packet);
      // The library writes no PUBACK for a message that was handled with an error, and goes on with the next: ours follows after the commit.
      const goOn = (): void => callback(new Error('acknowledged after the commit'));
      if (this.pending <= this.windowMessages) goOn();
      else this.held.push(goOn);
    };
    this.subscribed = new Promise((resolve) => this.listen(resolve));
  }

  get isConnected(): boolean {
    return this.client.connected;
  }

  publishAck(tenant: string, clientId: string, ack: Ack): Promise<void> {
    if (!this.client.connected) return Promise.reject(new Error('no connection to the broker'));
    const topic = formatTopic({ kind: 'ack', tenant, gateway: clientId });
    return this.window.answer(async () => void (await this.publish(topic, encodeAck(ack.results))));
  }

  publishCommand(topic: string, payload: Uint8Array, until: Date): Promise<void> {
    if (!this.client.connected) return Promise.reject(new Error('no connection to the broker'));
    return this.window.command(async () => {
      const messageExpiryInterval = Math.max(1, Math.ceil((until.getTime() - this.options.now().getTime()) / 1_000));
      const isHeard = await this.publish(topic, payload, { messageExpiryInterval });
      if (!isHeard) throw new NobodyListens('no session is subscribed to the topic');
    });
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.race([this.lastAcknowledged, wait(DRAIN_MAX_MS, undefined, { ref: false })]);
    this.window.clear();
    // The library waits for what the broker has not confirmed, however long that takes, and a second end changes nothing.
    await Promise.race([this.client.endAsync(!this.client.connected), wait(LEAVE_MAX_MS, undefined, { ref: false })]);
    this.client.stream.destroy();
  }

  private listen(onSubscribed: () => void): void {
    const { log } = this.options;
    this.client.on('connect', (connack) => {
      this.generation += 1;
      this.window.open(connack.properties?.receiveMaximum ?? WINDOW_UNSAID);
      log.info({ resumed: connack.sessionPresent }, 'connected to the external broker');
      void this.subscribe(onSubscribed, this.filters, null);
    });
    this.client.on('close', () => {
      this.generation += 1;
      this.isSubscribed = false;
      this.window.clear();
    });
    // The library takes it for a success and keeps the answer to itself.
    this.client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && packet.reasonCode === NO_MATCHING_SUBSCRIBERS) this.unheard.add(packet.messageId ?? 0);
    });
    this.client.on('disconnect', ({ reasonCode }) => {
      const isTwin = reasonCode === SESSION_TAKEN_OVER;
      log.error(
        { reasonCode },
        isTwin ? 'another process uses the same client id at the external broker' : 'the external broker ended the connection',
      );
    });
    this.client.on('error', (error) => log.warn(describeFault(error), 'no connection to the external broker; it is tried again'));
  }

  /**
   * A refusal leaves the connection as it is, so what was refused is asked for again on it: whoever runs that broker may grant it later.
   * @param filters those of which no answer is known but a refusal
   * @param said what was said of the answers before
   */
  private async subscribe(onSubscribed: () => void, filters: readonly string[], said: string | null): Promise<void> {
    const { stream } = this.client;
    const isOver = (): boolean => this.isStopping || !this.client.connected || stream !== this.client.stream;
    const refusal = await this.client.subscribeAsync([...filters], { qos: 1 }).then(
      () => null,
      (error: unknown) => refusalOf(error, filters),
    );
    if (isOver()) return;
    // A status tells of a device; without it readings come all the same.
    const isSubscribed = refusal === null || !refusal.filters.some(isShared);
    if (isSubscribed) {
      this.isSubscribed = true;
      onSubscribed();
    }
    if (refusal === null) return;
    const sentence = isSubscribed ? STATUSES_REFUSED : READINGS_REFUSED;
    if (sentence !== said) this.options.log.error({ ...refusal.why, refused: refusal.filters, codes: refusal.codes }, sentence);
    await wait(SUBSCRIBE_AGAIN_MS, undefined, { ref: false });
    if (!isOver()) await this.subscribe(onSubscribed, refusal.filters, sentence);
  }

  private handle(packet: IPublishPacket): void {
    if (this.isStopping) return;
    const { generation } = this;
    this.pending += 1;
    const taken = this.taker.take(this.deliveryOf(packet));
    const before = this.lastAcknowledged;
    this.lastAcknowledged = Promise.allSettled([taken, before]).then(([outcome]) => {
      this.pending -= 1;
      this.held.shift()?.();
      if (outcome.status === 'fulfilled') this.acknowledge(packet, generation);
      else this.giveBack(outcome.reason, generation);
    });
  }

  private deliveryOf({ topic, payload, retain, dup, qos }: IPublishPacket): Delivery {
    const [, , tenant = '', clientId = ''] = topic.split('/');
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    // We do not ask to be told how it was published, so only what is sent for a new subscription has the mark [MQTT-5 3.3.1.3].
    const isOld = retain && { isOld: true as const };
    return { tenant, clientId, topic, payload: bytes, retain, dup, qos, receivedAt: this.options.now(), ...isOld };
  }

  private acknowledge({ qos, messageId }: IPublishPacket, generation: number): void {
    if (qos === 0 || messageId === undefined || generation !== this.generation || !this.client.connected) return;
    // Private, and the only way: version 5.16.0 is pinned, and test/external/mosquitto.spec.ts watches that it still works.
    this.client['_sendPacket']({ cmd: 'puback', messageId, reasonCode: 0 });
  }

  /** A message that was not committed comes again only after a new connection. */
  private giveBack(error: unknown, generation: number): void {
    if (this.isStopping || generation !== this.generation) return;
    this.generation += 1;
    const given = this.generation;
    this.options.log.warn(describeFault(error), 'a message was not committed; the broker is asked for it again');
    void wait(RECONNECT_MS).then(() => {
      if (given === this.generation) this.client.stream.destroy();
    });
  }

  /** Answers whether there is anybody to get it, as far as the broker says. */
  private async publish(topic: string, payload: Uint8Array, properties: IClientPublishOptions['properties'] = {}): Promise<boolean> {
    if (!this.client.connected) throw new Error('no connection to the broker');
    const sent = await this.client.publishAsync(topic, Buffer.from(payload), { qos: 1, properties });
    return !this.unheard.delete(sent?.messageId ?? 0);
  }
}

import { Readable } from 'node:stream';
import type { RefusalReason } from './refusal.js';
import { isAwaited, maySubscribe } from './topics.js';

interface Subscription {
  topic: string;
  qos: number;
}

interface Client {
  id: string;
}

interface Packet {
  cmd?: string;
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
  dup: boolean;
  brokerId?: string;
  brokerCounter?: number;
  messageId?: number;
}

interface Session {
  subscriptions: Map<string, number>;
  outgoing: Packet[];
}

/** Bounds of what is remembered. */
export interface SessionLimits {
  queuedMessagesMax: number;
  retainedPerClientMax: number;
  retainedBytesMax: number;
}

/** Who is told what becomes of what is remembered. */
interface Told {
  count(reason: RefusalReason): void;
  unconfirmed?(topic: string, payload: Uint8Array): void;
}

const NOTHING = Promise.resolve();
const NOBODY: Promise<{ clientId: string; topic: string; qos: number }[]> = Promise.resolve([]);
const NO_SUCH_PACKET = new Error('no such packet');

/**
 * What the broker remembers of its clients, in memory and bounded: the kept sessions of gateways (their subscriptions and the
 * last messages down they have not confirmed) and retained status. It takes the place of the library's own memory, in which a
 * gateway that never fetches its messages, or sends QoS 2 and never finishes, makes the process grow without end.
 *
 * No reading is ever remembered here. For QoS 2 nothing is remembered at all: a repeated PUBLISH is taken again, and storing is
 * idempotent, so exactly once holds where it counts, also across a restart (which memory could not promise).
 *
 * The methods are those the library calls on its `persistence` (version 1.2.0), and only those.
 */
export class Sessions {
  private readonly sessions = new Map<string, Session>();
  private readonly subscribers = new Map<string, Map<string, number>>();
  private readonly retained = new Map<string, Packet>();
  private readonly retainedPerClient = new Map<string, number>();

  constructor(
    private readonly limits: SessionLimits,
    private readonly told: Told,
  ) {}

  async setup(): Promise<void> {
    await NOTHING;
  }

  /** Forgets a client altogether, for instance because its credential was revoked. */
  forget(clientId: string): void {
    void this.cleanSubscriptions({ id: clientId });
  }

  subscriptionsByClient(client: Client): Promise<Subscription[]> {
    const session = this.sessions.get(client.id);
    return Promise.resolve([...(session?.subscriptions ?? [])].map(([topic, qos]) => ({ topic, qos })));
  }

  /** The library passes every filter of the packet, those it refused too; they must not be remembered. */
  addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.sessions.get(client.id) ?? { subscriptions: new Map<string, number>(), outgoing: [] };
    this.sessions.set(client.id, session);
    for (const { topic, qos } of subscriptions) {
      if (!maySubscribe(client.id, topic)) continue;
      session.subscriptions.set(topic, qos);
      const known = this.subscribers.get(topic) ?? new Map<string, number>();
      known.set(client.id, qos);
      this.subscribers.set(topic, known);
    }
    return NOTHING;
  }

  removeSubscriptions(client: Client, topics: readonly string[]): Promise<void> {
    const session = this.sessions.get(client.id);
    for (const topic of topics) {
      session?.subscriptions.delete(topic);
      const known = this.subscribers.get(topic);
      known?.delete(client.id);
      if (known?.size === 0) this.subscribers.delete(topic);
    }
    return NOTHING;
  }

  cleanSubscriptions(client: Client): Promise<void> {
    const session = this.sessions.get(client.id);
    if (session) void this.removeSubscriptions(client, [...session.subscriptions.keys()]);
    this.sessions.delete(client.id);
    return NOTHING;
  }

  /** Whether any kept session, connected or not, has subscribed to the topic. */
  isSubscribed(topic: string): boolean {
    return this.subscribers.has(topic);
  }

  subscriptionsByTopic(topic: string): typeof NOBODY {
    const known = this.subscribers.get(topic);
    if (!known) return NOBODY;
    return Promise.resolve([...known].filter(([, qos]) => qos > 0).map(([clientId, qos]) => ({ clientId, topic, qos })));
  }

  outgoingEnqueueCombi(subscriptions: readonly { clientId: string }[], packet: Packet): Promise<void> {
    for (const { clientId } of subscriptions) this.queue(clientId, packet);
    return NOTHING;
  }

  outgoingEnqueue(subscription: { clientId: string }, packet: Packet): Promise<void> {
    this.queue(subscription.clientId, packet);
    return NOTHING;
  }

  /** Notes the packet identifier under which a queued message went out; from then on it is a repetition [MQTT-3.3.1-1]. */
  outgoingUpdate(client: Client, packet: Packet): Promise<void> {
    const queued = this.sessions
      .get(client.id)
      ?.outgoing.find((each) => each.brokerId === packet.brokerId && each.brokerCounter === packet.brokerCounter);
    if (queued && packet.messageId !== undefined) Object.assign(queued, { messageId: packet.messageId, dup: true });
    return NOTHING;
  }

  outgoingClearMessageId(client: Client, packet: { messageId: number }): Promise<Packet | undefined> {
    const outgoing = this.sessions.get(client.id)?.outgoing ?? [];
    const index = outgoing.findIndex((each) => each.messageId === packet.messageId);
    return Promise.resolve(index < 0 ? undefined : outgoing.splice(index, 1)[0]);
  }

  /**
   * What a gateway that is back has not confirmed. What a patient was told or asked is not among it, and is forgotten here: the gateway may
   * have changed hands meanwhile. Each is a row, and is sent, or taken back, as it stands now (decision 7).
   */
  outgoingStream(client: Client): Readable {
    const session = this.sessions.get(client.id);
    const outgoing = session?.outgoing ?? [];
    if (session) session.outgoing = outgoing.filter(({ topic }) => !isAwaited(topic));
    for (const { topic, payload } of outgoing) if (isAwaited(topic)) this.told.unconfirmed?.(topic, payload);
    return Readable.from([...(session?.outgoing ?? [])]);
  }

  storeRetained(packet: Packet): Promise<void> {
    const owner = packet.topic.split('/', 4).join('/');
    const kept = this.retainedPerClient.get(owner) ?? 0;
    const isKnown = this.retained.has(packet.topic);
    if (packet.payload.length === 0) {
      if (this.retained.delete(packet.topic)) this.retainedPerClient.set(owner, kept - 1); // [MQTT-3.3.1-10]
    } else if (packet.payload.length > this.limits.retainedBytesMax || (!isKnown && kept >= this.limits.retainedPerClientMax)) {
      this.told.count('retained-overflow');
    } else {
      this.retained.set(packet.topic, { ...packet, payload: Buffer.from(packet.payload) });
      if (!isKnown) this.retainedPerClient.set(owner, kept + 1);
    }
    return NOTHING;
  }

  createRetainedStreamCombi(topics: readonly string[]): Readable {
    return Readable.from(topics.flatMap((topic) => this.retained.get(topic) ?? []));
  }

  /** The retained message on a topic, for those who ask inside the process. */
  readRetained(topic: string): Buffer | null {
    return this.retained.get(topic)?.payload ?? null;
  }

  /** A PUBLISH of QoS 2 is always new; its PUBREL always belongs to something. */
  incomingGetPacket(_client: Client, packet: Packet): Promise<Packet> {
    return packet.cmd === 'pubrel' ? Promise.resolve(packet) : Promise.reject(NO_SUCH_PACKET);
  }

  incomingStorePacket(): Promise<void> {
    return NOTHING;
  }

  incomingDelPacket(): Promise<void> {
    return NOTHING;
  }

  cleanIncoming(): Promise<void> {
    return NOTHING;
  }

  putWill(): Promise<void> {
    return NOTHING; // the connection itself holds the will; this copy is for clusters
  }

  delWill(): Promise<void> {
    return NOTHING;
  }

  streamWill(): Readable {
    return Readable.from([]);
  }

  private queue(clientId: string, packet: Packet): void {
    const session = this.sessions.get(clientId);
    if (!session) return;
    if (session.outgoing.length >= this.limits.queuedMessagesMax) {
      session.outgoing.shift();
      this.told.count('queue-overflow');
    }
    const { topic, payload, qos, brokerId, brokerCounter } = packet;
    session.outgoing.push({
      cmd: 'publish',
      topic,
      payload,
      qos,
      retain: false,
      dup: false,
      ...(brokerId === undefined ? {} : { brokerId }),
      ...(brokerCounter === undefined ? {} : { brokerCounter }),
    });
  }
}

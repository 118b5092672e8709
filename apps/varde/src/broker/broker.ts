import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes, type Client, type PublishPacket, type Subscription } from 'aedes';
import type { TlsFiles } from '../tls-files.js';
import type { Connect } from './connect.js';
import { ExactDelivery } from './delivery.js';
import { Forwarded } from './forwarded.js';
import { type Gate, GuardedConnection, type Peer, type SignIn } from './guarded-connection.js';
import { type Claim, claimOf, type Identity, keyOf } from './identity.js';
import { type Addresses, type Door, type Listeners, startListeners } from './listeners.js';
import { type BrokerLimits, type BrokerOptions, completeLimits, type Log } from './options.js';
import { AddressPace } from './pace.js';
import type { Publish } from './publish.js';
import { ConnectionRefused, type RefusalReason, REFUSALS } from './refusal.js';
import { Roll, type TakeOver } from './roll.js';
import { Sessions } from './sessions.js';
import { describeForeign, isAwaited, mayBeWill, maySubscribe, publishRight, type PublishRight } from './topics.js';
import { WaitingRoom } from './waiting-room.js';

/** One message from a device, as it came. The sender is who signed in, never what the payload says. */
export interface Delivery {
  topic: string;
  payload: Uint8Array;
  tenant: string;
  clientId: string;
  qos: 0 | 1 | 2;
  /** Whether it is kept for those who subscribe later: only a status is. */
  retain: boolean;
  /** The sender says it sent this before. A hint only: what is a repetition is decided by the content. */
  dup: boolean;
  /** A last will: the service says it on behalf of a gateway that is gone. */
  isWill: boolean;
  receivedAt: Date;
}

/** Whether a claim holds. */
export type Verdict = { ok: true } | { ok: false; reason: 'credential-unknown' | 'credential-wrong' | 'credential-revoked' };

/** What became of a gateway's connection: it `left` when it said goodbye, and is `lost` when it only ended. */
export type ConnectionFact =
  | (Identity & { kind: 'connected'; address: string; at: Date })
  | (Identity & { kind: 'disconnected'; reason: RefusalReason | 'left' | 'lost'; at: Date })
  | (Identity & { kind: 'clone-suspected'; takeOvers: number; addresses: readonly string[]; at: Date });

/** What the broker needs of the rest of the service. */
export interface BrokerDeps {
  /** Whether the claim holds. A rejection means it cannot be known now: the device is told to come back (code 3). */
  authenticate(claim: Claim): Promise<Verdict>;
  /**
   * Resolves when the message is committed, or kept as refused. Only then is it acknowledged. When it rejects there is no
   * acknowledgement and the connection is closed: MQTT 3.1.1 has no "no", and a device resends only after it has reconnected.
   * While the database is away better wait than reject; the broker bounds what can be waiting.
   */
  take(delivery: Delivery): Promise<unknown>;
  reportStatus?(fact: ConnectionFact): void;
  /** A gateway has confirmed (QoS 1) that it has what was published on this topic. */
  confirmed?(topic: string, payload: Uint8Array): void;
  /** A gateway that is back had not confirmed this, and does not get it again from the broker (`Sessions.outgoingStream`). */
  unconfirmed?(topic: string, payload: Uint8Array): void;
  /** One more of something refused, limited or worth counting. */
  count(reason: RefusalReason): void;
  log: Log;
}

/** A running broker. */
export interface Broker {
  addresses: Addresses;
  readonly connectedClients: number;
  /** Messages read from devices and not committed yet. */
  readonly waitingMessages: number;
  /** Sends to the gateways that subscribed to exactly this topic (`ack`, `cmd`, `advice`), QoS 1. Resolves when it is on its way or queued. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Whether the gateway of this topic (`ack`, `cmd`, `advice`) is connected here and listens to it. */
  hears(topic: string): boolean;
  /** Whether a gateway subscribed to this topic: it is connected, or its session is kept for it. */
  isSubscribed(topic: string): boolean;
  /** The retained status on a topic. */
  readRetained(topic: string): Uint8Array | null;
  /** Ends the connection of a gateway, also one that is just signing in, and forgets its session. True when there was one. */
  kick(identity: Identity): boolean;
  /**
   * From now on whoever comes is met with these files. Who signed in by certificate is ended, to come again and be asked anew: theirs may have
   * been revoked.
   */
  renewTls(files: TlsFiles): void;
  /** Takes no more connections, ends those there are (without their wills) and waits for what is being committed. */
  stop(): Promise<void>;
}

/**
 * Starts the broker devices connect to: MQTT 3.1.1 (and 3.1) over TCP, TLS and WebSocket.
 * @throws BrokerOptionsRefused for options that contradict each other; the listener's error when a port is taken
 */
export async function startBroker(options: BrokerOptions, deps: BrokerDeps): Promise<Broker> {
  const limits = completeLimits(options);
  const running = new RunningBroker(limits, deps);
  await running.start(options);
  return running;
}

type Done = (error?: Error | null) => void;

const STOP_WAITS_MS = 5_000;

class RunningBroker implements Broker, Gate, Door {
  addresses: Addresses = {};
  readonly room: WaitingRoom;

  private readonly aedes: Aedes;
  private readonly delivery = new ExactDelivery();
  private readonly forwarded = new WeakMap<Client, Forwarded>();
  private readonly sessions: Sessions;
  private readonly pace: AddressPace;
  private readonly roll: Roll;
  private readonly connections = new Set<GuardedConnection>();
  private takingNow = 0;
  private signInsWaiting = 0;
  isStopping = false;
  private listeners: Listeners | null = null;

  constructor(
    readonly limits: BrokerLimits,
    private readonly deps: BrokerDeps,
  ) {
    this.room = new WaitingRoom(limits.serviceMessagesInFlightMax, limits.serviceBytesInFlightMax);
    this.pace = new AddressPace(limits.connectsPerAddress);
    this.roll = new Roll([limits.takeOvers, limits.slowTakeOvers]);
    this.sessions = new Sessions(limits, deps);
    this.aedes = new Aedes({
      mq: this.delivery,
      persistence: this.sessions,
      concurrency: 0,
      connectTimeout: limits.connectTimeoutMs,
      keepaliveLimit: 0, // the guarded connection watches the keep-alive
      queueLimit: 1, // nothing arrives between CONNECT and CONNACK: the guarded connection holds it back
      maxInflightInbound: 10_000,
      maxClientsIdLength: 64,
      maxTopicLevels: limits.topicLevelsMax,
      authenticate: (client, _userName, _password, done) => {
        client.id = keyOf(identityOf(client));
        done(null, true); // the connection has been authenticated before the library got to see it
      },
      authorizePublish: (client, packet, done) => this.takeWill(client, packet, done),
      authorizeSubscribe: (client, subscription, done) => this.authorizeSubscribe(client, subscription, done),
      authorizeForward: (client, packet) => (maySubscribe(client.id, packet.topic) ? this.forward(client, packet) : null),
    });
  }

  get connectedClients(): number {
    return this.aedes.connectedClients;
  }

  get waitingMessages(): number {
    return this.room.waitingMessages;
  }

  async start(options: BrokerOptions): Promise<void> {
    this.aedes.on('clientError', (client, error) => this.logError(client, error));
    this.aedes.on('connectionError', (client, error) => this.logError(client, error));
    this.aedes.on('ack', (packet, client) => {
      // A session remembers what went out; without one it is counted.
      const sent =
        packet && 'topic' in packet ? { topic: packet.topic, payload: Buffer.from(packet.payload) } : this.forwarded.get(client)?.confirm();
      if (sent) this.deps.confirmed?.(sent.topic, sent.payload);
    });
    await this.aedes.listen();
    try {
      this.listeners = await startListeners(options, this, this.deps.log);
      this.addresses = this.listeners.addresses;
    } catch (error) {
      await this.closeAedes();
      throw error;
    }
  }

  count(reason: RefusalReason): void {
    this.deps.count(reason);
  }

  mayEnter(address: string): boolean {
    if (this.isStopping) return false;
    const reason = this.connections.size >= this.limits.connectionsMax ? 'connections-max' : 'connects-from-address';
    if (reason !== 'connections-max' && this.pace.take(address, performance.now())) return true;
    this.count(reason);
    return false;
  }

  enter(socket: Duplex, peer: Peer): GuardedConnection {
    const connection = new GuardedConnection(socket, peer, this);
    this.connections.add(connection);
    return connection;
  }

  async signIn(connection: GuardedConnection, connect: Connect): Promise<SignIn> {
    if (this.room.isFull || this.signInsWaiting >= this.limits.signInsWaitingMax) {
      return { ok: false, reason: 'service-full', returnCode: 3 };
    }
    const claimed = claimOf(connect, connection.peer.certificate);
    if (!claimed.ok) return claimed;
    const { tenant, clientId } = claimed.claim;
    const key = keyOf(claimed.claim);
    if (connect.willTopic !== null && !mayBeWill(key, connect.willTopic)) return { ok: false, reason: 'will-not-allowed', returnCode: 5 };
    this.roll.expect(key, connection);
    this.signInsWaiting += 1;
    try {
      const verdict = await this.deps.authenticate(claimed.claim);
      if (verdict.ok) return { ok: true, identity: { tenant, clientId } };
      return { ok: false, reason: verdict.reason, returnCode: verdict.reason === 'credential-revoked' ? 5 : 4 };
    } catch (error) {
      this.deps.log.error({ tenant, clientId, err: error }, 'a credential could not be read');
      return { ok: false, reason: 'credential-unreadable', returnCode: 3 };
    } finally {
      this.signInsWaiting -= 1;
    }
  }

  admit(connection: GuardedConnection, identity: Identity): void {
    const takeOver = this.roll.admit(keyOf(identity), connection, performance.now());
    if (takeOver) this.noteTakeOver(identity, takeOver);
    this.aedes.handle(connection);
  }

  opened(connection: GuardedConnection): void {
    const { identity, peer } = connection;
    if (identity) this.deps.reportStatus?.({ kind: 'connected', ...identity, address: peer.address, at: new Date() });
  }

  closed(connection: GuardedConnection): void {
    this.connections.delete(connection);
    const { identity, errored } = connection;
    const wasOpen = this.roll.leave(connection);
    if (!identity || !wasOpen) return;
    const reason = errored instanceof ConnectionRefused ? errored.reason : connection.saidGoodbye ? 'left' : 'lost';
    // A client that only fell silent was lost when it was last heard.
    const silentMs = reason === 'keep-alive' ? connection.silenceAllowedMs : 0;
    this.deps.reportStatus?.({ kind: 'disconnected', ...identity, reason, at: new Date(Date.now() - silentMs) });
  }

  publish(topic: string, payload: Uint8Array): Promise<void> {
    const packet: PublishPacket = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false };
    return new Promise((resolve, reject) => this.aedes.publish(packet, (error) => (error ? reject(error) : resolve())));
  }

  hears(topic: string): boolean {
    return this.delivery.hears(topic);
  }

  isSubscribed(topic: string): boolean {
    return this.delivery.hears(topic) || this.sessions.isSubscribed(topic);
  }

  readRetained(topic: string): Uint8Array | null {
    return this.sessions.readRetained(topic);
  }

  kick(identity: Identity): boolean {
    const key = keyOf(identity);
    const connections = this.roll.connectionsOf(key);
    for (const connection of connections) connection.refuse('kicked');
    this.sessions.forget(key);
    return connections.length > 0;
  }

  renewTls(files: TlsFiles): void {
    this.listeners?.renewTls(files);
    for (const connection of this.connections) if (connection.peer.certificate !== null) connection.refuse('kicked');
  }

  async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true; // from here on nothing more is read
    const closing = this.listeners?.close();
    const deadlineMs = performance.now() + STOP_WAITS_MS;
    while (this.takingNow > 0 && performance.now() < deadlineMs) await sleep(10);
    await sleep(0); // the last acknowledgements are written in the turn after the last commit
    await this.closeAedes();
    for (const connection of this.connections) connection.destroy();
    await closing;
  }

  private closeAedes(): Promise<void> {
    return new Promise((resolve) => this.aedes.close(() => resolve()));
  }

  take(connection: GuardedConnection, publish: Publish): void {
    const { topic, payload, qos, retain, dup, messageId, bytes } = publish;
    if (!connection.identity) throw new Error('a message from somebody who is not signed in');
    const { tenant, clientId } = connection.identity;
    const right = publishRight(connection.key, topic);
    if (!this.mayPublish(connection, right, publish)) return;
    if (retain && right !== 'status') this.count('retain-ignored');
    const isRetained = retain && right === 'status';
    const delivery: Delivery = { topic, payload, tenant, clientId, qos, retain: isRetained, dup, isWill: false, receivedAt: new Date() };
    const answer = connection.answers.expect(() => connection.confirmations.add(qos, messageId));
    const kept = (): void => {
      if (isRetained) void this.sessions.storeRetained({ topic, payload, qos, retain, dup });
      connection.answers.keep(answer);
      connection.leaveWindow(bytes);
    };
    const failed = (): void => {
      connection.answers.fail();
      connection.leaveWindow(bytes);
      connection.refuse('commit-failed');
    };
    this.keep(delivery, kept, failed);
  }

  /** The library publishes nothing but wills: all else has been taken before it could see it. */
  private takeWill(client: Client | null, packet: PublishPacket, done: Done): void {
    if (!client?.closed) return done(new Error('only wills are published here'));
    // A server that shuts down may keep wills back (3.1.2.5): the gateways are not gone, we are.
    if (this.isStopping) return done(new Error('stopping'));
    const { topic, qos, retain, dup } = packet;
    const payload = packet.payload as Buffer;
    const delivery: Delivery = { topic, payload, ...identityOf(client), qos, retain, dup, isWill: true, receivedAt: new Date() };
    this.keep(
      delivery,
      () => done(null),
      () => done(new Error('not kept')),
    );
  }

  /** Counts what is odd about a message; one on a foreign topic ends its connection. */
  private mayPublish(connection: GuardedConnection, right: PublishRight, { topic, qos, bytes }: Publish): boolean {
    if (right === 'foreign') {
      const foreign = describeForeign(connection.key, topic);
      this.deps.log.warn({ ...connection.identity, address: connection.peer.address, topic: foreign }, REFUSALS['publish-not-allowed']);
      connection.leaveWindow(bytes);
      connection.refuse('publish-not-allowed');
      return false;
    }
    if (right === 'off-contract') this.count('publish-off-contract');
    if (qos === 0) this.count('not-confirmed');
    return true;
  }

  private keep(delivery: Delivery, kept: () => void, failed: () => void): void {
    this.takingNow += 1;
    this.deps.take(delivery).then(
      () => {
        this.takingNow -= 1;
        kept();
      },
      (error: unknown) => {
        this.takingNow -= 1;
        this.deps.log.error({ tenant: delivery.tenant, clientId: delivery.clientId, err: error }, REFUSALS['commit-failed']);
        failed();
      },
    );
  }

  private forward<Packet extends { readonly topic: string; readonly payload: Buffer | string }>(client: Client, packet: Packet): Packet {
    if (!client.clean || qosOf(client, packet.topic) === 0) return packet;
    const forwarded = this.forwarded.get(client) ?? new Forwarded();
    this.forwarded.set(client, forwarded);
    forwarded.note({ topic: packet.topic, payload: Buffer.from(packet.payload) }, isAwaited(packet.topic));
    return packet;
  }

  private noteTakeOver(identity: Identity, { isLoop, times, addresses }: TakeOver): void {
    this.count('take-over');
    if (!isLoop) return;
    this.count('take-over-loop');
    this.deps.log.warn({ ...identity, takeOvers: times, addresses }, REFUSALS['take-over-loop']);
    this.deps.reportStatus?.({ kind: 'clone-suspected', ...identity, takeOvers: times, addresses, at: new Date() });
  }

  private authorizeSubscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const isAllowed = maySubscribe(client.id, subscription.topic);
    if (!isAllowed) this.count('subscribe-not-allowed');
    done(null, isAllowed ? subscription : null);
  }

  private logError(client: Client, error: Error): void {
    const { identity, peer } = connectionOf(client);
    this.deps.log.info({ ...identity, address: peer.address, reason: error.message }, 'a device connection ended');
  }
}

/** What goes out at QoS 0 is never confirmed. Not in the library's types: rights.spec.ts watches that it is still there. */
function qosOf(client: Client, topic: string): number {
  const { subscriptions } = client as Client & { readonly subscriptions: Readonly<Record<string, { readonly qos: number }>> };
  return subscriptions[topic]?.qos ?? 0;
}

const connectionOf = (client: Client): GuardedConnection => client.conn as GuardedConnection;

function identityOf(client: Client): Identity {
  const { identity } = connectionOf(client);
  if (!identity) throw new Error('a client that nobody signed in');
  return identity;
}

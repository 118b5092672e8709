import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { generate } from 'mqtt-packet';

/** Who a lean client is and where it goes. */
export interface LeanClientOptions {
  port: number;
  host?: string;
  /** TLS when given: authority, client certificate and key. */
  tls?: ConnectionOptions;
  tenant: string;
  clientId: string;
  secret: string;
  clean?: boolean;
  keepAliveSeconds?: number;
  will?: { topic: string; payload: Buffer; retain?: boolean };
  /** Messages in flight. Default 20. */
  window?: number;
  /** Pause before connecting again after a lost connection; `null` stays away. Default 200. */
  reconnectAfterMs?: number | null;
}

/** A PUBLISH of QoS 1 made once: only the packet identifier and DUP change from one sending to the next. */
export interface ReadyPublish {
  bytes: Buffer;
  idAt: number;
}

/** The broker answered CONNECT with something else than 0. */
class ConnectRefused extends Error {
  override readonly name = 'ConnectRefused';

  constructor(readonly returnCode: number) {
    super(`CONNECT refused with code ${returnCode}`);
  }
}

interface InFlight {
  sequence: number;
  publish: ReadyPublish;
  sentAtMs: number;
}

const DUP = 0x08;
const PUBACK = 0x40;
const EMPTY = Buffer.alloc(0);

/** Encodes a QoS 1 PUBLISH for {@link LeanClient.publish}. */
export function readyPublish(topic: string, payload: Buffer | string, retain = false): ReadyPublish {
  const bytes = generate({ cmd: 'publish', topic, payload, qos: 1, dup: false, retain, messageId: 1 });
  const lengthBytes = bytes.subarray(1).findIndex((byte) => byte < 0x80) + 1;
  return { bytes, idAt: 1 + lengthBytes + 2 + Buffer.byteLength(topic) };
}

/**
 * An MQTT 3.1.1 client for drills and benchmarks: so little work per message that the broker is what is measured, and the
 * conscience of a gateway: it keeps a message until the PUBACK, and after a lost connection sends all that is unconfirmed again,
 * in order, with DUP. `acknowledged` is the set to compare with the database.
 */
export class LeanClient {
  readonly acknowledged = new Set<number>();
  /** Counters over the whole life. */
  readonly told = { connects: 0, resent: 0, refusedConnects: 0, closedByPeer: 0 };
  /** Called for every PUBACK with the time since the last sending. */
  onAcknowledged: ((sequence: number, latencyMs: number) => void) | null = null;
  onMessage: ((topic: string, payload: Buffer) => void) | null = null;

  private socket: Socket | null = null;
  private rest: Buffer = EMPTY;
  private readonly inFlight = new Map<number, InFlight>();
  private readonly queue: { sequence: number; publish: ReadyPublish }[] = [];
  private queueAt = 0;
  private nextId = 1;
  private isOpen = false;
  private hasEnded = false;
  private idle: (() => void)[] = [];
  private subscribed: (() => void)[] = [];
  private timers = new Set<NodeJS.Timeout>();

  constructor(private readonly options: LeanClientOptions) {}

  /** Messages sent and not acknowledged. */
  get unconfirmed(): number {
    return this.inFlight.size;
  }

  /** Messages given to {@link publish} and not acknowledged. */
  get outstanding(): number {
    return this.inFlight.size + this.queue.length - this.queueAt;
  }

  get isConnected(): boolean {
    return this.isOpen;
  }

  /**
   * Connects and signs in.
   * @throws ConnectRefused with the return code; Error when the connection ended before CONNACK. With `reconnectAfterMs` it goes on trying all the same.
   */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => this.dial(resolve, reject));
  }

  /** Sends when the window allows. The sequence is the caller's own name for the message. */
  publish(sequence: number, publish: ReadyPublish): void {
    this.queue.push({ sequence, publish });
    this.fill();
  }

  /** Resolves when everything given to {@link publish} is acknowledged. */
  whenIdle(): Promise<void> {
    if (this.outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Resolves at the SUBACK, whatever it grants. */
  subscribe(topic: string, qos: 0 | 1 = 1): Promise<void> {
    this.socket?.write(generate({ cmd: 'subscribe', messageId: 65_535, subscriptions: [{ topic, qos }] }));
    return new Promise((resolve) => this.subscribed.push(resolve));
  }

  /** Says goodbye (no will) and stays away. */
  end(): void {
    this.hasEnded = true;
    for (const timer of this.timers) clearTimeout(timer);
    if (this.isOpen) this.socket?.end(generate({ cmd: 'disconnect' }));
    else this.socket?.destroy();
  }

  /** Tears the connection without a goodbye; a client that reconnects will. */
  drop(): void {
    this.socket?.destroy();
  }

  /** Tears the connection and stays away. */
  kill(): void {
    this.hasEnded = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.socket?.destroy();
  }

  private dial(resolve: () => void, reject: (error: Error) => void): void {
    const { host = '127.0.0.1', port, tls } = this.options;
    const socket = tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port, noDelay: true });
    let refused: Error = new Error('the connection ended before CONNACK');
    this.socket = socket;
    this.rest = EMPTY;
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(this.connectPacket()));
    socket.on('data', (chunk: Buffer) => {
      if (this.socket !== socket) return;
      if (this.isOpen) return this.read(chunk);
      const returnCode = chunk[3] ?? 255;
      if (returnCode !== 0) {
        this.told.refusedConnects += 1;
        refused = new ConnectRefused(returnCode);
        return;
      }
      this.open();
      resolve();
      if (chunk.length > 4) this.read(chunk.subarray(4));
    });
    socket.on('error', (error) => (refused = error));
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.isOpen = false;
      this.told.closedByPeer += this.hasEnded ? 0 : 1;
      reject(refused); // without effect once resolved
      this.dialAgain();
    });
  }

  private dialAgain(): void {
    const { reconnectAfterMs = 200 } = this.options;
    if (this.hasEnded || reconnectAfterMs === null) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.dial(
        () => undefined,
        () => undefined,
      );
    }, reconnectAfterMs);
    this.timers.add(timer);
  }

  private connectPacket(): Buffer {
    const { tenant, clientId, secret, clean = true, keepAliveSeconds = 60, will } = this.options;
    return generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId,
      clean,
      keepalive: keepAliveSeconds,
      username: `${tenant}/${clientId}`,
      password: Buffer.from(secret),
      ...(will ? { will: { topic: will.topic, payload: will.payload, qos: 1, retain: will.retain ?? true } } : {}),
    });
  }

  private open(): void {
    this.isOpen = true;
    this.told.connects += 1;
    this.told.resent += this.inFlight.size;
    this.socket?.cork();
    for (const [id, { publish }] of this.inFlight) this.write(id, publish, DUP);
    this.socket?.uncork();
    this.fill();
  }

  private fill(): void {
    const { window = 20 } = this.options;
    if (!this.isOpen || this.inFlight.size >= window || this.queueAt === this.queue.length) return;
    this.socket?.cork();
    while (this.inFlight.size < window && this.queueAt < this.queue.length) {
      const { sequence, publish } = this.queue[this.queueAt++] as { sequence: number; publish: ReadyPublish };
      const id = this.freeId();
      this.inFlight.set(id, { sequence, publish, sentAtMs: performance.now() });
      this.write(id, publish, 0);
    }
    this.socket?.uncork();
    if (this.queueAt > 1_000) this.queue.splice(0, this.queueAt);
    if (this.queueAt > this.queue.length || this.queue.length === 0) this.queueAt = 0;
  }

  private freeId(): number {
    do this.nextId = (this.nextId % 65_534) + 1;
    while (this.inFlight.has(this.nextId));
    return this.nextId;
  }

  private write(id: number, { bytes, idAt }: ReadyPublish, flags: number): void {
    const copy = Buffer.from(bytes);
    copy[0] = (copy[0] as number) | flags;
    copy.writeUInt16BE(id, idAt);
    this.socket?.write(copy);
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    while (at + 2 <= bytes.length) {
      const size = packetBytes(bytes, at);
      if (size === null || at + size > bytes.length) break;
      if (bytes[at] === PUBACK) this.acknowledge(bytes.readUInt16BE(at + 2));
      else this.readOther(bytes.subarray(at, at + size));
      at += size;
    }
    this.rest = bytes.subarray(at);
    this.fill();
    if (this.outstanding === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private acknowledge(id: number): void {
    const message = this.inFlight.get(id);
    if (!message) return;
    this.inFlight.delete(id);
    this.acknowledged.add(message.sequence);
    this.onAcknowledged?.(message.sequence, performance.now() - message.sentAtMs);
  }

  private readOther(packet: Buffer): void {
    const first = packet[0] as number;
    if (first === 0x90) for (const resolve of this.subscribed.splice(0)) resolve();
    if (first >> 4 !== 3) return;
    const topicAt = packet.subarray(1).findIndex((byte) => byte < 0x80) + 2;
    const topicEnd = topicAt + 2 + packet.readUInt16BE(topicAt);
    const qos = (first >> 1) & 3;
    if (qos > 0) this.socket?.write(Buffer.from([PUBACK, 2, packet[topicEnd] as number, packet[topicEnd + 1] as number]));
    this.onMessage?.(packet.toString('utf8', topicAt + 2, topicEnd), packet.subarray(topicEnd + (qos > 0 ? 2 : 0)));
  }
}

/** Bytes of the packet at an offset, `null` when its length has not all come. */
function packetBytes(bytes: Buffer, at: number): number | null {
  let length = 0;
  for (let count = 0; count < 4; count++) {
    const byte = bytes[at + 1 + count];
    if (byte === undefined) return null;
    length |= (byte & 0x7f) << (7 * count);
    if (byte < 0x80) return 2 + count + length;
  }
  return null;
}

/** A bare socket that remembers what came: for tests of single packets on the wire. */
export class RawConnection {
  received: Buffer = EMPTY;
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  static open(port: number, host = '127.0.0.1'): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connectTcp({ host, port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  send(bytes: Buffer | string): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes.replaceAll(' ', ''), 'hex') : bytes);
  }

  /** Everything received, as hex, once it is at least so long or the connection is closed. */
  async bytes(count: number, withinMs = 1_000): Promise<string> {
    await until(() => this.received.length >= count || this.isClosed, withinMs);
    return this.received.toString('hex');
  }

  /** Whether the peer ends the connection in time. */
  async closes(withinMs = 1_000): Promise<boolean> {
    await until(() => this.isClosed, withinMs);
    return this.isClosed;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Waits until a condition holds or the time is up; true when it holds. */
export async function until(condition: () => boolean, withinMs = 2_000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return true;
}

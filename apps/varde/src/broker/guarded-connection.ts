import { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import { AnswersInOrder } from './answers.js';
import { Confirmations } from './confirmations.js';
import { type Connect, readConnect, type ReturnCode } from './connect.js';
import { type Identity, keyOf } from './identity.js';
import type { BrokerLimits } from './options.js';
import { TokenBucket } from './pace.js';
import { checkPacket, type Header, KIND, readHeader } from './packet.js';
import { PendingBytes } from './pending-bytes.js';
import { type Publish, readPublish } from './publish.js';
import { ConnectionRefused, type RefusalReason } from './refusal.js';
import type { Waiting, WaitingRoom } from './waiting-room.js';

/** Where a connection comes from. */
export interface Peer {
  address: string;
  listener: 'tcp' | 'tls' | 'ws' | 'wss';
  /** A client certificate, verified against our authority. */
  certificate: PeerCertificate | null;
}

/** The outcome of a sign-in: who it is, or the code to answer with. */
export type SignIn = { ok: true; identity: Identity } | { ok: false; reason: RefusalReason; returnCode: ReturnCode };

/** What a connection needs of the broker it belongs to. */
export interface Gate {
  limits: BrokerLimits;
  room: WaitingRoom;
  count(reason: RefusalReason): void;
  signIn(connection: GuardedConnection, connect: Connect): Promise<SignIn>;
  /** The service is going down: nothing more is to be read. */
  isStopping: boolean;
  /** Hands the connection, whose CONNECT is good, to the broker library. */
  admit(connection: GuardedConnection, identity: Identity): void;
  /** Takes a message: the library never sees one. It is the broker's to give back with {@link GuardedConnection.leaveWindow}. */
  take(connection: GuardedConnection, publish: Publish): void;
  opened(connection: GuardedConnection): void;
  closed(connection: GuardedConnection): void;
}

type CompleteHeader = Extract<Header, { state: 'complete' }>;
type Fate = 'pass' | 'swallow' | 'hold';

const PINGRESP = Buffer.from([0xd0, 0]);
const BUFFERED_BYTES = 64 * 1024;
const LINGER_MS = 1_000;
const NO_PACKET: readonly [number, number] = [0, 1];

/**
 * Stands between a socket and the broker library: it cuts the raw bytes into MQTT packets itself, gives the messages to ingest, as
 * many as may be in flight, and hands the library the rest, whole and checked. So size, form, pace, order and the keep-alive are decided
 * here, in one place, before sign-in as well as after it, and the library never sees a byte from somebody who is not signed in.
 *
 * The keep-alive and PINGREQ are answered here too, because the library does not know of messages that wait for their
 * commit: a client must not be dropped as silent while it is we who do not listen.
 */
export class GuardedConnection extends Duplex implements Waiting {
  identity: Identity | null = null;
  /** The identity as one string, see `keyOf`; empty while there is none. */
  key = '';
  readonly answers = new AnswersInOrder();
  readonly confirmations = new Confirmations((bytes) => this.writeOut(bytes));

  private state: 'connecting' | 'signing-in' | 'open' = 'connecting';
  private readonly pending = new PendingBytes();
  private inFlight = 0;
  private inFlightBytes = 0;
  private isWindowFull = false;
  private isBufferFull = false;
  private hasEnded = false;
  private readonly bucket: TokenBucket;
  private readonly connectTimer: NodeJS.Timeout;
  private paceTimer: NodeJS.Timeout | null = null;
  private drainTimer: NodeJS.Timeout | null = null;
  private keepAliveTimer: NodeJS.Timeout | null = null;
  /** Whether the client ended its connection in order (DISCONNECT). */
  saidGoodbye = false;
  private keepAliveSeconds = 0;

  constructor(
    private readonly socket: Duplex,
    readonly peer: Peer,
    private readonly gate: Gate,
  ) {
    super({ readableHighWaterMark: BUFFERED_BYTES, writableHighWaterMark: gate.limits.unreadBytesMax });
    this.bucket = new TokenBucket(gate.limits.packetsPerClient, performance.now());
    this.connectTimer = setTimeout(() => this.giveUpConnecting(), gate.limits.connectTimeoutMs);
    this.on('error', () => undefined); // counted where it arises; without a listener it would end the process
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.endInput());
    socket.on('end', () => this.endInput());
    socket.on('data', (chunk: Buffer) => this.takeBytes(chunk));
  }

  /** Whether the client has been told that it is let in. */
  get isSignedIn(): boolean {
    return this.state === 'open';
  }

  /** How long the client may say nothing: one and a half times its keep-alive [MQTT-3.1.2-24]. */
  get silenceAllowedMs(): number {
    return this.keepAliveSeconds * 1_500;
  }

  /** A message is kept, or never will be: there is room for another one. */
  leaveWindow(bytes: number): void {
    this.inFlight -= 1;
    this.inFlightBytes -= bytes;
    this.gate.room.leave(1, bytes);
    if (this.destroyed) return;
    const { messagesInFlightMax, bytesInFlightMax } = this.gate.limits;
    if (this.isWindowFull && this.inFlight <= messagesInFlightMax / 2 && this.inFlightBytes <= bytesInFlightMax / 2) {
      this.isWindowFull = false;
      this.resumeReading();
    }
    if (this.hasEnded) this.closeWhenDone();
  }

  /** Reads on after a pause; whatever else still holds the connection keeps holding it. */
  resumeReading(): void {
    if (this.destroyed) return;
    if (this.pump()) this.socket.resume();
    else this.socket.pause();
    if (this.hasEnded) this.closeWhenDone();
  }

  /** Counts why, and ends the connection. */
  refuse(reason: RefusalReason): void {
    if (this.destroyed) return;
    this.gate.count(reason);
    this.destroy(new ConnectionRefused(reason));
  }

  override _read(): void {
    if (!this.isBufferFull) return;
    this.isBufferFull = false;
    this.resumeReading();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.send(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.send(Buffer.concat(chunks.map((each) => each.chunk)));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const timer of [this.connectTimer, this.paceTimer, this.drainTimer, this.keepAliveTimer]) if (timer) clearTimeout(timer);
    this.gate.room.forget(this);
    this.pending.keep(Buffer.alloc(0), 1);
    this.socket.removeAllListeners('data');
    this.socket.pause();
    closeSoon(this.socket);
    this.gate.closed(this);
    done(error);
  }

  private send(bytes: Buffer): void {
    this.confirmations.flush(); // what was confirmed before goes out before
    this.writeOut(bytes);
  }

  private writeOut(bytes: Buffer): void {
    if (this.destroyed || this.socket.destroyed || this.socket.writableEnded) return;
    // The first thing the library writes is the CONNACK; from code 0 on the client is signed in.
    if (this.state === 'signing-in' && bytes[0] === 0x20 && bytes[3] === 0) this.open();
    if (this.socket.write(bytes)) return;
    if (this.socket.writableLength > this.gate.limits.unreadBytesMax) return this.refuse('reads-too-slowly');
    if (this.drainTimer) return;
    this.drainTimer = setTimeout(() => this.refuse('reads-too-slowly'), this.gate.limits.drainTimeoutMs);
    this.socket.once('drain', () => {
      if (this.drainTimer) clearTimeout(this.drainTimer);
      this.drainTimer = null;
    });
  }

  private open(): void {
    this.state = 'open';
    clearTimeout(this.connectTimer);
    this.keepAliveTimer = setTimeout(() => this.checkSilence(), this.silenceAllowedMs);
    this.gate.opened(this);
    setImmediate(() => this.resumeReading());
  }

  private checkSilence(): void {
    // While we hold the connection back its silence is ours.
    if (this.socket.isPaused() || this.inFlight > 0) this.keepAliveTimer?.refresh();
    else this.refuse('keep-alive');
  }

  private giveUpConnecting(): void {
    if (this.state === 'connecting') this.refuse('connect-timeout');
    else this.refuseConnect('credential-unreadable', 3);
  }

  private takeBytes(chunk: Buffer): void {
    this.pending.add(chunk);
    if (this.pending.isWorthReading && !this.pump()) this.socket.pause();
  }

  private endInput(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.closeWhenDone();
  }

  /** The peer is gone, but what it sent before is still worth keeping. */
  private closeWhenDone(): void {
    if (this.state !== 'open' || (this.inFlight === 0 && !this.isHeld)) this.destroy();
  }

  private get isHeld(): boolean {
    return this.isWindowFull || this.isBufferFull || this.paceTimer !== null || (this.gate.room.isFull && this.pending.isWorthReading);
  }

  /** Hands on what may go; false when something holds the rest back. */
  private pump(): boolean {
    if (this.destroyed) return true;
    const bytes = this.pending.join();
    let [at, neededBytes] = NO_PACKET;
    let runAt = 0;
    let isHeld = false;
    const nowMs = performance.now();
    while (at < bytes.length) {
      const header = readHeader(bytes, at);
      if (header.state === 'fault') {
        this.refuse(
          this.state === 'connecting' && (bytes[at] as number) >> 4 !== KIND.connect ? 'first-packet-not-connect' : header.reason,
        );
        return true;
      }
      neededBytes = header.state === 'complete' ? header.bodyAt - at + header.bodyBytes : bytes.length - at + 1;
      if (header.state === 'complete' && !this.isSizeAllowed(header)) return true;
      if (header.state === 'short' || at + neededBytes > bytes.length) break;
      const fate = this.judge(bytes, header, nowMs);
      if (this.destroyed) return true;
      isHeld = fate === 'hold';
      if (isHeld) break;
      if (fate === 'swallow') {
        if (at > runAt) this.handOver(bytes.subarray(runAt, at));
        runAt = at + neededBytes;
      }
      at += neededBytes;
      neededBytes = 1;
    }
    if (at > runAt) this.handOver(bytes.subarray(runAt, at));
    this.pending.keep(bytes.subarray(at), neededBytes);
    return !isHeld && !this.isBufferFull;
  }

  private handOver(run: Buffer): void {
    if (!this.push(run)) this.isBufferFull = true;
  }

  private isSizeAllowed({ kind, bodyBytes }: CompleteHeader): boolean {
    const { connectBytesMax, packetBytesMax, controlBytesMax } = this.gate.limits;
    const isSignedIn = this.state === 'open';
    const bytesMax = !isSignedIn && kind === KIND.connect ? connectBytesMax : kind === KIND.publish ? packetBytesMax : controlBytesMax;
    if (this.state === 'connecting' && kind !== KIND.connect) this.refuse('first-packet-not-connect');
    else if (bodyBytes > bytesMax) this.refuse('packet-too-large');
    else return true;
    return false;
  }

  private judge(bytes: Buffer, header: CompleteHeader, nowMs: number): Fate {
    const { kind, flags, bodyAt, bodyBytes } = header;
    if (this.state === 'connecting') {
      this.startSignIn(bytes.subarray(0, bodyAt + bodyBytes), bodyAt);
      return 'swallow';
    }
    if (kind === KIND.connect) return this.refuseAndHold('second-connect');
    if (this.state === 'signing-in' || this.mustWait(kind)) return 'hold';
    const body = bytes.subarray(bodyAt, bodyAt + bodyBytes);
    const reason = checkPacket(kind, flags, body, this.gate.limits);
    if (reason) return this.refuseAndHold(reason);
    if (!this.isWithinPace(nowMs)) return 'hold';
    this.keepAliveTimer?.refresh();
    if (kind === KIND.disconnect) this.saidGoodbye = true;
    if (kind === KIND.publish) this.enterWindow(readPublish(flags, body));
    else if (kind === KIND.pingreq) this.send(PINGRESP);
    else return 'pass';
    return 'swallow';
  }

  private refuseAndHold(reason: RefusalReason): Fate {
    this.refuse(reason);
    return 'hold';
  }

  private mustWait(kind: number): boolean {
    if (this.isWindowFull || this.isBufferFull || this.paceTimer || this.gate.isStopping) return true;
    if (kind !== KIND.publish) return false;
    const { room, limits } = this.gate;
    if (room.isFull) {
      this.gate.count('slowed-by-service');
      room.waitForRoom(this);
      return true;
    }
    this.isWindowFull = this.inFlight >= limits.messagesInFlightMax || this.inFlightBytes >= limits.bytesInFlightMax;
    if (this.isWindowFull) this.gate.count('slowed-by-window');
    return this.isWindowFull;
  }

  private isWithinPace(nowMs: number): boolean {
    if (this.bucket.take(nowMs)) return true;
    this.gate.count('slowed-by-rate');
    this.paceTimer = setTimeout(() => {
      this.paceTimer = null;
      this.resumeReading();
    }, this.bucket.waitMs(nowMs));
    return false;
  }

  private enterWindow(publish: Publish): void {
    this.inFlight += 1;
    this.inFlightBytes += publish.bytes;
    this.gate.room.enter(publish.bytes);
    this.gate.take(this, publish);
  }

  private startSignIn(packet: Buffer, bodyAt: number): void {
    const read = readConnect(packet.subarray(bodyAt));
    if (!read.ok) {
      if (read.returnCode) this.refuseConnect(read.reason, read.returnCode);
      else this.refuse(read.reason);
      return;
    }
    this.state = 'signing-in';
    const { connect } = read;
    const { keepAliveSecondsMax } = this.gate.limits;
    this.keepAliveSeconds = Math.min(connect.keepAliveSeconds || keepAliveSecondsMax, keepAliveSecondsMax);
    const copy = Buffer.from(packet);
    copy.writeUInt16BE(0, bodyAt + connect.keepAliveAt); // the keep-alive is ours to watch, not the library's
    void this.signIn(connect, copy);
  }

  private async signIn(connect: Connect, packet: Buffer): Promise<void> {
    const outcome = await this.gate.signIn(this, connect);
    if (this.destroyed) return;
    if (!outcome.ok) return this.refuseConnect(outcome.reason, outcome.returnCode);
    this.identity = outcome.identity;
    this.key = keyOf(outcome.identity);
    this.gate.admit(this, outcome.identity);
    this.push(packet);
  }

  private refuseConnect(reason: RefusalReason, returnCode: ReturnCode): void {
    if (this.destroyed) return;
    this.send(Buffer.from([0x20, 2, 0, returnCode]));
    this.refuse(reason);
  }
}

/** Lets what was written go out, then ends the socket whether or not the peer reads. */
function closeSoon(socket: Duplex): void {
  if (socket.destroyed) return;
  if ('destroySoon' in socket && typeof socket.destroySoon === 'function') socket.destroySoon();
  else socket.end();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

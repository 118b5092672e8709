import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Engine } from './engine.js';
import { MessageReader, UnreadableBytes } from './message-reader.js';
import { errorMessage, int32, message, zeroEnded } from './protocol.js';
import { Session } from './session.js';
import { readStartup, type Startup } from './startup.js';
import { Turns } from './turns.js';

/** What the server is started with. */
export interface WireServerOptions {
  readonly engine: Engine;
  readonly socketPath: string;
  /** How long a client may sit idle in a transaction while others wait. */
  readonly idleInTransactionMs: number;
  readonly connectionsMax: number;
  /** Called once when the engine has broken; the process must end. */
  readonly onBroken: (error: unknown) => void;
}

const STARTUP_MS = 10_000;
const READ_AHEAD_BYTES = 32 * 1024 * 1024;

// What a client may rely on without asking; the engine itself does not report them (PostgreSQL 17, 53.2.7).
const REPORTED = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
  'is_superuser',
  'in_hot_standby',
  'default_transaction_read_only',
];

/** Speaks the PostgreSQL protocol on a unix socket for any number of clients of the one engine. */
export class WireServer {
  readonly #options: WireServerOptions;
  readonly #turns: Turns;
  readonly #sessions = new Map<number, Session>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #reported: Buffer = Buffer.alloc(0);
  #nextId = 1;

  private constructor(options: WireServerOptions) {
    this.#options = options;
    this.#turns = new Turns(options.engine, { idleInTransactionMs: options.idleInTransactionMs, onBroken: options.onBroken });
    this.#server = createServer((socket) => this.#greet(socket));
  }

  /** Listens; the socket's directory decides who may connect, no password is asked. */
  static async start(options: WireServerOptions): Promise<WireServer> {
    const server = new WireServer(options);
    const shown: Buffer[] = [];
    for (const name of REPORTED) {
      const [row] = await options.engine.query(`show ${name}`);
      shown.push(message('S', zeroEnded(name), zeroEnded(row?.[0] ?? '')));
    }
    server.#reported = Buffer.concat(shown);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.socketPath, resolve);
    });
    return server;
  }

  /** Takes no new client, lets the unit that runs end, says goodbye to all, and leaves the engine idle. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.#turns.stop();
    for (const session of this.#sessions.values()) session.socket.end(errorMessage('FATAL', '57P01', 'the embedded database is stopping'));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Runs housekeeping of our own between clients' turns. */
  between<T>(work: () => Promise<T>): Promise<T | null> {
    return this.#turns.between(work);
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const reader = new MessageReader();
    const late = setTimeout(() => socket.destroy(), STARTUP_MS);
    let session: Session | null = null;
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
        session ??= this.#takeStartup(socket, reader);
        if (session) clearTimeout(late);
        if (session) this.#takeMessages(session, reader);
      } catch (error) {
        if (!(error instanceof UnreadableBytes)) throw error;
        socket.end(errorMessage('FATAL', '08P01', `not the PostgreSQL protocol: ${error.message}`));
      }
    });
    socket.on('error', () => socket.destroy()); // A client may vanish; 'close' follows and cleans up.
    socket.on('close', () => {
      clearTimeout(late);
      this.#sockets.delete(socket);
      if (session) this.#forget(session);
    });
  }

  #takeStartup(socket: Socket, reader: MessageReader): Session | null {
    for (let packet = reader.nextStartup(); packet; packet = reader.nextStartup()) {
      const startup = readStartup(packet);
      if (startup.kind === 'session') return this.#welcome(socket, startup);
      if (startup.kind === 'encryption') socket.write('N');
      if (startup.kind === 'cancel') this.#cancel(socket, startup.id, startup.secret);
      if (startup.kind === 'refused') socket.end(errorMessage('FATAL', startup.code, startup.sentence));
      if (startup.kind !== 'encryption') return null;
    }
    return null;
  }

  #welcome(socket: Socket, startup: Extract<Startup, { kind: 'session' }>): Session | null {
    if (this.#sessions.size >= this.#options.connectionsMax) {
      socket.end(errorMessage('FATAL', '53300', `more than ${this.#options.connectionsMax} clients`));
      return null;
    }
    const session = new Session(socket, this.#nextId++, randomInt(0x7fffffff));
    session.settings = startup.settings;
    this.#sessions.set(session.id, session);
    socket.write(
      Buffer.concat([
        startup.negotiation,
        message('R', int32(0)),
        this.#reported,
        message('S', zeroEnded('application_name'), zeroEnded(startup.applicationName)),
        message('S', zeroEnded('session_authorization'), zeroEnded('postgres')),
        message('K', int32(session.id), int32(session.secret)),
        message('Z', Buffer.from('I')),
      ]),
    );
    socket.on('drain', () => this.#turns.wait(session));
    return session;
  }

  #takeMessages(session: Session, reader: MessageReader): void {
    for (let bytes = reader.next(); bytes; bytes = reader.next()) session.take(bytes);
    this.#turns.wait(session);
    if (session.unitBytes > READ_AHEAD_BYTES) session.socket.pause();
  }

  /** A unit that runs cannot be stopped (the engine blocks this thread), but one that still waits for its turn can. */
  #cancel(socket: Socket, id: number, secret: number): void {
    const session = this.#sessions.get(id);
    if (session?.secret === secret) this.#turns.cancel(session);
    socket.end();
  }

  #forget(session: Session): void {
    this.#sessions.delete(session.id);
    this.#turns.leave(session);
  }
}

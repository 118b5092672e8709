import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../server/log.js';
import { findEngineEntry } from './entry.js';
import type { EngineMessage, EngineOptions, SupervisorMessage } from './supervisor-messages.js';

/** How an embedded database is started. */
export interface EmbeddedOptions {
  /** Our data directory; the database lives in its folder `postgres`. */
  readonly dataDir: string;
  readonly log: Log;
  /** How long a client may sit idle in a transaction while others wait. Default 10 s. */
  readonly idleInTransactionMs?: number;
  /** Default 100. */
  readonly connectionsMax?: number;
  /** An engine that does not answer for this long is killed and started again. Default 60 s; the longest statement must fit in. */
  readonly unansweredMs?: number;
  /** How long to wait for another process to let go of the directory. Default 3 s. */
  readonly lockWaitMs?: number;
}

/** A running embedded database. */
export interface EmbeddedEngine {
  /** For pg, TypeORM and psql alike; the same after a restart. */
  readonly url: string;
  /** The engine's process, null while there is none. */
  readonly pid: number | null;
  /** Called each time that the engine is back after it died. */
  onRestart(heard: () => void): void;
  /** Ends the engine in order and waits until it has gone. */
  stop(): Promise<void>;
}

/** The data directory's database is open in another process. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse';

  constructor(
    readonly dataDir: string,
    /** Where the running engine listens, when it left word of it; usable by the same system user. */
    readonly url: string | null,
  ) {
    super(`the database in ${dataDir} is already open in another process; stop that one first, or choose another data directory`);
  }
}

/** The engine ended before it could serve anybody. */
class EngineDidNotStart extends Error {
  override readonly name = 'EngineDidNotStart';
}

const PING_MS = 2_000;
const STOP_MS = 15_000;
const BACKOFF_MS = [0, 200, 1_000, 3_000, 10_000];
const STEADY_MS = 30_000;
const STDERR_KEPT = 2_000;
// sockaddr_un.sun_path is 108 bytes on Linux, 104 on macOS.
const SOCKET_PATH_MAX = 103;

/** Starts the embedded TimescaleDB as a child process, waits until it serves, and keeps it alive until `stop`. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const supervisor = new Supervisor(options, await findEngineEntry());
  await supervisor.start();
  return supervisor;
}

class Supervisor implements EmbeddedEngine {
  readonly url: string;
  readonly #options: EmbeddedOptions;
  readonly #entry: string;
  readonly #socketDir: string;
  readonly #urlFile: string;
  readonly #heard: (() => void)[] = [];
  #child: ChildProcess | null = null;
  #isStopping = false;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: EmbeddedOptions, entry: string) {
    this.#options = options;
    this.#entry = entry;
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    this.#urlFile = join(options.dataDir, 'engine.url');
    // Its own short directory that only this user may enter: that is the whole access control.
    this.#socketDir = mkdtempSync(join(tmpdir(), 'varde-'));
    this.url = `postgres://varde@/varde?host=${encodeURI(this.#socketDir)}&port=5432&sslmode=disable`;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  onRestart(heard: () => void): void {
    this.#heard.push(heard);
  }

  async start(): Promise<void> {
    try {
      await this.#spawn();
      writeFileSync(this.#urlFile, this.url, { mode: 0o600 });
    } catch (error) {
      this.#isStopping = true;
      rmSync(this.#socketDir, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    const child = this.#child;
    if (child && isAlive(child)) {
      const ended = new Promise<void>((done) => child.once('exit', () => done()));
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      child.ref();
      say(child, { kind: 'stop' });
      await ended;
      clearTimeout(late);
    }
    rmSync(this.#urlFile, { force: true });
    rmSync(this.#socketDir, { recursive: true, force: true });
  }

  async #spawn(): Promise<void> {
    const started = Date.now();
    const child = this.#fork();
    this.#child = child;
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_KEPT)));
    await this.#untilReady(child, () => stderr);
    this.#watch(child);
    child.once('exit', (code, signal) => this.#restartLater({ code, signal, stderr, livedMs: Date.now() - started }));
    // The engine must not keep a process alive that has nothing else to do; it then ends too.
    child.unref();
    child.channel?.unref();
    (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
  }

  #fork(): ChildProcess {
    const socketPath = join(this.#socketDir, '.s.PGSQL.5432');
    if (Buffer.byteLength(socketPath) > SOCKET_PATH_MAX) {
      throw new EngineDidNotStart(`the socket path ${socketPath} is too long for a unix socket; set TMPDIR to a shorter directory`);
    }
    const options: EngineOptions = {
      directory: resolve(this.#options.dataDir, 'postgres'),
      socketPath,
      idleInTransactionMs: this.#options.idleInTransactionMs ?? 10_000,
      connectionsMax: this.#options.connectionsMax ?? 100,
      lockWaitMs: this.#options.lockWaitMs ?? 3_000,
    };
    // No environment: the engine needs none of our secrets, and PostgreSQL would read PG variables.
    return fork(this.#entry, [JSON.stringify(options)], { execArgv: [], env: {}, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  }

  #untilReady(child: ChildProcess, stderr: () => string): Promise<void> {
    return new Promise((ready, reject) => {
      let sentence = '';
      child.on('message', (told: EngineMessage) => {
        if (told.kind === 'ready') ready();
        if (told.kind === 'locked') reject(new DataDirectoryInUse(this.#options.dataDir, readUrl(this.#urlFile)));
        if (told.kind === 'broken') {
          sentence = told.sentence;
          this.#options.log.error({ pid: child.pid, why: sentence }, 'the embedded database has broken');
        }
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(
          new EngineDidNotStart(`the embedded database ended at start (${signal ?? code}): ${sentence || stderr() || 'no reason given'}`),
        );
      });
    });
  }

  /** Kills an engine that no longer answers: a statement that runs without end cannot be stopped in any other way. */
  #watch(child: ChildProcess): void {
    const unansweredMs = this.#options.unansweredMs ?? 60_000;
    let answeredMs = Date.now();
    child.on('message', (told: EngineMessage) => {
      if (told.kind === 'pong') answeredMs = Date.now();
    });
    const ping = setInterval(() => {
      if (Date.now() - answeredMs < unansweredMs) return say(child, { kind: 'ping' });
      this.#options.log.error({ pid: child.pid, unansweredMs }, 'the embedded database does not answer and is killed');
      child.kill('SIGKILL');
    }, PING_MS).unref();
    child.once('exit', () => clearInterval(ping));
  }

  #restartLater(end: { code: number | null; signal: string | null; stderr: string; livedMs: number }): void {
    this.#child = null;
    if (this.#isStopping) return;
    this.#failures = end.livedMs > STEADY_MS ? 0 : this.#failures;
    const waitMs = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#options.log.error({ ...end, waitMs }, 'the embedded database has ended and is started again');
    this.#timer = setTimeout(() => void this.#restart(), waitMs);
  }

  async #restart(): Promise<void> {
    try {
      await this.#spawn();
      this.#options.log.warn({ pid: this.pid }, 'the embedded database is back');
      for (const heard of this.#heard) heard();
    } catch (error) {
      const stderr = error instanceof Error ? error.message : String(error);
      this.#restartLater({ code: null, signal: null, stderr, livedMs: 0 });
    }
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function say(child: ChildProcess, what: SupervisorMessage): void {
  if (child.connected) child.send(what, () => undefined); // A child that dies meanwhile is told by its 'exit'.
}

function readUrl(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch {
    return null; // The holder has not written it yet, or we may not read it.
  }
}

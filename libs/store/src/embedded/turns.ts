import type { Engine } from './engine.js';
import {
  errorMessage,
  message,
  queryMessage,
  readMessages,
  readText,
  readyMessage,
  SYNC,
  zeroEnded,
  type TransactionStatus,
} from './protocol.js';
import type { Session, Unit } from './session.js';
import { captureSettings, settingStatements } from './settings.js';

const READ_AGAIN_BYTES = 4 * 1024 * 1024;

/** What one unit's answer said. */
interface Outcome {
  readonly forClient: Buffer;
  readonly status: TransactionStatus | null;
  readonly isUndone: boolean;
  readonly notifications: readonly { channel: string; bytes: Buffer }[];
}

/**
 * Who runs on the one backend. A client owns the engine from its first unit until the engine says that no transaction is open;
 * then the next in the queue. So transactions, cursors and failed transactions exclude everybody else, as if each had a backend.
 */
export class Turns {
  readonly #engine: Engine;
  readonly #idleInTransactionMs: number;
  readonly #onBroken: (error: unknown) => void;
  readonly #sessions = new Set<Session>();
  readonly #queue: Session[] = [];
  readonly #between: (() => Promise<void>)[] = [];
  #owner: Session | null = null;
  /** Whose settings the backend has, and whether they differ from the start's. */
  #current: Session | null = null;
  #isAltered = false;
  readonly #customSettings = new Set<string>();
  #unnamedOwner: Session | null = null;
  #isRunning = false;
  #isScheduled = false;
  #isStopping = false;
  #onIdle: (() => void) | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #isOverdue = false;

  constructor(engine: Engine, options: { idleInTransactionMs: number; onBroken: (error: unknown) => void }) {
    this.#engine = engine;
    this.#idleInTransactionMs = options.idleInTransactionMs;
    this.#onBroken = options.onBroken;
  }

  /** A client has units that wait, or can take answers again. */
  wait(session: Session): void {
    if (session.isQueued || !isReady(session)) return;
    this.#sessions.add(session);
    session.isQueued = true;
    this.#queue.push(session);
    if (this.#isOverdue && this.#owner !== session) this.#endIdleOwner();
    this.#schedule();
  }

  /** A client's socket has closed: what it left open is rolled back, its statements are closed, its settings go. */
  leave(session: Session): void {
    if (session.isClosed) return;
    session.isClosed = true;
    session.units.length = 0;
    this.#sessions.delete(session);
    if (!session.isQueued) this.#queue.push(session);
    session.isQueued = true;
    this.#schedule();
  }

  /** Takes back what a client has waiting, with PostgreSQL's error 57014. */
  cancel(session: Session): void {
    const waits = this.#owner !== session && session.units[0]?.end === 'answered';
    if (!waits) return;
    session.unitBytes -= session.units.shift()?.bytes ?? 0;
    session.socket.write(errorMessage('ERROR', '57014', 'canceling statement due to user request'));
    session.socket.write(readyMessage('I'));
  }

  /** Runs work of our own when no client owns the engine; null when the turns have ended. */
  between<T>(work: () => Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      this.#between.push(async () => {
        try {
          resolve(this.#isStopping ? null : await work());
        } catch (error) {
          reject(error);
        }
      });
      this.#schedule();
    });
  }

  /** Lets the unit that runs end, then runs no more and rolls back what is open. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#isRunning) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    for (const work of this.#between.splice(0)) await work();
    if (this.#owner) await this.#rollBack();
    await this.#engine.resetSettings();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isRunning || this.#isStopping) return;
    this.#isScheduled = true;
    // Between two units the event loop must turn: sockets, pings and timers live on it.
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#runNext();
    });
  }

  async #runNext(): Promise<void> {
    if (this.#isRunning || this.#isStopping) return;
    this.#isRunning = true;
    let hasRun = false;
    try {
      hasRun = await this.#runOne();
    } catch (error) {
      this.#isStopping = true;
      this.#onBroken(error);
    } finally {
      this.#isRunning = false;
      this.#onIdle?.();
    }
    if (hasRun) this.#schedule();
  }

  async #runOne(): Promise<boolean> {
    const work = this.#owner ? undefined : this.#between.shift();
    if (work) {
      await this.#restoreFor(null);
      this.#unnamedOwner = null;
      await work();
      return true;
    }
    const session = this.#pick();
    if (!session) return false;
    if (session.isClosed) await this.#cleanUp(session);
    else await this.#runUnit(session);
    return true;
  }

  #pick(): Session | null {
    const at = this.#owner ? this.#queue.indexOf(this.#owner) : 0;
    const [session] = at < 0 ? [] : this.#queue.splice(at, 1);
    if (!session) return null;
    session.isQueued = false;
    return session;
  }

  async #runUnit(session: Session): Promise<void> {
    const unit = session.units[0];
    if (!unit || !isReady(session)) return;
    this.#stopIdleTimer();
    if (this.#owner === null && !(await this.#restoreFor(session))) return;
    if (session.units[0] !== unit) return; // cancelled meanwhile
    session.units.shift();
    session.unitBytes -= unit.bytes;
    if (session.socket.isPaused() && session.unitBytes < READ_AGAIN_BYTES) session.socket.resume();
    if (unit.end === 'terminated') {
      session.socket.end();
      return;
    }
    await this.#answer(session, unit);
    if (this.#owner === session && !isReady(session)) this.#startIdleTimer();
    this.wait(session);
  }

  async #answer(session: Session, unit: Unit): Promise<void> {
    const refused = unit.asked.find((asked) => asked.refused !== null)?.refused ?? null;
    if (refused !== null && unit.end === 'flushed') {
      session.socket.end(errorMessage('FATAL', '0A000', refused));
      return;
    }
    const outcome = readOutcome(await this.#engine.run(this.#unitBytes(session, unit, refused)), this.#givesBack(session, unit, refused));
    if (refused === null && unit.unnamedParse) session.unnamedParse = unit.unnamedParse;
    const usesUnnamed = refused === null && (unit.unnamedParse !== null || unit.usesOldUnnamed);
    // A simple query drops the backend's unnamed statement, whoever's it was.
    if (usesUnnamed) this.#unnamedOwner = session;
    else if (unit.isSimple || refused !== null) this.#unnamedOwner = null;
    this.#owner = outcome.status === 'I' ? null : session;
    for (const asked of unit.asked) for (const name of asked.customSettings) this.#customSettings.add(name);
    session.mayHaveSet ||= unit.asked.some((asked) => asked.setsSettings);
    session.channelSteps.push(...unit.asked);
    if (outcome.status === 'I') await this.#settleChannels(session, outcome.isUndone);
    session.socket.write(outcome.forClient);
    this.#deliver(outcome);
  }

  #givesBack(session: Session, unit: Unit, refused: string | null): boolean {
    return refused === null && unit.usesOldUnnamed && session.unnamedParse !== null && this.#unnamedOwner !== session;
  }

  #unitBytes(session: Session, unit: Unit, refused: string | null): Buffer {
    if (refused !== null)
      return queryMessage(`do $refused$ begin raise exception using errcode = '0A000', message = $why$${refused}$why$; end $refused$`);
    const before = this.#givesBack(session, unit, refused) && session.unnamedParse ? [session.unnamedParse] : [];
    const [first] = unit.parts;
    return before.length === 0 && unit.parts.length === 1 && first ? first : Buffer.concat([...before, ...unit.parts]);
  }

  /** LISTEN and UNLISTEN count once their transaction has committed. */
  async #settleChannels(session: Session, isUndone: boolean): Promise<void> {
    const steps = session.channelSteps.splice(0);
    if (isUndone) return;
    for (const step of steps) {
      for (const channel of step.unlistens) {
        if (channel === '*') session.channels.clear();
        else session.channels.delete(channel);
      }
      for (const channel of step.listens) session.channels.add(channel);
    }
    // The backend has one list for all: what this client gave up another may still want.
    if (steps.some((step) => step.unlistens.length > 0)) await this.#listenForAll();
  }

  async #listenForAll(): Promise<void> {
    this.#unnamedOwner = null;
    const wanted = new Set([...this.#sessions].flatMap((session) => [...session.channels]));
    for (const channel of wanted) await this.#engine.query(`listen "${channel.replaceAll('"', '""')}"`);
  }

  #deliver(outcome: Outcome): void {
    for (const { channel, bytes } of outcome.notifications) {
      for (const session of this.#sessions) if (session.channels.has(channel) && !session.isClosed) session.socket.write(bytes);
    }
  }

  /** Gives the backend the settings of the client whose turn it is. False when its own start-up settings are impossible. */
  async #restoreFor(session: Session | null): Promise<boolean> {
    const left = this.#current;
    if (left === session) return true;
    if (left?.mayHaveSet || this.#isAltered || (session && session.settings.size > 0)) this.#unnamedOwner = null;
    if (left?.mayHaveSet) {
      if (!left.isClosed) left.settings = await captureSettings(this.#engine, this.#customSettings);
      left.mayHaveSet = false;
      this.#isAltered = true;
    }
    if (this.#isAltered) await this.#engine.resetSettings();
    this.#isAltered = false;
    this.#current = session;
    if (!session || session.settings.size === 0) return true;
    this.#isAltered = true;
    try {
      await this.#engine.query(settingStatements(session.settings));
      return true;
    } catch (error) {
      session.settings.clear();
      session.socket.end(errorMessage('FATAL', '22023', error instanceof Error ? error.message : String(error)));
      return false;
    }
  }

  async #cleanUp(session: Session): Promise<void> {
    if (this.#owner === session) await this.#rollBack();
    await this.#restoreFor(null);
    const names = session.statementNames();
    if (names.length === 0) return;
    await this.#engine.run(Buffer.concat([...names.map((name) => message('C', Buffer.from('S'), zeroEnded(name))), SYNC]));
  }

  async #rollBack(): Promise<void> {
    this.#stopIdleTimer();
    await this.#engine.run(SYNC);
    await this.#engine.query('rollback');
    this.#owner = null;
    this.#unnamedOwner = null;
  }

  #startIdleTimer(): void {
    this.#stopIdleTimer();
    this.#idleTimer = setTimeout(() => {
      this.#isOverdue = true;
      if (this.#queue.some((session) => session !== this.#owner)) this.#endIdleOwner();
    }, this.#idleInTransactionMs);
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    this.#isOverdue = false;
  }

  #endIdleOwner(): void {
    const owner = this.#owner;
    this.#stopIdleTimer();
    if (!owner || isReady(owner)) return;
    owner.socket.end(errorMessage('FATAL', '25P03', 'terminating connection due to idle-in-transaction timeout while other clients wait'));
    this.leave(owner);
  }
}

function isReady(session: Session): boolean {
  return session.units.length > 0 && !session.isClosed && !session.socket.writableNeedDrain;
}

/** Reads one unit's answer: takes out notifications (they belong to those who listen) and the answer to a Parse that we added. */
function readOutcome(answer: Buffer, dropFirstParse: boolean): Outcome {
  const kept: Buffer[] = [];
  const notifications: { channel: string; bytes: Buffer }[] = [];
  let status: TransactionStatus | null = null;
  let hasFailed = false;
  let lastTag = '';
  let from = 0;
  let drop = dropFirstParse;
  for (const found of readMessages(answer)) {
    if (found.type === 'E') hasFailed = true;
    if (found.type === 'C') lastTag = readText(answer, found.body).text;
    if (found.type === 'Z') status = readText(answer.subarray(found.body, found.end), 0).text as TransactionStatus;
    const isNotification = found.type === 'A';
    if (isNotification)
      notifications.push({ channel: readText(answer, found.body + 4).text, bytes: answer.subarray(found.start, found.end) });
    if (!isNotification && !(drop && found.type === '1')) continue;
    if (found.type === '1') drop = false;
    kept.push(answer.subarray(from, found.start));
    from = found.end;
  }
  const forClient = from === 0 ? answer : Buffer.concat([...kept, answer.subarray(from)]);
  return { forClient, status, isUndone: hasFailed || lastTag === 'ROLLBACK', notifications };
}

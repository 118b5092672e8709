import type { Socket } from 'node:net';
import { HEADER_BYTES, message, readText, zeroEnded } from './protocol.js';
import { readAsked, type Asked } from './statement-text.js';

/** Messages of one client that run without another client's in between: up to Sync, or Flush, or one simple query. */
export interface Unit {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly end: 'answered' | 'flushed' | 'terminated';
  /** Whether it is one simple query. */
  readonly isSimple: boolean;
  readonly asked: readonly Asked[];
  /** The last Parse of the unnamed statement in it, when it has one. */
  readonly unnamedParse: Buffer | null;
  /** Whether it uses the unnamed statement before it parses it. */
  readonly usesOldUnnamed: boolean;
}

/** One client: what it has sent, and what of the shared backend is its own. */
export class Session {
  readonly units: Unit[] = [];
  unitBytes = 0;
  /** Channels it listens to, and those that wait for its transaction to end. */
  readonly channels = new Set<string>();
  readonly channelSteps: Asked[] = [];
  /** Settings that differ from what every client starts with. */
  settings = new Map<string, string>();
  mayHaveSet = false;
  /** Its unnamed statement, to give it back after another client used the backend's only one. */
  unnamedParse: Buffer | null = null;
  isClosed = false;
  isQueued = false;

  readonly #prefix: string;
  readonly #askedByStatement = new Map<string, Asked>();
  #parts: Buffer[] = [];
  #asked: Asked[] = [];
  #unnamedParse: Buffer | null = null;
  #usesOldUnnamed = false;

  constructor(
    readonly socket: Socket,
    readonly id: number,
    readonly secret: number,
  ) {
    this.#prefix = `c${id}_`;
  }

  /** Its prepared statements as the backend knows them. */
  statementNames(): string[] {
    return [...this.#askedByStatement.keys()].map((name) => this.#prefix + name);
  }

  /** Takes one whole message; a unit is added to `units` when the message completes one. */
  take(bytes: Buffer): void {
    const type = String.fromCharCode(bytes.readUInt8(0));
    this.#parts.push(this.#rewrite(type, bytes));
    if (type === 'Q' || type === 'S' || type === 'F') this.#end('answered', type === 'Q');
    else if (type === 'H') this.#end('flushed', false);
    else if (type === 'X') this.#end('terminated', false);
  }

  #end(end: Unit['end'], isSimple: boolean): void {
    const parts = this.#parts;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    this.units.push({
      parts,
      bytes,
      end,
      isSimple,
      asked: this.#asked,
      unnamedParse: this.#unnamedParse,
      usesOldUnnamed: this.#usesOldUnnamed,
    });
    this.unitBytes += bytes;
    this.#parts = [];
    this.#asked = [];
    this.#unnamedParse = null;
    this.#usesOldUnnamed = false;
  }

  /** All clients share one backend, so every name of a statement or portal gets its owner's mark. */
  #rewrite(type: string, bytes: Buffer): Buffer {
    switch (type) {
      case 'Q':
        this.#note(readAsked(readText(bytes, HEADER_BYTES).text));
        return bytes;
      case 'P':
        return this.#parse(bytes);
      case 'B':
        return this.#bind(bytes);
      case 'D':
      case 'C':
        return this.#describeOrClose(type, bytes);
      case 'E':
        return this.#execute(bytes);
      default:
        return bytes;
    }
  }

  #note(asked: Asked): void {
    if (asked.refused !== null || asked.setsSettings || asked.listens.length > 0 || asked.unlistens.length > 0) this.#asked.push(asked);
  }

  #parse(bytes: Buffer): Buffer {
    const name = readText(bytes, HEADER_BYTES);
    const asked = readAsked(readText(bytes, name.next).text);
    if (asked.refused !== null || name.text === '') this.#note(asked);
    if (name.text === '') {
      this.#unnamedParse = bytes;
      return bytes;
    }
    this.#askedByStatement.set(name.text, asked);
    return message('P', this.#marked(name.text), bytes.subarray(name.next));
  }

  #bind(bytes: Buffer): Buffer {
    const portal = readText(bytes, HEADER_BYTES);
    const statement = readText(bytes, portal.next);
    this.#use(statement.text);
    if (portal.text === '' && statement.text === '') return bytes;
    return message('B', this.#marked(portal.text), this.#marked(statement.text), bytes.subarray(statement.next));
  }

  #describeOrClose(type: 'D' | 'C', bytes: Buffer): Buffer {
    const kind = bytes.subarray(HEADER_BYTES, HEADER_BYTES + 1);
    const name = readText(bytes, HEADER_BYTES + 1);
    const isStatement = kind.toString('latin1') === 'S';
    if (isStatement && type === 'C') this.#askedByStatement.delete(name.text);
    if (isStatement && type === 'D') this.#use(name.text);
    return name.text === '' ? bytes : message(type, kind, this.#marked(name.text));
  }

  #execute(bytes: Buffer): Buffer {
    const portal = readText(bytes, HEADER_BYTES);
    return portal.text === '' ? bytes : message('E', this.#marked(portal.text), bytes.subarray(portal.next));
  }

  #use(statement: string): void {
    if (statement === '') this.#usesOldUnnamed ||= this.#unnamedParse === null;
    const asked = this.#askedByStatement.get(statement);
    if (asked) this.#note(asked);
  }

  #marked(name: string): Buffer {
    return zeroEnded(name === '' ? '' : this.#prefix + name);
  }
}

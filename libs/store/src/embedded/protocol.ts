/**
 * The bytes of the PostgreSQL wire protocol 3.0 that the embedded server needs itself.
 * Source: PostgreSQL 17 documentation, chapter 53 (Frontend/Backend Protocol), "Message Formats".
 */

/** One message in a buffer: its type letter and where its body lies. */
export interface Message {
  readonly type: string;
  /** Index of the type byte. */
  readonly start: number;
  /** Index of the first byte of the body. */
  readonly body: number;
  /** Index after the last byte. */
  readonly end: number;
}

/** Length of a message's type byte and length field. */
export const HEADER_BYTES = 5;

/** Every whole message of what the engine wrote; the engine never writes half a message. */
export function* readMessages(bytes: Buffer): Generator<Message> {
  let start = 0;
  while (start + HEADER_BYTES <= bytes.length) {
    const end = start + 1 + bytes.readInt32BE(start + 1);
    yield { type: String.fromCharCode(bytes.readUInt8(start)), start, body: start + HEADER_BYTES, end };
    start = end;
  }
}

/** The text from an index up to the next zero byte, and the index after that byte. */
export function readText(bytes: Buffer, from: number): { text: string; next: number } {
  const zero = bytes.indexOf(0, from);
  const end = zero < 0 ? bytes.length : zero;
  return { text: bytes.toString('utf8', from, end), next: end + 1 };
}

/** A text with its ending zero byte. */
export function zeroEnded(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}

/** A four byte number, highest byte first. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A message of one type letter and its body's parts. */
export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(length), ...parts]);
}

/** A simple query. */
export function queryMessage(sql: string): Buffer {
  return message('Q', zeroEnded(sql));
}

/** The end of a series of extended messages. */
export const SYNC: Buffer = message('S');

/** An error as a client sees it; `severity` FATAL means that the connection ends. */
export function errorMessage(severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer {
  const field = (letter: string, value: string): Buffer => zeroEnded(letter + value);
  return message('E', field('S', severity), field('V', severity), field('C', code), field('M', text), Buffer.alloc(1));
}

/** "Ready for query": I is idle, T in a transaction, E in a failed one. */
export function readyMessage(status: TransactionStatus): Buffer {
  return message('Z', Buffer.from(status, 'latin1'));
}

/** What ReadyForQuery says of the transaction: idle, open, failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** The rows of a simple query's answer as text, null for NULL. Throws the engine's own words when it answered with an error. */
export function readRows(answer: Buffer): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (const found of readMessages(answer)) {
    if (found.type === 'E') throw new Error(readErrorText(answer, found));
    if (found.type === 'D') rows.push(readRow(answer, found));
  }
  return rows;
}

function readRow(answer: Buffer, found: Message): (string | null)[] {
  const columns = answer.readInt16BE(found.body);
  const row: (string | null)[] = [];
  let at = found.body + 2;
  for (let column = 0; column < columns; column += 1) {
    const length = answer.readInt32BE(at);
    at += 4;
    row.push(length < 0 ? null : answer.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return row;
}

/** The human sentence of an ErrorResponse. */
function readErrorText(answer: Buffer, found: Message): string {
  let at = found.body;
  while (at < found.end && answer.readUInt8(at) !== 0) {
    const letter = String.fromCharCode(answer.readUInt8(at));
    const { text, next } = readText(answer, at + 1);
    if (letter === 'M') return text;
    at = next;
  }
  return 'the engine answered with an error without a sentence';
}

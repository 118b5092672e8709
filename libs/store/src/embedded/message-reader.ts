import { HEADER_BYTES } from './protocol.js';

/** A message larger than the server takes, or bytes that are no messages at all. */
export class UnreadableBytes extends Error {
  override readonly name = 'UnreadableBytes';
}

/** Largest message taken from a client. PostgreSQL itself takes 1 GB; the WebAssembly memory does not. */
export const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;
const STARTUP_BYTES_MAX = 10_000;

/** Cuts what arrives from a socket into whole messages, without copying a growing buffer again for each chunk. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Takes a chunk as it came. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next packet before start-up has ended (no type byte), or null when it has not all come. */
  nextStartup(): Buffer | null {
    if (this.#size < 8) return null;
    const length = this.#peek(4).readInt32BE(0);
    if (length < 8 || length > STARTUP_BYTES_MAX) throw new UnreadableBytes(`a start-up packet of ${length} bytes`);
    return this.#take(length);
  }

  /** The next whole message with its type byte, or null when it has not all come. */
  next(): Buffer | null {
    if (this.#size < HEADER_BYTES) return null;
    const length = this.#peek(HEADER_BYTES).readInt32BE(1);
    if (length < 4 || length > MESSAGE_BYTES_MAX) throw new UnreadableBytes(`a message of ${length} bytes`);
    return this.#take(length + 1);
  }

  #peek(bytes: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= bytes) return first;
    return this.#join();
  }

  #take(bytes: number): Buffer | null {
    if (this.#size < bytes) return null;
    const all = this.#peek(bytes);
    if (all.length === bytes) this.#chunks.shift();
    else this.#chunks[0] = all.subarray(bytes);
    this.#size -= bytes;
    return all.subarray(0, bytes);
  }

  #join(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

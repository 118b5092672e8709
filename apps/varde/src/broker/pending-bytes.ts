const CHUNKS_MAX = 64;

/** Bytes read from a socket that do not make a whole packet yet, joined only when there is something to gain from it. */
export class PendingBytes {
  private chunks: Buffer[] = [];
  private length = 0;
  private needed = 1;

  get bytes(): number {
    return this.length;
  }

  /** Whether enough has come for another attempt at a packet. */
  get isWorthReading(): boolean {
    return this.length >= this.needed;
  }

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    // One byte a segment would otherwise keep thousands of tiny buffers.
    if (this.chunks.length > CHUNKS_MAX) this.chunks = [Buffer.concat(this.chunks)];
  }

  /** Everything, as one buffer. */
  join(): Buffer {
    const [first] = this.chunks;
    if (first === undefined) return Buffer.alloc(0);
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] as Buffer;
  }

  /** Keeps what was not used, and how many bytes must be there before it is worth looking again. */
  keep(rest: Buffer, neededBytes: number): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.length = rest.length;
    this.needed = Math.max(1, neededBytes);
  }
}

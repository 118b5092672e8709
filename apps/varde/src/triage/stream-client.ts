import type { SeenWorklistChange } from '@varde/store';
import type { Response } from 'express';
import type { Stale } from '../sight.js';
import type { Follower } from './change-feed.js';

/** Bytes that may wait for a client that reads slowly, and changes that may wait while it catches up; beyond that it is cut off. */
export const WAITING_BYTES_MAX = 1_048_576;
export const WAITING_CHANGES_MAX = 20_000;

/**
 * One client of the stream: what it may see, written in order as server-sent events. One that cannot keep up is cut off; it comes back
 * with the last id it has and misses nothing.
 */
export class StreamClient implements Follower {
  #waiting: SeenWorklistChange[] | null = [];
  #startsOverAt: number | null = null;

  /** @param hasUntil the last id the client has, from another process perhaps, which may have come further than this one; 0: none */
  constructor(
    private readonly response: Response,
    private unitIds: readonly number[],
    private hasUntil = 0,
  ) {}

  /** Sends the head of the answer, so that the client knows it is connected. */
  open(): void {
    this.response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      Connection: 'keep-alive',
      'X-Accel-Buffering': 'no',
    });
    this.response.flushHeaders();
  }

  /** The units of the person as they are now. */
  seeAs(unitIds: readonly number[]): void {
    this.unitIds = unitIds;
  }

  /** Which of the person's units a change was told to. */
  seenUnits(change: SeenWorklistChange): readonly number[] {
    return change.seenByUnitIds.filter((id) => this.unitIds.includes(id));
  }

  /** Changes that came while the client catches up wait; later ones are written at once. */
  push(changes: readonly SeenWorklistChange[]): void {
    if (this.#waiting === null) return this.write(changes);
    this.#waiting.push(...changes);
    if (this.#waiting.length > WAITING_CHANGES_MAX) this.cutOff();
  }

  /** The word that what it has is no longer so; while the client catches up it waits, and nothing from before it is written after it. */
  startOver(position: number): void {
    if (this.#waiting === null) return this.#sayStartOver(position);
    this.#waiting = [];
    this.#startsOverAt = position;
  }

  #sayStartOver(position: number): void {
    this.mark('reset', position, { because: 'the database has gone back to an earlier state; read the worklist anew' });
  }

  /** Ends catching up: what waited is written, and what comes now is written at once. */
  goLive(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    if (this.#startsOverAt !== null) this.#sayStartOver(this.#startsOverAt);
    this.#startsOverAt = null;
    this.write(waiting);
  }

  /** Writes what the person may see of these changes and the client does not have. */
  write(changes: readonly SeenWorklistChange[]): void {
    const seen = changes.filter((change) => change.id > this.hasUntil && this.seenUnits(change).length > 0);
    if (seen.length > 0) this.#send(seen.map(toEvent).join(''));
  }

  /** Resolves when a slow client has taken what was written, or is gone. */
  async drained(): Promise<void> {
    const { response } = this;
    if (response.destroyed || response.writableLength === 0 || !response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      response.once('drain', resolve);
      response.once('close', resolve);
    });
  }

  /** Says where the stream stands: `start` at the beginning, `reset` when the client must read the worklist anew. */
  mark(event: 'start' | 'reset', reached: number, words: object = {}): void {
    if (event === 'reset') this.hasUntil = 0;
    const position = Math.max(reached, this.hasUntil);
    this.#send(`id: ${position}\nevent: ${event}\ndata: ${JSON.stringify({ position, ...words })}\n\n`);
  }

  /** Says that the worklist is not, or again, to be relied on. Without an id: it is no change that could be missed. */
  say({ since, parts }: Stale): void {
    this.#send(`event: ${since === null ? 'up_to_date' : 'not_up_to_date'}\ndata: ${JSON.stringify({ since, parts })}\n\n`);
  }

  /** Keeps the connection alive; once live, an event without data moves the client's last id past what it may not see. */
  beat(position: number): void {
    this.#send(this.#waiting === null ? `: here\nid: ${Math.max(position, this.hasUntil)}\n\n` : ': here\n\n');
  }

  /** Ends in order. The connection may take its time to close: nothing counts as told meanwhile. */
  end(): void {
    this.unitIds = [];
    this.response.end();
  }

  /** Ends at once. */
  cutOff(): void {
    this.#waiting = null;
    this.response.destroy();
  }

  #send(text: string): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    response.write(text);
    if (response.writableLength > WAITING_BYTES_MAX) this.cutOff();
  }
}

function toEvent({ id, at, patientId, episodeId, unitId, kind }: SeenWorklistChange): string {
  return `id: ${id}\nevent: change\ndata: ${JSON.stringify({ id, at, patientId, episodeId, unitId, kind })}\n\n`;
}

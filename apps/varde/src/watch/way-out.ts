import type { Sending } from '../sending/sending.js';

/** With nothing tried for so long, nobody knows how it is; the next try will say. */
const KNOWN_FOR_MS = 3_600_000;

/** When a try began and ended, by a clock that never goes back. */
interface Tried {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** What came of the tries since the last message that was taken. */
interface Failing {
  readonly sinceMs: number;
  readonly lastMs: number;
  /** False: it broke once, which one connection that was gone does too. */
  readonly isClosed: boolean;
}

/** Whether the one way that all messages of a channel take is open, by what came of the last tries. */
export class WayOut {
  private failing: Failing | null = null;

  /**
   * Notes what came of a try. A refusal of one receiver says nothing about the way. A way that broke is closed when a try that began
   * afterwards breaks too: those that were under way together may have shared what was gone.
   */
  note(sending: Sending, { beganMs, endedMs }: Tried): void {
    if (sending.ok) {
      this.failing = null;
      return;
    }
    if (sending.way === 'stands') return;
    const before = this.knownAt(endedMs);
    const sinceMs = before?.sinceMs ?? endedMs;
    const brokeAgain = before !== null && beganMs > before.sinceMs;
    this.failing = { sinceMs, lastMs: endedMs, isClosed: sending.way === 'closed' || brokeAgain || before?.isClosed === true };
  }

  /** What was known before a restart: closed for so long then. What has been tried since goes before it. */
  recall(closedForMs: number, steadyMs: number): void {
    this.failing ??= { sinceMs: steadyMs - closedForMs, lastMs: steadyMs, isClosed: true };
  }

  /** For how long nothing has come through, from the first try that failed; null: it is open, or not known to be closed. */
  closedForMs(steadyMs: number): number | null {
    const failing = this.knownAt(steadyMs);
    return failing?.isClosed === true ? steadyMs - failing.sinceMs : null;
  }

  private knownAt(steadyMs: number): Failing | null {
    return this.failing === null || steadyMs - this.failing.lastMs > KNOWN_FOR_MS ? null : this.failing;
  }
}

import type { Sending } from '../sending/sending.js';

/** With nothing tried for so long, nobody knows how it is; the next try will say. */
const KNOWN_FOR_MS = 3_600_000;

/** Whether the one way that all messages of a channel take is open, by what came of the last tries. */
export class WayOut {
  private failing: { readonly sinceMs: number; readonly lastMs: number } | null = null;

  /** Notes what came of a try. A refusal of one receiver says nothing about the way. `steadyMs` never goes back. */
  note(sending: Sending, steadyMs: number): void {
    if (sending.ok) this.failing = null;
    else if (sending.isWay) this.failing = { sinceMs: this.failing?.sinceMs ?? steadyMs, lastMs: steadyMs };
  }

  /** For how long nothing has come through, from the first try that failed; null: it is open, or not known to be closed. */
  closedForMs(steadyMs: number): number | null {
    if (this.failing !== null && steadyMs - this.failing.lastMs > KNOWN_FOR_MS) this.failing = null;
    return this.failing === null ? null : steadyMs - this.failing.sinceMs;
  }
}

import type { GuardedConnection } from './guarded-connection.js';
import type { TakeOvers } from './options.js';

/** One identity was taken over by a newer connection; a loop when that keeps happening. */
export interface TakeOver {
  isLoop: boolean;
  times: number;
  addresses: readonly string[];
}

interface Entry {
  signingIn: Set<GuardedConnection>;
  open: GuardedConnection | null;
  takenOverAtMs: number[];
  addresses: string[];
}

/**
 * Which connection belongs to which identity, from the moment somebody claims it: so a credential revoked during a sign-in ends
 * that sign-in too. Also notices when two boxes fight for one identity, as two copies of one image do, each throwing the other
 * out for ever [MQTT-3.1.4-2].
 */
export class Roll {
  private readonly entries = new Map<string, Entry>();
  private readonly keys = new WeakMap<GuardedConnection, string>();

  private readonly longestMs: number;

  constructor(private readonly allowed: readonly TakeOvers[]) {
    this.longestMs = Math.max(0, ...allowed.map(({ windowMs }) => windowMs));
  }

  /** A connection claims an identity and is not signed in yet. */
  expect(key: string, connection: GuardedConnection): void {
    this.keys.set(connection, key);
    this.entryOf(key).signingIn.add(connection);
  }

  /** A connection has shown that it is who it claims. The take-over when another one is there, else `null`. */
  admit(key: string, connection: GuardedConnection, nowMs: number): TakeOver | null {
    const entry = this.entryOf(key);
    entry.signingIn.delete(connection);
    const before = entry.open;
    entry.open = connection;
    if (!before) return null;
    entry.takenOverAtMs = [...entry.takenOverAtMs.filter((at) => at > nowMs - this.longestMs), nowMs];
    entry.addresses = [before.peer.address, connection.peer.address];
    const times = entry.takenOverAtMs.length;
    const isLoop = this.allowed.some(({ max, windowMs }) => entry.takenOverAtMs.filter((at) => at > nowMs - windowMs).length > max);
    if (isLoop) entry.takenOverAtMs = []; // said once a window, not once a connection
    return { isLoop, times, addresses: [...new Set(entry.addresses)] };
  }

  /** A connection ended. True when it was admitted and nobody has taken over from it. */
  leave(connection: GuardedConnection): boolean {
    const key = this.keys.get(connection);
    const entry = key === undefined ? undefined : this.entries.get(key);
    if (key === undefined || !entry) return false;
    entry.signingIn.delete(connection);
    const wasOpen = entry.open === connection;
    if (wasOpen) entry.open = null;
    if (!entry.open && entry.signingIn.size === 0) this.entries.delete(key);
    return wasOpen;
  }

  /** All connections of an identity, admitted or about to be. */
  connectionsOf(key: string): GuardedConnection[] {
    const entry = this.entries.get(key);
    return entry ? [...entry.signingIn, ...(entry.open ? [entry.open] : [])] : [];
  }

  private entryOf(key: string): Entry {
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { signingIn: new Set(), open: null, takenOverAtMs: [], addresses: [] };
      this.entries.set(key, entry);
    }
    return entry;
  }
}

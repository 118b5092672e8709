import { type Identity, keyOf } from './identity.js';

/** How long and how much a {@link CredentialCache} remembers. */
export interface CacheLimits {
  /** A credential found. Longer than this a revocation that nobody told us of does not go unnoticed. */
  foundForMs: number;
  /** A credential that does not exist: short, so that a device registered this minute may connect. */
  missingForMs: number;
  entriesMax: number;
}

/** The limits when nothing else is said. */
export const CACHE_LIMITS: CacheLimits = { foundForMs: 30_000, missingForMs: 2_000, entriesMax: 20_000 };

interface Entry<T> {
  credential: Promise<T | null>;
  readAtMs: number;
  untilMs: number;
}

/**
 * Remembers credentials for a short while, so that a device that comes back again and again does not ask the database each time,
 * and many connections of one identity at once ask it only once. Holds what the database keeps (hashes), never a secret. A read
 * that fails is not remembered.
 */
export class CredentialCache<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly readCredential: (identity: Identity) => Promise<T | null>,
    private readonly limits: CacheLimits = CACHE_LIMITS,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * The credential of an identity, `null` when there is none; rejects when it cannot be read now.
   * @param ageMs what was read so long ago or longer is read anew; left out: as long as it is remembered
   */
  read(identity: Identity, ageMs = Infinity): Promise<T | null> {
    const key = keyOf(identity);
    const known = this.entries.get(key);
    const nowMs = this.nowMs();
    if (known && known.untilMs > nowMs && nowMs - known.readAtMs < ageMs) return known.credential;
    const { foundForMs, missingForMs, entriesMax } = this.limits;
    const entry: Entry<T> = { credential: this.readCredential(identity), readAtMs: nowMs, untilMs: nowMs + foundForMs };
    this.entries.delete(key); // so that the order of the map is the order of age
    this.entries.set(key, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > entriesMax && oldest !== undefined) this.entries.delete(oldest);
    entry.credential.then(
      (credential) => {
        if (credential === null) entry.untilMs = Math.min(entry.untilMs, this.nowMs() + missingForMs);
      },
      () => {
        if (this.entries.get(key) === entry) this.entries.delete(key);
      },
    );
    return entry.credential;
  }

  /** Asks again next time: the credential was changed or revoked. */
  forget(identity: Identity): void {
    this.entries.delete(keyOf(identity));
  }
}

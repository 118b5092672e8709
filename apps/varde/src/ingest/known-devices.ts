import { readDeviceFacts, type DeviceFacts, type DeviceName } from '@varde/store';
import type { DataSource } from 'typeorm';

/** What is known of the devices of one batch. */
export interface Known {
  readonly of: (name: DeviceName) => DeviceFacts;
  /** The version of the directory that says so. */
  readonly directoryVersion: number;
}

interface Remembered {
  readonly facts: DeviceFacts;
  readonly atMs: number;
}

/** Facts by key, all of one moment. */
interface Read {
  readonly found: Map<string, DeviceFacts>;
  readonly directoryVersion: number;
}

const DEVICES_MAX = 50_000;
/** A battery and a model are no part of the directory's version: what another process wrote of them is seen after this. */
const REMEMBERED_MS = 60_000;
const NOTHING_KNOWN: DeviceFacts = { communityId: null, isGatewayKnown: false, device: null };

/**
 * Remembers what is known of devices for one version of the directory. Nothing tells it of a change: storing does, which is refused when the
 * directory has another version by then, and then everything is read again.
 */
export class KnownDevices {
  private readonly remembered = new Map<string, Remembered>();
  private directoryVersion: number | null = null;

  /** @param checkCredentials see `readDeviceFacts` */
  constructor(
    private readonly dataSource: DataSource,
    private readonly checkCredentials: boolean,
  ) {}

  /** What is known of these devices, at least one: from memory, or in one query for those that are not in it. */
  async read(names: readonly DeviceName[]): Promise<Known> {
    const oldestMs = performance.now() - REMEMBERED_MS;
    const wanted = new Map<string, DeviceName>();
    const missing = new Map<string, DeviceName>();
    const found = new Map<string, DeviceFacts>();
    for (const name of names) {
      const key = this.keyOf(name);
      if (wanted.has(key)) continue;
      wanted.set(key, name);
      const known = this.remembered.get(key);
      if (known !== undefined && known.atMs > oldestMs) found.set(key, known.facts);
      else missing.set(key, name);
    }
    const version = this.directoryVersion;
    if (missing.size === 0 && version !== null) return this.knownBy({ found, directoryVersion: version });
    const read = await this.readNow(missing);
    if (read.directoryVersion === version) {
      this.remember(read);
      for (const [key, facts] of read.found) found.set(key, facts);
      return this.knownBy({ found, directoryVersion: version });
    }
    // What was remembered is of another version than what was read now.
    const all = missing.size === wanted.size ? read : await this.readNow(wanted);
    this.forget();
    this.directoryVersion = all.directoryVersion;
    this.remember(all);
    return this.knownBy(all);
  }

  /** Forgets everything, or one device that has something new to remember. */
  forget(name?: DeviceName): void {
    if (name === undefined) {
      this.remembered.clear();
      this.directoryVersion = null;
    } else this.remembered.delete(this.keyOf(name));
  }

  private async readNow(wanted: ReadonlyMap<string, DeviceName>): Promise<Read> {
    const { facts, directoryVersion } = await readDeviceFacts(this.dataSource, [...wanted.values()], this.checkCredentials);
    return { found: new Map([...wanted.keys()].map((key, at) => [key, facts[at] ?? NOTHING_KNOWN])), directoryVersion };
  }

  private remember({ found, directoryVersion }: Read): void {
    // Another lane may have met a newer one meanwhile.
    if (this.directoryVersion !== directoryVersion) return;
    if (this.remembered.size + found.size > DEVICES_MAX) this.remembered.clear();
    const atMs = performance.now();
    for (const [key, facts] of found) {
      // Strangers are not remembered: their names are whatever they like.
      if (facts.device !== null) this.remembered.set(key, { facts, atMs });
    }
  }

  private knownBy({ found, directoryVersion }: Read): Known {
    return { of: (name) => found.get(this.keyOf(name)) ?? NOTHING_KNOWN, directoryVersion };
  }

  private keyOf({ tenant, clientId, device }: DeviceName): string {
    return this.checkCredentials ? `${tenant}\n${clientId}\n${device}` : `${tenant}\n${device}`;
  }
}

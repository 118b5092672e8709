import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TellContact } from '@varde/store';
import type { Log } from '../log.js';

const CONTACTS_FILE = 'tell-contacts';
const TOLD_FILE = 'told-database-away';

/**
 * What must be known when the database is away: who is to be told, in memory and in a file beside the data, readable by its owner only; and
 * that they have been told, so that several processes of one machine tell it once. Where nothing can be written it is told once by each.
 */
export class Remembered {
  contacts: readonly TellContact[] = [];
  private written = '[]';
  private readonly installation: string;

  constructor(
    private readonly dataDir: string,
    databaseUrl: string,
    private readonly log: Log,
  ) {
    // Several installations may share a machine.
    this.installation = createHash('sha256').update(databaseUrl).digest('hex').slice(0, 12);
  }

  /** What an earlier process remembered, for one that starts while the database is away. */
  async recall(): Promise<void> {
    try {
      if (this.contacts.length === 0) this.contacts = JSON.parse(await readFile(this.path(CONTACTS_FILE), 'utf8')) as TellContact[];
    } catch (error) {
      if (!isMissing(error)) this.log.warn({ err: error }, 'who is told when the database is away could not be recalled');
    }
  }

  /** Remembers who is told from now on. */
  async remember(contacts: readonly TellContact[]): Promise<void> {
    this.contacts = contacts;
    const text = JSON.stringify(contacts);
    if (text === this.written) return;
    this.written = text;
    try {
      await mkdir(this.dataDir, { recursive: true, mode: 0o700 });
      const fresh = this.path(`${CONTACTS_FILE}.${process.pid}`);
      await writeFile(fresh, text, { mode: 0o600 });
      await rename(fresh, this.path(CONTACTS_FILE));
    } catch (error) {
      this.log.warn({ err: error }, 'who is told when the database is away is remembered by this process only');
    }
  }

  /** Whether this process is the one of its machine that tells; once for each absence, and again after `againMs`. */
  async claimTelling(now: Date, againMs: number): Promise<boolean> {
    const file = this.path(TOLD_FILE);
    try {
      await mkdir(this.dataDir, { recursive: true, mode: 0o700 });
    } catch {
      return true;
    }
    try {
      const old = await stat(file).catch(() => null);
      if (old !== null && now.getTime() - old.mtimeMs >= againMs) await rm(file, { force: true });
      await writeFile(file, String(process.pid), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    }
  }

  /** The database is back. */
  async forgetTelling(): Promise<void> {
    await rm(this.path(TOLD_FILE), { force: true }).catch((error: unknown) =>
      this.log.warn({ err: error }, 'it could not be noted that the database is back'),
    );
  }

  private path(name: string): string {
    return join(this.dataDir, `${name}-${this.installation}`);
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

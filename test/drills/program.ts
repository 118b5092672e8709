import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTestDataDir } from '../engine.js';
import { eventually } from './drill-rig.js';

/** The service, and the demonstration, as they were built. */
export const MAIN = join(import.meta.dirname, '../../dist/apps/varde/src/main.js');
export const DEMO = join(import.meta.dirname, '../../dist/apps/varde/src/demo.js');
/** Shutting down in order may take this long. */
export const END_WITHIN_MS = 5_000;

/** The built program as a person starts it. */
export class Program {
  out = '';
  err = '';
  code: number | null = null;
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  constructor(entry: string, env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [entry], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        VARDE_MQTT_PORT: '0',
        VARDE_MQTT_WS_PORT: 'none',
        VARDE_HTTP_PORT: '0',
        VARDE_LOG_LEVEL: 'silent',
        ...env,
      },
    });
    this.child.stdout?.on('data', (data: Buffer) => (this.out += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.err += data.toString()));
    this.ended = new Promise((resolve) =>
      this.child.once('exit', (code) => {
        this.code = code;
        resolve();
      }),
    );
    running.add(this);
  }

  /** Until the program has said this. */
  async says(words: string, withinMs = 90_000): Promise<void> {
    await eventually(
      `the program says ${words}`,
      async () => {
        if (this.code !== null) throw new Error(`it ended with ${this.code}: ${this.err}`);
        return this.out.includes(words);
      },
      withinMs,
    );
  }

  /** The exit code once it has ended by itself. */
  async exits(): Promise<number | null> {
    await this.ended;
    return this.code;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The processes it has started, and theirs. */
  children(of = this.pid): number[] {
    const own = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid = 0, parent]) => (parent === of ? [pid] : []));
    return own.flatMap((pid) => [pid, ...this.children(pid)]);
  }

  /** Sends a signal; answers how it ended and how long that took. */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }> {
    const startedMs = performance.now();
    this.child.kill(signal);
    await this.ended;
    return { code: this.code, tookMs: performance.now() - startedMs };
  }

  async destroy(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }
}

const running = new Set<Program>();
/** Folders that are removed after each test. */
export const folders: string[] = [];
afterEach(async () => {
  for (const program of running) await program.destroy();
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Until none of these processes is left. */
export const allGone = (pids: readonly number[], withinMs = END_WITHIN_MS) =>
  eventually('no process is left', async () => !pids.some(isAlive), withinMs);

/** A data directory of its own whose database is made already, so that starting is quick. */
export async function dataDir(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'varde-process-'));
  const prepared = await copyTestDataDir();
  folders.push(folder, prepared);
  cpSync(prepared, join(folder, 'database'), { recursive: true });
  return folder;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Drills run from the sources, benchmarks from what was built.
const MAIN = ['dist', '.']
  .map((built) => join(import.meta.dirname, '..', built, 'apps', 'varde', 'src', 'main.js'))
  .find((file) => existsSync(file));
/** Key of the device credentials in drills and benchmarks. */
export const DRILL_SECRET = 'a key for drills, of no use elsewhere';
const START_WAIT_MS = 60_000;

/** How a process of the service is started. */
export interface ProcessOptions {
  readonly databaseUrl: string;
  readonly roles: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The built service as a process of its own, to be killed and started again on the same ports. */
export class ServiceProcess {
  private child: ChildProcess | null = null;
  private errors = '';

  private constructor(
    private readonly options: ProcessOptions,
    readonly mqttPort: number,
    readonly httpPort: number,
  ) {}

  /** Starts the service and resolves when it says that it serves. */
  static async start(options: ProcessOptions): Promise<ServiceProcess> {
    if (MAIN === undefined) throw new Error('the service is not built; run npm run build first');
    const service = new ServiceProcess(options, await freePort(), await freePort());
    await service.startAgain();
    return service;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** What the process wrote to its log. */
  get log(): string {
    return this.errors;
  }

  /** Starts the process on the same ports as before. */
  async startAgain(): Promise<void> {
    const { databaseUrl, roles, env } = this.options;
    const child = spawn(process.execPath, [MAIN ?? ''], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: databaseUrl,
        VARDE_SECRET: DRILL_SECRET,
        VARDE_ROLES: roles,
        VARDE_MQTT_PORT: String(this.mqttPort),
        VARDE_MQTT_WS_PORT: 'none',
        VARDE_HTTP_PORT: String(this.httpPort),
        VARDE_METRICS_PORT: String(this.httpPort),
        VARDE_DATA_DIR: join(tmpdir(), 'varde-drills'),
        VARDE_SELF_TEST_MINUTES: '0',
        VARDE_LOG_LEVEL: 'warn',
        ...env,
      },
    });
    this.child = child;
    child.stderr.on('data', (data: Buffer) => (this.errors = (this.errors + data.toString()).slice(-20_000)));
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the service did not start: ${this.errors}`)), START_WAIT_MS);
      child.stdout.on('data', (data: Buffer) => {
        if (!data.toString().includes('Stop with Ctrl-C')) return;
        clearTimeout(late);
        resolve();
      });
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        reject(new Error(`the service ended with ${code ?? signal}: ${this.errors}`));
      });
    });
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGSTOP hangs the process, SIGCONT lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    return gone;
  }
}

/** A port nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given out');
  return address.port;
}

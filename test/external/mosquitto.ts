import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, type MqttClient } from 'mqtt';

/** Where Debian puts the broker; null when this machine has none. */
export const MOSQUITTO =
  ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find((path) => existsSync(path)) ?? null;

/** A Mosquitto of its own on a free port. */
export interface ExternalBroker {
  readonly url: string;
  /** The address with an account in it. */
  urlOf(account: string): string;
  stop(): Promise<void>;
}

const PASSWORD = 'a password of tests';

/**
 * Starts Mosquitto with memory only: what it forgets when it is killed is not what these tests are about. With accounts it is set up by the files
 * of docker/, without them everybody may do everything.
 */
export async function startMosquitto(accounts: readonly string[] = []): Promise<ExternalBroker> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'varde-mosquitto-'));
  const config = join(dir, 'mosquitto.conf');
  writeFileSync(config, accounts.length === 0 ? openSettings(port) : profileSettings(port, dir, accounts));
  const broker = spawn(MOSQUITTO ?? 'mosquitto', ['-c', config], { stdio: 'ignore' });
  const url = `mqtt://127.0.0.1:${port}`;
  const urlOf = (account: string): string => `mqtt://${encodeURIComponent(account)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
  await reachable(accounts[0] === undefined ? url : urlOf(accounts[0]));
  return {
    url,
    urlOf,
    stop: async () => {
      await ended(broker, 'SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function openSettings(port: number): string {
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'max_inflight_messages 1000'];
  return [...settings, 'max_queued_messages 100000', 'user root', ''].join('\n');
}

function profileSettings(port: number, dir: string, accounts: readonly string[]): string {
  const passwords = join(dir, 'passwd');
  writeFileSync(passwords, '');
  for (const account of accounts) execFileSync('mosquitto_passwd', ['-b', passwords, account, PASSWORD], { stdio: 'ignore' });
  return readFileSync('docker/mosquitto.conf', 'utf8')
    .replace(/^listener 1883$/m, `listener ${port} 127.0.0.1\nuser root`)
    .replace('/mosquitto/config/passwd', passwords)
    .replace('/mosquitto/config/acl', resolve('docker/mosquitto.acl'))
    .replace(/^persistence true$/m, 'persistence false');
}

/** Ends a process and waits until it is gone. */
export async function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function reachable(url: string): Promise<void> {
  const client = connect(url, { reconnectPeriod: 50 });
  client.on('error', () => undefined);
  await new Promise((resolve) => client.once('connect', resolve));
  await client.endAsync(true);
}

/** Connects a gateway, MQTT 3.1.1 as most of them speak. */
export async function connectGateway(url: string, clientId: string): Promise<MqttClient> {
  const client = connect(url, { clientId, protocolVersion: 4, clean: true, reconnectPeriod: 200 });
  await new Promise((resolve) => client.once('connect', resolve));
  return client;
}

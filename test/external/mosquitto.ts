import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type MqttClient } from 'mqtt';

/** Where Debian puts the broker; null when this machine has none. */
export const MOSQUITTO =
  ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find((path) => existsSync(path)) ?? null;

/** A Mosquitto of its own on a free port. */
export interface ExternalBroker {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts Mosquitto with memory only: what it forgets when it is killed is not what these tests are about. */
export async function startMosquitto(): Promise<ExternalBroker> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'varde-mosquitto-'));
  const config = join(dir, 'mosquitto.conf');
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'max_inflight_messages 1000'];
  writeFileSync(config, [...settings, 'max_queued_messages 100000', 'user root', ''].join('\n'));
  const broker = spawn(MOSQUITTO ?? 'mosquitto', ['-c', config], { stdio: 'ignore' });
  await reachable(port);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    stop: async () => {
      await ended(broker, 'SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
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

async function reachable(port: number): Promise<void> {
  const client = connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 50 });
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

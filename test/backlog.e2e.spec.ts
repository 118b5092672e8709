import { rmSync } from 'node:fs';
import { startEmbedded, openDatabase, type Database } from '@varde/store';
import pg from 'pg';
import type { Service } from '../apps/varde/src/start.js';
import { copyTestDataDir, isNative, openTestDatabase, testLog } from './engine.js';
import { LeanClient } from './lean-client.js';
import { addHome, eventually, foundCommunity, message, mqttPort, pause, spo2, startService, type AddedHome } from './whole-way.js';

/** A database that can be taken away: it answers nobody, then every connection to it breaks; and comes back. */
interface Breakable {
  readonly database: Database;
  readonly url: string;
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

async function openBreakable(): Promise<Breakable> {
  return isNative ? breakNative() : breakEmbedded();
}

/** The engine is stopped where it stands, then killed; its supervisor starts it again. */
async function breakEmbedded(): Promise<Breakable> {
  const dataDir = await copyTestDataDir();
  const engine = await startEmbedded({ dataDir, log: testLog });
  const database = await openDatabase({ databaseUrl: engine.url, dataDir: '', log: testLog });
  const signal = async (name: NodeJS.Signals): Promise<void> => void (engine.pid !== null && process.kill(engine.pid, name));
  return {
    database,
    url: engine.url,
    leave: () => signal('SIGSTOP'),
    comeBack: () => signal('SIGKILL'),
    close: async () => {
      await database.close();
      await engine.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Every connection to this one database is ended and none let in, as while a server restarts. */
async function breakNative(): Promise<Breakable> {
  const { database, url, close } = await openTestDatabase();
  const administrator = new pg.Client({ connectionString: process.env['VARDE_TEST_DATABASE_URL'] });
  await administrator.connect();
  const name = new pg.Client({ connectionString: url }).database ?? '';
  const comeBack = async (): Promise<void> => void (await administrator.query(`alter database ${name} allow_connections true`));
  return {
    database,
    url,
    leave: async () => {
      await administrator.query(`alter database ${name} allow_connections false`);
      await administrator.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name]);
    },
    comeBack,
    close: async () => {
      await comeBack();
      await administrator.end();
      await close();
    },
  };
}

let breakable: Breakable;
let service: Service;
let homes: AddedHome[];
const clients: LeanClient[] = [];
beforeAll(async () => {
  breakable = await openBreakable();
  const founded = await foundCommunity(breakable.database, { since: new Date(Date.now() - 86_400_000) });
  homes = [];
  for (const name of ['1', '2', '3', '4']) {
    const devices = [{ id: `OX${name}`, kind: 'pulse-oximeter' }];
    homes.push(await addHome(breakable.database, founded, { gateway: `gw-${name}`, programmes: ['copd'], devices }));
  }
  service = await startService(breakable.url);
});
afterAll(async () => {
  for (const client of clients) client.kill();
  await service.stop();
  await breakable.close();
});

const acknowledged = (): number => clients.reduce((sum, client) => sum + client.acknowledged.size, 0);
const ready = async (): Promise<number> => (await fetch(`${service.apiUrl}/health/ready`)).status;

test('with the database away nothing is acknowledged, and everything is by itself when it is back', async () => {
  const from = Date.now() - 6 * 3_600_000;
  for (const home of homes) {
    const client = new LeanClient({ port: mqttPort(service), tenant: home.tenant, clientId: home.gateway, secret: home.secret });
    clients.push(client);
    await client.connect();
  }
  const publish = (first: number, count: number): void => {
    for (let sequence = first; sequence < first + count; sequence += 1) {
      for (const [index, client] of clients.entries()) {
        const home = homes[index];
        if (home)
          client.publish(sequence, message(home, home.devices[0]?.id ?? '', [spo2(93, new Date(from + sequence * 30_000))]).publish);
      }
    }
  };
  publish(0, 50);
  await Promise.all(clients.map((client) => client.whenIdle()));
  expect(acknowledged()).toBe(200);

  await breakable.leave();
  publish(50, 150);
  await pause(300); // answers that were on their way
  const before = acknowledged();
  await pause(2_000);
  const askedMs = performance.now();
  expect(await ready()).toBe(503);
  expect(await (await fetch(`${service.apiUrl}/metrics`)).text()).toMatch(/^varde_watch_behind_seconds nan$/im);
  expect(performance.now() - askedMs).toBeLessThan(9_000);
  expect(acknowledged()).toBe(before);
  expect(before).toBeLessThanOrEqual(200 + 20 * homes.length);
  expect(clients.every((client) => client.isConnected)).toBe(true);

  await breakable.comeBack();
  await Promise.all(clients.map((client) => client.whenIdle()));
  expect(acknowledged()).toBe(4 * 200);
  expect(clients.map(({ told }) => told.closedByPeer)).toEqual([0, 0, 0, 0]);
  const rows: { readings: number; times: number }[] = await breakable.database.dataSource.query(
    `select count(*)::int as readings, count(distinct observed_at)::int as times from reading group by patient_id`,
  );
  expect(rows).toEqual(homes.map(() => ({ readings: 200, times: 200 })));
  const waiting = async (): Promise<number> => (await breakable.database.dataSource.query(`select 1 from arrival`)).length;
  await eventually('the service is ready again, everybody looked at', async () => (await ready()) === 200 && (await waiting()) === 0);
}, 120_000);

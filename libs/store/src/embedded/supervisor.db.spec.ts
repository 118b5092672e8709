import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryInUse, openDatabase, startEmbedded, type Database, type EmbeddedEngine } from '@varde/store';
import pg from 'pg';
import { copyTestDataDir, isNative, testLog } from '../../../../test/engine.js';
import { findEngineEntry } from './entry.js';

const when = isNative ? describe.skip : describe; // The native server has no supervisor of ours.

const back = (engine: EmbeddedEngine): Promise<void> => new Promise((resolve) => engine.onRestart(resolve));

when('the embedded engine as a process', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await copyTestDataDir();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test('a second start on the same data is refused in plain words and names where the first one listens', async () => {
    const engine = await startEmbedded({ dataDir, log: testLog });
    try {
      const refused = startEmbedded({ dataDir, log: testLog, lockWaitMs: 100 });
      await expect(refused).rejects.toBeInstanceOf(DataDirectoryInUse);
      await expect(refused).rejects.toMatchObject({ url: engine.url, message: expect.stringContaining('already open in another process') });
      const joined = await openDatabase({ databaseUrl: null, dataDir, log: testLog, joinRunning: true, embedded: { lockWaitMs: 100 } });
      expect(joined).toMatchObject({ embedded: true, engine: null });
      await joined.close();
      expect(engine.pid).not.toBeNull();
    } finally {
      await engine.stop();
    }
    const again = await startEmbedded({ dataDir, log: testLog });
    await again.stop();
  });

  test('kill -9 while it writes loses nothing that was acknowledged, and clients find it again at the same address', async () => {
    const database = await openDatabase({ databaseUrl: null, dataDir, log: testLog });
    try {
      await makeLedger(database);
      const told: (string | null)[] = [];
      await database.listen('ledger', (payload) => told.push(payload));
      const acknowledged = await writeWhileKilled(database, 3);
      const rows: { id: number }[] = await database.dataSource.query('select id from ledger');
      const stored = new Set(rows.map(({ id }) => id));
      expect(acknowledged.length).toBeGreaterThan(100);
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
      expect(rows.length).toBe(stored.size);
      await until(async () => {
        await database.dataSource.query(`select pg_notify('ledger', 'after')`);
        return told.includes('after');
      });
      expect(told).toContain(null);
    } finally {
      await database.close();
    }
  });

  // The WebAssembly's stack is 64 kB: some fifty nested calls overflow it, which traps or, seldom, loops without end.
  test('an engine that breaks in its WebAssembly is started again', async () => {
    const engine = await startEmbedded({ dataDir, log: testLog, unansweredMs: 5_000 });
    try {
      const isBack = back(engine);
      const client = new pg.Client({ connectionString: engine.url });
      client.on('error', () => undefined);
      await client.connect();
      await client.query('create function down(i int) returns int language plpgsql as $$ begin return down(i + 1); end $$');
      await expect(client.query('select down(0)')).rejects.toThrow();
      await isBack;
      const again = new pg.Client({ connectionString: engine.url });
      await again.connect();
      expect((await again.query(`select count(*)::int as n from pg_proc where proname = 'down'`)).rows).toEqual([{ n: 1 }]);
      await again.end();
    } finally {
      await engine.stop();
    }
  });

  test('an engine that does not answer any more is killed and started again', async () => {
    const engine = await startEmbedded({ dataDir, log: testLog, unansweredMs: 3_000 });
    try {
      const isBack = back(engine);
      const client = new pg.Client({ connectionString: engine.url });
      client.on('error', () => undefined);
      await client.connect();
      await expect(client.query('do $$ begin loop end loop; end $$')).rejects.toThrow();
      await isBack;
    } finally {
      await engine.stop();
    }
  });

  test('it ends when the process that started it is killed, and the next start finds all', async () => {
    const socketDir = mkdtempSync(join(tmpdir(), 'varde-'));
    const options = {
      directory: join(dataDir, 'postgres'),
      socketPath: join(socketDir, '.s.PGSQL.5432'),
      idleInTransactionMs: 1_000,
      connectionsMax: 5,
      lockWaitMs: 0,
    };
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const c = require('node:child_process').fork(${JSON.stringify(await findEngineEntry())}, [${JSON.stringify(JSON.stringify(options))}], { env: {} }); c.on('message', (m) => console.log(m.kind, c.pid)); setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const line = await new Promise<string>((resolve) => parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))));
    expect(line).toMatch(/^ready/);
    parent.kill('SIGKILL');
    const engine = await startEmbedded({ dataDir, log: testLog });
    await engine.stop();
    await until(() => !existsSync(socketDir));
  });
});

async function makeLedger(database: Database): Promise<void> {
  await database.dataSource.query(`
    create table ledger (id integer not null, at timestamptz not null, primary key (id, at));
    select create_hypertable('ledger', by_range('at'))`);
}

/** Four writers write numbers until the engine has been killed so often; gives the numbers whose commit was acknowledged. */
async function writeWhileKilled(database: Database, kills: number): Promise<number[]> {
  const engine = engineOf(database);
  const acknowledged: number[] = [];
  let next = 0;
  let isOver = false;
  const writer = async (): Promise<void> => {
    while (!isOver) {
      const ids = Array.from({ length: 20 }, () => next++);
      const wrote = database.dataSource.query(
        `insert into ledger select id, '2026-01-01'::timestamptz + id * interval '1 minute' from unnest($1::int[]) id`,
        [ids],
      );
      const isStored = await wrote.then(
        () => true,
        () => false,
      );
      if (isStored) acknowledged.push(...ids);
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const writers = [writer(), writer(), writer(), writer()];
  for (let kill = 1; kill <= kills; kill += 1) {
    await until(() => acknowledged.length > kill * 300);
    const isBack = back(engine);
    process.kill(engine.pid ?? 0, 'SIGKILL');
    await isBack;
  }
  isOver = true;
  await Promise.all(writers);
  return acknowledged;
}

function engineOf(database: Database): EmbeddedEngine {
  if (!database.engine) throw new Error('this database has no engine of ours');
  return database.engine;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come true within 30 s');
}

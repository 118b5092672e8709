import { rmSync } from 'node:fs';
import pg from 'pg';
import { DatabaseDoor } from '../../../../test/drills/blind-rig.js';
import { copyTestDataDir, isNative, openTestServer, testDatabase, testLog, type TestServer } from '../../../../test/engine.js';
import { openDatabase, type Database } from './database.js';
import { readForgets } from './forgets.js';
import { inTransaction } from './in-transaction.js';
import type { Log } from './log.js';
import { withoutHurry } from './unanswered.js';

describe('an open database', () => {
  const db = testDatabase();
  beforeAll(async () => {
    await db.database.dataSource.query('create table spot (id integer primary key)');
  });

  test('says what it is', () => {
    expect(db.database).toMatchObject({ embedded: !isNative, edition: isNative ? expect.stringMatching(/full|apache/) : 'full' });
  });

  test('hears what another connection tells, until it no longer listens', async () => {
    const heard: (string | null)[] = [];
    const stop = await db.database.listen('spot', (payload) => heard.push(payload));
    const second: (string | null)[] = [];
    await db.database.listen('Other "name"', (payload) => second.push(payload));
    await db.database.dataSource.query(`select pg_notify('spot', 'one'), pg_notify('Other "name"', 'two')`);
    await until(() => heard.length > 0 && second.length > 0);
    stop();
    await db.database.dataSource.query(`select pg_notify('spot', 'late'), pg_notify('Other "name"', 'three')`);
    await until(() => second.length > 1);
    expect([heard, second]).toEqual([['one'], ['two', 'three']]);
  });

  test('tells its listeners with null that the connection was lost and is back', async () => {
    const heard: (string | null)[] = [];
    await db.database.listen('gone', (payload) => heard.push(payload));
    await db.database.dataSource.query(`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'varde listener' and datname = current_database()`);
    if (isNative) await until(() => heard.includes(null)); // Embedded: supervisor.db.spec.ts kills the engine.
    await until(async () => {
      await db.database.dataSource.query(`select pg_notify('gone', 'again')`);
      return heard.includes('again');
    });
  });

  test('a transaction that collides runs again, all or nothing', async () => {
    let tries = 0;
    await inTransaction(db.database.dataSource, async (tx) => {
      tries += 1;
      await tx.query('insert into spot values ($1)', [tries]);
      if (tries === 1) await tx.query(`do $$ begin raise exception using errcode = '40001'; end $$`);
      if (tries === 2) await tx.query(`do $$ begin raise exception using errcode = '40P01'; end $$`);
    });
    expect(await db.database.dataSource.query('select id from spot')).toEqual([{ id: 3 }]);
  });

  test('a transaction that always collides, or fails otherwise, throws', async () => {
    const fail = (code: string): Promise<number> => {
      let tries = 0;
      return inTransaction(db.database.dataSource, async (tx) => {
        tries += 1;
        await tx.query(`do $$ begin raise exception using errcode = '${code}'; end $$`);
      }).then(
        () => 0,
        () => tries,
      );
    };
    expect([await fail('40001'), await fail('23505')]).toEqual([4, 1]);
  });

  test('it can be read in time zones of our own', async () => {
    const [row] = await db.database.dataSource.query(
      `select to_char('2026-07-01 12:00Z'::timestamptz at time zone 'Europe/Oslo', 'HH24:MI') as oslo`,
    );
    expect(row).toEqual({ oslo: '14:00' });
  });
});

describe('a server that has gone away without a word', () => {
  let server: TestServer;
  let door: DatabaseDoor;
  let database: Database;
  beforeAll(async () => {
    server = await openTestServer();
    door = await DatabaseDoor.open(server.url);
  });
  beforeEach(async () => {
    database = await openDatabase({ databaseUrl: door.url, dataDir: '', log: testLog, unansweredMs: 600 });
    await database.dataSource.query('select 1');
  });
  afterEach(() => door.reopen());
  afterAll(async () => {
    await door.close();
    await server.close();
  });

  test('is waited for only so long, alone and in the middle of a transaction, and the one in its place answers', async () => {
    const { dataSource } = database;
    const cut = inTransaction(dataSource, async (tx) => {
      await tx.query('select 2');
      door.hang();
      await tx.query('select 3');
    });
    await expect(cut).rejects.toThrow('the database has not answered');
    door.reopen();
    expect(await dataSource.query('select 4 as n')).toEqual([{ n: 4 }]);
    await database.close();
  });

  test('what is known to take long is waited for', async () => {
    const slow = (): Promise<unknown> => withoutHurry(database.dataSource, (runner) => runner.query('select 5 as n from pg_sleep(1.5)'));
    expect(await slow()).toEqual([{ n: 5 }]);
    await expect(database.dataSource.query('select pg_sleep(1.5)')).rejects.toThrow('the database has not answered');
    await database.close();
  });

  test('keeps nobody from ending', async () => {
    const patient = await openDatabase({ databaseUrl: door.url, dataDir: '', log: testLog });
    await patient.listen('spot', () => undefined);
    door.hang();
    const asked = patient.dataSource.query('select 6').catch((error: unknown) => error);
    const startedMs = performance.now();
    patient.hurry(500);
    expect(await asked).toMatchObject({ message: expect.stringContaining('has not answered') as string });
    await patient.close();
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    await database.close();
  }, 30_000);
});

describe('a database that cannot be used', () => {
  const refusal = (databaseUrl: string): Promise<unknown> =>
    openDatabase({ databaseUrl, dataDir: '', log: testLog }).then(
      (database) => database.close(),
      (error: unknown) => error,
    );

  test('nobody answers: the error shows no password, nor does the log', async () => {
    const said: string[] = [];
    const note = (detail: object, sentence: string): number => said.push(sentence + JSON.stringify(detail));
    const log: Log = { info: note, warn: note, error: note };
    const failed = openDatabase({ databaseUrl: 'postgres://varde:hush-hush@127.0.0.1:1/varde', dataDir: '', log, waitMs: 600 });
    await expect(failed).rejects.toThrow();
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(`${String(error)}${JSON.stringify(error)}${said.join()}`).not.toContain('hush-hush');
  });

  (isNative ? test : test.skip)('a server that forgets is refused (native only: the embedded engine cannot be set so)', async () => {
    const client = new pg.Client({ connectionString: process.env['VARDE_TEST_DATABASE_URL'] });
    await client.connect();
    await client.query('drop database if exists varde_forgets');
    await client.query('create database varde_forgets');
    await client.query('alter database varde_forgets set synchronous_commit = off');
    const url = (process.env['VARDE_TEST_DATABASE_URL'] ?? '').replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, '$1/varde_forgets');
    expect(await refusal(url)).toMatchObject({ name: 'UnfitDatabase', message: expect.stringContaining('synchronous_commit off') });
    const accepted = await openDatabase({ databaseUrl: url, dataDir: '', log: testLog, acceptForgetfulServer: true });
    await accepted.close();

    await client.query('alter database varde_forgets reset synchronous_commit');
    const running = await openDatabase({ databaseUrl: url, dataDir: '', log: testLog });
    expect(await readForgets(running.dataSource.manager)).toEqual([]);
    await client.query('alter database varde_forgets set synchronous_commit = off');
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'varde_forgets'`);
    await until(async () => (await readForgets(running.dataSource.manager).catch(() => [])).join() === 'synchronous_commit');
    await running.close();
    await client.query('drop database varde_forgets');
    await client.end();
  });
});

(isNative ? describe.skip : describe)('the embedded database (nothing to start on a native run)', () => {
  test('is started without an address, and its data is there the next time', async () => {
    const dataDir = await copyTestDataDir();
    const first = await openDatabase({ databaseUrl: null, dataDir, log: testLog });
    await first.dataSource.query('create table kept as select 7 as n');
    await first.close();
    const second = await openDatabase({ databaseUrl: null, dataDir, log: testLog });
    expect(await second.dataSource.query('select n from kept')).toEqual([{ n: 7 }]);
    await second.close();
    rmSync(dataDir, { recursive: true });
  });

  test('has taken leave of every connection before it is stopped: none is lost', async () => {
    const dataDir = await copyTestDataDir();
    const said: string[] = [];
    const warn = (detail: object, sentence: string): number => said.push(sentence + JSON.stringify(detail));
    const log: Log = { info: () => undefined, warn, error: warn };
    const first = await openDatabase({ databaseUrl: null, dataDir, log });
    const second = await openDatabase({ databaseUrl: first.url, dataDir, log });
    await Promise.all([first, second].flatMap(({ dataSource }) => Array.from({ length: 4 }, () => dataSource.query('select 1'))));
    await second.close();
    await first.close();
    await pause(50);
    expect(said).toEqual([]);
    rmSync(dataDir, { recursive: true });
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isTrue()) return;
    await pause(20);
  }
  throw new Error('it did not come true in time');
}

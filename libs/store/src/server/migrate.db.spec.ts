import type { MigrationInterface, QueryRunner } from 'typeorm';
import { isNative, openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { openDatabase } from './database.js';
import type { Log } from './log.js';
import { DatabaseIsNewer, migrate, type Migration } from './migrate.js';
import { CliniciansOnDuty0025 } from '../migrations/0025-clinicians-on-duty.js';
import { MIGRATIONS } from '../migrations/all.js';

function aMigration(name: string, sql: string): Migration {
  return class implements MigrationInterface {
    name = name;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
    }
    async down(): Promise<void> {
      throw new Error('there is no way back');
    }
  };
}

const FIRST = aMigration('Test9001', 'create table first_table (id integer)');
const SECOND = aMigration('Test9002', 'insert into first_table values (1)');

describe('migrating', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openTestDatabase();
  });
  afterAll(() => db.close());

  test('a migration that fails leaves nothing, nor do those before it in the same start', async () => {
    const broken = aMigration('Test9002', 'create table second_table (id integer); select nothing');
    await expect(migrate(db.database, testLog, [...MIGRATIONS, FIRST, broken])).rejects.toThrow();
    const [left] = await db.database.dataSource.query(`select to_regclass('first_table') as first, to_regclass('second_table') as second`);
    expect(left).toEqual({ first: null, second: null });
  });

  test('of many processes that start at once exactly one migrates', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ databaseUrl: db.url, dataDir: '', log: testLog })));
    const applied = await Promise.all(all.map((database) => migrate(database, testLog, [...MIGRATIONS, FIRST, SECOND])));
    expect(applied.filter((names) => names.length > 0)).toEqual([['Test9001', 'Test9002']]);
    expect(await db.database.dataSource.query('select id from first_table')).toEqual([{ id: 1 }]);
    await Promise.all(all.map((database) => database.close()));
  });

  test('from 0025 on, what its count of rosters leaves open is looked for at once', async () => {
    const { dataSource } = db.database;
    await dataSource.query('delete from preflight_due');
    const runner = dataSource.createQueryRunner();
    try {
      await new CliniciansOnDuty0025().up(runner);
    } finally {
      await runner.release();
    }
    expect(await dataSource.query('select from preflight_due where at <= now()')).toHaveLength(1);
  });

  test('a database of a newer version is refused by name', async () => {
    await expect(migrate(db.database, testLog)).rejects.toThrow(DatabaseIsNewer);
    await expect(migrate(db.database, testLog)).rejects.toThrow('Test9001');
    await db.database.dataSource.query(`delete from migration where name like 'Test%'`);
  });

  (isNative ? test : test.skip)(
    'while a backup reads a table that is to be changed, readings go in, and the change is made when it has ended (native only: the embedded engine has one backend)',
    async () => {
      const { dataSource } = db.database;
      const warned: object[] = [];
      const log: Log = { ...testLog, warn: (detail) => warned.push(detail) };
      const backup = dataSource.createQueryRunner();
      await backup.startTransaction();
      await backup.query('select count(*) from measurement');
      const before = aMigration('Test9003', 'create table third_table (id integer)');
      const change = aMigration('Test9004', 'lock table measurement in access exclusive mode; insert into third_table values (1)');
      const migrating = migrate(db.database, log, [...MIGRATIONS, before, change]);
      try {
        const waiting = async () =>
          (await dataSource.query(`select from pg_locks where not granted and mode = 'AccessExclusiveLock'`)).length > 0;
        await until(waiting);
        const beside = dataSource.createQueryRunner();
        await beside.startTransaction();
        await beside.query(`set local statement_timeout = '10s'`);
        await beside.query('select count(*) from measurement');
        await beside.rollbackTransaction();
        await beside.release();
        await until(() => Promise.resolve(warned.length > 0));
        expect(warned[0]).toEqual({ migrations: ['Test9003', 'Test9004'] });
      } finally {
        await backup.commitTransaction();
        await backup.release();
      }
      expect(await migrating).toEqual(['Test9003', 'Test9004']);
      expect(await dataSource.query('select id from third_table')).toEqual([{ id: 1 }]);
      await dataSource.query(`delete from migration where name like 'Test%'`);
    },
  );
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not come true in time');
}

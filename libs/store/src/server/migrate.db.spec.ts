import type { MigrationInterface, QueryRunner } from 'typeorm';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import { openDatabase } from './database.js';
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
    await expect(migrate(db.database, [...MIGRATIONS, FIRST, broken])).rejects.toThrow();
    const [left] = await db.database.dataSource.query(`select to_regclass('first_table') as first, to_regclass('second_table') as second`);
    expect(left).toEqual({ first: null, second: null });
  });

  test('of many processes that start at once exactly one migrates', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ databaseUrl: db.url, dataDir: '', log: testLog })));
    const applied = await Promise.all(all.map((database) => migrate(database, [...MIGRATIONS, FIRST, SECOND])));
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
    await expect(migrate(db.database)).rejects.toThrow(DatabaseIsNewer);
    await expect(migrate(db.database)).rejects.toThrow('Test9001');
    await db.database.dataSource.query(`delete from migration where name like 'Test%'`);
  });
});

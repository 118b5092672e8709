import { isNative, openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import type { Log } from './log.js';
import { applyPolicies, type Policy } from './policies.js';

describe('the policies of the full edition', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openTestDatabase();
  });
  afterAll(() => db.close());

  test('compress old chunks', async () => {
    const { dataSource, edition } = db.database;
    await dataSource.query(`insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
      select 1, 'spo2', now() - i * interval '1 day', i, 95, now() from generate_series(1, 90) i`);
    if (edition === 'full') {
      const jobs: { id: number }[] = await dataSource.query(
        `select job_id as id from timescaledb_information.jobs where hypertable_name = 'reading'`,
      );
      for (const { id } of jobs) await dataSource.query(`call run_job(${id})`);
    }
    const [chunks] = await dataSource.query(
      `select count(*) filter (where is_compressed)::int as compressed from timescaledb_information.chunks where hypertable_name = 'reading'`,
    );
    expect(chunks.compressed > 0).toBe(edition === 'full');
  });

  test('in place once, a start touches no table', async () => {
    expect(await applyPolicies(db.database, testLog)).toEqual([]);
  });

  test('an installation whose refresh looked back 60 days gets the one that looks back to the beginning', async () => {
    const { dataSource, edition } = db.database;
    if (edition !== 'full') return;
    await dataSource.query(`select remove_continuous_aggregate_policy('reading_daily')`);
    await dataSource.query(`select add_continuous_aggregate_policy('reading_daily', start_offset => interval '60 days',
      end_offset => interval '1 day', schedule_interval => interval '1 hour')`);
    expect(await applyPolicies(db.database, testLog)).toEqual(['refresh of daily summaries']);
    const jobs = await dataSource.query(`select config from timescaledb_information.jobs where proc_name like '%refresh%'`);
    expect(jobs).toEqual([{ config: expect.objectContaining({ start_offset: null, end_offset: '1 day' }) as object }]);
    expect(await applyPolicies(db.database, testLog)).toEqual([]);
  });

  (isNative ? test : test.skip)(
    'while a backup reads the table, a policy that needs it alone is left for the next start with those after it, and readings go in (native only: the embedded engine has one backend)',
    async () => {
      const { dataSource } = db.database;
      const warned: object[] = [];
      const log: Log = { ...testLog, warn: (detail) => warned.push(detail) };
      const policies: Policy[] = [
        { name: 'alone', inPlace: 'select where false', statement: 'lock table reading in access exclusive mode' },
        { name: 'rests on it', inPlace: 'select where false', statement: `select 'fails without it'::int` },
      ];
      const before: Policy = { name: 'beside others', inPlace: 'select where false', statement: 'analyze measurement' };
      const backup = dataSource.createQueryRunner();
      await backup.startTransaction();
      await backup.query('select count(*) from reading');

      const starting = applyPolicies({ ...db.database, edition: 'full' }, log, [before, ...policies]);
      await until(
        async () => (await dataSource.query(`select from pg_locks where not granted and mode = 'AccessExclusiveLock'`)).length > 0,
      );
      await dataSource.query(`insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
        values (1, 'pulse', now(), 7, 70, now())`);
      expect(await starting).toEqual(['beside others']);
      expect(warned).toEqual([{ policy: 'alone' }]);

      await backup.commitTransaction();
      await backup.release();
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

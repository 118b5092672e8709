import { openTestDatabase, type TestDatabase } from '../../../test/engine.js';

describe('an open database', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openTestDatabase();
  }, 60_000);
  afterAll(() => db.close());

  test('has the tables of the migrations', async () => {
    const rows = await db.database.dataSource.query<{ name: string }[]>('select name from migration order by name');
    expect(rows.length).toBeGreaterThan(0);
  });
});

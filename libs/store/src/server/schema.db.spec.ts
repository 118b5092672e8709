import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testDatabase } from '../../../../test/engine.js';
import { dumpSchema } from '../../../../test/schema-dump.js';

const FILE = join(import.meta.dirname, '../../schema.sql');

describe('the schema', () => {
  const db = testDatabase();

  // UPDATE_SCHEMA=1 writes the file anew; the reviewer then sees what the migrations did.
  test('is the one that schema.sql shows', async () => {
    const dumped = await dumpSchema(db.database.dataSource);
    if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(FILE, dumped);
    expect(dumped).toBe(readFileSync(FILE, 'utf8'));
  });
});

import type { Database } from '@varde/store';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { saveSmallCommunity, type SmallCommunity } from './small-community.js';
import { openTriageApi, type Asker, type TriageApi } from './triage-api.js';

interface Opened {
  readonly db: TestDatabase;
  readonly small: SmallCommunity;
  readonly api: TriageApi;
}

/** The small community over HTTP, on a database of a spec's own. */
export interface TestTriage<Name extends string> {
  readonly database: Database;
  readonly small: SmallCommunity;
  /** Those of the community who have signed in. */
  readonly people: Readonly<Record<Name, Asker>>;
}

/** Opens it before the tests of the file or `describe` it is called in, and ends it after. What it answers may be asked from the first hook on. */
export function testTriage<Name extends string>(names: readonly Name[]): TestTriage<Name> {
  let opened: Opened | undefined;
  const people = {} as Record<Name, Asker>;
  beforeAll(async () => {
    const db = await openTestDatabase();
    const small = await saveSmallCommunity(db.database.dataSource);
    opened = { db, small, api: await openTriageApi(db.database) };
    for (const name of names) people[name] = await opened.api.signIn(name);
  }, 60_000);
  afterAll(async () => {
    await opened?.api.close();
    await opened?.db.close();
  });
  const now = (): Opened => {
    if (opened === undefined) throw new Error('the API of a test is opened by its hooks');
    return opened;
  };
  return {
    get database() {
      return now().db.database;
    },
    get small() {
      return now().small;
    },
    people,
  };
}

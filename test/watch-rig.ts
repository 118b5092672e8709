import type { Database } from '@varde/store';
import { openCatalogue } from '../apps/varde/src/catalogue.js';
import type { Ingest } from '../apps/varde/src/ingest/ingest.js';
import type { Log } from '../apps/varde/src/log.js';
import type { WatcherParts } from '../apps/varde/src/watch/watcher.js';
import { openTestDatabase, testLog } from './engine.js';
import { makeTestHome, openTestIngest, type TestHome } from './ingest-rig.js';

interface Opened {
  readonly database: Database;
  readonly parts: WatcherParts;
  readonly ingest: Ingest;
}

/** Ingest and looks on a database of a spec's own. */
export interface TestWatch extends Opened {
  /** A home in a community of its own. */
  aHome(): Promise<TestHome>;
}

/** Opens them before the tests of the file or `describe` it is called in, and ends them after. What it answers may be asked from the first hook on. */
export function testWatch(): TestWatch {
  let opened: Opened | undefined;
  let homes = 0;
  let close = (): Promise<unknown> => Promise.resolve();
  beforeAll(async () => {
    const { database, close: closeDatabase } = await openTestDatabase();
    close = closeDatabase;
    const parts = { database, catalogue: await openCatalogue(), batch: 50, log: testLog as unknown as Log };
    opened = { database, parts, ingest: openTestIngest(database, { checkCredentials: false }).ingest };
  });
  afterAll(async () => {
    await opened?.ingest.stop();
    await close();
  });
  const now = (): Opened => {
    if (opened === undefined) throw new Error('the watch of a test is opened by its hooks');
    return opened;
  };
  return {
    get database() {
      return now().database;
    },
    get parts() {
      return now().parts;
    },
    get ingest() {
      return now().ingest;
    },
    aHome: () => makeTestHome(now().database, `c${++homes}`),
  };
}

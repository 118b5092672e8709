import { inTransaction, readWorklist, type Viewer } from '@varde/store';
import { makeTestHome, obs, openTestIngest, spotCheck } from '../../../../test/ingest-rig.js';
import { openTestDatabase, testLog } from '../../../../test/engine.js';
import { openCatalogue } from '../catalogue.js';
import type { Log } from '../log.js';
import { lookAtDue } from './watcher.js';

test('a patient whom nothing is wrong with but of whom a rule cannot be judged is on the list, never taken for normal', async () => {
  const db = await openTestDatabase();
  const { database } = db;
  const home = await makeTestHome(database, 'unjudged');
  const { ingest } = await openTestIngest(database);
  const at = new Date();
  await ingest.take(obs(home, [spotCheck(at, { spo2: 95 })], { receivedAt: at }));
  const parts = { database, catalogue: await openCatalogue(), batch: 10, log: testLog as unknown as Log };
  await lookAtDue(parts, new Date(at.getTime() + 1_000));
  const viewer: Viewer = { personId: 1, username: 'siri', name: 'Siri', roles: ['nurse'], unitIds: [home.community.dhoId] };
  const question = { unitId: null, offset: 0, limit: 50 };
  const read = (includeInfo: boolean) =>
    inTransaction(database.dataSource, (tx) => readWorklist(tx, viewer, { ...question, includeInfo }, new Date(at.getTime() + 2_000)));
  expect((await read(false)).rows).toEqual([]);
  const { rows, total } = await read(true);
  expect(total).toBe(1);
  expect(rows).toMatchObject([{ patientId: home.patientId, severity: 'info', isWaiting: false, episodes: [] }]);
  expect(rows[0]?.unjudged).toContainEqual(
    expect.objectContaining({
      ruleId: 'copd.spo2.drop',
      reason: expect.objectContaining({ en: expect.stringContaining('Cannot be judged') }),
    }),
  );
  await ingest.stop();
  await db.close();
}, 60_000);

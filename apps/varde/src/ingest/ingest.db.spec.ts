import { endWearer, saveDevice, saveWearer } from '@varde/store';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import {
  bare,
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  readKept,
  readStored,
  spotCheck,
  wall,
  weighing,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';
import { makeTestPatient } from '../../../../test/community.js';

let db: TestDatabase;
let room: TestIngest;
let counted = 0;
const home = (): Promise<TestHome> => makeTestHome(db.database, `c${++counted}`);
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(sql, values);
const take = async (delivery: Parameters<TestIngest['ingest']['take']>[0]) => (await room.ingest.take(delivery))?.results[0];

beforeAll(async () => {
  db = await openTestDatabase();
  room = openTestIngest(db.database);
}, 60_000);
afterAll(async () => {
  await room.ingest.stop();
  await db.close();
});

test('a reading is stored for its wearer, acknowledged, and waits to be looked at', async () => {
  const at = await home();
  const message = obs(at, [spotCheck(NOW)]);
  expect(await take(message)).toEqual({ messageId: expect.any(String), status: 'stored', readings: 1 });
  expect(await readStored(db.database, at)).toEqual([
    { metric: 'pulse', value: 72, observedAt: NOW, doubt: null, conflict: false, patientId: at.patientId, timeQuality: 'device' },
    { metric: 'spo2', value: 93, observedAt: NOW, doubt: null, conflict: false, patientId: at.patientId, timeQuality: 'device' },
  ]);
  expect(await query(`select observed_from from arrival where patient_id = $1`, [at.patientId])).toEqual([{ observed_from: NOW }]);
  const answers = room.published.filter(({ tenant }) => tenant === at.community.code);
  expect(answers).toEqual([
    {
      tenant: at.community.code,
      clientId: at.gateway,
      ack: { schema: 'varde.ack/1', results: [expect.objectContaining({ status: 'stored' })] },
    },
  ]);
});

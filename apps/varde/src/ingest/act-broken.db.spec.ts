import { saveWearer } from '@varde/store';
import { makeTestPatient } from '../../../../test/community.js';
import { makeTestHome, minutes, NOW, obs, testIngest, readKept, readStored, spotCheck } from '../../../../test/ingest-rig.js';

const room = testIngest();

test('an act that the program cannot judge is kept by itself, and taken once it can; the others of its message are stored', async () => {
  const at = await makeTestHome(room.database, 'broken');
  const { manager } = room.database.dataSource;
  const other = await makeTestPatient(manager, at.community, minutes(-1440));
  await manager.query(`update wearer set user_slot = 1 where device_id = $1`, [at.deviceId]);
  await saveWearer(manager, { deviceId: at.deviceId, userSlot: 2, patientId: other, from: minutes(-1440) }, NOW);
  await manager.query(`update patient set zone = 'Nowhere/None' where id = $1`, [other]);

  const message = obs(at, [spotCheck(minutes(1), { userSlot: 1, spo2: 83 }), spotCheck(minutes(2), { userSlot: 2 })]);
  expect((await room.ingest.take(message))?.results).toMatchObject([{ status: 'stored', readings: 1 }]);
  expect(await readStored(room.database, at)).toMatchObject([
    { metric: 'pulse', patientId: at.patientId },
    { metric: 'spo2', value: 83, patientId: at.patientId },
  ]);
  const [kept, ...more] = await readKept(room.database, at);
  expect([kept, more]).toMatchObject([{ reason: 'decode', parked: true, index: 1, state: 'open' }, []]);

  await manager.query(`update patient set zone = 'Europe/Oslo' where id = $1`, [other]);
  await manager.query(`update directory_version set version = version + 1`);
  expect(await room.ingest.reprocess([kept!.id])).toMatchObject([{ result: 'processed', note: '1 stored, 1 there already' }]);
  expect(await readStored(room.database, at)).toHaveLength(4);
});

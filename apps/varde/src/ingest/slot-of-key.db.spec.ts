import { saveWearer } from '@varde/store';
import { makeTestPatient } from '../../../../test/community.js';
import { makeTestHome, minutes, obs, testIngest, readStored, weighing } from '../../../../test/ingest-rig.js';

const room = testIngest();

test.each([
  ['printed', true],
  ['not printed', false],
])('a slash in the key of an act is no user slot: who is given slot 2 gets what was measured in slot 2, time %s', async (_, isPrinted) => {
  const at = await makeTestHome(room.database, isPrinted ? 'slot1' : 'slot2');
  const { manager } = room.database.dataSource;
  const [second, third] = [
    await makeTestPatient(manager, at.community, minutes(-1440)),
    await makeTestPatient(manager, at.community, minutes(-1440)),
  ];
  await manager.query(`update wearer set user_slot = 1 where device_id = $1`, [at.deviceId]);
  const own = { deviceId: at.deviceId, userSlot: 2 };
  await manager.query(`insert into wearer (device_id, user_slot, patient_id, from_at, to_at) values ($1, 2, $2, $3, $4)`, [
    at.deviceId,
    second,
    minutes(-1440),
    minutes(30),
  ]);
  const act = (minute: number, kg: number, slot: number, key: string) => {
    const { deviceTime, ...undated } = weighing(minutes(minute), kg, { userSlot: slot, key });
    return isPrinted ? { ...undated, deviceTime: deviceTime! } : undated;
  };
  await room.ingest.take(obs(at, [act(1, 61, 1, '2026/2/1'), act(2, 82, 2, '2026/1/2'), act(3, 62, 1, '2/2')]));
  const owners = async () => (await readStored(room.database, at)).map(({ value, patientId }) => [value, patientId]);
  const before = [
    [61, at.patientId],
    [82, second],
    [62, at.patientId],
  ];
  expect(await owners()).toEqual(before);
  await manager.query(`update wearer set to_at = $2 where device_id = $1 and user_slot = 2`, [at.deviceId, minutes(-30)]);
  await saveWearer(manager, { ...own, patientId: third, from: minutes(-20) }, minutes(40));
  expect(await owners()).toEqual([
    [61, at.patientId],
    [82, third],
    [62, at.patientId],
  ]);
});

import { endWearer, saveWearer } from '@varde/store';
import { testDatabase } from '../../../../test/engine.js';
import { makeTestPatient } from '../../../../test/community.js';
import { addTestHome, makeTestHome, minutes, NOW, obs, openTestIngest, spotCheck, type TestHome } from '../../../../test/ingest-rig.js';
import { KnownDevices } from './known-devices.js';

const db = testDatabase();
let counted = 0;
const home = (): Promise<TestHome> => makeTestHome(db.database, `k${++counted}`);
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(sql, values);
const nameOf = ({ community, gateway, device }: TestHome) => ({ tenant: community.code, clientId: gateway, device });
const version = async (): Promise<number> => (await query<{ version: number }>('select version from directory_version'))[0]?.version ?? 0;

test('what ingest remembers of a device never outlives a change of wearer, in any process', async () => {
  const at = await home();
  const other = await makeTestPatient(db.manager, at.community, minutes(-3 * 1440));
  const rooms = [openTestIngest(db.database), openTestIngest(db.database, { lanes: 2 })];
  const measuredBy = async (minute: number): Promise<unknown[]> => {
    for (const [place, { ingest }] of rooms.entries()) {
      const receivedAt = minutes(minute + place);
      await ingest.take(obs(at, [spotCheck(receivedAt)], { receivedAt }));
    }
    const rows = await query<{ patient_id: number }>(
      `select patient_id from measurement where device_id = $1 order by id desc limit ${rooms.length}`,
      [at.deviceId],
    );
    return rows.map(({ patient_id }) => patient_id);
  };
  expect(await measuredBy(0)).toEqual([at.patientId, at.patientId]);
  expect(await measuredBy(2)).toEqual([at.patientId, at.patientId]);
  const [worn] = await query<{ id: number }>('select id from wearer where device_id = $1', [at.deviceId]);
  const { manager } = db.database.dataSource;
  await endWearer(manager, worn?.id ?? 0, minutes(10), minutes(10));
  await saveWearer(manager, { deviceId: at.deviceId, userSlot: null, patientId: other, from: minutes(10) }, minutes(10));
  expect(await measuredBy(11)).toEqual([other, other]);
  await Promise.all(rooms.map(({ ingest }) => ingest.stop()));
});

test('one query for a device that is known, until something changes; strangers are asked for each time', async () => {
  const at = await home();
  const asked: string[] = [];
  const counting = new Proxy(db.database.dataSource, {
    get: (target, name, receiver) => {
      if (name === 'driver') asked.push('asked');
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  const known = new KnownDevices(counting, false);
  const stranger = { ...nameOf(at), device: 'nobody' };
  expect((await known.read([nameOf(at), stranger])).of(nameOf(at)).device?.id).toBe(at.deviceId);
  await known.read([nameOf(at), nameOf(at)]);
  expect(asked).toHaveLength(1);
  const { of } = await known.read([nameOf(at), stranger]);
  expect([of(nameOf(at)).device?.id, of(stranger).device]).toEqual([at.deviceId, null]);
  expect(asked).toHaveLength(2);
  known.forget(nameOf(at));
  await known.read([nameOf(at)]);
  expect(asked).toHaveLength(3);
  const before = await version();
  const another = await addTestHome(db.database, at.community, '2');
  expect(await version()).toBeGreaterThan(before);
  // The new device is asked for, and with the version it brings everything else anew.
  expect((await known.read([nameOf(at), nameOf(another)])).directoryVersion).toBe(await version());
  expect(asked).toHaveLength(5);
});

test('a change that commits between knowing and storing is seen: the batch is judged again', async () => {
  const at = await home();
  const [worn] = await query<{ id: number }>('select id from wearer where device_id = $1', [at.deviceId]);
  const room = openTestIngest(db.database);
  await room.ingest.take(obs(at, [spotCheck(NOW)]));
  // Nothing tells the room of it: it finds out when it stores.
  await endWearer(db.manager, worn?.id ?? 0, minutes(1), minutes(1));
  const receivedAt = minutes(5);
  const ack = await room.ingest.take(obs(at, [spotCheck(receivedAt)], { receivedAt }));
  expect(ack?.results).toMatchObject([{ status: 'parked', reason: 'no-wearer' }]);
  await room.ingest.stop();
});

test('one change of the directory for each transaction, and none for what says nothing of a device', async () => {
  const at = await home();
  const before = await version();
  await query(`update device set battery_percent = 50, status_at = now() where id = $1`, [at.deviceId]);
  await query(`update patient set name = name, plan_version = plan_version + 1 where id = $1`, [at.patientId]);
  expect(await version()).toBe(before);
  await db.database.dataSource.transaction(async (tx) => {
    await tx.query(`update patient set zone = 'Arctic/Longyearbyen' where community_id = $1`, [at.community.communityId]);
    await tx.query(`update device set registered_at = registered_at where community_id = $1`, [at.community.communityId]);
  });
  expect(await version()).toBe(before + 1);
});

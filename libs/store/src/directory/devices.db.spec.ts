import { makeTestCommunity, makeTestPatient, type TestCommunity } from '../../../../test/community.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import {
  readCredentialLines,
  readCredentials,
  revokeCredential,
  revokeLongReplaced,
  revokeReplacedBy,
  saveCredential,
} from './credentials.js';
import { deviceNameOf, readDeviceByName, readDeviceLines, saveDevice } from './devices.js';
import { readPlans } from '../looks/plans-read.js';
import { hashSecret } from './secret.js';
import { endWearer, readWearers, saveWearer } from './wearers.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const hour = (count: number) => new Date(NOW.getTime() + count * 3_600_000);
const KEY = 'k'.repeat(32);

test.each([
  ['00:1a:7d:da:71:13', '001A7DDA7113'],
  ['01-23-45-67-89-ab-cd-ef', '0123456789ABCDEF'],
  [' ox.7 ', 'ox.7'],
  ['abcdefabcdef', 'abcdefabcdef'],
  ['00:1a:7d', '00:1a:7d'],
])('the device %s goes by %s', (printed, name) => expect(deviceNameOf(printed)).toBe(name));

describe('devices', () => {
  let db: TestDatabase;
  let community: TestCommunity;
  let counted = 0;
  const manager = () => db.database.dataSource.manager;
  const device = () => saveDevice(manager(), { communityId: community.communityId, name: `D${++counted}`, kind: 'scale', model: 'M' }, NOW);
  beforeAll(async () => {
    db = await openTestDatabase();
    community = await makeTestCommunity(manager(), 'east', NOW);
  }, 60_000);
  afterAll(() => db.close());

  describe('registered', () => {
    test('once by name in a community', async () => {
      const oximeter = { communityId: community.communityId, name: 'OX-1', kind: 'pulse-oximeter', model: null };
      const id = await saveDevice(manager(), oximeter, NOW);
      expect(await readDeviceByName(manager(), community.communityId, 'OX-1')).toEqual({ id, kind: 'pulse-oximeter', model: null });
      expect(await readDeviceLines(manager(), null, { afterId: id - 1, limit: 1 })).toEqual([
        { id, ...oximeter, registeredAt: NOW, batteryPercent: null, statusAt: null, wearers: [] },
      ]);
      await expect(saveDevice(manager(), oximeter, NOW)).rejects.toMatchObject({ name: 'Conflict' });
      await expect(saveDevice(manager(), { ...oximeter, communityId: 99_999 }, NOW)).rejects.toMatchObject({ name: 'NotFound' });
      const wrong = { ...oximeter, name: 'a/b', kind: 'toaster' };
      await expect(saveDevice(manager(), wrong, NOW)).rejects.toMatchObject({ name: 'Invalid', faults: { length: 2 } });
      await expect(readDeviceByName(manager(), community.communityId, 'none')).rejects.toMatchObject({ name: 'NotFound' });
    });
  });

  describe('credentials', () => {
    const owner = (clientId: string) => ({ communityId: community.communityId, clientId });

    test('are shown once and kept as an HMAC; two hold while one replaces the other', async () => {
      const first = await saveCredential(manager(), owner('gw'), KEY, NOW);
      expect(first.secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
      const second = await saveCredential(manager(), owner('gw'), KEY, NOW);
      expect(second.secret).not.toBe(first.secret);
      const held = await readCredentials(manager(), 'east', 'gw');
      expect(held?.communityId).toBe(community.communityId);
      expect(held?.secrets.map((each) => each.hmac.toString('hex')).sort()).toEqual(
        [first, second].map((each) => hashSecret(KEY, each.secret).toString('hex')).sort(),
      );
      await expect(saveCredential(manager(), owner('gw'), KEY, NOW)).rejects.toMatchObject({ name: 'Conflict' });
      expect(await revokeCredential(manager(), first.id, hour(1))).toEqual(owner('gw'));
      expect((await readCredentials(manager(), 'east', 'gw'))?.secrets.map((each) => each.credentialId)).toEqual([second.id]);
      await expect(revokeCredential(manager(), first.id, hour(2))).rejects.toMatchObject({ name: 'NotFound' });
      await revokeCredential(manager(), second.id, hour(2));
      expect(await readCredentials(manager(), 'east', 'gw')).toBeNull();
      const lines = await readCredentialLines(manager(), 'gw');
      expect(lines.map((line) => [line.id, line.revokedAt])).toEqual([
        [second.id, hour(2)],
        [first.id, hour(1)],
      ]);
    });

    test('are of one community and one client', async () => {
      const other = await makeTestCommunity(manager(), 'elsewhere', NOW);
      await saveCredential(manager(), { communityId: other.communityId, clientId: 'lonely' }, KEY, NOW);
      expect(await readCredentials(manager(), 'east', 'lonely')).toBeNull();
      expect(await readCredentials(manager(), 'elsewhere', 'lonel_')).toBeNull();
      expect(await readCredentials(manager(), 'elsewhere', 'lonely')).not.toBeNull();
    });

    test('that another replaces end when that one is used, or a day after it was made', async () => {
      const inForce = async (clientId: string) =>
        (await readCredentials(manager(), 'east', clientId))?.secrets.map((each) => each.credentialId);
      const [old, next] = [
        await saveCredential(manager(), owner('used'), KEY, NOW),
        await saveCredential(manager(), owner('used'), KEY, hour(1)),
      ];
      const [kept, unused] = [
        await saveCredential(manager(), owner('unused'), KEY, NOW),
        await saveCredential(manager(), owner('unused'), KEY, hour(1)),
      ];
      await revokeReplacedBy(manager(), old.id, hour(2));
      expect(await inForce('used')).toHaveLength(2);
      await revokeReplacedBy(manager(), next.id, hour(2));
      expect(await inForce('used')).toEqual([next.id]);
      expect((await readCredentialLines(manager(), 'used')).map(({ id, revokedAt }) => [id, revokedAt])).toEqual([
        [next.id, null],
        [old.id, hour(2)],
      ]);
      await revokeLongReplaced(manager(), hour(24.9));
      expect((await inForce('unused'))?.sort()).toEqual([kept.id, unused.id]);
      await revokeLongReplaced(manager(), hour(25));
      expect([await inForce('unused'), await inForce('used')]).toEqual([[unused.id], [next.id]]);
    });

    test('made at once are two, never three', async () => {
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => saveCredential(manager(), owner('busy'), KEY, NOW)));
      expect(outcomes.filter((each) => each.status === 'fulfilled')).toHaveLength(2);
      expect((await readCredentials(manager(), 'east', 'busy'))?.secrets).toHaveLength(2);
    });

    test('need a client id of the topics', async () => {
      await expect(saveCredential(manager(), owner('a/#'), KEY, NOW)).rejects.toMatchObject({ name: 'Invalid' });
    });
  });

  describe('wearers', () => {
    let patients: number[] = [];
    beforeAll(async () => {
      patients = [await makeTestPatient(manager(), community, NOW), await makeTestPatient(manager(), community, NOW)];
    });
    const give = (deviceId: number, patient: 0 | 1, from: number, userSlot: number | null = null) =>
      saveWearer(manager(), { deviceId, userSlot, patientId: patients[patient] ?? 0, from: hour(from) }, hour(100));

    test('two who give one device away at the same moment: one wins, twenty times', async () => {
      for (let round = 0; round < 20; round++) {
        const deviceId = await device();
        const outcomes = await Promise.allSettled([give(deviceId, 0, 1), give(deviceId, 1, 1)]);
        expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
        const lost = outcomes.find((each) => each.status === 'rejected');
        expect(lost?.reason).toMatchObject({ name: 'Conflict' });
        expect(await readWearers(manager(), null, deviceId)).toHaveLength(1);
      }
    });

    test('follow each other without overlap, also dated back', async () => {
      const deviceId = await device();
      const first = await give(deviceId, 0, 5);
      await expect(give(deviceId, 1, 6)).rejects.toMatchObject({ name: 'Conflict' });
      await expect(give(deviceId, 1, 1)).rejects.toMatchObject({ name: 'Conflict' });
      const ended = await endWearer(manager(), first.id, hour(10), hour(11));
      expect(ended).toEqual({ ...first, to: hour(10) });
      await expect(give(deviceId, 1, 9)).rejects.toMatchObject({ name: 'Conflict' });
      await give(deviceId, 1, 10);
      expect((await readWearers(manager(), null, deviceId)).map((each) => [each.patientId, each.to])).toEqual([
        [patients[1], null],
        [patients[0], hour(10)],
      ]);
      const [line] = await readDeviceLines(manager(), null, { afterId: deviceId - 1, limit: 1 });
      expect(line?.wearers).toMatchObject([{ patientId: patients[1], userSlot: null }]);
    });

    test('share a device by slots; a whole device and a slot of it exclude each other', async () => {
      const shared = await device();
      await give(shared, 0, 1, 1);
      await give(shared, 1, 1, 2);
      await expect(give(shared, 1, 1, 1)).rejects.toMatchObject({ name: 'Conflict' });
      await expect(give(shared, 1, 1, null)).rejects.toMatchObject({ name: 'Conflict' });
      const whole = await device();
      await give(whole, 0, 1);
      await expect(give(whole, 1, 1, 3)).rejects.toMatchObject({ name: 'Conflict' });
    });

    test('are heard of by watchers, at begin and end', async () => {
      const deviceId = await device();
      const patientId = patients[0] ?? 0;
      const version = async () => (await readPlans(manager(), [patientId], hour(100))).get(patientId)?.planVersion ?? 0;
      const before = await version();
      await manager().query(`delete from patient_watch where patient_id = $1`, [patientId]);
      const { id } = await give(deviceId, 0, 1);
      expect(await version()).toBe(before + 1);
      const [watch] = await manager().query<{ due_at: Date }[]>(`select due_at from patient_watch where patient_id = $1`, [patientId]);
      expect(watch?.due_at).toEqual(hour(100));
      await endWearer(manager(), id, hour(2), hour(101));
      expect(await version()).toBe(before + 2);
    });

    test.each([
      ['a slot of 255', { userSlot: 255 }, 'Invalid'],
      ['a slot of 0', { userSlot: 0 }, 'Invalid'],
      ['the future', { from: hour(101) }, 'Invalid'],
      ['an unknown device', { deviceId: 99_999 }, 'NotFound'],
      ['an unknown patient', { patientId: 99_999 }, 'NotFound'],
    ])('%s is refused', async (_, wrong, name) => {
      const wearer = { deviceId: await device(), userSlot: null, patientId: patients[0] ?? 0, from: hour(1), ...wrong };
      await expect(saveWearer(manager(), wearer, hour(100))).rejects.toMatchObject({ name });
    });

    test('are of the community of the device', async () => {
      const other = await makeTestCommunity(manager(), 'beyond', NOW);
      const patientId = await makeTestPatient(manager(), other, NOW);
      const wearer = { deviceId: await device(), userSlot: null, patientId, from: hour(1) };
      await expect(saveWearer(manager(), wearer, hour(100))).rejects.toMatchObject({ name: 'NotFound' });
    });

    test('end after they began, not in the future, and once', async () => {
      const { id } = await give(await device(), 0, 5);
      await expect(endWearer(manager(), id, hour(5), hour(6))).rejects.toMatchObject({ name: 'Invalid' });
      await expect(endWearer(manager(), id, hour(8), hour(6))).rejects.toMatchObject({ name: 'Invalid' });
      await endWearer(manager(), id, hour(6), hour(6));
      await expect(endWearer(manager(), id, hour(7), hour(8))).rejects.toMatchObject({ name: 'NotFound' });
    });
  });
});

import { bare, makeTestHome, minutes, NOW, obs, testIngest, spotCheck } from '../../../../test/ingest-rig.js';

const room = testIngest();

const STATUS = { schema: 'varde.device-status/1', at: NOW, lastContact: minutes(-1), errors: ['sensor-worn-out'] };

test.each([
  ['before', true],
  ['after', false],
])('what a device says of itself %s a reading with news of its battery, in one commit', async (_, isBefore) => {
  const at = await makeTestHome(room.database, isBefore ? 'says1' : 'says2');
  const status = bare(at, `dev/${at.device}/status`, JSON.stringify(STATUS), NOW);
  const reading = obs(at, [spotCheck(minutes(-1))], { batteryPercent: 12, receivedAt: NOW });
  const sent = isBefore ? [status, reading] : [reading, status];
  await Promise.all(sent.map((each) => room.ingest.take(each)));
  const known = await room.database.dataSource.query<object[]>(`select battery_percent, errors, contact_at from device where id = $1`, [
    at.deviceId,
  ]);
  expect(known).toEqual([{ battery_percent: 12, errors: ['sensor-worn-out'], contact_at: minutes(-1) }]);
});

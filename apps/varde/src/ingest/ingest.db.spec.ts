import { endWearer, saveDevice, saveWearer } from '@varde/store';
import { makeTestPatient } from '../../../../test/community.js';
import {
  addTestHome,
  bare,
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  testIngest,
  readKept,
  readStored,
  spotCheck,
  wall,
  weighing,
  type TestHome,
} from '../../../../test/ingest-rig.js';
import type { Delivery } from './delivery.js';

const room = testIngest();
let counted = 0;
const home = (): Promise<TestHome> => makeTestHome(room.database, `c${++counted}`);
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => room.database.dataSource.query(sql, values);
const take = async (delivery: Delivery) => (await room.ingest.take(delivery))?.results[0];
const stored = (at: TestHome) => readStored(room.database, at);
const kept = (at: TestHome) => readKept(room.database, at);

test('a reading is stored for its wearer, acknowledged, and waits to be looked at', async () => {
  const at = await home();
  const message = obs(at, [spotCheck(NOW)]);
  expect(await take(message)).toEqual({ messageId: expect.any(String), status: 'stored', readings: 1 });
  const common = { observedAt: NOW, doubt: null, conflict: false, patientId: at.patientId, timeQuality: 'device' };
  expect(await stored(at)).toEqual([
    { metric: 'pulse', value: 72, ...common },
    { metric: 'spo2', value: 93, ...common },
  ]);
  expect(await query(`select observed_from from arrival where patient_id = $1`, [at.patientId])).toEqual([{ observed_from: NOW }]);
  expect(room.published.filter(({ tenant }) => tenant === at.community.code)).toEqual([
    {
      tenant: at.community.code,
      clientId: at.gateway,
      ack: { schema: 'varde.ack/1', results: [expect.objectContaining({ status: 'stored' })] },
    },
  ]);
});

describe('stored once', () => {
  test('the same message again is a duplicate and nobody is woken for it', async () => {
    const at = await home();
    const message = obs(at, [spotCheck(NOW)]);
    await take(message);
    expect(await take({ ...message, dup: true, receivedAt: minutes(9) })).toMatchObject({ status: 'duplicate' });
    expect(await stored(at)).toHaveLength(2);
    expect(await query(`select from arrival where patient_id = $1`, [at.patientId])).toHaveLength(1);
  });

  test('the same act in another message, with another correction of its time, is stored once', async () => {
    const at = await home();
    const slow = { reading: wall(minutes(-1)), readAt: NOW };
    const reading = spotCheck(minutes(-10), { stored: true });
    expect(await take(obs(at, [reading], { clock: slow, receivedAt: minutes(1) }))).toMatchObject({ status: 'stored' });
    const again = { clock: { reading: wall(minutes(-3)), readAt: NOW }, receivedAt: minutes(2), gateway: 'gw-other' };
    expect(await take(obs(at, [reading], again))).toMatchObject({ status: 'duplicate' });
    expect((await stored(at)).map((each) => each.observedAt)).toEqual([minutes(-9), minutes(-9)]);
  });

  test('twice in one message', async () => {
    const at = await home();
    expect(await take(obs(at, [spotCheck(NOW), spotCheck(NOW)]))).toMatchObject({ status: 'stored', readings: 1 });
    expect(await stored(at)).toHaveLength(2);
  });

  test('many times in one commit', async () => {
    const at = await home();
    const answers = await Promise.all(Array.from({ length: 20 }, () => take(obs(at, [spotCheck(NOW)]))));
    expect(answers.filter((answer) => answer?.status === 'stored')).toHaveLength(1);
    expect(answers.filter((answer) => answer?.status === 'duplicate')).toHaveLength(19);
    expect(await stored(at)).toHaveLength(2);
  });

  test.each([
    ['in one commit', true],
    ['one after the other', false],
  ])('the same key with other values is kept twice, both marked, the later one doubtful: %s', async (_, together) => {
    const at = await home();
    const messages = [obs(at, [spotCheck(NOW, { spo2: 93 })]), obs(at, [spotCheck(NOW, { spo2: 85 })])];
    if (together) await Promise.all(messages.map(take));
    else for (const message of messages) await take(message);
    const spo2 = (await stored(at)).filter(({ metric }) => metric === 'spo2');
    expect(spo2.map(({ value, conflict, doubt }) => [value, conflict, doubt])).toEqual([
      [93, true, null],
      [85, true, 'conflict'],
    ]);
  });

  describe('without a time of the device', () => {
    const undated = (at: Date, change: Parameters<typeof spotCheck>[1] = {}) => {
      const { deviceTime: _, ...reading } = spotCheck(at, change);
      return reading;
    };

    test('another gateway within half an hour heard the same act', async () => {
      const at = await home();
      await take(obs(at, [undated(NOW)]));
      expect(await take(obs(at, [undated(minutes(29))], { gateway: 'gw-other' }))).toMatchObject({ status: 'duplicate' });
      expect(await take(obs(at, [undated(minutes(31))], { gateway: 'gw-other' }))).toMatchObject({ status: 'stored' });
      expect(await stored(at)).toHaveLength(4);
    });

    test('two gateways heard the same act, and two processes store it at once', async () => {
      const at = await home();
      const rooms = ['gw-1', 'gw-2'].map((gateway) => ({ gateway, ...openTestIngest(room.database) }));
      const rounds = Array.from({ length: 50 }, (_, round) => minutes(-31 * round));
      await query(`update wearer set from_at = $2 where device_id = $1`, [at.deviceId, minutes(-31 * 50)]);
      for (const when of rounds) {
        const answers = await Promise.all(
          rooms.map(({ gateway, ingest }, late) =>
            ingest.take(
              obs(at, [undated(new Date(when.getTime() + 40 * late))], { gateway, receivedAt: new Date(when.getTime() + 3_000) }),
            ),
          ),
        );
        expect(answers.map((answer) => answer?.results[0]?.status).sort()).toEqual(['duplicate', 'stored']);
      }
      expect(await stored(at)).toHaveLength(2 * rounds.length);
      for (const { ingest } of rooms) await ingest.stop();
    });

    test('the same gateway heard two acts, however equal: the second may be the confirmation that was asked for', async () => {
      const at = await home();
      await take(obs(at, [undated(NOW, { spo2: 88 })]));
      expect(await take(obs(at, [undated(minutes(5), { spo2: 88 })]))).toMatchObject({ status: 'stored' });
      expect(await take(obs(at, [undated(minutes(5), { spo2: 88 })]))).toMatchObject({ status: 'duplicate' });
      expect(await stored(at)).toHaveLength(4);
    });

    test.each([
      ['says so', '2017-01-01T00:00:09', true],
      ['stands at the beginning of time', '1970-01-01T00:00:09', false],
    ])('a clock that restarts with the device and %s: each day is a reading, each copy is not', async (_, deviceTime, notSet) => {
      const at = await home();
      const on = (day: number, spo2: number) => {
        const heardAt = minutes(day * 1440);
        return obs(at, [spotCheck(heardAt, { deviceTime, spo2 })], { clock: { reading: deviceTime, readAt: heardAt, notSet } });
      };
      const answers = [];
      for (const message of [on(0, 84), on(0, 84), on(1, 84), on(1, 84), on(2, 90)]) answers.push((await take(message))?.status);
      expect(answers).toEqual(['stored', 'duplicate', 'stored', 'duplicate', 'stored']);
      const spo2 = (await stored(at)).filter(({ metric }) => metric === 'spo2');
      expect(spo2.map(({ value, doubt, conflict }) => [value, doubt, conflict])).toEqual([84, 84, 90].map((value) => [value, null, false]));
    });

    test('an advertisement is repeated for minutes', async () => {
      const at = await home();
      const advert = (when: Date) => undated(when, { raw: { format: 'advert', hex: '0a0b' } });
      const answers = await Promise.all([0, 1, 2].map((count) => take(obs(at, [advert(minutes(count))]))));
      expect(answers.map((answer) => answer?.status)).toEqual(['stored', 'duplicate', 'duplicate']);
      expect(await take(obs(at, [advert(minutes(20))]))).toMatchObject({ status: 'duplicate' });
      expect(await take(obs(at, [advert(minutes(60))]))).toMatchObject({ status: 'stored' });
    });
  });
});

describe('whose reading it is', () => {
  test('of who wore the device when it was taken, to the millisecond, not when it came', async () => {
    const at = await home();
    const { manager } = room.database.dataSource;
    const [wearer] = await query<{ id: number }>(`select id from wearer where device_id = $1`, [at.deviceId]);
    await endWearer(manager, wearer!.id, minutes(-10), NOW);
    const next = await makeTestPatient(manager, at.community, minutes(-60));
    await saveWearer(manager, { deviceId: at.deviceId, userSlot: null, patientId: next, from: minutes(-10) }, NOW);
    const clock = { reading: wall(NOW), readAt: NOW };
    const times = [-11, -10, -9].map(minutes);
    await take(
      obs(
        at,
        times.map((time) => spotCheck(time, { stored: true })),
        { clock, receivedAt: minutes(1) },
      ),
    );
    const spo2 = (await stored(at)).filter(({ metric }) => metric === 'spo2');
    expect(spo2.map(({ patientId }) => patientId)).toEqual([at.patientId, next, next]);
  });

  test('before the first wearer it is parked, and belongs to nobody', async () => {
    const at = await home();
    const early = spotCheck(minutes(-1500), { stored: true });
    const clock = { reading: wall(NOW), readAt: NOW };
    expect(await take(obs(at, [early, spotCheck(NOW)], { clock, receivedAt: minutes(1) }))).toMatchObject({
      status: 'stored',
      readings: 1,
    });
    expect(await kept(at)).toMatchObject([{ reason: 'no-wearer', parked: true, patientId: null, index: 0 }]);
  });

  test('a time that is doubtful near a change of wearer is parked', async () => {
    const at = await home();
    const near = spotCheck(minutes(-1440 + 60), { stored: true });
    expect(await take(obs(at, [near], { receivedAt: minutes(1) }))).toMatchObject({ status: 'parked', reason: 'clock' });
    expect(await stored(at)).toEqual([]);
  });

  test('a doubtful time far from any change is stored with the doubt', async () => {
    const at = await home();
    await query(`update wearer set from_at = $2 where device_id = $1`, [at.deviceId, minutes(-30 * 1440)]);
    await take(obs(at, [spotCheck(minutes(-60), { stored: true })], { receivedAt: NOW }));
    expect((await stored(at)).map(({ doubt, timeQuality }) => [doubt, timeQuality])).toEqual([
      ['clock', 'doubtful'],
      ['clock', 'doubtful'],
    ]);
  });

  test('of the slot of a shared device; without a slot it is parked', async () => {
    const at = await home();
    const { manager } = room.database.dataSource;
    const deviceId = await saveDevice(
      manager,
      { communityId: at.community.communityId, name: 'SC-1', kind: 'scale', model: null },
      minutes(-2000),
    );
    const two = await makeTestPatient(manager, at.community, minutes(-3000));
    await saveWearer(manager, { deviceId, userSlot: 1, patientId: at.patientId, from: minutes(-100) }, NOW);
    await saveWearer(manager, { deviceId, userSlot: 2, patientId: two, from: minutes(-100) }, NOW);
    const send = (userSlot: number | undefined) =>
      take(obs(at, [weighing(minutes(userSlot ?? 0), 70, userSlot === undefined ? {} : { userSlot })], { device: 'SC-1' }));
    expect(await send(2)).toMatchObject({ status: 'stored' });
    expect(await send(255)).toMatchObject({ status: 'parked', reason: 'no-wearer' });
    expect(await send(3)).toMatchObject({ status: 'parked', reason: 'no-wearer' });
    expect(await send(undefined)).toMatchObject({ status: 'parked', reason: 'no-wearer' });
    const rows = await query<{ patient_id: number }>(`select patient_id from measurement where device_id = $1`, [deviceId]);
    expect(rows).toEqual([{ patient_id: two }]);
  });

  test('a device of another community is unknown here', async () => {
    const [here, there] = [await home(), await home()];
    const manager = room.database.dataSource.manager;
    await saveDevice(manager, { communityId: there.community.communityId, name: 'ONLY-THERE', kind: 'scale', model: null }, minutes(-2000));
    expect(await take(obs(here, [weighing(NOW, 70)], { device: 'ONLY-THERE' }))).toMatchObject({
      status: 'parked',
      reason: 'unknown-device',
    });
    expect(await take(obs(here, [spotCheck(NOW)], { tenant: 'nowhere' }))).toMatchObject({ status: 'parked', reason: 'unknown-device' });
  });

  test('a gateway without a credential is nobody, where another broker let it in', async () => {
    const at = await home();
    const strict = openTestIngest(room.database, { checkCredentials: true });
    expect((await strict.ingest.take(obs(at, [spotCheck(NOW)])))?.results).toMatchObject([{ status: 'parked', reason: 'unknown-device' }]);
    await query(`insert into credential (community_id, client_id, secret_hmac, created_at) values ($1, $2, '\\x00', $3)`, [
      at.community.communityId,
      at.gateway,
      NOW,
    ]);
    expect((await strict.ingest.take(obs(at, [spotCheck(NOW)])))?.results).toMatchObject([{ status: 'stored' }]);
    await strict.ingest.stop();
  });
});

test('a weight is held against what the patient weighed before, also in the same message', async () => {
  const at = await home();
  const clock = { reading: wall(NOW), readAt: NOW };
  const weights = [weighing(minutes(-600), 80, { stored: true }), weighing(minutes(-300), 176.4, { stored: true })];
  await take(obs(at, weights, { clock, receivedAt: minutes(1) }));
  await take(obs(at, [weighing(minutes(10), 90)], { receivedAt: minutes(11) }));
  expect((await stored(at)).map(({ value, doubt }) => [value, doubt])).toEqual([
    [80, null],
    [176.4, 'looks-like-pounds'],
    [90, 'jump'],
  ]);
});

test.each([
  { known: 'one far from the others', days: [3, 2, 1], weights: [80, 60, 80], value: 80.4, doubt: null },
  { known: 'a median far below the last one', days: [6, 5, 4, 3, 2], weights: [70, 70, 70, 70, 76], value: 78, doubt: 'jump' },
  { known: 'only one of last month', days: [40], weights: [80], value: 176.4, doubt: 'looks-like-pounds' },
  { known: 'one of last month beside the last', days: [40, 2], weights: [40, 80], value: 80, doubt: null },
  { known: 'nothing', days: [], weights: [], value: 80, doubt: null },
])('a weight is held against $known', async ({ days, weights, value, doubt }) => {
  const at = await home();
  await query(
    `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at)
     select $1::int, 'weight', $2::timestamptz - day * interval '1 day', -day, value, $2::timestamptz from unnest($3::int[], $4::float8[]) as w (day, value)`,
    [at.patientId, NOW, days, weights],
  );
  await take(obs(at, [weighing(NOW, value)]));
  expect((await stored(at)).map((each) => [each.value, each.doubt])).toEqual([[value, doubt]]);
});

test('status messages keep what gateways and devices say of themselves; an older one changes nothing', async () => {
  const at = await home();
  const gateway = (state: string, when: Date) => bare(at, 'status', JSON.stringify({ schema: 'varde.gateway-status/1', state }), when);
  const read = () => query(`select online, status_at from gateway where community_id = $1`, [at.community.communityId]);
  expect(await room.ingest.take(gateway('online', minutes(1)))).toBeNull();
  await room.ingest.take(gateway('offline', NOW));
  expect(await read()).toEqual([{ online: true, status_at: minutes(1) }]);
  await Promise.all([gateway('online', minutes(2)), gateway('offline', minutes(3))].map((each) => room.ingest.take(each)));
  expect(await read()).toEqual([{ online: false, status_at: minutes(3) }]);
  const device = JSON.stringify({ schema: 'varde.device-status/1', batteryPercent: 41.4 });
  await room.ingest.take(bare(at, `dev/${at.device}/status`, device, minutes(1)));
  await room.ingest.take(bare(at, `dev/${at.device}/status`, ''));
  const battery = () => query(`select battery_percent, status_at from device where id = $1`, [at.deviceId]);
  expect(await battery()).toEqual([{ battery_percent: 41, status_at: minutes(1) }]);
  await take(obs(at, [spotCheck(minutes(5))], { batteryPercent: 40 }));
  expect(await battery()).toEqual([{ battery_percent: 40, status_at: new Date(minutes(5).getTime() + 3_000) }]);
  expect(await kept(at)).toEqual([]);
});

test('order per client is kept: what was sent last is known last', async () => {
  const at = await home();
  const other = await addTestHome(room.database, at.community, '2');
  const answered: string[] = [];
  const lanes = openTestIngest(room.database, { lanes: 2 });
  const send = (to: TestHome, count: number) =>
    lanes.ingest.take(obs(to, [spotCheck(minutes(count))])).then(() => answered.push(`${to.device}:${count}`));
  await Promise.all(Array.from({ length: 60 }, (_, count) => [send(at, count), send(other, count)]).flat());
  for (const { device } of [at, other]) {
    const own = answered.filter((each) => each.startsWith(device));
    expect(own).toEqual(Array.from({ length: 60 }, (_, count) => `${device}:${count}`));
  }
  const rows = await query<{ observed_at: Date }>(`select observed_at from measurement where device_id = $1 order by id`, [at.deviceId]);
  expect(rows.map((row) => row.observed_at)).toEqual(Array.from({ length: 60 }, (_, count) => minutes(count)));
  await lanes.ingest.stop();
});

test('metrics count messages, readings and reasons', async () => {
  const own = openTestIngest(room.database);
  const at = await home();
  await own.ingest.take(obs(at, [spotCheck(NOW)]));
  await own.ingest.take(bare(at, 'elsewhere', 'x'));
  const text = await own.metrics.metrics();
  expect(text).toContain('varde_ingest_messages_total{result="stored"} 1');
  expect(text).toContain('varde_ingest_messages_total{result="rejected"} 1');
  expect(text).toContain('varde_ingest_readings_total 2');
  expect(text).toContain('varde_ingest_refused_total{reason="topic"} 1');
  expect(text).toContain('varde_ingest_waiting 0');
  await own.ingest.stop();
});

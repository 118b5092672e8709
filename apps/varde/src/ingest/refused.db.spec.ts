import { endWearer, readParkedIds, readRefused, saveDevice, saveRefusedDismissed, saveWearer } from '@varde/store';
import { testLog } from '../../../../test/engine.js';
import {
  bare,
  makeTestHome,
  minutes,
  NOW,
  obs,
  testIngest,
  readKept,
  readStored,
  spotCheck,
  wall,
  type TestHome,
} from '../../../../test/ingest-rig.js';
import type { Delivery } from './delivery.js';
import { takeParkedAgain } from './take-parked.js';

const room = testIngest();
let counted = 0;
const home = (): Promise<TestHome> => makeTestHome(room.database, `r${++counted}`);
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => room.database.dataSource.query(sql, values);
const take = async (delivery: Delivery) => (await room.ingest.take(delivery))?.results[0];
const stored = (at: TestHome) => readStored(room.database, at);
const kept = (at: TestHome) => readKept(room.database, at);

describe('refused, with its bytes', () => {
  test('garbage; again it is counted, not kept again', async () => {
    const at = await home();
    const garbage = Buffer.from([0, 255, 34, 92, 10, 123]);
    expect(await room.ingest.take(bare(at, `dev/${at.device}/obs`, garbage))).toBeNull();
    await room.ingest.take(bare(at, `dev/${at.device}/obs`, garbage));
    expect(await kept(at)).toMatchObject([{ reason: 'not-json', parked: false, payload: garbage, times: 2, state: 'open', index: -1 }]);
  });

  test.each([
    ['a topic off the contract', 'elsewhere', 'topic'],
    ['the ack topic', 'ack', 'topic'],
    ['a status that is none', 'status', 'not-json'],
  ])('%s', async (_, rest, reason) => {
    const at = await home();
    await room.ingest.take(bare(at, rest, 'hello'));
    expect(await kept(at)).toMatchObject([{ reason, payload: Buffer.from('hello') }]);
  });

  test("another gateway's topic", async () => {
    const [at, other] = [await home(), await home()];
    const stolen = { ...obs(at, [spotCheck(NOW)]), clientId: other.gateway, tenant: other.community.code };
    expect(await room.ingest.take(stolen)).toBeNull();
    expect(await stored(at)).toEqual([]);
    expect(await kept(at)).toMatchObject([{ reason: 'topic', parked: false }]);
  });

  test('a retained reading', async () => {
    const at = await home();
    expect(await take(obs(at, [spotCheck(NOW)], { retain: true }))).toMatchObject({ status: 'rejected', reason: 'retained' });
    expect(await stored(at)).toEqual([]);
  });

  test('one value of an act; the others are stored, and the refusal knows patient and metric', async () => {
    const at = await home();
    expect(await take(obs(at, [spotCheck(NOW, { spo2: 120 })]))).toMatchObject({ status: 'stored', readings: 1 });
    expect((await stored(at)).map(({ metric }) => metric)).toEqual(['pulse']);
    expect(await query(`select reason, metric, patient_id, observed_at from refused where patient_id = $1`, [at.patientId])).toEqual([
      { reason: 'implausible', metric: 'spo2', patient_id: at.patientId, observed_at: NOW },
    ]);
  });

  test('a memory that is uploaded again in a new message does not make its refusals new', async () => {
    const at = await home();
    const clock = { reading: wall(NOW), readAt: NOW };
    const wrong = spotCheck(minutes(-5), { spo2: 120, pulse: 400, stored: true });
    expect(await take(obs(at, [wrong], { clock }))).toMatchObject({ status: 'rejected', reason: 'implausible' });
    const older = spotCheck(minutes(-6), { stored: true });
    await take(obs(at, [older, wrong], { clock }));
    expect((await kept(at)).map(({ times, index }) => [times, index])).toEqual([
      [2, 0],
      [2, 0],
    ]);
  });

  test('a message of many refused acts keeps its bytes once, not a hundred times', async () => {
    const at = await home();
    const many = Array.from({ length: 100 }, (_, place) => spotCheck(minutes(-place), { spo2: 120, pulse: 400 }));
    expect(await take(obs(at, many))).toMatchObject({ status: 'rejected', reason: 'implausible' });
    expect(await kept(at)).toMatchObject([{ reason: 'implausible', index: -1, patientId: at.patientId }]);
  });

  test('what names a person is not kept', async () => {
    const at = await home();
    const payload = JSON.stringify({ schema: 'varde.obs/1', patientName: 'Kari Nordmann' });
    await room.ingest.take(bare(at, `dev/${at.device}/obs`, payload));
    expect((await kept(at))[0]?.payload.toString()).not.toContain('Kari');
  });
});

describe('processed again', () => {
  test('a device registered later', async () => {
    const at = await home();
    const message = obs(at, [spotCheck(NOW)], { device: 'LATER-1' });
    expect(await take(message)).toMatchObject({ status: 'parked', reason: 'unknown-device' });
    const [parked] = await kept(at);
    expect(await room.ingest.reprocess([parked!.id])).toMatchObject([{ result: 'still-open', note: 'refused again: unknown-device' }]);
    const { manager } = room.database.dataSource;
    const deviceId = await saveDevice(
      manager,
      { communityId: at.community.communityId, name: 'LATER-1', kind: 'pulse-oximeter', model: null },
      minutes(10),
    );
    expect(await room.ingest.reprocess([parked!.id])).toMatchObject([{ result: 'processed', note: 'refused again: no-wearer' }]);
    const [, open] = await kept(at);
    expect(open).toMatchObject({ reason: 'no-wearer', state: 'open', times: 1 });
    await saveWearer(manager, { deviceId, userSlot: null, patientId: at.patientId, from: minutes(-5) }, minutes(10));
    expect(await room.ingest.reprocess([open!.id, open!.id, 999_999])).toMatchObject([
      { result: 'processed', note: '1 stored' },
      { result: 'processed' },
      { result: 'not-found' },
    ]);
    expect(await room.ingest.reprocess([open!.id])).toMatchObject([{ result: 'settled' }]);
    expect((await kept(at)).map(({ state, note, times }) => [state, note, times])).toEqual([
      ['processed', 'refused again: no-wearer', 1],
      ['processed', '1 stored', 1],
    ]);
    const rows = await query<object>(`select received_at, observed_at, patient_id from measurement where device_id = $1`, [deviceId]);
    expect(rows).toEqual([{ received_at: message.receivedAt, observed_at: NOW, patient_id: at.patientId }]);
    expect(await take(message)).toMatchObject({ status: 'duplicate' });
  });

  test('parts of a message that was stored in part, taken once', async () => {
    const at = await home();
    const clock = { reading: wall(NOW), readAt: NOW };
    const times = [-1500, -1499, -1].map(minutes);
    await take(
      obs(
        at,
        times.map((time) => spotCheck(time, { stored: true })),
        { clock, receivedAt: minutes(1) },
      ),
    );
    const parked = await kept(at);
    expect(parked).toHaveLength(2);
    await query(`update wearer set from_at = $2 where device_id = $1`, [at.deviceId, minutes(-1499.5)]);
    expect(await room.ingest.reprocess(parked.map(({ id }) => id))).toMatchObject([
      { result: 'still-open', note: '1 stored, 1 there already, refused again: no-wearer' },
      { result: 'processed' },
    ]);
    expect(await stored(at)).toHaveLength(4);
    expect((await kept(at)).map(({ state, times: count }) => [state, count])).toEqual([
      ['open', 1],
      ['processed', 1],
    ]);
    expect(room.published.filter(({ tenant }) => tenant === at.community.code)).toHaveLength(1);
  });

  test('what a slow gateway sent keeps the time it had when it was parked', async () => {
    const at = await home();
    const slowMs = 2 * 3_600_000;
    const slowly = (minute: number, device: string): Delivery => {
      const { deviceTime: _time, ...undated } = spotCheck(new Date(minutes(minute).getTime() - slowMs), { pulse: 70 + minute });
      return obs(at, [undated], { device, receivedAt: minutes(minute), sentAt: new Date(minutes(minute).getTime() - slowMs) });
    };
    for (const minute of [0, 5, 11]) await take(slowly(minute, at.device));
    await query(`update wearer set to_at = $2 where device_id = $1`, [at.deviceId, minutes(11.5)]);
    const parked = async () => (await kept(at)).map(({ id }) => id);
    expect(await take(slowly(12, at.device))).toMatchObject({ status: 'parked', reason: 'no-wearer' });
    await query(`update wearer set to_at = null where device_id = $1`, [at.deviceId]);
    expect(await room.ingest.reprocess(await parked())).toMatchObject([{ result: 'processed', note: '1 stored' }]);
    const [then] = await query<{ observed_at: Date }>(`select observed_at from refused where device_id = $1`, [at.deviceId]);
    expect((await stored(at)).at(-1)?.observedAt).toEqual(then?.observed_at);
  });

  test('a value that was parked beside one that was stored is added to it once it can be used', async () => {
    const at = await home();
    const message = obs(at, [spotCheck(NOW)]);
    await take(message);
    // As the row would be had the decoder not known the unit of the pulse.
    await query(`delete from reading where metric = 'pulse' and patient_id = $1`, [at.patientId]);
    const [{ id } = { id: 0 }] = await query<{ id: number }>(
      `insert into refused (received_at, last_received_at, times_received, community_id, client_id, topic, payload, digest, measurement_index, reason,
         detail, parked, device_id, patient_id, metric, observed_at)
       values ($1, $1, 1, $2, $3, $4, $5, '\\x00', 0, 'unit', 'beats', true, $6, $7, 'pulse', $8) returning id::int`,
      [message.receivedAt, at.community.communityId, at.gateway, message.topic, message.payload, at.deviceId, at.patientId, NOW],
    );
    await query(`delete from arrival where patient_id = $1`, [at.patientId]);
    await query(`update measurement set conflict = true where device_id = $1`, [at.deviceId]);

    expect(await room.ingest.reprocess([id])).toMatchObject([{ result: 'processed', note: '1 there already, 1 completed' }]);
    expect(await stored(at)).toMatchObject([
      { metric: 'pulse', value: 72, observedAt: NOW, patientId: at.patientId, doubt: 'conflict' },
      { metric: 'spo2', value: 93, doubt: null },
    ]);
    expect(await query(`select observed_from from arrival where patient_id = $1`, [at.patientId])).toEqual([{ observed_from: NOW }]);
    const logged = () => query(`select kind, at from patient_log where patient_id = $1`, [at.patientId]);
    expect(await logged()).toEqual([{ kind: 'wearer_corrected', at: NOW }]);

    await query(`update refused set state = 'open' where id = $1`, [id]);
    expect(await room.ingest.reprocess([id])).toMatchObject([{ result: 'processed', note: '1 there already' }]);
    expect(await logged()).toHaveLength(1);
  });
});

describe('listed', () => {
  test('page by page, newest first, by reason, device, sender and state, with the beginning of the bytes', async () => {
    const at = await home();
    const { dataSource } = room.database;
    const community = at.community.code;
    await room.ingest.take(bare(at, `dev/${at.device}/obs`, Buffer.from([1, 2, 255])));
    await room.ingest.take(bare(at, `dev/${at.device}/obs`, `{"a":"${'ø'.repeat(400)}"}`));
    await take(obs(at, [spotCheck(NOW)], { device: 'NOT_HERE' }));
    await take(obs(at, [spotCheck(NOW)], { device: 'NOTXHERE' }));
    const first = await readRefused(dataSource, { community }, { limit: 3, before: null });
    expect(first.entries.map(({ reason }) => reason)).toEqual(['unknown-device', 'unknown-device', 'schema']);
    expect(first.entries[2]).toMatchObject({
      community,
      clientId: at.gateway,
      topic: `varde/v1/${community}/${at.gateway}/dev/${at.device}/obs`,
      measurementIndex: -1,
      deviceName: at.device,
      timesReceived: 1,
      state: 'open',
      parked: false,
      payloadBytes: 808,
      preview: { as: 'text', content: `{"a":"${'ø'.repeat(253)}` },
    });
    const rest = await readRefused(dataSource, { community }, { limit: 3, before: first.next });
    expect(rest).toMatchObject({ entries: [{ reason: 'not-json', preview: { as: 'hex', content: '0102ff' } }], next: null });
    const count = async (filter: Parameters<typeof readRefused>[1]): Promise<number> =>
      (await readRefused(dataSource, { community, ...filter }, { limit: 500, before: null })).entries.length;
    expect(await count({ deviceName: 'NOT_HERE' })).toBe(1);
    expect(await count({ deviceName: at.device })).toBe(2);
    expect(await count({ parked: true })).toBe(2);
    expect(await count({ reason: 'not-json' })).toBe(1);
    expect(await count({ clientId: 'another' })).toBe(0);
    const [newest, older] = first.entries;
    expect(await saveRefusedDismissed(dataSource, newest!.id, 'the neighbour', NOW)).toBe(true);
    expect(await saveRefusedDismissed(dataSource, newest!.id, 'the neighbour', NOW)).toBe(false);
    expect(await count({ state: 'dismissed' })).toBe(1);
    expect(await readParkedIds(dataSource, { community }, { limit: 10, after: 0 })).toEqual([older!.id]);
    expect(await readParkedIds(dataSource, { community }, { limit: 10, after: older!.id })).toEqual([]);
    expect(await room.ingest.reprocess([newest!.id])).toMatchObject([{ result: 'settled', note: 'it is dismissed already' }]);
  });
});

describe('parked, and taken again by itself', () => {
  const deps = (now: Date) => ({
    dataSource: room.database.dataSource,
    reprocess: (ids: readonly number[]) => room.ingest.reprocess(ids),
    now: () => now,
    log: testLog,
  });
  const take = async (now: Date): Promise<number> => {
    await query(`update job set last_run_at = null where name = 'parked'`);
    return takeParkedAgain(deps(now));
  };

  test('when the device is registered and worn, once, and by one process at a time', async () => {
    const at = await home();
    await query(`update refused set state = 'dismissed' where state = 'open'`);
    const stranger = { ...at, device: `NEW-${counted}` };
    await room.ingest.take(obs(stranger, [spotCheck(NOW)]));
    expect(await take(minutes(1))).toBe(0);
    const { manager } = room.database.dataSource;
    const deviceId = await saveDevice(
      manager,
      { communityId: at.community.communityId, name: stranger.device, kind: 'pulse-oximeter', model: null },
      minutes(2),
    );
    // Registered, but nobody's: what it sent is still parked, for another reason.
    expect(await take(minutes(3))).toBe(1);
    expect(await take(minutes(4))).toBe(0);
    await saveWearer(manager, { deviceId, userSlot: null, patientId: at.patientId, from: minutes(-1440) }, minutes(5));
    expect(await take(minutes(6))).toBe(1);
    expect(await takeParkedAgain(deps(minutes(6)))).toBe(0);
    expect(await take(minutes(7))).toBe(0);
    expect(await query(`select r.value from reading r where r.patient_id = $1`, [at.patientId])).not.toEqual([]);
    expect(await query(`select state from refused where topic like $1 order by id`, [`%/${stranger.device}/%`])).toEqual([
      { state: 'processed' },
      { state: 'processed' },
    ]);
  });

  test('when the topic spells the registered MAC or EUI-64 in another way: its readings, and what it says of itself', async () => {
    const at = await home();
    await query(`update refused set state = 'dismissed' where state = 'open'`);
    const status = JSON.stringify({ schema: 'varde.device-status/1', batteryPercent: 41 });
    const spelled = [`aa-bb-cc-dd-ee-${String(counted).padStart(2, '0')}`, `aabbccfffeddee${String(counted).padStart(2, '0')}`];
    for (const device of spelled) {
      await room.ingest.take(obs({ ...at, device }, [spotCheck(NOW)], { idType: device.length === 16 ? 'eui64' : 'mac' }));
      await room.ingest.take(bare(at, `dev/${device}/status`, status));
    }
    expect(await take(minutes(1))).toBe(0);
    const { manager } = room.database.dataSource;
    const batteries = [];
    for (const device of spelled) {
      const name = device.replaceAll('-', '').toUpperCase();
      const deviceId = await saveDevice(manager, { communityId: at.community.communityId, name, kind: 'pulse-oximeter', model: null }, NOW);
      await saveWearer(manager, { deviceId, userSlot: null, patientId: at.patientId, from: minutes(-60) }, NOW);
      batteries.push({ device_id: deviceId, name, battery_percent: 41, count: 2 });
    }
    expect(await take(minutes(2))).toBe(4);
    const kept = await query(
      `select d.id as device_id, d.name, d.battery_percent, count(*)::int from device d join measurement m on m.device_id = d.id
       join reading r on r.measurement_id = m.id where d.id = any($1) group by d.id order by d.id`,
      [batteries.map(({ device_id }) => device_id)],
    );
    expect(kept).toEqual(batteries);
  });

  test('open anew when it is refused for a reason that had been settled', async () => {
    const at = await home();
    await query(`update refused set state = 'dismissed' where state = 'open'`);
    const { manager } = room.database.dataSource;
    const device = { communityId: at.community.communityId, name: `BACK-${counted}`, kind: 'pulse-oximeter', model: null };
    const deviceId = await saveDevice(manager, device, minutes(-2000));
    const wear = (from: number) => saveWearer(manager, { deviceId, userSlot: null, patientId: at.patientId, from: minutes(from) }, NOW);
    const states = async () => (await kept(at)).map(({ reason, state }) => [reason, state]);
    await room.ingest.take(obs({ ...at, device: device.name }, [spotCheck(minutes(-600), { stored: true })], { receivedAt: NOW }));
    const { id: wearerId } = await wear(-660);
    expect(await take(minutes(1))).toBe(1);
    const [, clock] = await kept(at);
    const [settled, open] = ['processed', 'open'];
    expect(await states()).toEqual([
      ['no-wearer', settled],
      ['clock', open],
    ]);
    // It had been given back before, and what was parked is taken again.
    await endWearer(manager, wearerId, minutes(-630), NOW);
    expect(await room.ingest.reprocess([clock!.id])).toMatchObject([{ result: 'processed', note: 'refused again: no-wearer' }]);
    expect(await states()).toEqual([
      ['no-wearer', open],
      ['clock', settled],
    ]);
    // Somebody wore it after that: it is looked at again by itself.
    await wear(-620);
    expect(await take(minutes(2))).toBe(1);
    expect(await states()).toEqual([
      ['no-wearer', settled],
      ['clock', open],
    ]);
    expect(await kept(at)).toMatchObject([{ times: 1 }, { times: 1, note: null }]);
  });

  test('one line of many acts, when somebody wore the device at the first of them only', async () => {
    const at = await home();
    await query(`update refused set state = 'dismissed' where state = 'open'`);
    const { manager } = room.database.dataSource;
    const device = { communityId: at.community.communityId, name: `MANY-${counted}`, kind: 'pulse-oximeter', model: null };
    const deviceId = await saveDevice(manager, device, minutes(-2000));
    const memory = Array.from({ length: 12 }, (_, place) => spotCheck(minutes(-1200 + place * 60), { stored: true }));
    const clock = { reading: wall(NOW), readAt: NOW };
    await room.ingest.take(obs({ ...at, device: device.name }, memory, { clock, receivedAt: NOW }));
    const { id } = await saveWearer(manager, { deviceId, userSlot: null, patientId: at.patientId, from: minutes(-1300) }, NOW);
    await endWearer(manager, id, minutes(-1000), NOW);
    expect(await take(minutes(1))).toBe(1);
    expect(await query(`select from measurement where device_id = $1`, [deviceId])).toHaveLength(4);
  });

  test('one that is refused again all the same waits an hour', async () => {
    const at = await home();
    await query(`update refused set state = 'dismissed' where state = 'open'`);
    const shared = await saveDevice(
      room.database.dataSource.manager,
      { communityId: at.community.communityId, name: `SH-${counted}`, kind: 'pulse-oximeter', model: null },
      NOW,
    );
    await saveWearer(room.database.dataSource.manager, { deviceId: shared, userSlot: 2, patientId: at.patientId, from: minutes(-60) }, NOW);
    await room.ingest.take(obs({ ...at, device: `SH-${counted}` }, [spotCheck(minutes(-1))]));
    const tried = () => query<{ tried_at: Date }>(`select tried_at from refused where device_id = $1`, [shared]);
    expect(await take(minutes(1))).toBe(0);
    expect(await tried()).toEqual([{ tried_at: minutes(1) }]);
    await take(minutes(30));
    expect(await tried()).toEqual([{ tried_at: minutes(1) }]);
    await take(minutes(62));
    expect(await tried()).toEqual([{ tried_at: minutes(62) }]);
  });
});

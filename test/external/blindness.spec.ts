import { readBlind } from '@varde/store';
import { SelfTest } from '../../apps/varde/src/blindness/self-test.js';
import { openLog } from '../../apps/varde/src/log.js';
import { Sight } from '../../apps/varde/src/sight.js';
import type { Service } from '../../apps/varde/src/start.js';
import { Receiver, RECEIVER_KEY } from '../drills/blind-rig.js';
import { openTestDatabase, type TestDatabase } from '../engine.js';
import { addHome, eventually, foundCommunity, SECRET_KEY, startService } from '../whole-way.js';
import { MOSQUITTO, startMosquitto, type ExternalBroker } from './mosquitto.js';
import { NOT_AUTHORIZED, OtherBroker } from './other-broker.js';

// Without a Mosquitto on this machine there is nothing to be behind.
const when = MOSQUITTO === null ? describe.skip : describe;

when('behind an external broker', () => {
  let db: TestDatabase;
  let broker: ExternalBroker;
  let receiver: Receiver;
  let service: Service;
  beforeAll(async () => {
    db = await openTestDatabase();
    broker = await startMosquitto();
    receiver = await Receiver.open();
    service = await startService(db.url, { MQTT_URL: broker.url, VARDE_TELL: receiver.url, VARDE_TELL_KEY: RECEIVER_KEY });
    const founded = await foundCommunity(service.database, { since: new Date() });
    await addHome(service.database, founded, { gateway: 'a-home', programmes: ['copd'], devices: [] });
  });
  afterAll(async () => {
    await service.stop();
    await receiver.close();
    await broker.stop();
    await db.close();
  });

  test('the made-up patient walks through it', async () => {
    const sight = new Sight();
    sight.know([], [{ part: 'triage', ageSec: 0, processes: 1, lateSec: null, isBlind: false }]);
    const parts = {
      database: service.database,
      host: 'outside',
      secretKey: SECRET_KEY,
      sight,
      log: openLog('silent'),
      now: () => new Date(),
    };
    const walk = new SelfTest({ ...parts, broker: { url: broker.url, isOurs: false } });
    // The broker forgets what nobody has subscribed to yet.
    await eventually('the service has subscribed', () => walk.walk(0, 15_000), 60_000);
    expect(await walk.walk(0)).toBe(true);
    expect(await readBlind(service.database.dataSource.manager)).toEqual([]);
    receiver.told.length = 0;
  }, 150_000);

  test('people are told within a minute that it is gone, and of nothing else', async () => {
    const stoppedMs = performance.now();
    await broker.stop();
    const [told] = await eventually(
      'somebody is told',
      () => (receiver.of('broker', 'blind', stoppedMs).length > 0 ? receiver.told : null),
      75_000,
    );
    expect(((told?.atMs ?? Infinity) - stoppedMs) / 1_000).toBeLessThan(60);
    process.stdout.write(`external broker gone: told after ${(((told?.atMs ?? 0) - stoppedMs) / 1_000).toFixed(1)} s\n`);
    expect(told?.blind.map(({ part }) => part)).toEqual(['broker']);
    expect(receiver.unsigned).toEqual([]);
    expect(await readBlind(service.database.dataSource.manager)).toMatchObject([{ part: 'broker', why: 'silent' }]);
  }, 120_000);
});

test('people are told within a minute that the broker refuses the subscription, while it holds the connection', async () => {
  const db = await openTestDatabase();
  const refusing = Object.assign(new OtherBroker(), { granted: NOT_AUTHORIZED });
  const receiver = await Receiver.open();
  const settings = { MQTT_URL: await refusing.listen(), VARDE_TELL: receiver.url, VARDE_TELL_KEY: RECEIVER_KEY };
  const service = await startService(db.url, settings);
  const startedMs = performance.now();
  try {
    const { atMs } = await eventually('somebody is told', () => receiver.of('broker', 'blind', startedMs)[0], 75_000);
    expect((atMs - startedMs) / 1_000).toBeLessThan(60);
    expect(refusing.seen.connections).toBe(1);
  } finally {
    await service.stop();
    await receiver.close();
    refusing.close();
    await db.close();
  }
}, 150_000);

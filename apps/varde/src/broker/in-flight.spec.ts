// How much may be under way at once, and what happens while the database is away.
import { generate } from 'mqtt-packet';
import { LeanClient, RawConnection, readyPublish, until } from '../../../../test/lean-client.js';
import { connectPacket, OBS, startRig } from '../../../../test/broker-rig.js';

const publish = (messageId: number, payload: string | Buffer = 'x'): Buffer =>
  generate({ cmd: 'publish', topic: OBS, payload, qos: 1, messageId, dup: false, retain: false });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A database that can be away: nothing is kept until it is back. */
function database(): { take(): Promise<void>; goAway(): void; comeBack(): void; waiting(): number; taken(): number } {
  let waiting: (() => void)[] = [];
  let isAway = false;
  let taken = 0;
  return {
    take: () => {
      taken += 1;
      return isAway ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
    },
    goAway: () => (isAway = true),
    comeBack: () => {
      isAway = false;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    waiting: () => waiting.length,
    taken: () => taken,
  };
}

describe('messages in flight', () => {
  test('of one client stop at the window, and everything flows again', async () => {
    const db = database();
    const rig = await startRig({ take: db.take }, { limits: { messagesInFlightMax: 100 } });
    db.goAway();
    const client = rig.client({ window: 5_000 });
    await client.connect();
    for (let i = 0; i < 2_000; i++) {
      client.publish(i, readyPublish(OBS, String(i)));
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve)); // trickling, as a real one does
    }
    await pause(100);
    expect(db.waiting()).toBe(100);
    expect(rig.broker.waitingMessages).toBe(100);
    expect(rig.counted('slowed-by-window')).toBe(1);
    db.comeBack();
    await client.whenIdle();
    expect(client.acknowledged.size).toBe(2_000);
    expect(db.taken()).toBe(2_000);
  });

  test('are bounded in bytes too', async () => {
    const db = database();
    const rig = await startRig({ take: db.take }, { limits: { bytesInFlightMax: 200_000 } });
    db.goAway();
    const client = rig.client({ window: 50 });
    await client.connect();
    const large = readyPublish(OBS, Buffer.alloc(100_000));
    for (let i = 0; i < 20; i++) client.publish(i, large);
    await pause(100);
    expect(db.waiting()).toBe(2);
    db.comeBack();
    await client.whenIdle();
  });

  test('of all clients are bounded; new ones are told to come back (code 3), and everything flows again by itself', async () => {
    const db = database();
    const rig = await startRig({ take: db.take }, { limits: { serviceMessagesInFlightMax: 50 } });
    db.goAway();
    const clients = Array.from({ length: 10 }, (_, i) => rig.client({ clientId: `gw${i}`, window: 20 }));
    for (const client of clients) await client.connect();
    for (const [index, client] of clients.entries()) {
      for (let i = 0; i < 20; i++) client.publish(i, readyPublish(`varde/v1/t/gw${index}/dev/d/obs`, 'x'));
    }
    expect(await until(() => rig.broker.waitingMessages === 50)).toBe(true);
    await expect(rig.client({ clientId: 'late' }).connect()).rejects.toMatchObject({ returnCode: 3 });
    expect(rig.counted('service-full')).toBe(1);
    await pause(50);
    expect(db.waiting()).toBe(50);
    db.comeBack();
    for (const client of clients) await client.whenIdle();
    expect(db.taken()).toBe(200);
    expect(rig.broker.waitingMessages).toBe(0);
    await rig.client({ clientId: 'late' }).connect();
  });

  test('are bounded also for clients that send, leave and come again', async () => {
    const db = database();
    const rig = await startRig({ take: db.take }, { limits: { serviceMessagesInFlightMax: 50 } });
    db.goAway();
    for (let round = 0; round < 10; round++) {
      const raw = await RawConnection.open(rig.port);
      raw.send(Buffer.concat([connectPacket(), ...Array.from({ length: 20 }, (_, i) => publish(i + 1))]));
      await raw.bytes(4);
      await pause(10);
      raw.close();
    }
    expect(db.waiting()).toBeLessThanOrEqual(50);
    expect(rig.broker.waitingMessages).toBeLessThanOrEqual(50);
    db.comeBack();
    expect(await until(() => rig.broker.waitingMessages === 0)).toBe(true);
  });
});

test('PINGREQ is answered while messages wait for their commit, and nobody is dropped as silent', async () => {
  const db = database();
  const rig = await startRig({ take: db.take }, { limits: { messagesInFlightMax: 4 } });
  db.goAway();
  const pinging = await rig.raw({ keepalive: 1 });
  const silent = await rig.raw({ keepalive: 1, username: 'u/gw' }); // more in flight than its window: we do not read it
  pinging.send(Buffer.concat([publish(1), publish(2)]));
  silent.send(
    Buffer.concat(
      Array.from({ length: 10 }, (_, i) =>
        generate({ cmd: 'publish', topic: 'varde/v1/u/gw/dev/d/obs', payload: 'x', qos: 1, messageId: i + 1, dup: false, retain: false }),
      ),
    ),
  );
  for (let i = 1; i <= 5; i++) {
    pinging.send('c000');
    expect((await pinging.bytes(2 * i)).length).toBe(4 * i);
    await pause(500);
  }
  expect([pinging.isClosed, silent.isClosed]).toEqual([false, false]);
  db.comeBack();
  expect((await silent.bytes(40)).length).toBe(80);
  expect((await pinging.bytes(18)).length).toBe(36);
}, 60_000);

test('50 devices with 20 in flight and a QoS 1 subscriber on ack do not end the process', async () => {
  const rig = await startRig({ take: async () => undefined });
  const acks: LeanClient[] = [];
  let heard = 0;
  for (let i = 0; i < 50; i++) {
    const client = rig.client({ clientId: `gw${i}`, window: 20 });
    client.onMessage = () => (heard += 1);
    await client.connect();
    await client.subscribe(`varde/v1/t/gw${i}/ack`);
    client.onAcknowledged = () => void rig.broker.publish(`varde/v1/t/gw${i}/ack`, Buffer.from('stored'));
    acks.push(client);
  }
  for (const [i, client] of acks.entries()) {
    const ready = readyPublish(`varde/v1/t/gw${i}/dev/d/obs`, 'x'.repeat(130));
    for (let n = 0; n < 400; n++) client.publish(n, ready);
  }
  await Promise.all(acks.map((client) => client.whenIdle()));
  expect(await until(() => heard === 50 * 400, 5_000)).toBe(true);
}, 60_000);

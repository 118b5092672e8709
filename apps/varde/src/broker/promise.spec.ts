// PUBACK means kept: watched on the socket.
import { generate } from 'mqtt-packet';
import { readyPublish, until } from '../../../../test/lean-client.js';
import { OBS, startRig } from '../../../../test/broker-rig.js';
import type { Delivery } from './broker.js';

const publish = (messageId: number, payload = 'x', qos: 0 | 1 | 2 = 1): Buffer =>
  generate({ cmd: 'publish', topic: OBS, payload, qos, messageId, dup: false, retain: false });

/** A take that the test settles by hand. */
function manualTake(): { take(delivery: Delivery): Promise<void>; waiting: { delivery: Delivery; commit(): void; fail(): void }[] } {
  const waiting: ReturnType<typeof manualTake>['waiting'] = [];
  const take = (delivery: Delivery): Promise<void> =>
    new Promise((resolve, reject) => waiting.push({ delivery, commit: resolve, fail: () => reject(new Error('no database')) }));
  return { take, waiting };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('no PUBACK before the message is kept, and then at once', async () => {
  const { take, waiting } = manualTake();
  const rig = await startRig({ take });
  const raw = await rig.raw();
  raw.send(publish(1));
  expect(await until(() => waiting.length === 1)).toBe(true);
  await pause(100);
  expect(raw.received.length).toBe(0);
  waiting[0]?.commit();
  expect(await raw.bytes(4)).toBe('40020001');
});

test('PUBACKs keep the order of the PUBLISHes whatever order they are kept in [MQTT-4.6.0-2]', async () => {
  const { take, waiting } = manualTake();
  const rig = await startRig({ take });
  const raw = await rig.raw();
  raw.send(Buffer.concat([publish(1), publish(2), publish(3)]));
  await until(() => waiting.length === 3);
  waiting[2]?.commit();
  waiting[1]?.commit();
  await pause(50);
  expect(raw.received.length).toBe(0);
  waiting[0]?.commit();
  expect(await raw.bytes(12)).toBe('400200014002000240020003');
});

test('readings, status and QoS 2 are taken and answered in the order they came', async () => {
  const { take, waiting } = manualTake();
  const rig = await startRig({ take });
  const raw = await rig.raw();
  const status = (messageId: number): Buffer =>
    generate({ cmd: 'publish', topic: 'varde/v1/t/gw/status', payload: 's', qos: 1, messageId, dup: false, retain: true });
  raw.send(Buffer.concat([publish(1), status(2), publish(3), publish(4, 'x', 2), publish(5)]));
  await until(() => waiting.length === 5);
  raw.send(Buffer.concat([publish(6), publish(7)]));
  await until(() => waiting.length === 7);
  expect(waiting.map(({ delivery }) => delivery.qos)).toEqual([1, 1, 1, 2, 1, 1, 1]);
  expect(waiting[1]?.delivery).toMatchObject({ retain: true });
  for (const { commit } of waiting.toReversed()) commit();
  const answers = (await raw.bytes(28)).match(/.{8}/g) ?? [];
  const acknowledged = answers.filter((answer) => answer.startsWith('4002'));
  expect(acknowledged).toEqual(['40020001', '40020002', '40020003', '40020005', '40020006', '40020007']);
  expect(answers).toContain('50020004');
});

test('when it cannot be kept there is no PUBACK, not for later ones either, and the connection ends', async () => {
  const { take, waiting } = manualTake();
  const rig = await startRig({ take });
  const raw = await rig.raw();
  raw.send(Buffer.concat([publish(1), publish(2), publish(3)]));
  await until(() => waiting.length === 3);
  waiting[0]?.commit();
  expect(await raw.bytes(4)).toBe('40020001');
  waiting[2]?.commit();
  waiting[1]?.fail();
  expect(await raw.closes()).toBe(true);
  expect(raw.received.toString('hex')).toBe('40020001');
  expect(rig.counted('commit-failed')).toBe(1);
  expect(await until(() => rig.broker.waitingMessages === 0)).toBe(true);
});

test('QoS 2: no PUBREC before it is kept; a repetition is taken again and answered again', async () => {
  const { take, waiting } = manualTake();
  const rig = await startRig({ take });
  const raw = await rig.raw();
  raw.send(publish(9, 'x', 2));
  await until(() => waiting.length === 1);
  await pause(50);
  expect(raw.received.length).toBe(0);
  waiting[0]?.commit();
  expect(await raw.bytes(4)).toBe('50020009');
  raw.send(publish(9, 'x', 2));
  await until(() => waiting.length === 2);
  waiting[1]?.commit();
  expect(await raw.bytes(8)).toBe('5002000950020009');
});

test('QoS 0 is taken, and counted as unconfirmed', async () => {
  const rig = await startRig();
  const raw = await rig.raw();
  raw.send(publish(0, 'x', 0));
  expect(await until(() => rig.taken.length === 1)).toBe(true);
  expect(rig.taken[0]).toMatchObject({ qos: 0, tenant: 't', clientId: 'gw', topic: OBS, retain: false, dup: false, isWill: false });
  expect(rig.counted('not-confirmed')).toBe(1);
});

test('what was sent just before the connection ended is still taken', async () => {
  const rig = await startRig({}, { limits: { messagesInFlightMax: 4 } });
  const raw = await rig.raw();
  raw.send(Buffer.concat(Array.from({ length: 60 }, (_, i) => publish(0, String(i), 0))));
  raw.socket.end();
  expect(await until(() => rig.taken.length === 60)).toBe(true);
  expect(await until(() => rig.broker.connectedClients === 0)).toBe(true);
});

test('a client resends with DUP after a failure, in order, and everything arrives', async () => {
  const kept: string[] = [];
  let fails = 3;
  const rig = await startRig({
    take: async ({ payload }) => {
      await pause(1);
      if (fails-- > 0) throw new Error('no database');
      kept.push(Buffer.from(payload).toString());
    },
  });
  const client = rig.client({ reconnectAfterMs: 10 });
  await client.connect();
  for (let i = 0; i < 50; i++) client.publish(i, readyPublish(OBS, String(i)));
  await client.whenIdle();
  expect(client.acknowledged.size).toBe(50);
  expect(client.told.resent).toBeGreaterThan(0);
  expect(new Set(kept).size).toBe(50);
});

test('stop waits for what is being committed and lets its PUBACK out', async () => {
  const { take, waiting } = manualTake();
  const rig = await startRig({ take });
  const raw = await rig.raw({ will: { topic: 'varde/v1/t/gw/status', payload: Buffer.from('gone'), qos: 1, retain: true } });
  raw.send(publish(1));
  await until(() => waiting.length === 1);
  const stopped = rig.broker.stop();
  raw.send(publish(2));
  await pause(50);
  waiting[0]?.commit();
  await stopped;
  expect(await raw.closes()).toBe(true);
  expect(raw.received.toString('hex')).toBe('40020001');
  expect(waiting).toHaveLength(1); // neither the message after the stop nor the will (3.1.2.5: a server that shuts down may keep it back)
});

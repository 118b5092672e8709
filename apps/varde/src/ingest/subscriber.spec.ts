import { testLog } from '../../../../test/engine.js';
import { OtherBroker, GRANTED, NO_MATCHING_SUBSCRIBERS, NOT_AUTHORIZED } from '../../../../test/external/other-broker.js';
import { until } from '../../../../test/lean-client.js';
import { NobodyListens } from '../homes/home-way.js';
import type { Delivery } from './delivery.js';
import { startSubscriber, type Subscriber } from './subscriber.js';

const COMMAND = Buffer.from('{}');
const ANSWER = { schema: 'varde.ack/1', results: [] } as const;
const inAMinute = (): Date => new Date(Date.now() + 60_000);

const said: string[] = [];
const log = { ...testLog, error: (_fields: object, sentence: string) => void said.push(sentence) };
const ends: (() => Promise<void>)[] = [];
beforeEach(() => {
  said.splice(0);
  taken.splice(0);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const taken: Delivery[] = [];
async function open(change: Partial<OtherBroker> = {}): Promise<{ broker: OtherBroker; subscriber: Subscriber }> {
  const broker = Object.assign(new OtherBroker(), change);
  const url = await broker.listen();
  const options = { url, share: 'varde', clientId: 'x', log, now: () => new Date() };
  const subscriber = startSubscriber(options, { take: (delivery) => Promise.resolve(void taken.push(delivery)) });
  ends.push(async () => {
    await subscriber.stop();
    broker.close();
  });
  return { broker, subscriber };
}

describe('a subscription that is refused', () => {
  test('is an error, and is asked for again until it is granted', async () => {
    const { broker, subscriber } = await open({ granted: NOT_AUTHORIZED });
    expect(await until(() => said.length > 0, 5_000)).toBe(true);
    expect(said).toEqual(['the external broker refused a subscription; no readings come from there']);
    expect([subscriber.isConnected, subscriber.isSubscribed]).toEqual([true, false]);
    broker.granted = GRANTED;
    expect(await until(() => subscriber.isSubscribed, 10_000)).toBe(true);
    await subscriber.subscribed;
    expect(broker.seen).toMatchObject({ connections: 1, subscribes: 2 });
  }, 20_000);

  test('ends with its connection: the next one asks anew', async () => {
    const { broker, subscriber } = await open();
    await subscriber.subscribed;
    broker.granted = NOT_AUTHORIZED;
    broker.drop();
    expect(await until(() => broker.seen.subscribes === 2, 10_000)).toBe(true);
    expect(await until(() => said.length > 0)).toBe(true);
    expect([subscriber.isConnected, subscriber.isSubscribed]).toEqual([true, false]);
  }, 20_000);
});

describe('a subscription to statuses that is refused', () => {
  const STATUSES_REFUSED = 'the external broker refused a subscription to statuses; readings come, but not which gateways are there';

  test('does not stop the readings, is said, and alone is asked for again', async () => {
    const { broker, subscriber } = await open({ statusGranted: NOT_AUTHORIZED });
    await subscriber.subscribed;
    expect(subscriber.isSubscribed).toBe(true);
    expect(await until(() => broker.seen.subscribes === 2, 10_000)).toBe(true);
    expect(said).toEqual([STATUSES_REFUSED]);
    expect(broker.seen.filters).toEqual(['varde/v1/+/+/dev/+/status', 'varde/v1/+/+/status']);
    expect(subscriber.isSubscribed).toBe(true);
  }, 20_000);

  test('is said when the others, refused before, are granted', async () => {
    const { broker, subscriber } = await open({ granted: NOT_AUTHORIZED });
    expect(await until(() => said.length > 0, 5_000)).toBe(true);
    Object.assign(broker, { granted: GRANTED, statusGranted: NOT_AUTHORIZED });
    await subscriber.subscribed;
    expect(await until(() => said.length > 1)).toBe(true);
    expect(said).toEqual(['the external broker refused a subscription; no readings come from there', STATUSES_REFUSED]);
  }, 20_000);
});

test('a status that the broker had kept is marked as old, on every connection', async () => {
  const { broker, subscriber } = await open();
  await subscriber.subscribed;
  broker.retained.set('varde/v1/t/g/dev/d/status', '{}');
  for (const connections of [1, 2]) {
    broker.drop();
    expect(await until(() => taken.length === connections, 10_000)).toBe(true);
  }
  expect(taken.map(({ topic, isOld }) => [topic, isOld])).toEqual(Array(2).fill(['varde/v1/t/g/dev/d/status', true]));
}, 20_000);

test('readings are shared with other processes, what is retained is not: no broker need send that for a shared subscription [MQTT-5 4.8.2]', async () => {
  const { broker, subscriber } = await open();
  await subscriber.subscribed;
  expect(broker.seen.filters).toEqual([
    '$share/varde/varde/v1/+/+/dev/+/obs',
    '$share/varde/varde/v1/+/+/dev/+/raw',
    '$share/varde/varde/v1/+/+/dev/+/answers',
    'varde/v1/+/+/dev/+/status',
    'varde/v1/+/+/status',
  ]);
});

test('answers and commands together are no more at once than the broker takes [MQTT-3.3.4-7], and none is lost', async () => {
  const { broker, subscriber } = await open();
  await subscriber.subscribed;
  const homes = Array.from({ length: 60 }, (_, at) => `g${at}`);
  await Promise.all([
    ...homes.map((home) => subscriber.publishAck('t', home, ANSWER)),
    ...homes.map((home) => subscriber.publishCommand(`varde/v1/t/${home}/advice`, COMMAND, inAMinute())),
  ]);
  expect(broker.seen.unconfirmedMax).toBe(10);
  expect(new Set(broker.seen.topics).size).toBe(120);
});

test('a command that no session is subscribed to has reached nobody; an answer like that is no fault', async () => {
  const { broker, subscriber } = await open({ puback: NO_MATCHING_SUBSCRIBERS });
  await subscriber.subscribed;
  await expect(subscriber.publishCommand('varde/v1/t/g/advice', COMMAND, inAMinute())).rejects.toThrow(NobodyListens);
  await subscriber.publishAck('t', 'g', ANSWER);
  broker.puback = 0;
  await subscriber.publishCommand('varde/v1/t/g/advice', COMMAND, inAMinute());
});

test('a message that the broker never confirms does not hold up the end', async () => {
  const { broker, subscriber } = await open({ puback: null });
  await subscriber.subscribed;
  subscriber.publishCommand('varde/v1/t/g/advice', COMMAND, inAMinute()).catch(() => undefined);
  expect(await until(() => broker.seen.topics.length === 1)).toBe(true);
  let isStopped = false;
  void subscriber.stop().then(() => (isStopped = true));
  expect(await until(() => isStopped, 5_000)).toBe(true);
  expect(await until(() => !subscriber.isConnected)).toBe(true);
}, 15_000);

import { encodeAck } from '@varde/wire';
import type { MqttClient } from 'mqtt';
import { startSubscriber, type Subscriber } from '../../apps/varde/src/ingest/subscriber.js';
import { testLog } from '../engine.js';
import { eventually } from '../whole-way.js';
import { connectGateway, MOSQUITTO, startMosquitto, type ExternalBroker } from './mosquitto.js';

const when = MOSQUITTO === null ? describe.skip : describe;
const UP = ['dev/OX-1/obs', 'dev/OX-1/raw', 'dev/OX-1/answers', 'dev/OX-1/status', 'status'];
const DOWN = ['ack', 'cmd', 'advice'];

when('behind Mosquitto as the profile of compose sets it up', () => {
  let broker: ExternalBroker;
  let ingest: Subscriber;
  let service: MqttClient;
  const arrived: string[] = [];
  const take = ({ topic }: { topic: string }): Promise<void> => Promise.resolve(void arrived.push(topic));
  beforeAll(async () => {
    // Two communities may each have a device OX-1, and a community may be called as its device.
    broker = await startMosquitto(['varde', 'varde/OX-1', 'other/OX-1', 'OX-1']);
    const options = { url: broker.urlOf('varde'), share: 'varde', clientId: 'ingest-1', log: testLog, now: () => new Date() };
    ingest = startSubscriber(options, { take });
    await ingest.subscribed;
    service = await connectGateway(broker.urlOf('varde'), 'another-part');
  });
  afterAll(async () => {
    await Promise.all([ingest.stop(), service.endAsync()]);
    await broker.stop();
  });
  const asGateway = async (account: string, work: (gateway: MqttClient) => Promise<void>): Promise<void> => {
    const gateway = await connectGateway(broker.urlOf(account), 'OX-1');
    try {
      await work(gateway);
    } finally {
      await gateway.endAsync();
    }
  };
  const sendAll = (gateway: MqttClient, owner: string): Promise<unknown> =>
    Promise.all(UP.map((topic) => gateway.publishAsync(`varde/v1/${owner}/${topic}`, '{}', { qos: 1 })));

  test('what a gateway sends arrives from its own topics, signed in as `varde device register` prints it, and from no others', async () => {
    for (const account of ['OX-1', 'varde/OX-1', 'other/OX-1']) {
      arrived.length = 0;
      await asGateway(account, async (gateway) => {
        const foreign = ['varde/OX-1', 'other/OX-1', 'varde/OX-2'].filter((owner) => owner !== account);
        for (const owner of foreign) await sendAll(gateway, owner);
        await sendAll(gateway, account);
      });
      // Sent last on a connection of the service, so that all before it has been handled.
      await service.publishAsync('varde/v1/varde-selftest/last/status', '{}', { qos: 1 });
      await eventually('the last message arrived', () => arrived.includes('varde/v1/varde-selftest/last/status'));
      const own = account === 'OX-1' ? [] : UP.map((topic) => `varde/v1/${account}/${topic}`);
      expect([account, arrived.filter((topic) => !topic.includes('selftest')).sort()]).toEqual([account, own.sort()]);
    }
  });

  test('a gateway hears what is sent to it, and nothing that is sent to a device of the same name elsewhere', async () => {
    const heard: string[] = [];
    await asGateway('varde/OX-1', async (gateway) => {
      gateway.on('message', (topic) => heard.push(topic));
      await gateway.subscribeAsync(
        ['varde', 'other', '+'].flatMap((tenant) => DOWN.map((topic) => `varde/v1/${tenant}/OX-1/${topic}`)),
        { qos: 1 },
      );
      for (const tenant of ['other', 'varde']) {
        for (const topic of DOWN) await service.publishAsync(`varde/v1/${tenant}/OX-1/${topic}`, Buffer.from(encodeAck([])), { qos: 1 });
      }
      await eventually('the gateway heard its own', () => DOWN.every((topic) => heard.includes(`varde/v1/varde/OX-1/${topic}`)));
    });
    expect(heard.filter((topic) => topic.includes('/other/'))).toEqual([]);
  });
});

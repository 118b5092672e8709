import { randomUUID } from 'node:crypto';
import { decodeCommand, encodeObs, type Command } from '@varde/wire';
import type { MqttClient } from 'mqtt';
import type { Service } from '../../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from '../engine.js';
import { addHome, eventually, foundCommunity, spo2, startService, type AddedHome } from '../whole-way.js';
import { connectGateway, MOSQUITTO, startMosquitto, type ExternalBroker } from './mosquitto.js';

const when = MOSQUITTO === null ? describe.skip : describe;
const title = MOSQUITTO === null ? 'asking homes (skipped: no mosquitto on this machine, apt-get install mosquitto)' : 'asking homes';

when(title, () => {
  let broker: ExternalBroker;
  let db: TestDatabase;
  let service: Service;

  beforeAll(async () => {
    broker = await startMosquitto();
    db = await openTestDatabase();
    service = await startService(db.url, { VARDE_ROLES: 'ingest,watch', MQTT_URL: broker.url });
  });
  afterAll(async () => {
    await service.stop();
    await broker.stop();
    await db.close();
  });

  /** A home whose gateway is connected and listens to nothing yet. */
  const open = async (name: string): Promise<{ home: AddedHome; gateway: MqttClient; heard: Command[] }> => {
    const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
    const devices = [{ id: `OX-${name}`, kind: 'pulse-oximeter' }];
    const home = await addHome(db.database, founded, { gateway: name, programmes: ['copd'], devices });
    const gateway = await connectGateway(broker.url, home.gateway);
    const heard: Command[] = [];
    gateway.on('message', (_, payload) => {
      const command = decodeCommand(payload);
      if (command) heard.push(command);
    });
    return { home, gateway, heard };
  };
  const listen = (gateway: MqttClient, home: AddedHome) =>
    gateway.subscribeAsync(`varde/v1/${home.tenant}/${home.gateway}/cmd`, { qos: 1 });
  const measure = async (gateway: MqttClient, home: AddedHome): Promise<void> => {
    const device = { id: `OX-${home.gateway}`, idType: 'serial' } as const;
    const payload = encodeObs({ messageId: randomUUID(), sentAt: new Date(), device, readings: [spo2(86, new Date())] });
    await gateway.publishAsync(`varde/v1/${home.tenant}/${home.gateway}/dev/${device.id}/obs`, Buffer.from(payload), { qos: 1 });
  };

  test('a home behind an external broker is asked to measure again, once', async () => {
    const { home, gateway, heard } = await open('behind');
    await listen(gateway, home);
    await measure(gateway, home);
    const command = await eventually('the home is asked', () => heard[0]);
    expect(command).toMatchObject({ kind: 'remeasure', device: 'OX-behind', metrics: ['spo2'] });
    const sent = (): Promise<object[]> =>
      db.database.dataSource.query(`select attempts, delivered_at from home_ask where next_try_at is null`);
    expect(await eventually('it counts as sent', async () => (await sent())[0])).toEqual({ attempts: 1, delivered_at: null });
    await gateway.endAsync();
  }, 40_000);

  test('a home that was not there is asked when it is, and until then nothing counts as sent', async () => {
    const { home, gateway, heard } = await open('away');
    await measure(gateway, home);
    const asked = async (): Promise<object | undefined> => {
      const rows = await db.database.dataSource.query<object[]>(
        `select sent_at, next_try_at > now() as waits from home_ask where client_id = 'away' and attempts > 0 and next_try_at < now() + interval '35 s'`,
      );
      return rows[0];
    };
    expect(await eventually('it was tried', asked)).toEqual({ sent_at: null, waits: true });
    await listen(gateway, home);
    await eventually('the home is asked', () => heard[0], 45_000);
    await gateway.endAsync();
  }, 90_000);
});

import { randomUUID } from 'node:crypto';
import { decodeCommand, encodeObs, type Command } from '@varde/wire';
import type { Service } from '../../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from '../engine.js';
import { addHome, eventually, foundCommunity, spo2, startService } from '../whole-way.js';
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

  test('a home behind an external broker is asked to measure again, once', async () => {
    const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
    const devices = [{ id: 'OX-behind', kind: 'pulse-oximeter' }];
    const home = await addHome(db.database, founded, { gateway: 'behind', programmes: ['copd'], devices });
    const gateway = await connectGateway(broker.url, home.gateway);
    const heard: Command[] = [];
    gateway.on('message', (_, payload) => {
      const command = decodeCommand(payload);
      if (command) heard.push(command);
    });
    await gateway.subscribeAsync(`varde/v1/${home.tenant}/${home.gateway}/cmd`, { qos: 1 });
    const device = { id: 'OX-behind', idType: 'serial' } as const;
    const payload = encodeObs({ messageId: randomUUID(), sentAt: new Date(), device, readings: [spo2(86, new Date())] });
    await gateway.publishAsync(`varde/v1/${home.tenant}/${home.gateway}/dev/OX-behind/obs`, Buffer.from(payload), { qos: 1 });
    const command = await eventually('the home is asked', () => heard[0]);
    expect(command).toMatchObject({ kind: 'remeasure', device: 'OX-behind', metrics: ['spo2'] });
    const sent = (): Promise<object[]> =>
      db.database.dataSource.query(`select attempts, delivered_at from home_ask where next_try_at is null`);
    expect(await eventually('it counts as sent', async () => (await sent())[0])).toEqual({ attempts: 1, delivered_at: null });
    await gateway.endAsync();
  });
});

import { revokeCredential, saveCredential } from '@varde/store';
import mqtt, { type MqttClient } from 'mqtt';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { addHome, eventually, foundCommunity, pause, SECRET_KEY, startService, type AddedHome } from '../../../../test/whole-way.js';
import type { Service } from '../start.js';

let db: TestDatabase;
let service: Service;
beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url, { VARDE_ROLES: 'broker,ingest' });
});
afterAll(async () => {
  await service.stop();
  await db.close();
});

function connectAs({ tenant, gateway }: AddedHome, password: string): Promise<MqttClient> {
  const who = { clientId: gateway, username: `${tenant}/${gateway}`, password, protocolVersion: 4 as const };
  return mqtt.connectAsync(service.mqttUrl ?? '', { ...who, reconnectPeriod: 0 }, false);
}

test('a connection ends when its revocation is seen late, and the next credential keeps its own', async () => {
  const { dataSource } = db.database;
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
  const home = await addHome(db.database, founded, { gateway: 'gw', programmes: [], devices: [] });
  const first = await connectAs(home, home.secret);
  const [old] = await dataSource.query<{ id: number }[]>(`select id from credential where client_id = 'gw'`);
  const next = await saveCredential(dataSource.manager, { communityId: founded.communityId, clientId: 'gw' }, SECRET_KEY, new Date());
  // Dated by a machine whose clock is behind, or committed long after it was dated.
  await revokeCredential(dataSource.manager, old?.id ?? 0, new Date(Date.now() - 40_000));
  await eventually('the connection ends', () => !first.connected);
  const second = await connectAs(home, next.secret);
  await pause(8_000);
  expect(second.connected).toBe(true);
  await second.endAsync();
}, 60_000);

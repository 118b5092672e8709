import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { revokeCredential, saveCommunity, saveCredential } from '@varde/store';
import mqtt, { type MqttClient } from 'mqtt';
import { CERTIFICATES } from '../../../../test/certificates.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { freePort } from '../../../../test/service-process.js';
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

test('a secret just made is let in at once, ends the one it replaces, and keeps its connection', async () => {
  const { dataSource } = db.database;
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
  const home = await addHome(db.database, founded, { gateway: 'gw-new', programmes: [], devices: [] });
  await (await connectAs(home, home.secret)).endAsync();
  await pause(1_100);
  const next = await saveCredential(dataSource.manager, { communityId: founded.communityId, clientId: 'gw-new' }, SECRET_KEY, new Date());
  // The old one is in use until the new one is.
  const first = await connectAs(home, home.secret);
  const second = await connectAs(home, next.secret);
  await eventually('the old connection ends', () => !first.connected);
  const inForce = await dataSource.query<{ id: number }[]>(`select id from credential where client_id = 'gw-new' and revoked_at is null`);
  expect(inForce).toEqual([{ id: next.id }]);
  await expect(connectAs(home, home.secret)).rejects.toMatchObject({ code: 4 });
  await pause(8_000);
  expect(second.connected).toBe(true);
  await second.endAsync();
}, 60_000);

/** Whom the certificate of the listener names. */
function nameShownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('a certificate on the revocation list is shut out while its gateway has a credential in force, by the files as they are now', async () => {
  const { manager } = db.database.dataSource;
  const folder = await mkdtemp(join(tmpdir(), 'varde-revoked-'));
  const { authority: ca, server, revocation, bySanUri, byCommonName } = CERTIFICATES;
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const port = await freePort();
  const timers = jest.spyOn(globalThis, 'setInterval');
  const behindTls = await startService(db.url, {
    VARDE_ROLES: 'broker,ingest',
    VARDE_MQTT_TLS_PORT: String(port),
    VARDE_MQTT_TLS_CERT: await file('cert.pem', server.cert),
    VARDE_MQTT_TLS_KEY: await file('key.pem', server.key),
    VARDE_MQTT_TLS_CA: await file('ca.pem', ca),
    VARDE_MQTT_TLS_CRL: await file('crl.pem', revocation),
  });
  const everyMinute = timers.mock.calls.filter(([, ms]) => ms === 60_000).map(([act]) => act);
  timers.mockRestore();
  const { communityId } = await saveCommunity(manager, { code: 't', name: 'Oppdiktet', pathway: null }, new Date());
  await saveCredential(manager, { communityId, clientId: 'gw' }, SECRET_KEY, new Date());
  const isLetIn = async (certificate: { readonly cert: string; readonly key: string }): Promise<boolean> => {
    const options = { clientId: 'gw', protocolVersion: 4 as const, reconnectPeriod: 0, ca, ...certificate };
    const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, options, false).catch(() => null);
    await client?.endAsync();
    return client !== null;
  };
  try {
    expect([await isLetIn(byCommonName), await isLetIn(bySanUri)]).toEqual([false, true]);
    // Files that have changed are in use from the next minute on, without a restart.
    expect(await nameShownAt(port)).toBe('localhost');
    await file('cert.pem', bySanUri.cert);
    await file('key.pem', bySanUri.key);
    for (const act of everyMinute) act();
    await eventually('the new certificate is in use', async () => (await nameShownAt(port)) === 'gateway');
  } finally {
    await behindTls.stop();
    await rm(folder, { recursive: true });
  }
}, 60_000);

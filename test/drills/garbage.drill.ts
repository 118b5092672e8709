import { randomUUID } from 'node:crypto';
import { generate } from 'mqtt-packet';
import { RawConnection, readyPublish } from '../lean-client.js';
import { ServiceProcess } from '../service-process.js';
import { clientOf, foundHomes, numbersOf, openDrillDatabase, spo2Message, type DrillDatabase, type DrillHome } from './drill-rig.js';

const SEED = Number(process.env['VARDE_DRILL_SEED'] ?? 23);
const RANDOM_CONNECTIONS = 200;
// What does not even make a whole header is waited for as long as a CONNECT may take, and then ended.
const ENDED_WITHIN_MS = 8_000;

let drill: DrillDatabase;
let service: ServiceProcess;
let home: DrillHome;
let neighbour: DrillHome;
beforeAll(async () => {
  drill = await openDrillDatabase();
  [home, neighbour] = (await foundHomes(drill.database, 2)) as [DrillHome, DrillHome];
  service = await ServiceProcess.start({ databaseUrl: drill.url, roles: 'broker,ingest,watch' });
});
afterAll(async () => {
  await service.kill();
  await drill.close();
});

const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => drill.database.dataSource.query(sql, values);
const count = async (sql: string): Promise<number> => (await query<{ n: number }>(`select count(*)::int as n from ${sql}`))[0]?.n ?? -1;

/** A well-behaved reading is still acknowledged and stored: nothing has crashed. */
async function expectAlive(): Promise<void> {
  const before = await count('reading');
  const client = clientOf(home, service.mqttPort);
  await client.connect();
  client.publish(0, spo2Message(home, 94, new Date(), randomUUID()));
  await client.whenIdle();
  client.end();
  expect(await count('reading')).toBe(before + 1);
}

async function refusedReasons(): Promise<Record<string, number>> {
  const rows = await query<{ reason: string; n: number }>(`select reason, sum(times_received)::int as n from refused group by reason`);
  return Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
}

/** Counters of the broker by reason, from /metrics. */
async function brokerRefusals(): Promise<number> {
  const text = await (await fetch(`${service.apiUrl}/metrics`)).text();
  return [...text.matchAll(/^varde_broker_refused_total\{.*\} (\d+)$/gm)].reduce((sum, hit) => sum + Number(hit[1]), 0);
}

test(`random bytes on ${RANDOM_CONNECTIONS} connections: each is ended and counted (seed ${SEED})`, async () => {
  const chance = numbersOf(SEED);
  const before = await brokerRefusals();
  const randomBytes = (): Buffer => Buffer.from(Array.from({ length: 1 + Math.floor(chance() * 300) }, () => Math.floor(chance() * 256)));
  const connections: RawConnection[] = [];
  for (let round = 0; round < RANDOM_CONNECTIONS; round++) {
    const connection = await RawConnection.open(service.mqttPort);
    connection.send(randomBytes());
    connections.push(connection);
  }
  const ends = await Promise.all(connections.map((connection) => connection.closes(ENDED_WITHIN_MS)));
  expect(ends.filter((isEnded) => !isEnded)).toEqual([]);
  expect(await brokerRefusals()).toBe(before + RANDOM_CONNECTIONS);
  for (let round = 0; round < RANDOM_CONNECTIONS; round++) {
    const leaving = await RawConnection.open(service.mqttPort);
    leaving.send(randomBytes());
    leaving.close();
  }
  await expectAlive();
}, 120_000);

test('every truncated prefix of a valid message is kept with its bytes and a reason', async () => {
  const whole = spo2Message(home, 93, new Date(), 'prefix');
  const payload = whole.bytes.subarray(whole.idAt + 2);
  const client = clientOf(home, service.mqttPort);
  await client.connect();
  const topic = `varde/v1/${home.tenant}/${home.clientId}/dev/${home.device}/obs`;
  for (let length = 0; length < payload.length; length++) client.publish(length, readyPublish(topic, payload.subarray(0, length)));
  await client.whenIdle();
  client.end();
  expect(await count(`refused where topic = '${topic}'`)).toBe(payload.length);
  const [first] = await query<{ payload: Buffer }>(`select payload from refused where topic = $1 order by length(payload) desc limit 1`, [
    topic,
  ]);
  expect(first?.payload.equals(payload.subarray(0, -1))).toBe(true);
}, 120_000);

test('off the contract, of a foreign device, and from a clock years off: refused, or kept at the time it came, each with its reason', async () => {
  const topic = (gateway: string, device: string): string => `varde/v1/${home.tenant}/${gateway}/dev/${device}/obs`;
  const client = clientOf(home, service.mqttPort);
  await client.connect();
  const yearsOff = [1970, 2031, 2087].map((year) => new Date(Date.UTC(year, 4, 5)));
  for (const [index, at] of yearsOff.entries()) client.publish(index, spo2Message(home, 91, at, `clock:${index}`));
  client.publish(10, readyPublish(topic(home.clientId, 'UNKNOWN'), payloadOf(spo2Message({ ...home, device: 'UNKNOWN' }, 90, new Date()))));
  client.publish(11, readyPublish(topic(home.clientId, home.device), payloadOf(spo2Message(neighbour, 90, new Date()))));
  client.publish(12, readyPublish(`varde/v1/${home.tenant}/${home.clientId}/dev/${home.device}/nonsense`, '{}'));
  await client.whenIdle();
  client.end();
  expect(await refusedReasons()).toMatchObject({ 'unknown-device': 1, 'device-mismatch': 1, topic: 1 });
  const kept = await query<{ printed: string; isWhenItCame: boolean; time: string }>(
    `select m.device_time as printed, m.observed_at = m.received_at and bool_and(r.observed_at = m.received_at) as "isWhenItCame", m.time_quality as time
     from measurement m join reading r on r.measurement_id = m.id where m.occurrence like 'clock:%' group by m.id order by m.device_time`,
  );
  expect(kept).toEqual(yearsOff.map((at) => ({ printed: at.toISOString(), isWhenItCame: true, time: 'gateway' })));
  await expectAlive();
}, 120_000);

test('a message over the packet limit, and a topic of another gateway, end the connection and are counted', async () => {
  const before = await brokerRefusals();
  for (const publish of [
    generate({
      cmd: 'publish',
      topic: `varde/v1/${home.tenant}/${home.clientId}/dev/${home.device}/obs`,
      payload: Buffer.alloc(400_000),
      qos: 1,
      dup: false,
      retain: false,
      messageId: 1,
    }),
    generate({
      cmd: 'publish',
      topic: `varde/v1/${home.tenant}/${neighbour.clientId}/dev/${neighbour.device}/obs`,
      payload: '{}',
      qos: 1,
      dup: false,
      retain: false,
      messageId: 1,
    }),
  ]) {
    const connection = await RawConnection.open(service.mqttPort);
    const { tenant, clientId, secret } = home;
    connection.send(
      generate({
        cmd: 'connect',
        clientId,
        username: `${tenant}/${clientId}`,
        password: Buffer.from(secret),
        clean: true,
        keepalive: 60,
        protocolId: 'MQTT',
        protocolVersion: 4,
      }),
    );
    expect(await connection.bytes(4)).toBe('20020000');
    connection.send(publish);
    expect(await connection.closes(5_000)).toBe(true);
  }
  expect(await brokerRefusals()).toBe(before + 2);
  expect(await count(`reading r join measurement m on m.id = r.measurement_id where m.client_id = '${neighbour.clientId}'`)).toBe(0);
  await expectAlive();
});

function payloadOf(message: { bytes: Buffer; idAt: number }): Buffer {
  return message.bytes.subarray(message.idAt + 2);
}

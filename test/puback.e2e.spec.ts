import { generate } from 'mqtt-packet';
import pg from 'pg';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { RawConnection, readyPublish } from './lean-client.js';
import {
  act,
  addHome,
  addPerson,
  eventually,
  foundCommunity,
  Gateway,
  message,
  mqttPort,
  pause,
  spo2,
  startService,
  type AddedHome,
  type Founded,
} from './whole-way.js';

const MINUTE_MS = 60_000;
const PUBACK = 0x40;

let db: TestDatabase;
let service: Service;
let founded: Founded;
let home: AddedHome;
let other: pg.Pool;
beforeAll(async () => {
  db = await openTestDatabase();
  founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
  home = await addHome(db.database, founded, { gateway: 'gw', programmes: [], devices: [{ id: 'OX', kind: 'pulse-oximeter' }] });
  // What becomes of a commit is decided at the very commit, as by a disk that is full or slow.
  await db.database.dataSource.query(`
    create table commit_trouble (kind text not null);
    create function trouble() returns trigger language plpgsql as $$
    begin
      if exists (select from commit_trouble where kind = 'full') then raise exception 'planted' using errcode = 'disk_full'; end if;
      if exists (select from commit_trouble where kind = 'poison') then raise exception 'planted' using errcode = 'check_violation'; end if;
      if exists (select from commit_trouble where kind = 'slow') then perform pg_sleep(0.6); end if;
      return null;
    end $$;
    create constraint trigger trouble after insert on measurement deferrable initially deferred for each row execute function trouble();
  `);
  service = await startService(db.url, { VARDE_MQTT_TOPIC_LEVELS_MAX: '7' });
  other = new pg.Pool({ connectionString: db.url, max: 5 });
  // An engine that stops tells its idle clients so; without a listener that word would end the process.
  other.on('error', () => undefined);
});
afterAll(async () => {
  await service.stop();
  await other.end();
  await db.close();
});
afterEach(() => db.database.dataSource.query(`delete from commit_trouble`));

const trouble = (kind: string) => db.database.dataSource.query(`insert into commit_trouble values ($1)`, [kind]);
const publishPacket = (id: number, at: Date, dup = false): Buffer => {
  const { bytes, idAt } = message(home, 'OX', [spo2(93, at)]).publish;
  bytes.writeUInt16BE(id, idAt);
  if (dup) bytes[0] = (bytes[0] ?? 0) | 0x08;
  return bytes;
};
/** Whether the reading of that moment is there, for somebody who is not the service. */
const isStored = async (at: Date): Promise<boolean> =>
  (await other.query(`select 1 from reading where patient_id = $1 and observed_at = $2`, [home.patientId, at])).rows.length === 1;
const storedCount = async (): Promise<number> =>
  (await other.query(`select count(*)::int as n from reading where patient_id = $1`, [home.patientId])).rows[0].n;

/** A signed-in connection on which every byte is watched. */
async function connect(): Promise<RawConnection> {
  const raw = await RawConnection.open(mqttPort(service));
  const credential = { username: `${home.tenant}/${home.gateway}`, password: Buffer.from(home.secret) };
  raw.send(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'gw', keepalive: 60, ...credential }));
  expect(await raw.bytes(4, 10_000)).toBe('20020000');
  raw.received = Buffer.alloc(0);
  return raw;
}

test('when the PUBACK comes the row is there for others, 200 times of 200', async () => {
  const raw = await connect();
  const from = Date.now() - 300 * MINUTE_MS;
  const moments = Array.from({ length: 200 }, (_, index) => new Date(from + index * MINUTE_MS));
  const seen = new Map<number, Promise<boolean>>();
  raw.socket.on('data', () => {
    while (raw.received.length >= 4) {
      expect(raw.received[0]).toBe(PUBACK);
      const id = raw.received.readUInt16BE(2);
      raw.received = raw.received.subarray(4);
      expect(seen.has(id)).toBe(false);
      seen.set(id, isStored(moments[id - 1] ?? new Date(0)));
    }
  });
  for (const [index, at] of moments.entries()) {
    raw.send(publishPacket(index + 1, at));
    await eventually('the window has room', () => seen.size > index - 20);
  }
  await eventually('all are acknowledged', () => seen.size === 200);
  expect((await Promise.all(seen.values())).filter(Boolean)).toHaveLength(200);
  raw.close();
}, 120_000);

test('a commit that takes its time holds the PUBACK for as long', async () => {
  const raw = await connect();
  const at = new Date(Date.now() - 301 * MINUTE_MS);
  await trouble('slow');
  const sentMs = performance.now();
  raw.send(publishPacket(1, at));
  expect(await raw.bytes(1, 10_000)).toBe('40020001');
  expect(performance.now() - sentMs).toBeGreaterThan(600);
  expect(await isStored(at)).toBe(true);
  raw.close();
});

test('a commit that fails: no PUBACK and no row, and the message sent again is acknowledged once the cause is gone', async () => {
  const at = new Date(Date.now() - 302 * MINUTE_MS);
  const before = await storedCount();
  await trouble('full');
  const raw = await connect();
  raw.send(publishPacket(7, at));
  await pause(1_500);
  expect(raw.received.toString('hex')).toBe('');
  expect(raw.isClosed).toBe(false);
  expect(await isStored(at)).toBe(false);
  raw.close();

  const again = await connect();
  again.send(publishPacket(7, at, true));
  await pause(700);
  expect(again.received.toString('hex')).toBe('');
  await db.database.dataSource.query(`delete from commit_trouble`);
  expect(await again.bytes(4, 10_000)).toBe('40020007');
  expect(await isStored(at)).toBe(true);
  expect(await storedCount()).toBe(before + 1);
  again.close();
});

test('what the database will never take is acknowledged only when it is kept as refused, and one call takes it again', async () => {
  const raw = await connect();
  const at = new Date(Date.now() - 303 * MINUTE_MS);
  await trouble('poison');
  raw.send(publishPacket(9, at));
  expect(await raw.bytes(4, 10_000)).toBe('40020009');
  expect(await isStored(at)).toBe(false);
  const kept = async () =>
    (await other.query(`select id::int, reason, state, detail from refused where topic like $1`, [`varde/v1/${home.tenant}/%`])).rows;
  const [row] = await kept();
  expect(row).toMatchObject({ reason: 'decode', state: 'open', detail: 'the database cannot store it: 23514' });
  raw.close();

  const operator = await addPerson(service, 'odd', 'operator', []);
  const processed = async () => {
    const answer = await operator.ask('POST', '/api/refused/process', { ids: [row.id, 999] });
    return { status: answer.status, results: await answer.json() };
  };
  const unknown = { refusedId: 999, result: 'not-found', note: 'there is no such refused message' };
  const one = (result: string, note: string) => ({ status: 200, results: [{ refusedId: row.id, result, note }, unknown] });
  expect(await processed()).toEqual(one('still-open', 'refused again: decode'));
  expect(await kept()).toEqual([row]);
  await db.database.dataSource.query(`delete from commit_trouble`);
  expect(await processed()).toEqual(one('processed', '1 stored'));
  expect(await isStored(at)).toBe(true);
  expect(await processed()).toEqual(one('settled', 'it is processed already'));
  expect(await kept()).toEqual([{ ...row, state: 'processed' }]);
});

test('a reading that asks to be retained is stored like any other', async () => {
  const raw = await connect();
  const at = new Date(Date.now() - 305 * MINUTE_MS);
  const packet = publishPacket(11, at);
  packet[0] = (packet[0] ?? 0) | 0x01;
  raw.send(packet);
  expect(await raw.bytes(4, 10_000)).toBe('4002000b');
  expect(await isStored(at)).toBe(true);
  raw.close();
});

test('a topic deeper than the setting allows ends the connection, unanswered', async () => {
  const raw = await connect();
  raw.send(readyPublish(`varde/v1/${home.tenant}/${home.gateway}/dev/OX/obs/deeper`, '{}').bytes);
  expect(await raw.closes(10_000)).toBe(true);
  expect(raw.received.toString('hex')).toBe('');
});

test('the ack topic says stored, duplicate, parked or rejected, and why', async () => {
  const at = new Date(Date.now() - 304 * MINUTE_MS);
  const gateway = await Gateway.open(home, mqttPort(service));
  const { manager } = db.database.dataSource;
  await manager.query(`insert into device (community_id, name, kind, registered_at) values ($1, 'LOOSE', 'scale', $2)`, [
    founded.communityId,
    founded.since,
  ]);
  const one = message(home, 'OX', [spo2(94, at)]);
  expect(await gateway.sendReady(one)).toEqual({ messageId: one.id, status: 'stored', readings: 1 });
  expect(await gateway.sendReady(one)).toEqual({ messageId: one.id, status: 'duplicate' });
  expect(await gateway.send('OX', spo2(94, at))).toMatchObject({ status: 'duplicate' });
  expect(await gateway.send('STRANGE', spo2(94, at))).toMatchObject({ status: 'parked', reason: 'unknown-device' });
  const weight = act('weight', at, [{ type: 'weight', value: 80, unit: 'kg' }]);
  expect(await gateway.send('LOOSE', weight)).toMatchObject({ status: 'parked', reason: 'no-wearer' });
  expect(await gateway.send('OX', spo2(140, at))).toMatchObject({ status: 'rejected', reason: 'implausible' });
  const kept = await other.query<{ reason: string; parked: boolean }>(
    `select reason, parked from refused where topic like $1 and reason <> 'decode' order by id`,
    [`varde/v1/${home.tenant}/%`],
  );
  expect(kept.rows).toEqual([
    { reason: 'unknown-device', parked: true },
    { reason: 'no-wearer', parked: true },
    { reason: 'implausible', parked: false },
  ]);
  gateway.close();
});

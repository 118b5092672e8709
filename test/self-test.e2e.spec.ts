import { readBlind, readSelfTests } from '@varde/store';
import { SelfTest } from '../apps/varde/src/blindness/self-test.js';
import { openLog } from '../apps/varde/src/log.js';
import { Sight } from '../apps/varde/src/sight.js';
import type { Service } from '../apps/varde/src/start.js';
import { openTestDatabase, type TestDatabase } from './engine.js';
import { addHome, addPerson, foundCommunity, SECRET_KEY, startService, type Founded } from './whole-way.js';

const MINUTE_MS = 60_000;

let db: TestDatabase;
let service: Service;
let founded: Founded;
beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url);
  founded = await foundCommunity(service.database, { since: new Date() });
  await addHome(service.database, founded, { gateway: 'a-home', programmes: ['copd'], devices: [] });
});
afterAll(async () => {
  await service.stop();
  await db.close();
});

/** The walk as this machine makes it, with the worklist played or not. */
function walkOf(of: Service, isWorklistPlayed = true): SelfTest {
  const sight = new Sight();
  sight.know([], [{ part: 'triage', ageSec: 0, processes: isWorklistPlayed ? 1 : 0, lateSec: null, isBlind: false }]);
  const broker = { url: of.mqttUrl ?? '', isOurs: true };
  return new SelfTest({
    database: of.database,
    host: 'a-machine',
    secretKey: SECRET_KEY,
    broker,
    sight,
    log: openLog('silent'),
    now: () => new Date(),
  });
}

const query = <Row>(sql: string): Promise<Row[]> => db.database.dataSource.query(sql);

test('a made-up red value walks from a connection to the worklist, again and again, and what it opens is closed', async () => {
  const walk = walkOf(service);
  for (let time = 0; time < 3; time++) expect(await walk.walk(0)).toBe(true);
  expect(await query('select severity, outcome from episode where closed_at is null')).toEqual([]);
  expect((await query('select 1 from self_test where arrived_at is not null')).length).toBe(3);
  expect(await readSelfTests(service.database.dataSource.manager)).toMatchObject([{ host: 'a-machine', stoppedAt: null }]);
  expect(await readBlind(service.database.dataSource.manager)).toEqual([]);
}, 180_000);

test('it is repeated when its time has come, however many processes the machine has', async () => {
  expect(await walkOf(service).walk(60 * MINUTE_MS)).toBe(true);
  expect((await query('select 1 from self_test')).length).toBe(3);
});

test('another process of the machine that replaced its credential does not stop it', async () => {
  const [first, second] = [walkOf(service), walkOf(service)];
  expect([await first.walk(0), await second.walk(0), await first.walk(0)]).toEqual([true, true, true]);
}, 180_000);

test('it is on no list and in no figure', async () => {
  const admin = await addPerson(service, 'ada', 'administrator', [founded.dhoId, founded.gpId]);
  const nurse = await addPerson(service, 'nora', 'nurse', [founded.dhoId]);
  const operator = await addPerson(service, 'odd', 'operator', [founded.dhoId]);
  for (const [path, who] of [
    ['communities', admin],
    ['organisations', admin],
    ['units', admin],
    ['people', admin],
    ['devices', operator],
  ] as const) {
    const answer = await who.ask('GET', `/api/${path}`);
    expect([path, answer.status, (await answer.text()).includes('selftest')]).toEqual([path, 200, false]);
  }
  const worklist = (await (await nurse.ask('GET', '/api/worklist?includeInfo=true')).json()) as { total: number };
  expect(worklist.total).toBe(0);
});

test('when nobody looks at it, people are told where it stopped, and that it arrives again', async () => {
  await service.stop();
  const blind = await startService(db.url, { VARDE_ROLES: 'broker,ingest,triage' });
  const { manager } = blind.database.dataSource;
  const walk = walkOf(blind);
  expect(await walk.walk(0, 2_000)).toBe(false);
  expect(await readBlind(manager)).toMatchObject([{ part: 'chain', subject: 'a-machine', why: 'not_arrived', detail: 'not looked at' }]);
  await blind.stop();
  service = await startService(db.url);
  // Of two other machines one goes on walking in vain, and one is gone.
  for (const [host, ago] of [
    ['walks', '4 minutes'],
    ['gone', '61 minutes'],
  ]) {
    await query(`insert into self_test (host, started_at, stopped_at) values ('${host}', now() - interval '${ago}', 'not stored')`);
    await query(
      `insert into blindness (part, subject, why, since, noticed_at) values ('chain', '${host}', 'not_arrived', now() - interval '2 hours', now())`,
    );
  }
  expect(await walkOf(service).walk(0)).toBe(true);
  expect(await readBlind(service.database.dataSource.manager)).toMatchObject([{ part: 'chain', subject: 'walks' }]);
}, 180_000);

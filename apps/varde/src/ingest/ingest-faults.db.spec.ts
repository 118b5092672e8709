import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { openDatabase } from '@varde/store';
import fc from 'fast-check';
import pg from 'pg';
import { startRig } from '../../../../test/broker-rig.js';
import { copyTestDataDir, isNative, openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import {
  bare,
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  readKept,
  readStored,
  spotCheck,
  weighing,
  type TestHome,
} from '../../../../test/ingest-rig.js';
import { readyPublish } from '../../../../test/lean-client.js';
import { openLog } from '../log.js';

let db: TestDatabase;
let counted = 0;
const home = (): Promise<TestHome> => makeTestHome(db.database, `f${++counted}`);
const query = <T>(sql: string, values: unknown[] = []): Promise<T[]> => db.database.dataSource.query(sql, values);
const stored = (at: TestHome) => readStored(db.database, at);

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

/** A way to the database that can be cut: connections die at once and nobody answers until it is mended. */
class Road {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private readonly database: string;
  private isCut = false;

  constructor(to: string) {
    const { host, port, database } = new pg.Client({ connectionString: to });
    this.database = database ?? '';
    this.server = createServer((near) => {
      if (this.isCut) return near.destroy();
      const far = host.startsWith('/') ? createConnection(`${host}/.s.PGSQL.${port}`) : createConnection(port, host);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined).on('close', () => other.destroy());
        one.pipe(other);
      }
      return undefined;
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as { port: number };
    return `postgres://varde@127.0.0.1:${port}/${this.database}?sslmode=disable`;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}

describe('the database away', () => {
  test('nothing is answered, what waits is bounded, and all flows again by itself when it returns', async () => {
    const at = await home();
    const road = new Road(db.url);
    const database = await openDatabase({ databaseUrl: await road.open(), dataDir: '', log: testLog });
    const { ingest, metrics, published } = openTestIngest(database, { waitingMax: { messagesMax: 50, bytesMax: 1024 * 1024 } });
    const answers: string[] = [];
    const send = (count: number): Promise<void> =>
      ingest.take(obs(at, [spotCheck(minutes(count))])).then(
        (ack) => void answers.push(ack?.results[0]?.status ?? 'none'),
        (error: Error) => void answers.push(error.name),
      );
    await send(0);
    road.cut();
    const waiting = Array.from({ length: 70 }, (_, count) => send(count + 1));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(answers).toEqual(['stored', ...Array.from({ length: 20 }, () => 'Overloaded')]);
    expect(ingest.waiting).toBe(50);
    expect(published).toHaveLength(1);
    road.mend();
    await Promise.all(waiting);
    expect(answers.filter((answer) => answer === 'stored')).toHaveLength(51);
    expect(ingest.waiting).toBe(0);
    expect((await stored(at)).filter(({ metric }) => metric === 'spo2')).toHaveLength(51);
    expect(await metrics.metrics()).toContain('varde_ingest_overloaded_total 20');
    await ingest.stop();
    await database.close();
    road.close();
  });

  test.each([
    ['with a device time', true],
    ['without', false],
  ])('the connection lost while the commit runs: tried again, stored once, %s', async (_, isDated) => {
    const act = (when: Date) => {
      const dated = spotCheck(when);
      const { deviceTime: _time, ...undated } = dated;
      return isDated ? dated : undated;
    };
    const at = await home();
    const road = new Road(db.url);
    const database = await openDatabase({ databaseUrl: await road.open(), dataDir: '', log: testLog });
    const { ingest } = openTestIngest(database);
    for (let round = 0; round < 8; round += 1) {
      const sent = Array.from({ length: 40 }, (_, count) => ingest.take(obs(at, [act(minutes(round * 100 + count))])));
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      road.cut();
      road.mend();
      const acks = await Promise.all(sent);
      expect(acks.every((ack) => ['stored', 'duplicate'].includes(ack?.results[0]?.status ?? ''))).toBe(true);
    }
    expect(await stored(at)).toHaveLength(8 * 40 * 2);
    expect(await query(`select from measurement where device_id = $1`, [at.deviceId])).toHaveLength(8 * 40);
    await ingest.stop();
    await database.close();
    road.close();
  });

  // The native server is not ours to kill; test/drills does that.
  (isNative ? test.skip : test)(
    'the embedded engine killed again and again: what was acknowledged is there, once',
    async () => {
      const dataDir = await copyTestDataDir();
      const database = await openDatabase({ databaseUrl: null, dataDir, log: testLog });
      const at = await makeTestHome(database, 'killed');
      const { ingest } = openTestIngest(database);
      const acknowledged: number[] = [];
      let sent = 0;
      const killing = (async () => {
        for (const after of [200, 600, 1_000]) {
          while (acknowledged.length < after) await new Promise((resolve) => setTimeout(resolve, 1));
          if (!database.engine?.pid) throw new Error('there is no engine to kill');
          process.kill(database.engine.pid, 'SIGKILL');
        }
      })();
      const worker = async (): Promise<void> => {
        while (sent < 1_500) {
          const own = sent++;
          const ack = await ingest.take(obs(at, [spotCheck(new Date(NOW.getTime() + own * 1_000))]));
          if (['stored', 'duplicate'].includes(ack?.results[0]?.status ?? '')) acknowledged.push(own);
        }
      };
      await Promise.all([killing, ...Array.from({ length: 20 }, worker)]);
      expect(acknowledged).toHaveLength(sent);
      expect(await readStored(database, at)).toHaveLength(sent * 2);
      await ingest.stop();
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
    90_000,
  );

  test('stopping gives up what waits, unanswered, and takes nothing more', async () => {
    const at = await home();
    const road = new Road(db.url);
    const database = await openDatabase({ databaseUrl: await road.open(), dataDir: '', log: testLog });
    const { ingest } = openTestIngest(database);
    road.cut();
    const waiting = ingest.take(obs(at, [spotCheck(NOW)]));
    const refused = expect(waiting).rejects.toMatchObject({ name: 'Stopped' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await ingest.stop();
    await refused;
    await expect(ingest.take(obs(at, [spotCheck(NOW)]))).rejects.toMatchObject({ name: 'Stopped' });
    await database.close();
    road.close();
  });

  test('stopping commits what waits when the database answers', async () => {
    const at = await home();
    const { ingest } = openTestIngest(db.database);
    const waiting = Array.from({ length: 30 }, (_, count) => ingest.take(obs(at, [spotCheck(minutes(count))])));
    await ingest.stop();
    expect((await Promise.all(waiting)).every((ack) => ack?.results[0]?.status === 'stored')).toBe(true);
  });
});

describe('a message that the database cannot store', () => {
  beforeAll(() => query(`alter table reading add constraint no_666 check (value <> 66.6)`));
  afterAll(() => query(`alter table reading drop constraint no_666`));

  test('is found, kept with its bytes, and holds up nobody', async () => {
    const at = await home();
    const { ingest, metrics } = openTestIngest(db.database);
    const messages = Array.from({ length: 64 }, (_, count) => obs(at, [spotCheck(minutes(count), { spo2: count % 20 === 7 ? 66.6 : 93 })]));
    const statuses = (await Promise.all(messages.map((each) => ingest.take(each)))).map((ack) => ack?.results[0]?.status);
    expect(statuses.map((status, count) => (status === 'parked' ? count : -1)).filter((count) => count >= 0)).toEqual([7, 27, 47]);
    expect(statuses.filter((status) => status === 'stored')).toHaveLength(61);
    const kept = await readKept(db.database, at);
    expect(kept.map(({ reason, payload }) => [reason, payload.equals(messages[7]!.payload as Buffer)])).toEqual([
      ['decode', true],
      ['decode', false],
      ['decode', false],
    ]);
    expect(await metrics.metrics()).toContain('varde_ingest_faults_total{fault="content"}');
    await query(`alter table reading drop constraint no_666`);
    expect((await ingest.reprocess(kept.map(({ id }) => id))).map(({ result }) => result)).toEqual(['processed', 'processed', 'processed']);
    await query(`alter table reading add constraint no_666 check (value <> 66.6) not valid`);
    expect(await stored(at)).toHaveLength(128);
    await ingest.stop();
  });

  test('a fault that no message is to blame for is not acknowledged', async () => {
    const at = await home();
    const { ingest } = openTestIngest({ dataSource: db.database.dataSource });
    await query(`alter table arrival rename to arrival_away`);
    await expect(ingest.take(obs(at, [spotCheck(NOW)]))).rejects.toMatchObject({ code: '42P01' });
    await query(`alter table arrival_away rename to arrival`);
    expect((await ingest.take(obs(at, [spotCheck(NOW)])))?.results).toMatchObject([{ status: 'stored' }]);
    await ingest.stop();
  });
});

describe('what the log tells of a fault that the database quotes rows in', () => {
  const written: string[] = [];
  const log = openLog('trace', { write: (line) => void written.push(line) });
  const writtenOnce = (): string => written.splice(0).join('');

  test('a message that can neither be stored nor kept: whose it is, and nothing of its topic or payload', async () => {
    const at = await makeTestHome(db.database, 'quoted');
    const { ingest } = openTestIngest(db.database, { log });
    const rig = await startRig({ take: (delivery) => ingest.take(delivery), log });
    await query(`alter table measurement add constraint none check (device_id <> ${at.deviceId})`);
    await query(`alter table refused add constraint none check (topic !~ 'quoted')`);
    const { topic, payload } = obs(at, [spotCheck(NOW, { spo2: 87.3 })], { messageId: '019a5b1e-0000-7000-8000-00000000beef' });
    const raw = await rig.raw({ username: `quoted/${at.gateway}`, clientId: at.gateway });
    raw.send(readyPublish(topic, Buffer.from(payload)).bytes);
    expect(await raw.closes()).toBe(true);
    await query(`alter table refused drop constraint none`);
    await query(`alter table measurement drop constraint none`);
    await ingest.stop();
    const said = writtenOnce();
    expect(said).toContain(`"clientId":"${at.gateway}","err":{"name":"error","code":"23514"`);
    const bytes = Buffer.from(payload.subarray(0, 8)).toString('hex');
    for (const each of ['Failing row', 'parameters', 'dev/', 'pulse-oximetry', '87.3', 'beef', bytes]) expect(said).not.toContain(each);
  });

  test('behind an external broker who sent it is a text of the topic, said only where it can be the name of a gateway', async () => {
    const { ingest } = openTestIngest(db.database, { log });
    await query(`alter table refused add constraint none check (topic !~ 'foreign')`);
    const sent = { payload: Buffer.from('{}'), retain: false, dup: false, qos: 1, receivedAt: NOW } as const;
    for (const clientId of ['gw-1', 'Kari Nordmann', 'x'.repeat(500)]) {
      const delivery = { ...sent, tenant: 'foreign', clientId, topic: `varde/v1/foreign/${clientId}/dev/d/obs` };
      await expect(ingest.take(delivery)).rejects.toThrow();
    }
    await query(`alter table refused drop constraint none`);
    await ingest.stop();
    const said = writtenOnce();
    expect(said).toContain(`"tenant":"foreign","clientId":"gw-1"`);
    expect(said).toContain(`"tenant":"foreign","clientId":null`);
    for (const each of ['Kari', 'xxx']) expect(said).not.toContain(each);
  });

  test('a credential that cannot be read: whose it is, and nothing of what was asked of the database', async () => {
    const authenticate = async (): Promise<never> => {
      await query(`select $1::text, $2::int`, ['the secret', 'Kari']);
      throw new Error('the database took it');
    };
    const rig = await startRig({ authenticate, log });
    await expect(rig.client().connect()).rejects.toThrow();
    const said = writtenOnce();
    expect(said).toContain(`"clientId":"gw","err":{"name":"QueryFailedError","code":"22P02"`);
    for (const each of ['secret', 'Kari', 'select']) expect(said).not.toContain(each);
  });

  test.each(['err', 'error', 'why'])('an error that is named %s is cut down', (name) => {
    log.error({ [name]: Object.assign(new Error('a check failed'), { detail: 'Kari' }) }, 'said');
    const said = writtenOnce();
    expect(said).toContain(`"${name}":{"name":"Error","code":null,"message":"a check failed","stack":["at `);
    expect(said).not.toContain('Kari');
  });
});

describe('whatever comes, and in whatever order', () => {
  test('every beginning of a valid message is stored or kept as refused, none is lost', async () => {
    const at = await home();
    const { ingest } = openTestIngest(db.database);
    const whole = obs(at, [spotCheck(NOW), weighing(minutes(1), 80)]);
    const prefixes = Array.from({ length: whole.payload.length + 1 }, (_, length) => whole.payload.subarray(0, length));
    const acks = await Promise.all(prefixes.map((payload) => ingest.take({ ...whole, payload })));
    expect(acks.filter((ack) => ack?.results[0]?.status === 'stored')).toHaveLength(1);
    const kept = await readKept(db.database, at);
    expect(kept).toHaveLength(prefixes.length - 1);
    expect(new Set(kept.map(({ payload }) => payload.length)).size).toBe(prefixes.length - 1);
    await ingest.stop();
  });

  test('any bytes on any topic are accounted for', async () => {
    const at = await home();
    const { ingest } = openTestIngest(db.database);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
    );
    const rest = fc.oneof(
      fc.constantFrom(`dev/${at.device}/obs`, `dev/${at.device}/raw`, `dev/\0/obs`, 'ack'),
      fc.string({ maxLength: 40 }),
    );
    const delivery = fc.tuple(rest, bytes).map(([topic, payload]) => bare(at, topic, payload));
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { maxLength: 12 }), async (deliveries) => {
        const before = await readKept(db.database, at);
        const sum = (rows: typeof before): number => rows.reduce((total, { times }) => total + times, 0);
        await Promise.all(deliveries.map((each) => ingest.take(each)));
        return sum(await readKept(db.database, at)) - sum(before) === deliveries.length;
      }),
      { numRuns: 40 },
    );
    await ingest.stop();
  });

  test('any interleaving of copies leaves the same rows', async () => {
    const { ingest } = openTestIngest(db.database);
    const acts = [0, 3, 6, 9, 12].map((count) => spotCheck(minutes(count), { spo2: 90 + (count % 4), pulse: count === 6 ? 400 : 70 }));
    const rows = async (at: TestHome) => ({
      stored: (await stored(at)).map((row) => ({ ...row, patientId: null })),
      refused: (await readKept(db.database, at)).map(({ reason }) => reason),
    });
    const first = await home();
    for (const act of acts) await ingest.take(obs(first, [act], { receivedAt: minutes(60) }));
    const expected = await rows(first);
    expect(expected.stored).toHaveLength(9);
    const plan = fc
      .shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 })
      .chain((order) =>
        fc.tuple(
          fc.constant(order),
          fc.array(fc.record({ act: fc.nat(4), place: fc.nat(20), other: fc.boolean(), pause: fc.boolean() }), { maxLength: 12 }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(plan, async ([order, copies]) => {
        const at = await home();
        const steps = order.map((act) => ({ act, other: false, pause: false }));
        for (const { place, ...copy } of copies) steps.splice(place % (steps.length + 1), 0, copy);
        const running: Promise<unknown>[] = [];
        for (const { act, other, pause } of steps) {
          const message = obs(at, [acts[act]!], { receivedAt: minutes(60), ...(other && { sentAt: minutes(59) }) });
          const sent = ingest.take(message);
          if (pause) await sent;
          running.push(sent);
        }
        await Promise.all(running);
        expect(await rows(at)).toEqual(expected);
      }),
      { numRuns: isNative ? 40 : 15 },
    );
    await ingest.stop();
  }, 120_000);
});

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { isNative } from '../engine.js';
import { LeanClient } from '../lean-client.js';
import { ServiceProcess } from '../service-process.js';
import { DatabaseDoor, Receiver, RECEIVER_KEY, type ToldThing } from './blind-rig.js';
import {
  clientOf,
  eventually,
  foundHomes,
  openDrillDatabase,
  pause,
  readCount,
  spo2Message,
  type DrillDatabase,
  type DrillHome,
} from './drill-rig.js';
import { WorklistStream } from './worklist-stream.js';

const CLI = join(import.meta.dirname, '../../dist/apps/varde/src/cli.js');
const TOLD_WITHIN_MS = 60_000;
/** What was told as over waits for what was late, and on a busy machine for the processes to start. */
const OVER_WITHIN_MS = 90_000;

let drill: DrillDatabase;
let door: DatabaseDoor;
let receiver: Receiver;
let homes: DrillHome[];
let processes: { front: ServiceProcess; watch: ServiceProcess; triage: ServiceProcess };
const measured: { what: string; told: string; seconds: number; overSeconds: number; said: string }[] = [];

beforeAll(async () => {
  drill = await openDrillDatabase();
  door = await DatabaseDoor.open(drill.url);
  receiver = await Receiver.open();
  homes = await foundHomes(drill.database, 3);
  await drill.database.dataSource.query('update unit set webhook_url = $1, webhook_secret = $2', [receiver.url, RECEIVER_KEY]);
  const start = (roles: string): Promise<ServiceProcess> => ServiceProcess.start({ databaseUrl: door.url, roles });
  processes = { front: await start('broker,ingest'), watch: await start('watch'), triage: await start('triage') };
  // Each has seen the others beat.
  await pause(12_000);
}, 120_000);

afterAll(async () => {
  const rows = measured.map(
    (each) =>
      `${each.what.padEnd(46)} ${each.told.padEnd(24)} ${each.seconds.toFixed(1).padStart(6)} ${each.overSeconds.toFixed(1).padStart(6)}`,
  );
  process.stdout.write(`\n${'stopped'.padEnd(46)} ${'told of'.padEnd(24)}   told   over (s)\n${rows.join('\n')}\n`);
  await Promise.all(Object.values(processes).map((each) => each.kill()));
  await receiver.close();
  await door.close();
  await drill.close();
});

interface Stopping {
  readonly stop: () => Promise<void> | void;
  /** What must have been said before it is made whole. */
  readonly untilHealed?: () => Promise<void>;
  readonly heal: () => Promise<void> | void;
}

/** Stops something, waits until a person is told, makes it whole, waits until they are told that it is over and what was late. */
async function drillOf(what: string, parts: readonly string[], { stop, untilHealed, heal }: Stopping): Promise<ToldThing> {
  const stoppedMs = performance.now();
  await stop();
  const told = (): ToldThing[][] => parts.map((part) => receiver.of(part, 'blind', stoppedMs));
  await eventually(`somebody is told of ${parts.join(', ')}`, async () => told().every((each) => each.length > 0), TOLD_WITHIN_MS + 15_000);
  const seconds = (Math.max(...told().map(([first]) => first?.atMs ?? Infinity)) - stoppedMs) / 1_000;
  await untilHealed?.();
  // Nobody is told that it is over before it is. Healing itself takes its time: a watchdog outside may see it end before the drill does.
  expect(parts.flatMap((part) => receiver.of(part, 'sees_again', stoppedMs))).toEqual([]);
  const [healedMs, healedAt] = [performance.now(), new Date()];
  await heal();
  const over = (): ToldThing[] => parts.flatMap((part) => receiver.of(part, 'sees_again', healedMs).slice(0, 1));
  await eventually(`somebody is told that ${parts.join(', ')} sees again`, async () => over().length === parts.length, OVER_WITHIN_MS);
  const [last] = over();
  if (last === undefined) throw new Error('nothing was told');
  // Nor did anybody come to it before that: telling takes half a minute.
  const cameTo = over().flatMap(({ blind }) => blind.filter(({ part }) => parts.includes(part)).map(({ to }) => to));
  for (const to of cameTo) expect(Date.parse(to ?? '')).toBeGreaterThanOrEqual(healedAt.getTime());
  measured.push({ what, told: parts.join(', '), seconds, overSeconds: (last.atMs - healedMs) / 1_000, said: last.text.en });
  expect(seconds).toBeLessThan(TOLD_WITHIN_MS / 1_000);
  // Each message once, however many processes noticed.
  const keys = receiver.told.filter(({ atMs }) => atMs >= stoppedMs).map(({ key, kind }) => `${kind} ${key}`);
  expect(keys).toEqual([...new Set(keys)]);
  expect(receiver.unsigned).toEqual([]);
  return last;
}

/** Does it while a nurse follows the worklist, which says by itself that it is not up to date, and that it is again. */
async function whileFollowed(what: string, parts: readonly string[], { stop, heal }: Stopping): Promise<ToldThing> {
  const stream = await WorklistStream.open(drill.database, processes.triage.apiUrl);
  const fromMs = performance.now();
  const said = async () => stream.secondsUntil('not_up_to_date', fromMs) !== null;
  const told = await drillOf(what, parts, {
    stop,
    // Other processes may know of it some seconds before the one that has the stream.
    untilHealed: () => eventually('the worklist is said not to be up to date', said, fromMs + TOLD_WITHIN_MS - performance.now()),
    heal,
  });
  const sinceMs = fromMs + (stream.secondsUntil('not_up_to_date', fromMs) ?? 0) * 1_000;
  await eventually('the worklist is up to date again', async () => stream.secondsUntil('up_to_date', sinceMs) !== null, OVER_WITHIN_MS);
  stream.close();
  return told;
}

const killed = (which: () => ServiceProcess) => ({ stop: () => which().kill(), heal: () => which().startAgain() });
const hung = (which: () => ServiceProcess) => ({ stop: () => which().signal('SIGSTOP'), heal: () => which().signal('SIGCONT') });
const FRONT = ['broker', 'ingest', 'homes'];
const WATCH = ['watch', 'notices'];

describe('a person is told within a minute, by those that are left, when', () => {
  test('broker and ingest are killed, and then what was late', async () => {
    const [home] = homes as [DrillHome];
    const client = clientOf(home, processes.front.mqttPort);
    await client.connect();
    const last = await drillOf('broker and ingest killed', FRONT, {
      stop: async () => {
        await processes.front.kill();
        client.publish(1, spo2Message(home, 95, new Date()));
      },
      heal: () => processes.front.startAgain(),
    });
    await client.whenIdle();
    client.end();
    expect(await readingsOf(home)).toBe(1);
    expect(last.late).toMatchObject({ readingsLate: 1, stillWaiting: 0 });
    expect(last.text.nb).toMatch(/^Varde ser igjen\. .*Kom sent: 1 målinger, .*; ingenting er tapt\.$/);
  }, 240_000);

  test(
    'broker and ingest hang',
    () =>
      drillOf(
        'broker and ingest hang',
        FRONT,
        hung(() => processes.front),
      ),
    240_000,
  );

  test('watch and sender are killed, and then which looks were late', async () => {
    const [, home] = homes as [DrillHome, DrillHome];
    const client = clientOf(home, processes.front.mqttPort);
    await client.connect();
    let killedMs = 0;
    const stop = async () => {
      killedMs = performance.now();
      await processes.watch.kill();
      client.publish(1, spo2Message(home, 80, new Date()));
      await client.whenIdle();
    };
    const heal = async () => {
      // What is looked at within a minute is not late.
      await pause(Math.max(0, killedMs + 62_000 - performance.now()));
      await processes.watch.startAgain();
    };
    const last = await whileFollowed('watch and sender of notices killed', WATCH, { stop, heal });
    client.end();
    expect(last.late).toMatchObject({ patientsLate: 1, stillWaiting: 0 });
    expect(
      await drill.database.dataSource.query(`select severity from episode where patient_id = $1 and severity = 'critical'`, [
        home.patientId,
      ]),
    ).toEqual([{ severity: 'critical' }]);
  }, 240_000);

  test(
    'watch and sender hang',
    () =>
      drillOf(
        'watch and sender of notices hang',
        WATCH,
        hung(() => processes.watch),
      ),
    240_000,
  );

  test(
    'triage is killed',
    () =>
      drillOf(
        'triage killed',
        ['triage'],
        killed(() => processes.triage),
      ),
    240_000,
  );

  test(
    'triage hangs',
    () =>
      drillOf(
        'triage hangs',
        ['triage'],
        hung(() => processes.triage),
      ),
    240_000,
  );

  test('the database is gone, and the worklist says so by itself', async () => {
    const last = await whileFollowed('database gone', ['database'], { stop: () => door.shut(), heal: () => door.reopen() });
    expect(last.late).toMatchObject({ stillWaiting: 0 });
  }, 240_000);

  test(
    'the database hangs',
    () => drillOf('database hangs', ['database'], { stop: () => door.hang(), heal: () => door.reopen() }),
    240_000,
  );

  test('the gateway of one home loses its connection: its patient is not up to date', async () => {
    const [home] = homes as [DrillHome];
    const client = clientOf(home, processes.front.mqttPort);
    await client.connect();
    client.publish(2, spo2Message(home, 95, new Date()));
    await client.whenIdle();
    const last = await drillOf('gateway of a home gone', ['gateway'], { stop: () => client.kill(), heal: () => clientAgain(home) });
    expect(last.blind.map(({ subject }) => subject)).toEqual([`${home.tenant}/${home.clientId}`]);
  }, 240_000);

  test('the gateway of one home hangs without a word', async () => {
    const [, , home] = homes as [DrillHome, DrillHome, DrillHome];
    const { tenant, clientId, secret } = home;
    // It never pings: what it says of its keep-alive is how long its silence may last.
    const client = new LeanClient({
      port: processes.front.mqttPort,
      tenant,
      clientId,
      secret,
      keepAliveSeconds: 20,
      reconnectAfterMs: null,
    });
    await client.connect();
    client.publish(1, spo2Message(home, 95, new Date()));
    await client.whenIdle();
    await drillOf('gateway of a home hangs (keep-alive 20 s)', ['gateway'], { stop: () => undefined, heal: () => clientAgain(home) });
  }, 240_000);

  // Holding one part still in the database needs a second backend, which the embedded engine does not have.
  const onNative = isNative ? test : test.skip;

  onNative(
    'ingest lives but its batches are not taken',
    async () => {
      const [home] = homes as [DrillHome];
      const holder = drill.database.dataSource.createQueryRunner();
      const client = clientOf(home, processes.front.mqttPort);
      await client.connect();
      await drillOf('ingest late: its commits wait', ['ingest'], {
        stop: async () => {
          await holder.startTransaction();
          await holder.query('lock table reading in exclusive mode');
          client.publish(3, spo2Message(home, 95, new Date()));
        },
        heal: () => holder.rollbackTransaction(),
      });
      await client.whenIdle();
      client.end();
      await holder.release();
    },
    240_000,
  );

  onNative(
    'a notice that is due is never sent',
    async () => {
      const [, , home] = homes as [DrillHome, DrillHome, DrillHome];
      const client = clientOf(home, processes.front.mqttPort);
      await client.connect();
      client.publish(9, spo2Message(home, 80, new Date()));
      await client.whenIdle();
      client.end();
      const holder = drill.database.dataSource.createQueryRunner();
      const newest = (): Promise<{ id: string }[]> =>
        drill.database.dataSource.query(
          `select id from notice where channel = 'webhook' and delivered_at is not null order by id desc limit 1`,
        );
      await eventually('a notice is delivered', async () => (await newest()).length > 0, 30_000);
      await drillOf('a due notice is not sent', ['notices'], {
        stop: async () => {
          const [notice] = await newest();
          await holder.query(`update notice set next_try_at = clock_timestamp() + interval '3 seconds' where id = $1`, [notice?.id]);
          await holder.startTransaction();
          await holder.query('select 1 from notice where id = $1 for update', [notice?.id]);
        },
        heal: () => holder.rollbackTransaction(),
      });
      await holder.release();
    },
    240_000,
  );
});

test('the whole service is killed, and a watchdog outside tells, without a database', async () => {
  const all = Object.values(processes);
  const watchdog = spawn(process.execPath, [CLI, 'watchdog', ...all.flatMap(({ apiUrl }) => ['--url', apiUrl])], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], VARDE_TELL: receiver.url, VARDE_TELL_KEY: RECEIVER_KEY },
  });
  try {
    await pause(8_000);
    await drillOf('everything killed, told by varde watchdog', ['service'], {
      stop: async () => void (await Promise.all(all.map((each) => each.kill()))),
      heal: async () => void (await Promise.all(all.map((each) => each.startAgain()))),
    });
  } finally {
    watchdog.kill('SIGTERM');
  }
}, 240_000);

test('ordinary restarts tell nobody', async () => {
  const fromMs = performance.now();
  for (const which of [processes.watch, processes.front, processes.triage]) {
    await which.stop();
    await pause(20_000);
    await which.startAgain();
  }
  door.shut();
  await pause(10_000);
  door.reopen();
  await pause(60_000);
  expect(receiver.told.filter(({ atMs }) => atMs > fromMs)).toEqual([]);
}, 300_000);

const again: LeanClient[] = [];
async function clientAgain(home: DrillHome): Promise<void> {
  const client = clientOf(home, processes.front.mqttPort);
  again.push(client);
  await client.connect();
}
afterAll(() => again.forEach((client) => client.end()));

function readingsOf({ patientId }: DrillHome): Promise<number> {
  return readCount(drill.database, 'select count(*)::int as n from reading where patient_id = $1', [patientId]);
}

import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../service-process.js';
import { eventually } from './drill-rig.js';
import { allGone, dataDir, DEMO, END_WITHIN_MS, folders, MAIN, Program } from './program.js';

/** An engine may take this long to open on a machine that has much else to do. */
const OPENED_WITHIN_MS = 30_000;

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given out');
  return address.port;
}

describe('a port that another program holds', () => {
  test.each(['VARDE_HTTP_PORT', 'VARDE_MQTT_PORT', 'VARDE_MQTT_WS_PORT'])(
    '%s: one sentence and exit code 2',
    async (name) => {
      const server = createServer();
      const port = await listening(server);
      try {
        const program = new Program(MAIN, { VARDE_DATA_DIR: await dataDir(), [name]: String(port) });
        await eventually('its engine runs', async () => program.children().length > 0 || program.code !== null, 60_000);
        const engines = program.children();
        expect(await program.exits()).toBe(2);
        expect(program.err.trim()).toBe(`varde: port ${port} on 127.0.0.1 is taken by another program; stop that one or set another port`);
        expect(program.out).toBe('');
        await allGone(engines);
      } finally {
        server.close();
      }
    },
    120_000,
  );
});

test('settings that cannot be used are all named at once, and no value is shown', async () => {
  const secret = 'too-short-to-be-used';
  const program = new Program(MAIN, {
    DATABASE_URL: 'mysql://varde:hidden-password@host/varde',
    VARDE_SECRET: secret,
    VARDE_HTTP_PORT: '70000',
    VARDE_ROLES: 'broker,kitchen',
    VARDE_LOG_LEVEL: 'loud-voice',
  });
  expect(await program.exits()).toBe(2);
  expect(program.err.trim().split('\n')).toHaveLength(1);
  for (const name of ['DATABASE_URL', 'VARDE_SECRET', 'VARDE_HTTP_PORT', 'VARDE_ROLES', 'VARDE_LOG_LEVEL']) {
    expect(program.err).toContain(name);
  }
  for (const value of [secret, 'hidden-password', '70000', 'kitchen', 'loud-voice']) expect(program.err).not.toContain(value);
});

test('files of the certificate that cannot be read are all named, before the database is opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'varde-process-'));
  folders.push(folder);
  const gone = join(folder, 'hidden-name.pem');
  const program = new Program(MAIN, {
    VARDE_DATA_DIR: join(folder, 'data'),
    VARDE_MQTT_TLS_CERT: gone,
    VARDE_MQTT_TLS_KEY: folder,
    VARDE_MQTT_TLS_CA: gone,
  });
  expect(await program.exits()).toBe(2);
  expect(program.err).toBe(
    'varde: these settings cannot be used: VARDE_MQTT_TLS_CERT names a file that cannot be read (ENOENT); ' +
      'VARDE_MQTT_TLS_KEY names a file that cannot be read (EISDIR); VARDE_MQTT_TLS_CA names a file that cannot be read (ENOENT)\n',
  );
  expect(readdirSync(folder)).toEqual([]);
}, 60_000);

/** The built program with a catalogue that somebody has changed; beside the packages it needs. */
function buildWith(change: (catalogue: { rules: { trigger: Record<string, unknown> }[] }) => void): string {
  const packages = join(import.meta.dirname, '../../node_modules');
  mkdirSync(join(packages, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(packages, '.cache/varde-changed-'));
  folders.push(folder);
  cpSync(join(packages, '../dist'), join(folder, 'dist'), { recursive: true });
  // Inside node_modules no package.json above counts.
  cpSync(join(packages, '../package.json'), join(folder, 'package.json'));
  const file = join(folder, 'dist/libs/rules/src/catalogue/rules-catalogue.json');
  const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof change>[0];
  change(catalogue);
  writeFileSync(file, JSON.stringify(catalogue));
  return join(folder, 'dist/apps/varde/src/main.js');
}

test('a rule the program does not understand stops the start in one sentence; it is not skipped', async () => {
  const main = buildWith(({ rules: [first, second] }) => {
    if (first) first.trigger['kind'] = 'feels_odd';
    if (second) second.trigger['mood'] = 'low';
  });
  const program = new Program(main, { VARDE_DATA_DIR: await dataDir() });
  expect(await program.exits()).toBe(2);
  expect(program.err.trim().split('\n')).toHaveLength(1);
  expect(program.err).toMatch(
    /^varde: The rule catalogue cannot be used: .*copd\.spo2\.critical\.trigger\.kind.*copd\.spo2\.below_target\.trigger/,
  );
  expect(program.out).toBe('');
}, 90_000);

test('a database that lets nobody in is said in one sentence, without its address', async () => {
  const fields = ['SFATAL', 'VFATAL', 'C28P01', 'Mpassword authentication failed', ''].map((field) => `${field}\0`).join('');
  const refusal = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), Buffer.from(fields)]);
  refusal.writeUInt32BE(refusal.length - 1, 1);
  const server = createServer((socket) => socket.once('data', () => socket.end(refusal)));
  const port = await listening(server);
  try {
    const program = new Program(MAIN, {
      DATABASE_URL: `postgres://varde:hidden-password@127.0.0.1:${port}/varde`,
      VARDE_SECRET: 'long enough to be used as a secret key',
    });
    expect(await program.exits()).toBe(2);
    expect(program.err).toBe('varde: the database at DATABASE_URL cannot be used: it refuses the user or the password (28P01)\n');
  } finally {
    server.close();
  }
});

test('a second start on the same data is refused in one sentence, and the first goes on', async () => {
  const folder = await dataDir();
  const first = new Program(MAIN, { VARDE_DATA_DIR: folder });
  await first.says('Stop with Ctrl-C');
  const second = new Program(MAIN, { VARDE_DATA_DIR: folder });
  expect(await second.exits()).toBe(2);
  expect(second.err.trim()).toMatch(/^varde: the database in .* is already open in another process; stop that one first/);
  expect(second.err.trim().split('\n')).toHaveLength(1);
  const [health] = /http:\S+\/health\/ready/.exec(first.out) ?? [];
  expect((await fetch(health ?? '')).status).toBe(200);
}, 120_000);

test('the demonstration works in a folder of its own: the data of a service with the same settings stays', async () => {
  const folder = await dataDir();
  writeFileSync(join(folder, 'secret'), 'the key of the service');
  mkdirSync(join(folder, 'demo'));
  writeFileSync(join(folder, 'demo', 'notes.txt'), 'of somebody');
  const program = new Program(DEMO, { VARDE_DATA_DIR: folder });
  const hasBegun = (): boolean => existsSync(join(folder, 'demo', 'secret')) || !existsSync(join(folder, 'secret'));
  await eventually('its service has begun', async () => hasBegun(), 120_000);
  expect(readdirSync(folder).sort()).toEqual(['database', 'demo', 'secret']);
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('the key of the service');
  expect(readdirSync(join(folder, 'demo')).sort()).toEqual(expect.arrayContaining(['database', 'notes.txt', 'secret']));
  await program.end('SIGTERM');
}, 180_000);

describe('the end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s while it serves: in order, at once, and nothing is left running',
    async (signal) => {
      const program = new Program(MAIN, { VARDE_DATA_DIR: await dataDir() });
      await program.says('Stop with Ctrl-C');
      const engines = program.children();
      expect(engines.length).toBeGreaterThan(0);
      const { code, tookMs } = await program.end(signal);
      expect([code, program.err]).toEqual([0, '']);
      expect(tookMs).toBeLessThan(END_WITHIN_MS);
      await allGone(engines);
    },
    120_000,
  );

  test('SIGTERM while somebody holds connections that ask for nothing: the same', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const [http, webSocket] = ports;
    const program = new Program(MAIN, {
      VARDE_DATA_DIR: await dataDir(),
      VARDE_HTTP_PORT: String(http),
      VARDE_MQTT_WS_PORT: String(webSocket),
    });
    await program.says('Stop with Ctrl-C');
    const silent = ports.map((port) => connect(port, '127.0.0.1').on('error', () => undefined));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    const { code, tookMs } = await program.end('SIGTERM');
    expect([code, program.err]).toEqual([0, '']);
    expect(tookMs).toBeLessThan(END_WITHIN_MS);
  }, 120_000);

  test('SIGTERM while it starts: the same', async () => {
    const program = new Program(MAIN, { VARDE_DATA_DIR: await dataDir() });
    await eventually('its engine runs', async () => program.children().length > 0, 60_000);
    const engines = program.children();
    const { code, tookMs } = await program.end('SIGTERM');
    expect([code, program.err]).toEqual([0, '']);
    expect(tookMs).toBeLessThan(END_WITHIN_MS);
    // An engine that is being opened ends once it is open, and how long that takes is up to the machine.
    await allGone(engines, OPENED_WITHIN_MS);
  }, 120_000);

  test('kill -9: the engine does not outlive it, and the next start finds the data free', async () => {
    const folder = await dataDir();
    const program = new Program(MAIN, { VARDE_DATA_DIR: folder });
    await program.says('Stop with Ctrl-C');
    const engines = program.children();
    await program.end('SIGKILL');
    await allGone(engines);
    const next = new Program(MAIN, { VARDE_DATA_DIR: folder });
    await next.says('Stop with Ctrl-C');
    expect((await next.end('SIGTERM')).code).toBe(0);
  }, 180_000);

  // A terminal sends Ctrl-C to everybody at once, a supervisor to the program alone.
  test('Ctrl-C in the demonstration, to all of them while homes live through the past: engine and homes end with it', async () => {
    const program = new Program(DEMO, { VARDE_DATA_DIR: await dataDir() });
    await program.says('simulated homes connect');
    await eventually('the homes run', async () => program.children().length > 1, 60_000);
    const children = program.children();
    for (const pid of children) process.kill(pid, 'SIGINT');
    const { code, tookMs } = await program.end('SIGINT');
    expect([code, program.err]).toEqual([0, '']);
    expect(tookMs).toBeLessThan(END_WITHIN_MS);
    await allGone(children);
  }, 180_000);
});

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTestDataDir } from '../../../../test/engine.js';
import { SelfTest } from '../blindness/self-test.js';
import { readConfig } from '../config.js';
import { openLog } from '../log.js';
import { Sight } from '../sight.js';
import { start, type Service } from '../start.js';
import { runCli, type ExitCode } from './run-cli.js';

/** The README's way from nothing to a first reading and its episode, beside a running service with an embedded database. */
describe('a first reading', () => {
  let dataDir = '';
  let env: Record<string, string> = {};
  let service: Service;

  const run = async (line: string[]): Promise<{ code: ExitCode; said: string; complained: string[] }> => {
    const said: string[] = [];
    const complained: string[] = [];
    const code = await runCli(line, {
      env,
      say: (text) => void said.push(text),
      complain: (text) => void complained.push(text),
      now: () => new Date(),
      askSecret: null,
      patienceMs: 10_000,
      readInput: () => Promise.resolve(''),
    });
    return { code, said: said.join('\n'), complained };
  };
  const varde = async (...line: string[]): Promise<string> => {
    const { said, ...ended } = await run(line);
    expect(ended).toEqual({ code: 0, complained: [] });
    return said;
  };

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'varde-first-'));
    renameSync(await copyTestDataDir(), join(dataDir, 'database'));
    const mqttPort = String(await freePort());
    env = { VARDE_DATA_DIR: dataDir, VARDE_HTTP_PORT: '0', VARDE_MQTT_PORT: mqttPort, VARDE_MQTT_WS_PORT: '0', VARDE_LOG_LEVEL: 'silent' };
    service = await start(readConfig(env), openLog('silent'));
  }, 120_000);
  afterAll(async () => {
    await service.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('takes seven commands, however long the reader waits before the first', async () => {
    expect(await madeUpPatient().walk(0)).toBeNull();
    await varde('init');
    expect(await varde('unit', 'add', 'Follow-up service', '--level', 'dho')).toMatch(/^Unit 1:/);
    expect(await varde('person', 'add', 'kari', '--name', 'Kari Nurse', '--role', 'nurse', '--unit', '1')).toMatch(/^Person 2:/);
    expect(await varde('patient', 'add', 'Ola Test', '--unit', '1', '--programme', 'copd')).toMatch(/^Patient 1,/);
    const secret = /Secret +(\S+)/.exec(await varde('device', 'register', 'OX-1', '--kind', 'pulse-oximeter'))?.[1] ?? '';
    await varde('wearer', 'assign', 'OX-1', '--patient', '1');
    expect(await varde('device', 'try', 'OX-1', '--secret', secret, '--spo2', '82', '--pulse', '98')).toMatch(/answered: stored$/);
    expect(await varde('reading', 'list', '1')).toMatch(/oxygen saturation +82 % +OX-1/);
    const story = await untilTold();
    expect(story).toContain('Owner: Follow-up service');
    expect(story).toContain('rule copd.spo2.critical v1: fire, critical');
    expect(story).toMatch(/oxygen saturation 82 %, OX-1 \(m:\d+\)/);
  }, 120_000);

  test('makes no secret under a kept key that was cut short: it would let nobody in', async () => {
    writeFileSync(join(dataDir, 'secret'), 'cut short');
    const { code, said, complained } = await run(['credential', 'new', 'OX-1']);
    expect({ code, said }).toEqual({ code: 1, said: '' });
    expect(complained).toEqual([
      'varde: the key of the device credentials needs at least 32 characters: VARDE_SECRET, or the file secret in VARDE_DATA_DIR',
    ]);
  });

  /** Who walks the chain by itself a minute after the start. */
  function madeUpPatient(): SelfTest {
    return new SelfTest({
      database: service.database,
      host: 'a-machine',
      secretKey: service.secret,
      broker: { url: service.mqttUrl ?? '', isOurs: true },
      sight: new Sight(),
      log: openLog('silent'),
      now: () => new Date(),
    });
  }

  /** The watcher looks by itself; this only waits for it. */
  async function untilTold(): Promise<string> {
    const endMs = Date.now() + 30_000;
    for (;;) {
      const [episode] = JSON.parse(await varde('episode', 'list', '--json')) as { id: number }[];
      if (episode !== undefined) return varde('episode', 'story', String(episode.id));
      if (Date.now() > endMs) throw new Error('no episode came of the reading');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
});

/** A port nobody listened on a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

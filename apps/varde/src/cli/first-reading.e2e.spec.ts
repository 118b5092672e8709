import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyTestDataTo } from '../../../../test/engine.js';
import { SelfTest } from '../blindness/self-test.js';
import { readConfig } from '../config.js';
import { openLog } from '../log.js';
import { Sight } from '../sight.js';
import { start, type Service } from '../start.js';
import { runCli, type ExitCode } from './run-cli.js';

/** A command of the README, and what it shows below; `goesOn`: and more that it leaves out. */
interface Step {
  readonly command: string;
  readonly shown: readonly string[];
  readonly goesOn: boolean;
}

const README = readFileSync(join(import.meta.dirname, '../../../../README.md'), 'utf8');
const README_STEPS = stepsOf(/## From nothing to a first reading[^]*?\n```\n([^]*?)\n```\n/.exec(README)?.[1] ?? '');

/** The commands that the README names elsewhere. */
const README_NAMES = [...README.matchAll(/(?:^|; |`)varde ([a-z][^`;\n]*?)(?=`|;|  |$)/gm)].flatMap(([, line = '']) =>
  line.startsWith('help') ? [] : [line],
);

function stepsOf(block: string): readonly Step[] {
  return block
    .split(/^\$ varde /m)
    .slice(1)
    .map((each) => {
      const [command = '', ...lines] = comparable(each).trimEnd().split('\n');
      const goesOn = lines.at(-1) === '...';
      return { command, shown: goesOn ? lines.slice(0, -1) : lines, goesOn };
    });
}

/** What differs from one time to the next is made equal: moments, what is shown once, the port. */
function comparable(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, '<moment>')
    .replace(/^(Password|Secret)( +)\S.*/gm, '$1$2<shown once>')
    .replace(/mqtt:\/\/127[.]0[.]0[.]1:\d+/g, 'mqtt://127.0.0.1:<port>');
}

const wordsOf = (line: string): string[] => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

/** The README's way from nothing to a first reading and its episode, beside a running service with an embedded database. */
describe('a first reading', () => {
  let dataDir = '';
  let env: Record<string, string> = {};
  let service: Service;
  let deviceSecret = '';

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
    await copyTestDataTo(join(dataDir, 'database'));
    const mqttPort = String(await freePort());
    env = { VARDE_DATA_DIR: dataDir, VARDE_HTTP_PORT: '0', VARDE_MQTT_PORT: mqttPort, VARDE_MQTT_WS_PORT: '0', VARDE_LOG_LEVEL: 'silent' };
    service = await start(readConfig(env), openLog('silent'));
  }, 120_000);
  afterAll(async () => {
    await service.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test.each(README_STEPS.map((step) => [step.command, step] as const))('$ varde %s: says what the README shows', async (_, step) => {
    // However long the reader waits before the first: the made-up patient may have walked by then.
    if (step === README_STEPS[0]) expect(await madeUpPatient().walk(0)).toBeNull();
    if (step.command === 'episode list') await untilListed();
    const said = await varde(...wordsOf(step.command.replace('<secret>', deviceSecret)));
    deviceSecret = /^Secret +(\S+)/m.exec(said)?.[1] ?? deviceSecret;
    const shown = comparable(said).split('\n');
    expect(step.goesOn ? shown.slice(0, step.shown.length) : shown).toEqual(step.shown);
  });

  test.each(README_NAMES)('varde %s, which the README names, is a command with these options', async (line) => {
    const words = /^(?:[a-z][a-z-]*(?: |$)){1,2}/.exec(line)?.[0].trim() ?? '';
    const help = await varde('help', ...words.split(' '));
    for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(help).toContain(option);
  });

  test('the value is there, and the story of the episode names it', async () => {
    expect(await varde('reading', 'list', '1')).toMatch(/oxygen saturation +82 % +OX-1/);
    const story = await varde('episode', 'story', '1');
    expect(story).toContain('rule copd.spo2.critical v1: fire, critical');
    expect(story).toMatch(/oxygen saturation 82 %, OX-1 \(m:\d+\)/);
  });

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
  async function untilListed(): Promise<void> {
    const endMs = Date.now() + 30_000;
    while (JSON.parse(await varde('episode', 'list', '--json')).length === 0) {
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

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { alerts } from './alerts/alerts.js';
import { durable } from './durable.js';
import { history } from './history.js';
import { describeMachine, describeServer, readIdle, waitForQuiet } from './machine.js';
import { lookCost } from './look-cost.js';
import { memory } from './memory.js';
import { preview } from './preview.js';
import { puback } from './puback.js';
import { restart } from './restart.js';
import { judge, tableOf, type Result } from './result.js';
import { openBenchDatabase, startServer, type Bench, type Run, type Server } from './rig.js';
import { silence } from './silence.js';
import { stream } from './stream.js';
import { sustained } from './sustained.js';

const BENCHES: Readonly<Record<string, Bench>> = {
  durable,
  sustained,
  puback,
  stream,
  restart,
  history,
  memory,
  silence,
  alerts,
  preview,
  'look-cost': lookCost,
};

/** Benchmarks that need no database: where only these are asked for, no server is started. */
const WITHOUT_SERVER: readonly string[] = ['alerts', 'look-cost'];
const NO_SERVER: Server = { url: '', stop: () => undefined };

const USAGE = `npm run bench -- [names] [options]

names: ${Object.keys(BENCHES).join(', ')}; all of them when none is given
--minutes N    how long sustained holds, and puback and stream measure (default 1)
--pairs N      how often durable repeats (default 5)
--devices N    homes (alerts: patients of each seed), instead of each benchmark's own number
--per-sec N    readings offered a second, instead of each benchmark's own number
--quiet N      seconds to wait for a quiet machine before each measurement (default 20)
--trial        small sizes: shows that everything runs, measures nothing
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1' },
    pairs: { type: 'string', default: '5' },
    devices: { type: 'string' },
    'per-sec': { type: 'string' },
    quiet: { type: 'string', default: '20' },
    trial: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function runOf(server: Server): Run {
  const isTrial = values.trial;
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  return {
    isTrial,
    pairs: isTrial ? 1 : Number(values.pairs),
    seconds: Number(values.minutes) * 60,
    devices: number(values.devices),
    perSec: number(values['per-sec']),
    quiet: () => (isTrial ? readIdle() : waitForQuiet(Number(values.quiet) * 1000)),
    say,
    server,
  };
}

async function describe(server: Server): Promise<void> {
  const { database, close } = await openBenchDatabase(server);
  try {
    tell({ machine: describeMachine(), server: await describeServer(database.dataSource), trial: values.trial });
  } finally {
    await close();
  }
}

/** A benchmark that cannot be carried out does not keep the others from being. */
async function carryOut(name: string, run: Run): Promise<Result[]> {
  say(`${name} ...`);
  const startedMs = performance.now();
  try {
    const results = (await BENCHES[name]?.(run)) ?? [];
    const tookSec = Math.round((performance.now() - startedMs) / 1000);
    for (const result of results) tell({ ...result, stands: judge(result), tookSec, loadAfter: loadavg() });
    return results;
  } catch (error) {
    process.exitCode = 1;
    say(`${name} could not be carried out: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return [];
  }
}

async function main(): Promise<void> {
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const unknown = names.filter((name) => !(name in BENCHES));
  if (values.help || unknown.length > 0) {
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return say(unknown.length > 0 ? `there is no benchmark ${unknown.join(', ')}\n\n${USAGE}` : USAGE);
  }
  const server = names.every((name) => WITHOUT_SERVER.includes(name)) ? NO_SERVER : startServer();
  try {
    if (server === NO_SERVER) tell({ machine: describeMachine(), trial: values.trial });
    else await describe(server);
    const results: Result[] = [];
    for (const name of names) results.push(...(await carryOut(name, runOf(server))));
    process.stdout.write(`\n${tableOf(results)}\n`);
    if (!values.trial && results.some((result) => judge(result) === 'missed')) process.exitCode = 1;
  } finally {
    server.stop();
  }
}

await main();

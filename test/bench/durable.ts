import { foundCommunity, type Home } from './homes.js';
import { connectHomes, disconnect, sendAtFullSpeed } from './load.js';
import { readingsOf, type Shape } from './mould.js';
import { homesOfRaw, insertRaw, type Raw, type RawTables } from './raw-insert.js';
import { pause, waitUntilLooked, withSpine, type Bench, type Run, type Spine } from './rig.js';
import type { Result } from './result.js';
import { medianOf, rounded } from './statistics.js';
import { startUsage } from './usage.js';

const WINDOW = 10;
const HOMES = 1_000;
const LOOKS_WAIT_MS = 120_000;
const FOLLOWED_SINCE_MS = 10 * 60_000;

interface Pair {
  readonly raw: number;
  readonly rawBoth: number;
  readonly ours: number;
  /** Readings a second until the last one was looked at too. */
  readonly oursLooked: number;
  /** Processor time of a message, by process, and of the server for a raw row and for one with its measurement, in microseconds. */
  readonly messageUs: Readonly<Record<string, number>>;
  readonly rawRowUs: number;
  readonly rawBothRowUs: number;
  readonly idle: number;
}

interface Load {
  readonly name: string;
  /** Dealt out to the homes in turn. */
  readonly shapes: readonly Shape[];
}

/**
 * What homes send on a day: the oximeter twice, the cuff once, the scale once, two readings a message on average. The gate is for this; each
 * kind alone is told beside it.
 */
const HOMES_DAY: Load = { name: 'a home: oximeter twice, cuff, scale', shapes: ['spo2+pulse', 'cuff', 'spo2+pulse', 'scale'] };
const ALONE: readonly Load[] = [
  { name: 'one reading a message', shapes: ['spo2'] },
  { name: 'oximeter alone', shapes: ['spo2+pulse'] },
  { name: 'cuff alone', shapes: ['cuff'] },
  { name: 'scale alone', shapes: ['scale'] },
  { name: 'ten acts of an oximeter a message', shapes: ['backlog'] },
];

/**
 * Durable acknowledged readings a second through broker and ingest with looks running, over raw batched inserts of the same rows into
 * `reading`, in interleaved pairs.
 */
export const durable: Bench = async (run) => {
  const results = [await measure(run, HOMES_DAY)];
  for (const load of ALONE) results.push({ ...(await measure(run, load)), gate: null, aim: null });
  return results;
};

function measure(run: Run, { name, shapes }: Load): Promise<Result> {
  return withSpine(run, async (spine) => {
    const { homes } = await foundCommunity(spine.bench.database, run.devices ?? HOMES, new Date(Date.now() - FOLLOWED_SINCE_MS));
    await waitUntilLooked(spine.bench.database, LOOKS_WAIT_MS);
    const rows = run.isTrial ? 10_000 : 100_000;
    await warmUp(spine, homes, shapes);
    const pairs: Pair[] = [];
    for (let pair = 0; pair < run.pairs; pair++) {
      const measured = await measurePair({ run, spine, homes, shapes, rows });
      pairs.push(measured);
      run.say(`durable, ${name} ${pair + 1}/${run.pairs}: ${JSON.stringify(measured)}`);
    }
    return resultOf(name, rows, pairs);
  });
}

/** Caches, plans and the compiler of the language, on all sides. */
async function warmUp(spine: Spine, homes: readonly Home[], shapes: readonly Shape[]): Promise<void> {
  const rows = 5_000;
  for (const tables of ['reading', 'measurement+reading'] as const) {
    await insertRaw(spine.bench.url, homesOfRaw(homes), { rows, connections: 1, shapes, tables });
  }
  await sendAll(spine, homes, shapes, rows * 2);
  await waitUntilLooked(spine.bench.database, LOOKS_WAIT_MS);
}

interface PairWork {
  readonly run: Run;
  readonly spine: Spine;
  readonly homes: readonly Home[];
  readonly shapes: readonly Shape[];
  readonly rows: number;
}

async function measurePair({ run, spine, homes, shapes, rows }: PairWork): Promise<Pair> {
  const idle = await run.quiet();
  const rawHomes = homesOfRaw(homes);
  const best = async (tables: RawTables): Promise<Raw> => {
    const one = await insertRaw(spine.bench.url, rawHomes, { rows, connections: 1, shapes, tables });
    const two = await insertRaw(spine.bench.url, rawHomes, { rows, connections: 2, shapes, tables });
    return one.perSec > two.perSec ? one : two;
  };
  const raw = await best('reading');
  const rawBoth = await best('measurement+reading');
  const { readings, durationMs, messageUs } = await sendAll(spine, homes, shapes, rows);
  const looksMs = await waitUntilLooked(spine.bench.database, LOOKS_WAIT_MS);
  const perSec = (ms: number): number => rounded(readings / (ms / 1000));
  return {
    raw: rounded(raw.perSec),
    rawBoth: rounded(rawBoth.perSec),
    ours: perSec(durationMs),
    oursLooked: perSec(durationMs + looksMs),
    messageUs,
    rawRowUs: rounded(raw.databaseUs, 1),
    rawBothRowUs: rounded(rawBoth.databaseUs, 1),
    idle,
  };
}

interface SentAll {
  readonly readings: number;
  readonly durationMs: number;
  readonly messageUs: Pair['messageUs'];
}

async function sendAll({ bench, intake, watch }: Spine, homes: readonly Home[], shapes: readonly Shape[], rows: number): Promise<SentAll> {
  const senders = await connectHomes(homes, intake.mqttPort, { window: WINDOW, shape: shapes });
  try {
    await pause(500);
    // Opens the server's connections, which end when nobody needs them, so that their processes are counted.
    await sendAtFullSpeed(senders, senders.length, WINDOW);
    const messages = Math.round((rows * shapes.length) / shapes.reduce((sum, shape) => sum + readingsOf(shape), 0));
    const usage = await startUsage(bench.database, { intake: intake.pid, watch: watch.pid, load: process.pid });
    const { durationMs } = await sendAtFullSpeed(senders, messages, WINDOW);
    const used = Object.entries(usage.stop());
    // Homes do not all come to send alike many.
    const readings = senders.reduce(
      (sum, { client }, place) => sum + client.acknowledged.size * readingsOf(shapes[place % shapes.length] ?? 'spo2'),
      0,
    );
    return {
      readings,
      durationMs,
      messageUs: Object.fromEntries(used.map(([name, cores]) => [name, rounded((cores * durationMs * 1000) / messages, 1)])),
    };
  } finally {
    disconnect(senders);
  }
}

function resultOf(name: string, rows: number, pairs: readonly Pair[]): Result {
  const ratios = pairs.map(({ ours, raw }) => ours / raw);
  const all = (of: (pair: Pair) => number): { median: number; all: number[] } => ({
    median: rounded(medianOf(pairs.map(of)), 3),
    all: pairs.map((pair) => rounded(of(pair), 3)),
  });
  return {
    bench: 'durable',
    figure: `acknowledged readings/s over raw rows/s into reading (${name})`,
    value: rounded(medianOf(ratios), 3),
    range: [rounded(Math.min(...ratios), 3), rounded(Math.max(...ratios), 3)],
    gate: 0.5,
    aim: 0.8,
    better: 'higher',
    detail: {
      rowsEach: rows,
      readingsPerSec: all(({ ours }) => ours),
      readingsPerSecWithLooksDone: all(({ oursLooked }) => oursLooked),
      rawPerSec: all(({ raw }) => raw),
      rawMeasurementAndReadingPerSec: all(({ rawBoth }) => rawBoth),
      overRawMeasurementAndReading: all(({ ours, rawBoth }) => ours / rawBoth),
      withLooksDoneOverRaw: all(({ oursLooked, raw }) => oursLooked / raw),
      processorUsOfAMessage: Object.fromEntries(
        Object.keys(pairs[0]?.messageUs ?? {}).map((process) => [process, all(({ messageUs }) => messageUs[process] ?? 0)]),
      ),
      databaseUsOfARawRow: all(({ rawRowUs }) => rawRowUs),
      databaseUsOfARawRowWithMeasurement: all(({ rawBothRowUs }) => rawBothRowUs),
      idleBefore: all(({ idle }) => idle),
    },
  };
}

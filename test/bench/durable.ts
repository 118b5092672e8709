import { foundCommunity, type Home } from './homes.js';
import { connectHomes, disconnect, sendAtFullSpeed } from './load.js';
import { READINGS_OF, type Shape } from './mould.js';
import { insertRaw, type RawTables } from './raw-insert.js';
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
  readonly idle: number;
}

/**
 * Durable acknowledged readings a second through broker and ingest with looks running, over raw batched inserts of the same rows into
 * `reading`, in interleaved pairs: once with one reading a message, the dearest way, once with two, as oximeters send.
 */
export const durable: Bench = async (run) => [await measure(run, 'spo2'), await measure(run, 'spo2+pulse')];

function measure(run: Run, shape: Shape): Promise<Result> {
  return withSpine(run, async (spine) => {
    const { homes } = await foundCommunity(spine.bench.database, run.devices ?? HOMES, new Date(Date.now() - FOLLOWED_SINCE_MS));
    await waitUntilLooked(spine.bench.database, LOOKS_WAIT_MS);
    const rows = run.isTrial ? 10_000 : 100_000;
    await warmUp(spine, homes, shape);
    const pairs: Pair[] = [];
    for (let pair = 0; pair < run.pairs; pair++) {
      const measured = await measurePair({ run, spine, homes, shape, rows });
      pairs.push(measured);
      run.say(`durable ${shape} ${pair + 1}/${run.pairs}: ${JSON.stringify(measured)}`);
    }
    return resultOf(shape, rows, pairs);
  });
}

/** Caches, plans and the compiler of the language, on all sides. */
async function warmUp(spine: Spine, homes: readonly Home[], shape: Shape): Promise<void> {
  const rows = 5_000;
  for (const tables of ['reading', 'measurement+reading'] as const) {
    await insertRaw(spine.bench.url, homes, { rows, connections: 1, shape, tables });
  }
  await sendAll(spine, homes, shape, rows * 2);
  await waitUntilLooked(spine.bench.database, LOOKS_WAIT_MS);
}

interface PairWork {
  readonly run: Run;
  readonly spine: Spine;
  readonly homes: readonly Home[];
  readonly shape: Shape;
  readonly rows: number;
}

async function measurePair({ run, spine, homes, shape, rows }: PairWork): Promise<Pair> {
  const idle = await run.quiet();
  const rawOf = (connections: number, tables: RawTables): Promise<number> =>
    insertRaw(spine.bench.url, homes, { rows, connections, shape, tables });
  const raw = Math.max(await rawOf(1, 'reading'), await rawOf(2, 'reading'));
  const rawBoth = Math.max(await rawOf(1, 'measurement+reading'), await rawOf(2, 'measurement+reading'));
  const { durationMs, usedCores } = await sendAll(spine, homes, shape, rows);
  const looksMs = await waitUntilLooked(spine.bench.database, LOOKS_WAIT_MS);
  run.say(`cores used while sending: ${JSON.stringify(usedCores)}`);
  const perSec = (ms: number): number => rounded(rows / (ms / 1000));
  return { raw: rounded(raw), rawBoth: rounded(rawBoth), ours: perSec(durationMs), oursLooked: perSec(durationMs + looksMs), idle };
}

async function sendAll(
  { bench, intake, watch }: Spine,
  homes: readonly Home[],
  shape: Shape,
  rows: number,
): Promise<{ durationMs: number; usedCores: Readonly<Record<string, number>> }> {
  const senders = await connectHomes(homes, intake.mqttPort, { window: WINDOW, shape });
  try {
    await pause(500);
    const usage = await startUsage(bench.database, { intake: intake.pid, watch: watch.pid, load: process.pid });
    const { durationMs } = await sendAtFullSpeed(senders, rows / READINGS_OF[shape], WINDOW);
    return { durationMs, usedCores: usage.stop() };
  } finally {
    disconnect(senders);
  }
}

function resultOf(shape: Shape, rows: number, pairs: readonly Pair[]): Result {
  const ratios = pairs.map(({ ours, raw }) => ours / raw);
  const all = (of: (pair: Pair) => number): { median: number; all: number[] } => ({
    median: rounded(medianOf(pairs.map(of)), 3),
    all: pairs.map((pair) => rounded(of(pair), 3)),
  });
  return {
    bench: 'durable',
    figure: `acknowledged readings/s over raw rows/s into reading (${shape})`,
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
      idleBefore: all(({ idle }) => idle),
    },
  };
}

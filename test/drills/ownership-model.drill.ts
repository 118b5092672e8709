import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tooRareIn } from './model-tally.js';
import { STEPS_A_WORLD, type Run } from './run-model.js';

const STEPS = Number(process.env['VARDE_MODEL_STEPS'] ?? 1_000_000);
const SEED = Number(process.env['VARDE_MODEL_SEED'] ?? 1);
const PROCESSES = Math.min(availableParallelism(), Math.ceil(STEPS / STEPS_A_WORLD));

test(`no promise about who owns a problem breaks in ${STEPS.toLocaleString('en')} random steps (seed ${SEED})`, async () => {
  const startedMs = performance.now();
  const each = Math.ceil(STEPS / PROCESSES / STEPS_A_WORLD) * STEPS_A_WORLD;
  const parts = await Promise.all(Array.from({ length: PROCESSES }, (_, index) => runPart(SEED + (index * each) / STEPS_A_WORLD, each)));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const steps = parts.reduce((sum, part) => sum + part.steps, 0);
  const tally = new Map<string, number>();
  for (const [what, count] of parts.flatMap((part) => part.tally)) tally.set(what, (tally.get(what) ?? 0) + count);
  const counts = [...tally].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `${what} ${count}`);
  process.stdout.write(`${steps} steps in ${steps / STEPS_A_WORLD} worlds, ${PROCESSES} processes, ${seconds} s: ${counts.join(', ')}\n`);
  expect(steps).toBeGreaterThanOrEqual(STEPS);
  // The rarest is an offer taken back, once in 2,000 steps; one world alone may be without it.
  expect(tooRareIn(tally, Math.floor(STEPS / 5_000))).toEqual([]);
}, 900_000);

/** @throws Error with the world whose promise broke, its last steps, and how to see it again */
async function runPart(seed: number, steps: number): Promise<Omit<Run, 'tally'> & { readonly tally: [string, number][] }> {
  const script = join(import.meta.dirname, '../external/run-typescript.cjs');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, join(import.meta.dirname, 'model-process.ts'), String(seed), String(steps)],
    { maxBuffer: 10_000_000 },
  );
  return JSON.parse(stdout) as Omit<Run, 'tally'> & { readonly tally: [string, number][] };
}

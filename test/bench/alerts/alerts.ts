import { Worker } from 'node:worker_threads';
import type { Result } from '../result.js';
import type { Run } from '../rig.js';
import { TEST_SEEDS, TUNING_SEEDS } from './assumptions.js';
import { figuresOf, type SeedScores } from './figures.js';
import type { PatientScore } from './score.js';
import { tihm } from './tihm.js';
import type { Share } from './worker.js';

const THREADS = 2;
/** Patients of each seed when nobody says how many, so that it ends in minutes; 200 make the five seeds 1,000 patient-years. */
const PATIENTS_PER_SEED = 20;
const TRIAL_PATIENTS = 2;
const COHORT = 1000;

/**
 * Issue 3, "Benchmark test/bench/alerts": a synthetic cohort for a year, judged by the very look of the service and by fixed limits; then the
 * TIHM readings with their labels. Synthetic results show the logic, not the benefit.
 */
export async function alerts(run: Run): Promise<Result[]> {
  const seeds = run.isTrial ? TUNING_SEEDS.slice(0, 1) : TEST_SEEDS;
  const patients = run.isTrial ? TRIAL_PATIENTS : (run.devices ?? PATIENTS_PER_SEED);
  const startedMs = performance.now();
  const simulated = await simulate(seeds, patients);
  run.say(`  ${seeds.join(', ')}: ${patients} patients for a year each`);
  const tookSec = (performance.now() - startedMs) / 1000;
  run.say(
    'Synthetic results show the logic, not the benefit: the cohort does what its assumptions say (test/bench/alerts/assumptions.ts).',
  );
  return [timeOf(tookSec, seeds.length * patients), ...figuresOf(simulated), ...tihm(run)];
}

function timeOf(tookSec: number, patientYears: number): Result {
  return {
    bench: 'alerts',
    figure: `1,000 patient-years judged on ${THREADS} threads, seconds${patientYears === COHORT ? '' : ` (projected from ${patientYears})`}`,
    value: (tookSec * COHORT) / patientYears,
    gate: 60,
    aim: 60,
    better: 'lower',
    detail: { tookSec, patientYears },
  };
}

/** Each thread simulates its patients of all seeds, so that it is warm for all but the first. */
async function simulate(seeds: readonly string[], patients: number): Promise<SeedScores[]> {
  const shares = Array.from({ length: THREADS }, (_, from): Share => ({ seeds, patients, from, of: THREADS }));
  const scores = await Promise.all(shares.map(inThread));
  return seeds.map((seed, at) => ({ seed, scores: scores.flatMap((ofThread) => ofThread[at] ?? []) }));
}

function inThread(share: Share): Promise<PatientScore[][]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

import { runModel } from './run-model.js';

/** A part of the random steps in a process of its own, so that every core lives through worlds: arguments are the first world and the steps. */
function main(): void {
  const [seed = 1, steps = 1] = process.argv.slice(2).slice(-2).map(Number);
  try {
    const { tally, ...run } = runModel(seed, steps);
    process.stdout.write(JSON.stringify({ ...run, tally: [...tally] }));
  } catch (error) {
    process.stderr.write(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

main();

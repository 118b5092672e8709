import { World, type Tally } from './ownership-model.js';

/** What a run of the model did. */
export interface Run {
  readonly steps: number;
  readonly worlds: number;
  readonly tally: Tally;
}

/** Steps of one world before the next one begins. */
export const STEPS_A_WORLD = 1_000;

/**
 * Lives through as many worlds as make up the steps, numbered from `seed` on.
 * @throws Error that names the seed of the world and its last steps, by which the fault can be seen again
 */
export function runModel(seed: number, steps: number): Run {
  const tally: Tally = new Map();
  // A refusal is an answer here, not a fault: where it was made is of no use and costs more than the step.
  Error.stackTraceLimit = 0;
  const worlds = Math.ceil(steps / STEPS_A_WORLD);
  for (let index = 0; index < worlds; index++) {
    const world = new World(seed + index, tally);
    for (let step = 1; step <= STEPS_A_WORLD; step++) {
      try {
        world.step();
      } catch (error) {
        const what = error instanceof Error ? error : new Error(String(error));
        const again = `VARDE_MODEL_SEED=${seed + index} VARDE_MODEL_STEPS=${STEPS_A_WORLD}`;
        const story = world.lines.join('\n');
        throw new Error(
          `${what.message} (world ${seed + index}, step ${step}; again: ${again})\n${story}\n${JSON.stringify(world.state)}`,
          {
            cause: error,
          },
        );
      }
    }
  }
  return { steps: worlds * STEPS_A_WORLD, worlds, tally };
}

import { Broken } from './drills/model-checks.js';
import { tooRareIn } from './drills/model-tally.js';
import { World } from './drills/ownership-model.js';
import { runModel, STEPS_A_WORLD } from './drills/run-model.js';

// A million steps are a drill (test/drills/ownership-model.drill.ts); these are for every change.
test('no promise about who owns a problem breaks in 10,000 random steps', () => {
  const { steps, tally } = runModel(1, 10_000);
  expect(steps).toBe(10_000);
  expect(tooRareIn(tally, 1)).toEqual([]);
}, 120_000);

test('the same seed lives through the same', () => {
  expect(runModel(7, 3_000)).toEqual(runModel(7, 3_000));
}, 120_000);

test('a fault names its world and step, and that world alone shows it again', () => {
  const first = new World(1, new Map());
  let idsOfFirst = 0;
  for (let step = 0; step < STEPS_A_WORLD; step++) {
    first.step();
    idsOfFirst = Math.max(idsOfFirst, ...first.state.map(({ id }) => id));
  }
  const step = World.prototype.step;
  jest.spyOn(World.prototype, 'step').mockImplementation(function (this: World) {
    step.call(this);
    if (this.state.some(({ id }) => id > idsOfFirst)) throw new Broken('a fault of this test');
  });
  const said = messageOf(() => runModel(1, 20_000));
  const [, world, nth] = /^a fault of this test \(world (\d+), step (\d+); again: /.exec(said) ?? [];
  expect(Number(world)).toBeGreaterThan(1);
  expect(Number(nth)).toBeGreaterThan(0);
  expect(messageOf(() => runModel(Number(world), STEPS_A_WORLD))).toBe(said);
  jest.restoreAllMocks();
}, 120_000);

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('nothing broke');
}

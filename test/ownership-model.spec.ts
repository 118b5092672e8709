import { runModel } from './drills/ownership-model.js';

// A million steps are a drill (test/drills/ownership-model.drill.ts); these are for every change.
test('no promise about who owns a problem breaks in 10,000 random steps', () => {
  expect(runModel(1, 10_000).steps).toBe(10_000);
}, 120_000);

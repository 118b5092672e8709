import type { StaircaseStep } from '@varde/routing';
import { SmallModel } from './small-model.js';

test.each([
  ['red', 2],
  ['red', 6],
  ['critical', 1],
] as const)(
  'every state of one %s episode between organisations on step %i keeps the promises',
  (severity, step: StaircaseStep) => {
    const startedMs = performance.now();
    const { states, transitions, longest } = new SmallModel(severity, step).search();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(
      `${severity}, step ${step}: ${states} states, ${transitions} transitions, told within ${longest} half days, ${seconds} s\n`,
    );
    expect(states).toBeGreaterThan(1_000);
    expect(longest).toBeLessThanOrEqual(6);
  },
  300_000,
);

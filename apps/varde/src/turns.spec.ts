import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from './turns.js';

/** Turns that end when they are told to. */
function heldTurns(): { turns: Turns; begun: () => number; failed: unknown[]; end: (fault?: Error) => Promise<void> } {
  const ends: ((fault?: Error) => void)[] = [];
  const failed: unknown[] = [];
  const turns = new Turns(
    () => new Promise<void>((resolve, reject) => ends.push((fault) => (fault ? reject(fault) : resolve()))),
    (error) => failed.push(error),
  );
  const end = async (fault?: Error): Promise<void> => {
    ends.at(-1)?.(fault);
    await nextTurn();
  };
  return { turns, begun: () => ends.length, failed, end };
}

test('however often a turn is asked for while one runs, one more follows', async () => {
  const { turns, begun, end } = heldTurns();
  for (let time = 0; time < 3; time++) turns.begin();
  expect(begun()).toBe(1);
  await end();
  expect(begun()).toBe(2);
  await end();
  expect(begun()).toBe(2);
});

test('a turn that fails is told of, shows no work, and keeps none from following', async () => {
  const { turns, begun, failed, end } = heldTurns();
  const before = turns.workedAtMs;
  const fault = new Error('away');
  turns.begin();
  await end(fault);
  expect([failed, turns.workedAtMs]).toEqual([[fault], before]);
  turns.begin();
  await end();
  expect([begun(), turns.workedAtMs > before]).toEqual([2, true]);
});

test('a turn that fails before it has begun keeps none from following', async () => {
  const failed: unknown[] = [];
  const turns = new Turns(
    () => {
      throw new Error('not even begun');
    },
    (error) => failed.push(error),
  );
  turns.begin();
  await nextTurn();
  turns.begin();
  await turns.stop();
  expect(failed).toHaveLength(2);
});

test('stopping waits for the turn that runs, and none follows', async () => {
  const { turns, begun, end } = heldTurns();
  turns.begin();
  turns.begin();
  let isStopped = false;
  const stopping = turns.stop().then(() => (isStopped = true));
  await nextTurn();
  expect(isStopped).toBe(false);
  await end();
  await stopping;
  expect(begun()).toBe(1);
});

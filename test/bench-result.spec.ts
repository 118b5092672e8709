import { judge, tableOf, type Result } from './bench/result.js';

const result = (change: Partial<Result>): Result => ({
  ...{ bench: 'b', figure: 'f', value: 1, gate: 2, aim: 1, better: 'lower', detail: {} },
  ...change,
});

test.each<[string, Partial<Result>, string]>([
  ['the median reaches the aim', { value: 1, range: [0, 3] }, 'aim'],
  ['the best of the range holds the gate', { value: 3, range: [2, 4] }, 'gate'],
  ['all of the range misses it', { value: 4, range: [3, 5] }, 'missed'],
  ['one seed of a figure of safety misses it', { value: 0, range: [0, 3], gate: 0, aim: 0, isSafety: true }, 'missed'],
  ['no seed of it does', { value: 0, range: [0, 0], gate: 0, aim: 0, isSafety: true }, 'aim'],
  ['it is fast for those alone that came', { value: 1, range: [1, 1], missing: 1 }, 'missed'],
  ['nothing is missing', { missing: 0 }, 'aim'],
  ['nothing is asked of it', { gate: null }, 'told'],
])('%s', (_what, change, stands) => expect(judge(result(change))).toBe(stands));

test('the table says how many are missing', () => {
  expect(tableOf([result({ missing: 12 })])).toMatch(/\| missed, 12 missing +\|$/);
  expect(tableOf([result({ missing: 0 })])).toMatch(/\| aim +\|$/);
});

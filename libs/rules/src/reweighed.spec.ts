import { saidOf, type Asked } from '../../../test/rule-story.js';

const DAY = 1440;
const LOSS: Asked = { programme: 'hf', ruleId: 'hf.weight.loss_3d', metric: 'weight' };
const GAIN: Asked = { programme: 'hf', ruleId: 'hf.weight.gain_3d', metric: 'weight' };
type Weight = readonly [kg: number, minute: number];
const before: readonly Weight[] = [
  [80, -3 * DAY],
  [80.1, -2 * DAY],
  [80, -DAY],
];
const after: readonly Weight[] = [
  [80.1, DAY],
  [80, 2 * DAY],
];

describe('a weight that the same day has refuted', () => {
  test('too low: a second weighing settles it, and nothing is a gain from it', () => {
    const weights: readonly Weight[] = [...before, [77, 0], [80, 5], ...after];
    expect(saidOf(LOSS, weights, 4 * DAY)).toEqual(['0 pending', '0 not_confirmed']);
    expect(saidOf(GAIN, weights, 4 * DAY)).toEqual([]);
  });

  test('too high: nothing is a loss from it', () => {
    const weights: readonly Weight[] = [...before, [83, 0], [80.2, 5], ...after];
    expect(saidOf(GAIN, weights, 4 * DAY)).toEqual(['0 pending', '0 not_confirmed']);
    expect(saidOf(LOSS, weights, 4 * DAY)).toEqual([]);
  });

  test('is compared with when the second weighing says the same, or comes the day after', () => {
    expect(saidOf(GAIN, [...before, [77, 0], [77.2, 5], [80, DAY]], DAY)).toEqual([`${DAY} pending`]);
    expect(saidOf(GAIN, [...before, [77, 0], [80, DAY]], DAY)).toEqual([`${DAY} pending`]);
  });
});

test('a weight has moved when it differs from one of the last 36 hours: after that it fires at once', () => {
  expect(
    saidOf(
      GAIN,
      [
        [80, -36 * 60],
        [82.6, 0],
      ],
      0,
    ),
  ).toEqual(['0 pending']);
  expect(
    saidOf(
      GAIN,
      [
        [80, -36 * 60 - 1],
        [82.6, 0],
      ],
      0,
    ),
  ).toEqual(['0 fire']);
});

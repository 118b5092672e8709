import { checkAgainstHistory, suspectAgainstMedian, suspectJump, suspectPulses, suspectUnitByPrevious } from './history.js';
import type { Metric } from './metric.js';

const at = (hours: number): Date => new Date(Date.UTC(2026, 0, 15) + hours * 3_600_000);

test.each<[number, number, string | null]>([
  [70, 70, null],
  [154.3, 70, 'looks-like-pounds'],
  [70 * 2.2046 * 1.0299, 70, 'looks-like-pounds'],
  [70 * 2.2046 * 1.031, 70, null],
  [31.75, 70, 'looks-like-kilograms'],
  [22, 140, 'looks-like-stones'],
  [140, 22, 'looks-like-kilograms'],
  [70, 0, null],
])('a weight of %p after %p: %p', (value, previous, expected) => {
  expect(suspectUnitByPrevious('weight', value, previous)?.reason ?? null).toBe(expected);
});

test('the suspected other weight is told', () => {
  expect(suspectUnitByPrevious('weight', 154.322, 70)?.otherwise).toBe(70);
});

test.each<[Metric, number, number, number, boolean]>([
  ['spo2', 96, 86, 1 / 6, false],
  ['spo2', 96, 85, 1 / 6, true],
  ['spo2', 96, 85, 0.17, false],
  ['systolic', 130, 180, 24, false],
  ['systolic', 130, 181, 24, true],
  ['weight', 80, 84.9, 36, false],
  ['weight', 80, 85, 36, true],
  ['weight', 80, 85, 36.1, false],
  ['pulse', 60, 150, 1, false],
])('%s from %p to %p in %p h is a jump: %p', (metric, before, now, hours, expected) => {
  const [first, second] = [
    { value: before, observedAt: at(0) },
    { value: now, observedAt: at(hours) },
  ];
  expect(suspectJump(metric, second, first) !== null).toBe(expected);
  expect(suspectJump(metric, first, second) !== null).toBe(expected);
});

test('a tenth from the median is a jump, for weight alone', () => {
  expect(suspectAgainstMedian('weight', 87.9, 80)).toBeNull();
  expect(suspectAgainstMedian('weight', 88, 80)?.reason).toBe('jump');
  expect(suspectAgainstMedian('weight', 72, 80)?.reason).toBe('jump');
  expect(suspectAgainstMedian('pulse', 120, 80)).toBeNull();
});

test('oximeter and cuff may differ by 20', () => {
  expect(suspectPulses(70, 90)).toBeNull();
  expect(suspectPulses(70, 91)?.reason).toBe('pulses-differ');
});

test('the unit is suspected before the jump', () => {
  const previous = { value: 70, observedAt: at(0) };
  expect(checkAgainstHistory('weight', { value: 154.3, observedAt: at(12) }, previous, 70)?.reason).toBe('looks-like-pounds');
  expect(checkAgainstHistory('weight', { value: 75, observedAt: at(12) }, previous, 74)?.reason).toBe('jump');
  expect(checkAgainstHistory('weight', { value: 71, observedAt: at(12) }, previous, 70)).toBeNull();
  expect(checkAgainstHistory('weight', { value: 71, observedAt: at(12) }, null, null)).toBeNull();
});

import { checkAgainstHistory, mediansNear, suspectAgainstMedian, suspectJump, suspectPulses, suspectUnitByPrevious } from './history.js';
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

test.each<{ metric: Metric; before: number; now: number; hours: number; isJump: boolean }>([
  { metric: 'spo2', before: 96, now: 86, hours: 1 / 6, isJump: false },
  { metric: 'spo2', before: 96, now: 85, hours: 1 / 6, isJump: true },
  { metric: 'spo2', before: 96, now: 85, hours: 0.17, isJump: false },
  { metric: 'systolic', before: 130, now: 180, hours: 24, isJump: false },
  { metric: 'systolic', before: 130, now: 181, hours: 24, isJump: true },
  { metric: 'weight', before: 80, now: 84.9, hours: 36, isJump: false },
  { metric: 'weight', before: 80, now: 85, hours: 36, isJump: true },
  { metric: 'weight', before: 80, now: 85, hours: 36.1, isJump: false },
  { metric: 'pulse', before: 60, now: 150, hours: 1, isJump: false },
])('$metric from $before to $now in $hours h is a jump: $isJump', ({ metric, before, now, hours, isJump }) => {
  const [first, second] = [
    { value: before, observedAt: at(0) },
    { value: now, observedAt: at(hours) },
  ];
  expect(suspectJump(metric, second, first) !== null).toBe(isJump);
  expect(suspectJump(metric, first, second) !== null).toBe(isJump);
});

test('a tenth from the median is a jump, for weight alone', () => {
  expect(suspectAgainstMedian('weight', 87.9, 80)).toBeNull();
  expect(suspectAgainstMedian('weight', 88, 80)?.reason).toBe('jump');
  expect(suspectAgainstMedian('weight', 72, 80)?.reason).toBe('jump');
  expect(suspectAgainstMedian('pulse', 120, 80)).toBeNull();
});

test.each([2, 31.75, 79.99, 80, 81.4, 399.9])('medians near %d kg are near, and just past them they are not', (value) => {
  const { from, to } = mediansNear(value);
  const near = [from, (from + to) / 2, value, to].map((median) => suspectAgainstMedian('weight', value, median));
  expect(near).toEqual([null, null, null, null]);
  const far = [from * (1 - 1e-8), to * (1 + 1e-8)].map((median) => suspectAgainstMedian('weight', value, median)?.reason);
  expect(far).toEqual(['jump', 'jump']);
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

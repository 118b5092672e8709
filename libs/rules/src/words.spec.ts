import { amountWords, metricWords, pointWords, valueWords } from './words.js';

test.each([
  ['mMRC keeps its name, and its grade has no unit', metricWords('mmrc-grade').en, valueWords('mmrc-grade', 3).en, 'mMRC grade', '3'],
  ['in Norwegian too', metricWords('mmrc-grade').nb, pointWords('mmrc-grade', 1).nb, 'mMRC-grad', '1'],
  ['a score has points', metricWords('cat-score').en, valueWords('cat-score', 12).en, 'CAT score', '12 points'],
  ['others begin with a capital', metricWords('weight').nb, valueWords('weight', 82.1).nb, 'Vekt', '82,1 kg'],
])('%s', (_name, metric, value, expectedMetric, expectedValue) => {
  expect([metric, value]).toEqual([expectedMetric, expectedValue]);
});

test('one point is one point', () => {
  expect([1, 2].map((points) => amountWords(points, '{score}').en)).toEqual(['1 point', '2 points']);
});

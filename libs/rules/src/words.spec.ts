import { amountWords, metricWords, pointWords, valueWords } from './words.js';

test.each([
  ['mMRC keeps its name, and its grade has no unit', `${metricWords('mmrc-grade').en} ${valueWords('mmrc-grade', 3).en}`, 'mMRC grade 3'],
  ['nor has a step of it', `${metricWords('mmrc-grade').nb} ${pointWords('mmrc-grade', 1).nb}`, 'mMRC-grad 1'],
  ['a score has points', `${metricWords('cat-score').en} ${valueWords('cat-score', 12).en}`, 'CAT score 12 points'],
  ['one point is one', amountWords(1, '{score}').en, '1 point'],
  ['others begin with a capital', `${metricWords('weight').nb} ${valueWords('weight', 82.1).nb}`, 'Vekt 82,1 kg'],
])('%s', (_name, said, expected) => expect(said).toBe(expected));

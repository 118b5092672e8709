import { clockWords, momentOfYearWords, momentWords } from './moment-words.js';

const OSLO = 'Europe/Oslo';

test('a time of day has one form in each language, by itself and in a moment', () => {
  const at = new Date('2026-01-15T07:00:00Z');
  expect(clockWords(OSLO, at)).toEqual({ nb: 'kl. 08.00', en: '08:00' });
  expect(momentWords(OSLO, at)).toEqual({ nb: 'torsdag 15. januar kl. 08.00', en: 'Thursday 15 January at 08:00' });
  expect(momentOfYearWords(OSLO, at)).toEqual({ nb: 'torsdag 15. januar 2026 kl. 08.00', en: 'Thursday 15 January 2026 at 08:00' });
});

test.each([
  ['2026-10-24T23:59:00Z', 'kl. 01.59', '01:59', 'before it'],
  ['2026-10-25T00:00:00Z', 'kl. 02.00 (sommertid)', '02:00 (summer time)', 'the first time'],
  ['2026-10-25T00:59:00Z', 'kl. 02.59 (sommertid)', '02:59 (summer time)', 'the first time'],
  ['2026-10-25T01:00:00Z', 'kl. 02.00 (vintertid)', '02:00 (winter time)', 'the second time'],
  ['2026-10-25T01:59:00Z', 'kl. 02.59 (vintertid)', '02:59 (winter time)', 'the second time'],
  ['2026-10-25T02:00:00Z', 'kl. 03.00', '03:00', 'after it'],
  ['2026-03-29T00:59:00Z', 'kl. 01.59', '01:59', 'before the hour that is skipped'],
  ['2026-03-29T01:00:00Z', 'kl. 03.00', '03:00', 'after it'],
  ['2026-07-15T00:30:00Z', 'kl. 02.30', '02:30', 'an ordinary night'],
])('only the hour that comes twice says which of them it is: %s is %s (%s)', (at, nb, en) => {
  expect(clockWords(OSLO, new Date(at))).toEqual({ nb, en });
});

test('also where the clock moves by half an hour', () => {
  expect(
    ['15:00', '15:15', '14:45', '14:15'].map((utc) => clockWords('Australia/Lord_Howe', new Date(`2026-04-04T${utc}:00Z`)).en),
  ).toEqual(['01:30 (winter time)', '01:45 (winter time)', '01:45 (summer time)', '01:15']);
});

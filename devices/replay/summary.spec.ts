import { summarise } from './summary.js';

test('what was sent, answered and left out is told in measurements, with the first rows to look at', () => {
  const lines = summarise(
    {
      people: 2,
      acts: 40,
      messages: 3,
      answers: new Map([['stored', 3]]),
      withoutDevice: new Map([['scale', 2]]),
      withoutStand: new Map([
        ['c', 4],
        ['d', 1],
      ]),
    },
    new Map([
      ['there is no such date or time', [7]],
      ['the value is not a number', [2, 3, 5, 8, 13, 21]],
    ]),
  );
  expect(lines).toEqual([
    '40 measurements of 2 people, 3 messages confirmed',
    '  answered stored: 3',
    '  left out 1 rows: there is no such date or time (row 7)',
    '  left out 6 rows: the value is not a number (row 2, 3, 5, 8, 13, ...)',
    '  not sent 2 measurements: no device of kind scale in the home',
    '  not sent 5 measurements: no home stands for 2 people',
  ]);
});

import { failed, type Sending } from '../sending/sending.js';
import { WayOut } from './way-out.js';

const MINUTE_MS = 60_000;
const taken: Sending = { ok: true, receiptId: null, isDelivered: false };
const closed = failed('the gateway answered 401', false, true);
const refused = failed('the gateway answered 422', true, false);

test.each<[string, readonly (readonly [minute: number, sending: Sending])[], number, number | null]>([
  ['nothing tried', [], 5, null],
  ['taken', [[0, taken]], 5, null],
  ['one receiver refused', [[0, refused]], 5, null],
  ['the way failed', [[0, closed]], 5, 5],
  [
    'from the first that failed',
    [
      [0, closed],
      [4, closed],
    ],
    5,
    5,
  ],
  [
    'a refused receiver shows no open way',
    [
      [0, closed],
      [4, refused],
    ],
    5,
    5,
  ],
  [
    'taken since',
    [
      [0, closed],
      [4, taken],
    ],
    5,
    null,
  ],
  [
    'failed again after something was taken',
    [
      [0, closed],
      [2, taken],
      [4, closed],
    ],
    5,
    1,
  ],
  [
    'tried within the hour',
    [
      [0, closed],
      [30, closed],
    ],
    90,
    90,
  ],
  [
    'nothing tried for more than an hour',
    [
      [0, closed],
      [30, closed],
    ],
    91,
    null,
  ],
])('%s', (_, tries, minute, expected) => {
  const way = new WayOut();
  for (const [at, sending] of tries) way.note(sending, at * MINUTE_MS);
  const closedForMs = way.closedForMs(minute * MINUTE_MS);
  expect(closedForMs === null ? null : closedForMs / MINUTE_MS).toBe(expected);
});

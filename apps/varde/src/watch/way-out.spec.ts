import { failed, type Sending } from '../sending/sending.js';
import { WayOut } from './way-out.js';

const MINUTE_MS = 60_000;
const taken: Sending = { ok: true, receiptId: null, isDelivered: false };
const broke = failed('TypeError', false, 'broke');
const closed = failed('the gateway answered 401', false, 'closed');
const refused = failed('the gateway answered 422', true, 'stands');

test.each<[string, readonly (readonly [minute: number, sending: Sending, lasted?: number])[], number, number | null]>([
  ['nothing tried', [], 5, null],
  ['taken', [[0, taken]], 5, null],
  ['one receiver refused', [[0, refused]], 5, null],
  ['the way is closed', [[0, closed]], 5, 5],
  ['one try broke on the way', [[0, broke]], 5, null],
  [
    'the next try broke too: from the first',
    [
      [0, broke],
      [4, broke],
    ],
    5,
    5,
  ],
  [
    'tries that broke together, as when a connection they share is gone',
    [
      [0, broke],
      [0.2, broke, 0.2],
      [0.5, broke, 0.5],
    ],
    5,
    null,
  ],
  [
    'and the next one too',
    [
      [0, broke],
      [0.5, broke, 0.5],
      [1, broke, 0.1],
    ],
    5,
    5,
  ],
  [
    'one broke again after something was taken',
    [
      [0, broke],
      [2, taken],
      [4, broke],
    ],
    5,
    null,
  ],
  [
    'one broke again more than an hour later',
    [
      [0, broke],
      [61, broke],
    ],
    62,
    null,
  ],
  [
    'closed, from the one that broke before',
    [
      [0, broke],
      [4, closed],
    ],
    5,
    5,
  ],
  [
    'closed stays so when the next one breaks',
    [
      [0, closed],
      [4, broke, 5],
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
      [0, broke],
      [30, broke],
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
  for (const [at, sending, lasted = 0] of tries) way.note(sending, { beganMs: (at - lasted) * MINUTE_MS, endedMs: at * MINUTE_MS });
  const closedForMs = way.closedForMs(minute * MINUTE_MS);
  expect(closedForMs === null ? null : closedForMs / MINUTE_MS).toBe(expected);
});

test('what was known before a restart stands until a try says otherwise, or nothing has been tried for an hour', () => {
  const recalled = (): WayOut => {
    const way = new WayOut();
    way.recall(30 * MINUTE_MS, 0);
    return way;
  };
  expect(recalled().closedForMs(5 * MINUTE_MS)).toBe(35 * MINUTE_MS);
  expect(recalled().closedForMs(61 * MINUTE_MS)).toBeNull();
  const way = recalled();
  way.note(taken, { beganMs: MINUTE_MS, endedMs: MINUTE_MS });
  expect(way.closedForMs(2 * MINUTE_MS)).toBeNull();
  way.note(closed, { beganMs: 3 * MINUTE_MS, endedMs: 3 * MINUTE_MS });
  way.recall(30 * MINUTE_MS, 4 * MINUTE_MS);
  expect(way.closedForMs(5 * MINUTE_MS)).toBe(2 * MINUTE_MS);
});

import { blindMessage } from './tell-due.js';

const SINCE = new Date('2026-03-02T08:00:00Z');
const PLAYER = { process: 'front', host: 'one' };

/** Key of the message that so many gateways are gone, after so many minutes. */
function keyOf(gateways: number, minutes: number): string {
  const some = Array.from({ length: gateways }, (_, place) => ({
    ...({
      id: 10_234 + place,
      part: 'gateway',
      subject: `liten/gw-${place}`,
      why: 'silent',
      since: SINCE,
      to: null,
      detail: null,
    } as const),
  }));
  return blindMessage(some, PLAYER, new Date(SINCE.getTime() + minutes * 60_000)).key;
}

test('tries within the hour have one key, what is told again after an hour has another', () => {
  expect([0, 1, 59, 60, 119, 120].map((minutes) => keyOf(2, minutes))).toEqual([
    ...['blind-10234-10235-0', 'blind-10234-10235-0', 'blind-10234-10235-0'],
    ...['blind-10234-10235-1', 'blind-10234-10235-1', 'blind-10234-10235-2'],
  ]);
});

test('the gateways of a valley fit into a header and a line of mail', () => {
  expect(keyOf(10, 0)).toBe('blind-10234-10235-10236-10237-10238-10239-10240-10241-10242-10243-0');
  expect(keyOf(500, 0)).toMatch(/^blind-500-[0-9a-f]{64}-0$/);
  expect(keyOf(500, 1)).toBe(keyOf(500, 0));
  expect(keyOf(500, 0)).not.toBe(keyOf(499, 0));
});

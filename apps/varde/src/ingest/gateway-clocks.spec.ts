import { GatewayClocks } from './gateway-clocks.js';

const NOW = Date.UTC(2026, 2, 2, 8);
const at = (minutes: number): Date => new Date(NOW + minutes * 60_000);
const unsynced = { synced: false, source: null, lastSync: null };

test('a clock that is ahead, or says it is not set, is corrected at once', () => {
  const clocks = new GatewayClocks();
  clocks.learn('ahead', at(60), at(0));
  expect(clocks.offsetOf('ahead', null, at(0))).toBe(-3_600_000);
  clocks.learn('behind', at(-90), at(0));
  expect(clocks.offsetOf('behind', unsynced, at(0))).toBe(90 * 60_000);
  expect(clocks.offsetOf('never heard', unsynced, at(0))).toBeNull();
});

test('one that seems behind is believed until ten minutes agree that it is: a backlog looks the same', () => {
  const clocks = new GatewayClocks();
  clocks.learn('gw', at(-180), at(0));
  expect(clocks.offsetOf('gw', null, at(0))).toBeNull();
  clocks.learn('gw', at(0.1), at(0.1));
  clocks.learn('gw', at(11), at(11));
  expect(clocks.offsetOf('gw', null, at(11))).toBe(0);
  for (const minute of [0, 5, 11]) clocks.learn('slow', at(minute - 180), at(minute));
  expect(clocks.offsetOf('slow', null, at(11))).toBe(180 * 60_000);
});

test('a message that is processed again is corrected by what was known when it came', () => {
  const clocks = new GatewayClocks();
  for (const minute of [0, 5, 11]) clocks.learn('slow', at(minute - 180), at(minute));
  expect(clocks.offsetThen('slow', null, at(11))).toBe(180 * 60_000);
  expect(clocks.offsetThen('slow', null, at(5))).toBeNull();
  expect(clocks.offsetThen('slow', unsynced, at(-1))).toBeNull();
  clocks.learn('slow', at(30), at(30));
  expect(clocks.offsetThen('slow', null, at(11))).toBeNull();
  expect(clocks.offsetThen('never heard', unsynced, at(0))).toBeNull();
});

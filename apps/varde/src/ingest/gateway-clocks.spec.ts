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

test('one that falls back while it is not set is corrected within twenty minutes', () => {
  const clocks = new GatewayClocks();
  clocks.learn('gw', new Date(NOW - 100), at(0));
  for (let minute = 1; minute <= 20; minute += 1) {
    clocks.learn('gw', at(minute - 40), at(minute));
    // So far it may as well be a backlog.
    if (minute === 9) expect(clocks.offsetOf('gw', unsynced, at(minute))).toBe(100);
  }
  expect(clocks.offsetOf('gw', unsynced, at(20))).toBe(40 * 60_000);
  clocks.learn('gw', at(21), at(21));
  expect(clocks.offsetOf('gw', unsynced, at(21))).toBe(0);
});

test('ordinary delays, and a backlog after an hour of silence, do not move it', () => {
  const clocks = new GatewayClocks();
  for (let minute = 0; minute <= 60; minute += 1) {
    const delayMs = minute % 5 === 0 ? 100 : 20_000 + minute * 500;
    clocks.learn('gw', new Date(at(minute).getTime() - delayMs), at(minute));
    expect(clocks.offsetOf('gw', unsynced, at(minute))).toBe(100);
  }
  for (const waited of [50, 30, 10, 0]) {
    clocks.learn('gw', at(120 - waited), at(120));
    expect(clocks.offsetOf('gw', unsynced, at(120))).toBe(waited === 0 ? 0 : 100);
  }
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

test('what is known is to be kept once, and again when it moves or was not kept after all; recalled it is what it was', () => {
  const clocks = new GatewayClocks();
  expect([clocks.knows('gw'), clocks.takeUnkept('gw')]).toEqual([false, null]);
  const unkept = (minute: number, behindMs: number) => {
    clocks.learn('gw', new Date(at(minute).getTime() - behindMs), at(minute));
    return clocks.takeUnkept('gw')?.offsetMs ?? null;
  };
  expect([0, 5, 11, 25].map((minute) => unkept(minute, 600_000 + minute * 100))).toEqual([600_000, null, null, null]);
  expect([unkept(26, 595_000), unkept(27, 300_000)]).toEqual([595_000, 300_000]);
  clocks.leaveUnkept('gw');
  const kept = clocks.takeUnkept('gw');
  const again = new GatewayClocks();
  again.recall('gw', kept!);
  for (const known of [clocks, again]) known.learn('gw', at(32), at(38));
  for (const minute of [28, 36, 37, 47]) expect(again.offsetOf('gw', null, at(minute))).toBe(clocks.offsetOf('gw', null, at(minute)));
  again.recall('gw', { ...kept!, offsetMs: 0 });
  expect(again.offsetOf('gw', null, at(47))).toBe(clocks.offsetOf('gw', null, at(47)));
});

test('a backlog that is worked off slowly is no slow clock', () => {
  const clocks = new GatewayClocks();
  for (let minute = 0; minute <= 40; minute += 0.5) {
    clocks.learn('gw', at(-180 + 4 * minute), at(minute));
    expect([clocks.offsetOf('gw', null, at(minute)), clocks.behindOf('gw', at(minute))]).toEqual([null, null]);
  }
});

describe('a clock is behind', () => {
  test.each([
    [6, 6],
    [5, null],
    [180, 180],
    [-20, null],
  ])('by %d minutes for ten', (minutes, behind) => {
    const clocks = new GatewayClocks();
    for (const minute of [0, 5, 9.9]) {
      clocks.learn('gw', at(minute - minutes), at(minute));
      expect(clocks.behindOf('gw', at(minute))).toBeNull();
    }
    clocks.learn('gw', at(10 - minutes), at(10));
    expect(clocks.behindOf('gw', at(10))).toBe(behind === null ? null : behind * 60_000);
    clocks.learn('gw', at(12), at(12));
    expect(clocks.behindOf('gw', at(12))).toBeNull();
    expect(clocks.behindOf('never heard', at(12))).toBeNull();
  });

  test('of who measures once a day when two days say the same, not when each has its own delay', () => {
    const clocks = new GatewayClocks();
    for (const day of [0, 1440]) {
      clocks.learn('slow', at(day - 20), at(day));
      clocks.learn('late', at(day - (day === 0 ? 21 : 35)), at(day));
    }
    expect([clocks.behindOf('slow', at(1440)), clocks.behindOf('late', at(1440))]).toEqual([20 * 60_000, null]);
  });
});

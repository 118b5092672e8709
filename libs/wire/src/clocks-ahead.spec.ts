import { readFileSync } from 'node:fs';
import { clocksAhead } from './clocks-ahead.js';
import { effectiveTime, type TimeEvidence } from './effective-time.js';

const at = (text: string): Date => new Date(text);
const RECEIVED = at('2026-01-15T07:31:06Z');
const after = (minutes: number): Date => new Date(RECEIVED.getTime() + minutes * 60_000);
/** What a clock in Oslo shows that is so far ahead. */
const wall = (minutes: number): string =>
  after(minutes + 60)
    .toISOString()
    .slice(0, 19);

type Change = Partial<Omit<TimeEvidence, 'measurement'>> & Partial<TimeEvidence['measurement']>;

/** Live, heard and sent as it was received, printed right. */
function evidence(change: Change): TimeEvidence {
  const { deviceTime = wall(0), gatewayTime = RECEIVED, stored = false, clockNotSet = false, ...rest } = change;
  const known = { deviceClock: null, gatewayClock: null, gatewayOffsetMs: null, deviceEarliest: null };
  const when = { sentAt: RECEIVED, receivedAt: RECEIVED, zone: 'Europe/Oslo' };
  return { measurement: { deviceTime, gatewayTime, stored, clockNotSet }, ...known, ...when, ...rest };
}
const minutesAhead = (change: Change): (number | null)[] => {
  const { deviceMs, gatewayMs } = clocksAhead(evidence(change));
  return [deviceMs, gatewayMs].map((ms) => (ms === null ? null : ms / 60_000));
};
const pair = (minutes: number, readAt = RECEIVED) => ({ reading: wall(minutes), readAt, setByGateway: false, notSet: false });
const SYNCED = { synced: true, source: null, lastSync: null };

test('the catalogue says five minutes, in both places', () => {
  const file = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as {
    late_data_policy: { future: string };
    plausibility: { measure: string; confirm: string | null }[];
  };
  const any = file.plausibility.find(({ measure }) => measure === 'any');
  const said = [file.late_data_policy.future, any?.confirm].map((text) => Number(/more than (\d+) minutes ahead/.exec(text ?? '')?.[1]));
  for (const minutes of said) {
    expect([minutesAhead({ deviceTime: wall(minutes) }), minutesAhead({ deviceTime: wall(minutes + 1) })]).toEqual([
      [null, null],
      [minutes + 1, null],
    ]);
    const sent = (sentAt: Date) => minutesAhead({ deviceTime: null, sentAt })[1];
    expect([sent(after(minutes)), sent(after(minutes + 1))]).toEqual([null, minutes + 1]);
    const heard = (gatewayTime: Date) => effectiveTime(evidence({ deviceTime: null, gatewayTime })).timeQuality;
    expect([heard(after(minutes)), heard(after(minutes + 1))]).toEqual(['gateway', 'doubtful']);
  }
});

test.each<[string, Change, number | null]>([
  ['right', {}, null],
  ['twenty minutes', { deviceTime: wall(20) }, 20],
  ['fifteen minutes: no zone is so near', { deviceTime: wall(15) }, 15],
  ['an hour: another zone or summer time', { deviceTime: wall(60) }, null],
  ['a day', { deviceTime: wall(1440) }, 1440],
  ['behind', { deviceTime: wall(-20) }, null],
  ['nothing printed', { deviceTime: null }, null],
  ['unreadable', { deviceTime: '0000-00-00T00:00:00' }, null],
  ['not set', { deviceTime: wall(1440), clockNotSet: true }, null],
  ['not set, says the gateway', { deviceTime: wall(1440), deviceClock: { ...pair(1440), notSet: true } }, null],
  ['by its pair, though the act is from memory', { deviceTime: wall(-600), stored: true, deviceClock: pair(20) }, 20],
  ['by its pair in another zone', { deviceTime: wall(0), deviceClock: pair(-60) }, null],
  ['by a pair that was read without a clock', { deviceTime: wall(20), deviceClock: pair(0, at('1970-01-01T00:00:40Z')) }, 20],
  ['from memory, not later than it came', { deviceTime: wall(0), stored: true }, null],
  ['from memory, an hour later than it came: no zone is known there', { deviceTime: wall(60), stored: true }, 60],
  ['heard by a gateway without a clock', { deviceTime: wall(20), gatewayTime: at('1970-01-01T00:00:40Z') }, 20],
  ['right, heard by a gateway that is ten minutes slow', { deviceTime: wall(0), gatewayTime: after(-10), sentAt: after(-10) }, null],
  ['right, heard by one that is slow and says it is not', { gatewayTime: after(-10), sentAt: after(-10), gatewayClock: SYNCED }, null],
  ['right, heard while the gateway was slow', { deviceTime: wall(0), gatewayTime: after(-10) }, null],
  ['right by its pair, read by a slow gateway', { stored: true, deviceClock: pair(0, after(-10)) }, null],
  ['25 minutes, heard by a slow gateway', { deviceTime: wall(25), gatewayTime: after(-10), sentAt: after(-10) }, 25],
  ['an hour, heard by a slow gateway', { deviceTime: wall(60), gatewayTime: after(-10), sentAt: after(-10) }, null],
  ['an hour, and waited in the gateway', { deviceTime: wall(20), gatewayTime: after(-40) }, null],
  ['twenty minutes by a pair from before', { stored: true, deviceClock: pair(10, after(-10)) }, 10],
])('a device that is %s', (_, change, minutes) => expect(minutesAhead(change)).toEqual([minutes, null]));

test.each<[string, Change, number | null]>([
  ['right', {}, null],
  ['a day ahead', { sentAt: after(1440), gatewayTime: after(1440) }, 1440],
  ['ahead, though this message waited for hours', { sentAt: after(-120), gatewayTime: after(-120), gatewayOffsetMs: -600_000 }, 10],
  ['ahead only where it writes when it heard', { gatewayTime: after(60) }, 60],
  ['behind', { sentAt: after(-30), gatewayTime: after(-30), gatewayOffsetMs: 1_800_000 }, null],
])('a gateway that is %s', (_, change, minutes) => expect(minutesAhead({ ...change, deviceTime: null })[1]).toBe(minutes));

test('a device is not blamed for its gateway', () => {
  const ahead = { sentAt: after(1440), gatewayTime: after(1440) };
  expect(minutesAhead(ahead)).toEqual([null, 1440]);
  expect(minutesAhead({ ...ahead, deviceTime: wall(20) })).toEqual([20, 1440]);
  // Set since: what is known of it lags behind.
  for (const deviceClock of [null, pair(0)]) expect(minutesAhead({ gatewayOffsetMs: -1_200_000, deviceClock })).toEqual([null, 20]);
});

test('in the hour that comes twice the device that was set back in time is right', () => {
  const [first, second] = [at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')];
  for (const moment of [first, second]) {
    const when = { gatewayTime: moment, sentAt: moment, receivedAt: moment };
    expect(minutesAhead({ deviceTime: '2026-10-25T02:30:00', ...when })).toEqual([null, null]);
  }
});

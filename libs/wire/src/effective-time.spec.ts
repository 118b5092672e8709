import { offsetMsAt } from '@varde/vitals';
import fc from 'fast-check';
import { effectiveTime, gatewayOffset, type TimeEvidence } from './effective-time.js';
import { parsePrintedTime, parseUtc } from './time-text.js';
import { UnknownZone, instantsOfWall } from './zone.js';

const at = (text: string): Date => new Date(text);

/** A winter morning in Norway: 08:28:40 on the wall is 07:28:40 UTC. */
interface Morning extends Partial<Omit<TimeEvidence, 'measurement'>> {
  readonly deviceTime?: string | null;
  readonly gatewayTime?: Date;
  readonly stored?: boolean;
  readonly clockNotSet?: boolean;
}

function morning({ deviceTime = '2026-01-15T08:31:00', gatewayTime, stored = false, clockNotSet = false, ...rest }: Morning): TimeEvidence {
  return {
    measurement: { deviceTime, gatewayTime: gatewayTime ?? at('2026-01-15T07:31:02Z'), stored, clockNotSet },
    deviceClock: null,
    gatewayClock: { synced: true, source: 'ntp', lastSync: null },
    sentAt: at('2026-01-15T07:31:05Z'),
    receivedAt: at('2026-01-15T07:31:06Z'),
    gatewayOffsetMs: 1000,
    zone: 'Europe/Oslo',
    deviceEarliest: at('2025-06-01T00:00:00Z'),
    ...rest,
  };
}

const pair = (reading: string, readAt: string, setByGateway = false): TimeEvidence['deviceClock'] => ({
  reading,
  readAt: at(readAt),
  setByGateway,
  notSet: false,
});

/** The example of the contract: Central European time and 63 s slow. */
const slow = pair('2026-01-15T08:29:58', '2026-01-15T07:31:01Z');

test.each<[string, Morning, string, string, string]>([
  ['live, clock right', {}, '2026-01-15T07:31:00.000Z', 'device', 'printed'],
  ['live, two minutes off', { deviceTime: '2026-01-15T08:29:02' }, '2026-01-15T07:29:02.000Z', 'device', 'printed'],
  ['live, more than two minutes off', { deviceTime: '2026-01-15T08:29:01' }, '2026-01-15T07:31:02.000Z', 'gateway', 'clock-off'],
  ['live, years behind', { deviceTime: '2022-01-15T08:31:00' }, '2026-01-15T07:31:02.000Z', 'gateway', 'before-the-device'],
  ['live, a day ahead', { deviceTime: '2026-01-16T08:31:00' }, '2026-01-15T07:31:02.000Z', 'gateway', 'in-the-future'],
  ['live, on UTC', { deviceTime: '2026-01-15T07:31:00' }, '2026-01-15T07:31:02.000Z', 'zone-corrected', 'zone-error'],
  ['live, India', { deviceTime: '2026-01-15T13:01:30' }, '2026-01-15T07:31:02.000Z', 'zone-corrected', 'zone-error'],
  ['live, 14 h ahead', { deviceTime: '2026-01-15T22:31:00' }, '2026-01-15T07:31:02.000Z', 'zone-corrected', 'zone-error'],
  ['live, 15 h ahead', { deviceTime: '2026-01-15T23:31:00' }, '2026-01-15T07:31:02.000Z', 'gateway', 'in-the-future'],
  ['live, no time', { deviceTime: null }, '2026-01-15T07:31:02.000Z', 'gateway', 'none-printed'],
  ['live, zeros', { deviceTime: '0000-04-17T20:41:59' }, '2026-01-15T07:31:02.000Z', 'gateway', 'unreadable'],
  ['live, not set', { clockNotSet: true }, '2026-01-15T07:31:02.000Z', 'gateway', 'clock-not-set'],
  ['printed with an offset', { deviceTime: '2026-01-15T02:31:00-05:00' }, '2026-01-15T07:31:00.000Z', 'device', 'printed'],
  [
    'the example',
    { deviceTime: '2026-01-15T08:28:40', deviceClock: slow, stored: true },
    '2026-01-15T07:29:43.000Z',
    'device-corrected',
    'clock-pair',
  ],
  [
    'the example, 59 s slow',
    { deviceTime: '2026-01-15T08:28:40', deviceClock: pair('2026-01-15T08:30:02', '2026-01-15T07:31:01Z') },
    '2026-01-15T07:29:39.000Z',
    'device',
    'clock-pair',
  ],
  [
    'four years behind, with a pair',
    { deviceTime: '2022-01-14T08:00:00', stored: true, deviceClock: pair('2022-01-15T08:31:01', '2026-01-15T07:31:01Z') },
    '2026-01-14T07:00:00.000Z',
    'device',
    'clock-pair',
  ],
  [
    'set between, stored',
    { deviceTime: '2026-01-14T08:00:00', stored: true, deviceClock: pair('2026-01-15T08:31:01', '2026-01-15T07:31:01Z', true) },
    '2026-01-14T07:00:00.000Z',
    'doubtful',
    'clock-set-between',
  ],
  [
    'set between, live and close',
    { deviceClock: pair('2026-01-15T08:31:01', '2026-01-15T07:31:01Z', true) },
    '2026-01-15T07:31:00.000Z',
    'device',
    'clock-pair',
  ],
  [
    'set between, live and far',
    { deviceTime: '2026-01-15T04:00:00', deviceClock: pair('2026-01-15T08:31:01', '2026-01-15T07:31:01Z', true) },
    '2026-01-15T07:31:02.000Z',
    'gateway',
    'clock-set-between',
  ],
  [
    'by its pair in the future',
    { deviceTime: '2026-01-15T09:00:00', stored: true, deviceClock: slow },
    '2026-01-15T07:31:02.000Z',
    'received-late',
    'in-the-future',
  ],
  [
    'a pair half with an offset is no pair',
    { deviceClock: pair('2026-01-15T08:29:58+01:00', '2026-01-15T07:31:01Z') },
    '2026-01-15T07:31:00.000Z',
    'device',
    'printed',
  ],
  [
    'an unreadable pair is no pair',
    { deviceClock: pair('0000-00-00T00:00:00', '2026-01-15T07:31:01Z') },
    '2026-01-15T07:31:00.000Z',
    'device',
    'printed',
  ],
  [
    'stored, without a pair',
    { deviceTime: '2026-01-12T20:00:00', stored: true },
    '2026-01-12T19:00:00.000Z',
    'doubtful',
    'stored-without-pair',
  ],
  [
    'stored, before the device',
    { deviceTime: '2025-05-31T00:00:00', stored: true },
    '2026-01-15T07:31:02.000Z',
    'received-late',
    'before-the-device',
  ],
  [
    'stored, before any device',
    { deviceTime: '2014-12-31T00:00:00', stored: true, deviceEarliest: null },
    '2026-01-15T07:31:02.000Z',
    'received-late',
    'before-the-device',
  ],
  ['stored, no time', { deviceTime: null, stored: true }, '2026-01-15T07:31:02.000Z', 'received-late', 'none-printed'],
  ['never after we had it', { deviceTime: '2026-01-15T08:32:30' }, '2026-01-15T07:31:06.000Z', 'device', 'printed'],
])('%s', (...[, evidence, observedAt, quality, reason]) => {
  const time = effectiveTime(morning(evidence));
  expect([time.observedAt.toISOString(), time.timeQuality, time.reason]).toEqual([observedAt, quality, reason]);
});

test('the shift is what was added to the printed time read as UTC', () => {
  expect(effectiveTime(morning({ deviceTime: '2026-01-15T08:28:40', deviceClock: slow })).clockShiftMs).toBe(-(58 * 60 + 57) * 1000);
  expect(effectiveTime(morning({ deviceTime: null })).clockShiftMs).toBeNull();
});

test.each([
  ['60 s ahead is let be', 60, false],
  ['more is shifted', 61, true],
  ['70 s too', 70, true],
])('a gateway that is set: %s', (_name, aheadS, gatewayCorrected) => {
  const sentAt = new Date(at('2026-01-15T07:31:06Z').getTime() + aheadS * 1000);
  expect(effectiveTime(morning({ sentAt, gatewayOffsetMs: null })).gatewayCorrected).toBe(gatewayCorrected);
});

describe('the gateway clock', () => {
  const none = { deviceTime: null };
  test.each<[string, Morning, string, boolean]>([
    ['right', none, '2026-01-15T07:31:02.000Z', false],
    [
      'two years ahead, offset known',
      {
        ...none,
        gatewayTime: at('2028-01-15T07:31:00Z'),
        sentAt: at('2028-01-15T07:31:05Z'),
        gatewayOffsetMs: at('2026-01-15T07:31:06Z').getTime() - at('2028-01-15T07:31:05Z').getTime(),
      },
      '2026-01-15T07:31:01.000Z',
      true,
    ],
    [
      'two years ahead, nothing known: the wait in the gateway stays right',
      { ...none, gatewayTime: at('2028-01-15T06:31:05Z'), sentAt: at('2028-01-15T07:31:05Z'), gatewayOffsetMs: null },
      '2026-01-15T06:31:06.000Z',
      true,
    ],
    [
      'a minute ahead is let be, but not past our own',
      { ...none, gatewayTime: at('2026-01-15T07:32:00Z'), sentAt: at('2026-01-15T07:32:06Z') },
      '2026-01-15T07:31:06.000Z',
      false,
    ],
    [
      'says it is not synced',
      {
        ...none,
        gatewayClock: { synced: false, source: null, lastSync: null },
        gatewayOffsetMs: 600_000,
        gatewayTime: at('2026-01-15T07:20:00Z'),
        sentAt: at('2026-01-15T07:21:06Z'),
      },
      '2026-01-15T07:30:00.000Z',
      true,
    ],
    [
      'silent and far off',
      { ...none, gatewayClock: null, gatewayOffsetMs: 600_000, gatewayTime: at('2026-01-15T07:20:00Z') },
      '2026-01-15T07:30:00.000Z',
      true,
    ],
    [
      'at 1970',
      { ...none, gatewayTime: at('1970-01-01T00:10:00Z'), sentAt: at('1970-01-01T00:10:05Z'), gatewayOffsetMs: null },
      '2026-01-15T07:31:01.000Z',
      true,
    ],
    ['hours in its buffer is not off', { ...none, gatewayTime: at('2026-01-15T02:00:00Z') }, '2026-01-15T02:00:00.000Z', false],
    ['set while the reading waited', { ...none, gatewayTime: at('2031-01-15T07:31:02Z') }, '2026-01-15T07:31:06.000Z', false],
  ])('%s', (_name, evidence, observedAt, corrected) => {
    const time = effectiveTime(morning(evidence));
    expect([time.observedAt.toISOString(), time.gatewayCorrected]).toEqual([observedAt, corrected]);
  });

  describe('set only after it heard the reading', () => {
    const unset = { gatewayTime: at('1970-01-01T00:00:40Z') };
    test.each<[string, Morning, string, string, string]>([
      ['nothing printed', { deviceTime: null }, '2026-01-15T07:31:06.000Z', 'gateway', 'none-printed'],
      ['printed just now', {}, '2026-01-15T07:31:00.000Z', 'device', 'printed'],
      [
        'printed an hour ago: a wait, or another zone',
        { deviceTime: '2026-01-15T07:31:00' },
        '2026-01-15T06:31:00.000Z',
        'doubtful',
        'gateway-not-set',
      ],
      ['printed years ago', { deviceTime: '2017-01-01T00:00:09' }, '2026-01-15T07:31:06.000Z', 'gateway', 'before-the-device'],
      ['from memory, nothing printed', { deviceTime: null, stored: true }, '2026-01-15T07:31:06.000Z', 'received-late', 'none-printed'],
      ['from memory', { deviceTime: '2026-01-12T20:00:00', stored: true }, '2026-01-12T19:00:00.000Z', 'doubtful', 'stored-without-pair'],
      [
        'with a pair of that time, which is no pair',
        { deviceTime: '2026-01-15T07:31:00', deviceClock: pair('2026-01-15T07:31:01', '1970-01-01T00:00:41Z') },
        '2026-01-15T06:31:00.000Z',
        'doubtful',
        'gateway-not-set',
      ],
      [
        'with a pair of later',
        { deviceTime: '2026-01-15T07:31:00', deviceClock: pair('2026-01-15T08:31:00', '2026-01-15T07:31:00Z') },
        '2026-01-15T06:31:00.000Z',
        'device',
        'clock-pair',
      ],
    ])('%s', (...[, evidence, observedAt, quality, reason]) => {
      const time = effectiveTime(morning({ ...unset, ...evidence }));
      expect([time.observedAt.toISOString(), time.timeQuality, time.reason]).toEqual([observedAt, quality, reason]);
    });
  });

  describe('set back while the reading waited', () => {
    const ahead = { gatewayTime: at('2026-01-16T07:31:02Z') };
    test.each<[string, Morning, string, string, string]>([
      ['nothing printed', { deviceTime: null }, '2026-01-15T07:31:06.000Z', 'doubtful', 'in-the-future'],
      ['printed just now', {}, '2026-01-15T07:31:00.000Z', 'device', 'printed'],
      ['printed an hour ago: a wait', { deviceTime: '2026-01-15T07:31:00' }, '2026-01-15T06:31:00.000Z', 'doubtful', 'gateway-not-set'],
      ['printed a day ahead too', { deviceTime: '2026-01-16T08:31:00' }, '2026-01-15T07:31:06.000Z', 'doubtful', 'in-the-future'],
      ['from memory, nothing printed', { deviceTime: null, stored: true }, '2026-01-15T07:31:06.000Z', 'received-late', 'none-printed'],
      [
        'by no more than five minutes',
        { deviceTime: null, gatewayTime: at('2026-01-15T07:36:06Z') },
        '2026-01-15T07:31:06.000Z',
        'gateway',
        'none-printed',
      ],
    ])('%s', (...[, evidence, observedAt, quality, reason]) => {
      const time = effectiveTime(morning({ ...ahead, ...evidence }));
      expect([time.observedAt.toISOString(), time.timeQuality, time.reason]).toEqual([observedAt, quality, reason]);
    });
  });

  test('the running offset keeps the least delay and starts anew when the clock was set', () => {
    const received = at('2026-01-15T07:31:06Z');
    const first = gatewayOffset(null, at('2026-01-15T07:31:00Z'), received);
    const second = gatewayOffset(first, at('2026-01-15T07:31:05Z'), received);
    expect([first.offsetMs, second.offsetMs]).toEqual([6000, 1000]);
    expect(gatewayOffset(second, at('2026-01-15T07:31:00Z'), received).offsetMs).toBe(1000);
    expect(gatewayOffset(second, at('2028-01-15T07:31:06Z'), received).offsetMs).toBeLessThan(-60_000);
  });
});

describe('summer time', () => {
  const wall = (text: string): number => Date.parse(`${text}Z`);
  const instants = (zone: string, text: string): string[] =>
    instantsOfWall(zone, wall(text)).map((instant) => new Date(instant).toISOString());

  test.each<[string, string, string[]]>([
    ['Europe/Oslo', '2026-03-29T01:59:59', ['2026-03-29T00:59:59.000Z']],
    ['Europe/Oslo', '2026-03-29T02:30:00', ['2026-03-29T01:30:00.000Z']],
    ['Europe/Oslo', '2026-03-29T03:00:00', ['2026-03-29T01:00:00.000Z']],
    ['Europe/Oslo', '2026-10-25T01:59:59', ['2026-10-24T23:59:59.000Z']],
    ['Europe/Oslo', '2026-10-25T02:30:00', ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']],
    ['Europe/Oslo', '2026-10-25T03:00:00', ['2026-10-25T02:00:00.000Z']],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
    ['Asia/Kolkata', '2026-04-05T01:45:00', ['2026-04-04T20:15:00.000Z']],
    ['UTC', '2026-04-05T01:45:00', ['2026-04-05T01:45:00.000Z']],
  ])('%s %s', (zone, text, expected) => expect(instants(zone, text)).toEqual(expected));

  test('of the hour that comes twice the one nearer the gateway counts', () => {
    const night = (gatewayTime: string): string => {
      const gateway = at(gatewayTime);
      const evidence = morning({
        deviceTime: '2026-10-25T02:30:00',
        gatewayTime: gateway,
        sentAt: gateway,
        receivedAt: gateway,
        deviceEarliest: null,
      });
      return effectiveTime(evidence).observedAt.toISOString();
    };
    expect(night('2026-10-25T00:30:05Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(night('2026-10-25T01:30:05Z')).toBe('2026-10-25T01:30:00.000Z');
  });

  test('an instant and its wall agree in every zone', () => {
    const zones = ['Europe/Oslo', 'UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Kiritimati'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 1_450_000_000, max: 2_000_000_000 }), (zone, second) => {
        const utcMs = second * 1000;
        expect(instantsOfWall(zone, utcMs + offsetMsAt(zone, utcMs))).toContain(utcMs);
      }),
    );
  });

  test('a zone that is none', () => {
    expect(() => instantsOfWall('Europe/Atlantis', 0)).toThrow(UnknownZone);
    expect(() => instantsOfWall('', 0)).toThrow(UnknownZone);
  });
});

test.each<[string, string | null]>([
  ['2026-01-15T08:28:40', '2026-01-15T08:28:40.000Z'],
  ['2026-01-15T08:28:40.1239Z', '2026-01-15T08:28:40.123Z'],
  ['2026-01-15T08:28:40.5+01:30', '2026-01-15T08:28:40.500Z'],
  ['2024-02-29T00:00:00', '2024-02-29T00:00:00.000Z'],
  ['2026-02-29T00:00:00', null],
  ['2026-13-01T00:00:00', null],
  ['2026-00-15T08:28:40', null],
  ['0000-00-00T18:26:32', null],
  ['2026-01-15T24:00:00', null],
  ['2026-01-15T08:60:00', null],
  ['2026-01-15T08:28:60', null],
  ['2026-95-15T08:28:60', null],
  ['2026-01-15', null],
  ['2026-01-15T08:28', null],
  ['2026-01-15T08:28:40.', null],
  ['2026-01-15T08:28:40+0100', null],
  ['2026-01-15T08:28:40+15:00', null],
  ['2026-01-15T08:28:40 Z', null],
  ['2026-01-15T08:28:4x', null],
  ['', null],
])('"%s" on a device means %p', (text, expected) => {
  const printed = parsePrintedTime(text);
  expect(printed === null ? null : new Date(printed.wallMs).toISOString()).toBe(expected);
});

test('any text is a time or not, and every UTC time we write is one', () => {
  fc.assert(fc.property(fc.string(), (text) => void parsePrintedTime(text)));
  const dates = fc.date({ min: at('1970-01-01T00:00:00Z'), max: at('2999-12-31T00:00:00Z'), noInvalidDate: true });
  fc.assert(fc.property(dates, (date) => void expect(parseUtc(date.toISOString())).toEqual(date)));
});

test('whatever is known, the time is finite, not after its arrival, and the same every time', () => {
  const date = fc.date({ min: at('1900-01-01T00:00:00Z'), max: at('2200-01-01T00:00:00Z'), noInvalidDate: true });
  const text = fc.option(
    fc.oneof(
      fc.string(),
      date.map((moment) => moment.toISOString().slice(0, 19)),
    ),
  );
  const clock = fc.record({ reading: text, readAt: fc.option(date), setByGateway: fc.boolean(), notSet: fc.boolean() });
  const evidence: fc.Arbitrary<TimeEvidence> = fc.record({
    measurement: fc.record({ deviceTime: text, gatewayTime: date, stored: fc.boolean(), clockNotSet: fc.boolean() }),
    deviceClock: fc.option(clock),
    gatewayClock: fc.option(fc.record({ synced: fc.option(fc.boolean()), source: fc.constant(null), lastSync: fc.constant(null) })),
    sentAt: date,
    receivedAt: date,
    gatewayOffsetMs: fc.option(fc.integer()),
    zone: fc.constantFrom('Europe/Oslo', 'UTC', 'Asia/Kolkata'),
    deviceEarliest: fc.option(date),
  });
  fc.assert(
    fc.property(evidence, (known) => {
      const time = effectiveTime(known);
      expect(time.observedAt.getTime()).toBeLessThanOrEqual(known.receivedAt.getTime());
      expect(effectiveTime(known)).toEqual(time);
    }),
  );
});

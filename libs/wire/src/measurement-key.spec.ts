import fc from 'fast-check';
import { measurementKey, sameWithoutClock, wallMsOfKey } from './measurement-key.js';
import type { Measurement } from './message.js';

const at = (text: string): Date => new Date(text);

function act(part: Partial<Measurement> = {}): Measurement {
  return {
    index: 0,
    kind: 'pulse-oximetry',
    key: null,
    userSlot: null,
    deviceTime: '2026-01-15T08:28:40',
    gatewayTime: at('2026-01-15T07:31:02Z'),
    stored: false,
    clockNotSet: false,
    values: [],
    absent: [],
    quality: 'good',
    flags: [],
    context: {},
    raw: null,
    answers: null,
    printedValues: 'pulse=88 /min;spo2=91 %',
    ...part,
  };
}

const sameKey = (one: Measurement, other: Measurement): boolean =>
  JSON.stringify(measurementKey(one)) === JSON.stringify(measurementKey(other));

test('the key is what the device printed', () => {
  expect(measurementKey(act({ key: 'seq:42', userSlot: 1 }))).toEqual({
    printed: '2026-01-15T08:28:40',
    occurrence: 'seq:42/1',
    values: 'pulse=88 /min;spo2=91 %',
  });
});

test('without a printed time it is when the gateway had it and what was measured', () => {
  const raw = { format: 'gatt', characteristic: '2A9D', hex: '00b036' } as const;
  expect(measurementKey(act({ deviceTime: null, raw }))).toMatchObject({
    printed: 'gateway:2026-01-15T07:31:02.000Z',
    occurrence: '//00b036',
  });
  expect(measurementKey(act({ deviceTime: null }))).toMatchObject({ occurrence: '//pulse=88 /min;spo2=91 %' });
});

describe('a record of a memory without a usable time', () => {
  const raw = { format: 'gatt', characteristic: '2A5E', hex: '0056004800' } as const;
  const later = { gatewayTime: at('2026-01-18T09:00:00Z') };
  const memory = (part: Partial<Measurement> = {}): Measurement => act({ deviceTime: null, stored: true, raw, ...part });

  test.each<[string, Partial<Measurement>, Partial<Measurement>, boolean]>([
    ['uploaded again days later', {}, later, true],
    ['with a sequence', { key: 'seq:42' }, later, true],
    ['with a sequence and no frame', { key: 'seq:42', raw: null }, later, true],
    ['with a time of zeros', { deviceTime: '0000-01-15T00:00:00' }, later, true],
    ['another frame', {}, { ...later, raw: { ...raw, hex: '0057004800' } }, false],
    ['another sequence', { key: 'seq:42' }, { key: 'seq:43' }, false],
    ['the sequence begun anew', { key: 'seq:42', raw: null }, { ...later, printedValues: 'spo2=90 %' }, false],
    ['another slot', {}, { userSlot: 2 }, false],
    ['nothing to tell it by', { raw: null }, later, false],
    ['measured now', { stored: false }, later, false],
  ])('%s', (_name, of, change, expected) => expect(sameKey(memory(of), memory({ ...of, ...change }))).toBe(expected));

  test('is not held against what comes within the half hour', () => {
    expect(measurementKey(memory())).toEqual({ printed: 'memory', occurrence: '//0056004800', values: 'pulse=88 /min;spo2=91 %' });
  });
});

describe('the same act', () => {
  test.each<[string, Partial<Measurement>]>([
    ['sent again, in another message place', { index: 7 }],
    ['uploaded again days later', { gatewayTime: at('2026-01-18T09:00:00Z'), stored: true }],
    ['by another decoder that doubts it', { quality: 'questionable', flags: ['low-perfusion'] }],
  ])('%s', (_name, part) => expect(sameKey(act(), act(part))).toBe(true));
});

describe('another act', () => {
  test.each<[string, Partial<Measurement>]>([
    ['a second later', { deviceTime: '2026-01-15T08:28:41' }],
    ['another sequence', { key: 'seq:2' }],
    ['another slot', { userSlot: 2 }],
    ['other values at the same time: a conflict', { printedValues: 'pulse=88 /min;spo2=92 %' }],
  ])('%s', (_name, part) => expect(sameKey(act(), act(part))).toBe(false));
});

test('a live clock that was never set tells nothing apart, the same record in memory does', () => {
  const part = { deviceTime: '2017-01-01T00:00:09', clockNotSet: true };
  const later = { ...part, gatewayTime: at('2026-01-16T07:31:02Z') };
  expect(sameKey(act(part), act(later))).toBe(false);
  expect(sameKey(act({ ...part, stored: true }), act({ ...later, stored: true }))).toBe(true);
});

test('a live time from before any device is that of a clock that was never set', () => {
  const part = { deviceTime: '1970-01-01T00:00:09' };
  const later = { ...part, gatewayTime: at('2026-01-16T07:31:02Z') };
  expect(sameKey(act(part), act(part))).toBe(true);
  expect(sameKey(act(part), act(later))).toBe(false);
  expect(sameKey(act({ ...part, stored: true }), act({ ...later, stored: true }))).toBe(true);
});

describe('a second of a stream', () => {
  const kind = 'pulse-oximetry-continuous';
  const undated = { kind, deviceTime: null };
  const next = { printedValues: 'spo2=90 %' };

  test.each<[string, Partial<Measurement>, Partial<Measurement>, boolean]>([
    ['the same minute', undated, { ...next, gatewayTime: at('2026-01-15T07:31:59Z') }, true],
    ['the next minute', undated, { ...next, gatewayTime: at('2026-01-15T07:32:00Z') }, false],
    ['a doubtful one', undated, { ...next, quality: 'preliminary' }, false],
    ['another slot', undated, { ...next, userSlot: 2 }, false],
    ['the same minute of the device, read late', { kind, stored: true }, { ...next, deviceTime: '2026-01-15T08:28:59' }, true],
    ['the next minute of the device', { kind, stored: true }, { ...next, deviceTime: '2026-01-15T08:29:00' }, false],
    ['a memory without a time', { ...undated, stored: true }, next, false],
    ['a spot check', { deviceTime: null }, next, false],
    ['a heart rate', { deviceTime: null, raw: { format: 'gatt', characteristic: '2A37', hex: '0048' } }, next, true],
    ['a heart rate of its own', { deviceTime: null, kind: 'heart-rate' }, next, false],
  ])('%s', (_name, of, change, expected) => expect(sameKey(act(of), act({ ...of, ...change }))).toBe(expected));
});

test.each<[string, Partial<Measurement>, number | null]>([
  ['an act', {}, Date.UTC(2026, 0, 15, 8, 28, 40)],
  ['a second of a stream: its minute', { kind: 'pulse-oximetry-continuous' }, Date.UTC(2026, 0, 15, 8, 28)],
  ['a stream without a time', { kind: 'pulse-oximetry-continuous', deviceTime: null }, null],
  ['an act without a time', { deviceTime: null }, null],
  ['a record of a memory without a time', { deviceTime: null, stored: true, key: '7' }, null],
])('what the clock showed by the key of %s', (_name, part, expected) => {
  expect(wallMsOfKey(measurementKey(act(part)).printed)).toBe(expected);
});

describe('copies without a clock', () => {
  const blind = act({ deviceTime: null });
  const later = (minutes: number, part: Partial<Measurement> = {}): Measurement =>
    act({ deviceTime: null, gatewayTime: new Date(blind.gatewayTime.getTime() + minutes * 60_000), ...part });
  const advert = { raw: { format: 'advert', characteristic: '181D', hex: '22aa' } } as const;
  const heard = (measurement: Measurement, gateway = 'gw-001'): { measurement: Measurement; gateway: string } => ({ measurement, gateway });

  test.each<[string, Measurement, Measurement, string, boolean]>([
    ['another gateway heard it', blind, later(30), 'gw-002', true],
    ['another gateway, too late', blind, later(30.1), 'gw-002', false],
    ['measured again by the same gateway: the confirmation', blind, later(5), 'gw-001', false],
    ['memory read twice', { ...blind, stored: true }, later(29, { stored: true }), 'gw-001', true],
    ['an advertisement repeated', { ...blind, ...advert }, later(3, advert), 'gw-001', true],
    ['other values', blind, later(0, { printedValues: 'spo2=90 %' }), 'gw-002', false],
    ['other slot', blind, later(0, { userSlot: 2 }), 'gw-002', false],
    ['other kind', blind, later(0, { kind: 'weight' }), 'gw-002', false],
    ['one has a time', blind, act(), 'gw-002', false],
  ])('%s', (...[, one, other, gateway, expected]) => {
    expect(sameWithoutClock(heard(one), heard(other, gateway))).toBe(expected);
    expect(sameWithoutClock(heard(other, gateway), heard(one))).toBe(expected);
  });
});

test('nothing that arrival changes is in the key of an act with a time', () => {
  const dates = fc.date({ min: at('2020-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, fc.nat(99), fc.boolean(), (gatewayTime, index, stored) => {
      expect(sameKey(act(), act({ gatewayTime, index, stored }))).toBe(true);
    }),
  );
});

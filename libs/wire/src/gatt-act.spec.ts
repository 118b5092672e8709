import { decode } from './decode.js';
import type { Measurement } from './message.js';
import type { Refusal } from './refusal.js';
import { worst } from './status-bits.js';

const GATEWAY_TIME = '2026-01-15T07:31:02.000Z';
const PLACE = 'varde/v1/nordfjell/gw-001/dev/X1';
const ENVELOPE = { messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10', sentAt: GATEWAY_TIME };

function decoded(
  topic: 'raw' | 'obs',
  message: object,
): { acts: readonly Measurement[]; refused: readonly Refusal[]; battery: number | null } {
  const payload = { schema: `varde.${topic}/1`, ...ENVELOPE, device: { id: 'X1', idType: 'serial' }, ...message };
  const answer = decode(`${PLACE}/${topic}`, new TextEncoder().encode(JSON.stringify(payload)));
  if (!answer.ok) throw new Error(answer.refusal.detail);
  const { measurements, refused, device } = answer.message;
  return { acts: measurements, refused, battery: device.batteryPercent };
}

/** One frame by itself, spaces left out. */
function frame(characteristic: string, hex: string, more: { model?: string; stored?: boolean } = {}) {
  const { model, ...rest } = more;
  const { acts, refused } = decoded('raw', {
    device: { id: 'X1', idType: 'serial', ...(model !== undefined && { model }) },
    frames: [{ format: 'gatt', characteristic, hex: hex.replaceAll(' ', ''), gatewayTime: GATEWAY_TIME, ...rest }],
  });
  const [act] = acts;
  return {
    act,
    values: Object.fromEntries((act?.values ?? []).map(({ metric, value }) => [metric, value])),
    doubts: Object.fromEntries((act?.values ?? []).map(({ metric, doubt }) => [metric, doubt])),
    absent: Object.fromEntries((act?.absent ?? []).map(({ metric, reason }) => [metric, reason])),
    reasons: [...new Set(refused.map(({ reason }) => reason))],
  };
}

const word = (bits: number, bytes: number): string =>
  Array.from({ length: bytes }, (_, at) => ((bits >> (8 * at)) & 0xff).toString(16).padStart(2, '0')).join('');

describe('what one status bit makes of an act (devices/README 1.2)', () => {
  test.each([
    [0, 'body-movement', 'questionable'],
    [1, 'cuff-too-loose', 'questionable'],
    [2, 'irregular-pulse', 'good'],
    [3, 'pulse-above-range', 'good'],
    [4, 'pulse-below-range', 'good'],
    [5, 'improper-position', 'questionable'],
  ])('cuff, %i: %s is %s', (bit, flag, quality) => {
    const { act } = frame('2A35', `10 8000 5000 6000 ${word(1 << bit, 2)}`);
    expect(act).toMatchObject({ flags: [flag], quality });
  });

  test('cuff, 3 and 4 together are reserved: the pulse is not above and below its range at once', () => {
    expect(frame('2A35', `10 8000 5000 6000 ${word(0b11000, 2)}`).act).toMatchObject({ flags: [], quality: 'good' });
    expect(frame('2A35', `10 8000 5000 6000 ${word(0b11100, 2)}`).act).toMatchObject({ flags: ['irregular-pulse'] });
  });

  test.each([6, 7, 8, 9, 10, 11, 12, 13, 14, 15])('cuff, %i is reserved', (bit) => {
    expect(frame('2A35', `10 8000 5000 6000 ${word(1 << bit, 2)}`).act).toMatchObject({ flags: [], quality: 'good' });
  });

  test.each([
    [5, [], 'good'],
    [6, ['early-estimate'], 'preliminary'],
    [7, [], 'good'],
    [8, [], 'good'],
    [9, ['from-storage'], 'good'],
    [10, ['demonstration'], 'demo'],
    [11, ['testing'], 'test'],
    [12, ['calibration'], 'test'],
    [13, ['unavailable'], 'invalid'],
    [14, ['questionable'], 'questionable'],
    [15, ['invalid'], 'invalid'],
  ])('oximeter, %i: %j is %s', (bit, flags, quality) => {
    const { act } = frame('2A5E', `02 5f00 4800 ${word(1 << bit, 2)}`);
    expect(act).toMatchObject({ flags, quality, stored: bit === 9 });
  });

  test.each([
    ['invalid', [1, 7, 11, 13, 14, 15]],
    ['questionable', [3, 4, 5, 6, 8, 10]],
    ['good', [0, 2, 9, 12, 16, 23]],
  ])('sensor: %s', (quality, bits) => {
    for (const bit of bits) expect([bit, frame('2A5E', `04 5f00 4800 ${word(1 << bit, 3)}`).act?.quality]).toEqual([bit, quality]);
  });

  test('of two the worse counts', () => {
    const order = ['good', 'manual', 'preliminary', 'questionable', 'invalid', 'test'] as const;
    for (const [at, better] of order.entries()) {
      for (const worse of order.slice(at)) expect([worst(better, worse), worst(worse, better)]).toEqual([worse, worse]);
    }
    expect(worst('invalid', 'demo')).toBe('demo');
    expect(frame('2A5E', `06 5f00 4800 ${word(1 << 6, 2)} ${word(1 << 3, 3)}`).act?.quality).toBe('questionable');
  });
});

describe('a float that is no number is absent, and says why', () => {
  test.each([
    ['ff07', 'not-a-number'],
    ['0008', 'error'],
    ['0108', 'error'],
    ['fe07', 'positive-infinity'],
    ['0208', 'negative-infinity'],
  ])('%s: %s', (sfloat, reason) => {
    expect(frame('2A5E', `00 5f00 ${sfloat}`)).toMatchObject({ values: { spo2: 95 }, absent: { pulse: reason } });
  });
});

test.each([2047, 2046, -2046, -2047, -2048, 8388606, 8388607, 8388608, 65535, -1])(
  '%i leaked by software upstream is no weight',
  (value) => {
    const { refused } = decoded('obs', {
      readings: [{ kind: 'weight', gatewayTime: GATEWAY_TIME, measurements: [{ type: 'weight', value, unit: 'kg' }] }],
    });
    expect(refused.map(({ reason }) => reason)).toEqual(['special-value']);
  },
);

describe('bytes after the last field make an act doubtful', () => {
  test.each([
    ['2A35', '00 8000 5000 6000'],
    ['2A5E', '00 5f00 4800'],
    ['2A5F', '00 5f00 4800'],
    ['2A9D', '00 b036'],
    ['2A9C', '0000 c800'],
    ['2A1C', '00 720100ff'],
    ['2A37', '00 48'],
  ])('%s', (characteristic, hex) => {
    expect(frame(characteristic, hex).act).toMatchObject({ flags: [], quality: 'good' });
    const { act, doubts } = frame(characteristic, `${hex} 00`);
    expect(act).toMatchObject({ flags: ['trailing-bytes'], quality: 'questionable' });
    expect([...new Set(Object.values(doubts))]).toEqual(['device-questionable']);
  });
});

describe('fields', () => {
  test('user 255 is nobody known', () => {
    expect(frame('2A9D', '04 b036 ff').act?.userSlot).toBeNull();
    expect(frame('2A9D', '04 b036 fe').act?.userSlot).toBe(254);
  });

  test('a temperature in Fahrenheit', () => {
    expect(frame('2A1C', '01 da0300ff').values).toEqual({ temperature: 37 });
  });

  test('a body-mass index and height of 0 are not computed', () => {
    expect(frame('2A9D', '08 b036 0000 0000').values).toEqual({ weight: 70 });
    expect(frame('2A9D', '08 b036 e600 a406').values).toMatchObject({ bmi: 23 });
  });

  test('masses say which unit they are in, and only masses do', () => {
    expect(frame('2A9C', '2100 c800 1027').act?.context).toEqual({ muscleMass: 100, massUnit: '[lb_av]' });
    expect(frame('2A9C', '2000 c800 1027').act?.context).toEqual({ muscleMass: 50, massUnit: 'kg' });
    expect(frame('2A9C', '2000 c800 ffff').act?.context).toEqual({});
    expect(frame('2A9C', '0010 c800').act).toMatchObject({ context: {}, flags: ['multi-packet'] });
  });

  test('the clock of a device is not a reading, nor is the pressure while inflating', () => {
    for (const characteristic of ['2A08', '2A2B', '2A36']) expect(frame(characteristic, '00').reasons).toEqual(['not-a-reading']);
  });

  test('a gateway that read the memory says so', () => {
    expect(frame('2A9D', '00 b036', { stored: true }).act?.stored).toBe(true);
    expect(frame('2A9D', '00 b036').act?.stored).toBe(false);
  });

  test.each([
    ['MD300C318', true],
    ['ChoiceMMed', true],
    ['OX-2', false],
  ])('the factory date of a %s is no time: %s', (model, clockNotSet) => {
    expect(frame('2A5E', '01 5f00 4800 e107010100000c', { model }).act).toMatchObject({ deviceTime: '2017-01-01T00:00:12', clockNotSet });
  });

  test.each([
    ['BM85', true],
    ['Beurer BM 85', true],
    ['BM85BT', true],
    ['BM850', false],
  ])('a %s has its pulse with the high byte first: %s', (model, isQuirky) => {
    const { values } = frame('2A35', '04 8000 5100 0000 0042 01', { model });
    expect(values['pulse']).toBe(isQuirky ? 66 : undefined);
  });

  test.each([
    [-1, null],
    [0, 0],
    [100, 100],
    [101, null],
  ])('a battery at %i %% is %s', (batteryPercent, expected) => {
    const device = { id: 'X1', idType: 'serial', batteryPercent };
    const frames = [{ format: 'gatt', characteristic: '2A9D', hex: '00b036', gatewayTime: GATEWAY_TIME }];
    expect(decoded('raw', { device, frames }).battery).toBe(expected);
  });
});

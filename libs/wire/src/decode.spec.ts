import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from './decode.js';
import { isObject } from './json.js';
import type { Decoded, Message } from './message.js';
import { REFUSALS } from './refusal.js';

const FIXTURES = 'libs/wire/fixtures';

interface Fixture {
  readonly topic: string;
  readonly payload?: unknown;
  readonly text?: string;
  readonly hex?: string;
  readonly repeat?: { readonly text: string; readonly times: number };
  readonly expect?: Expected;
}

interface Expected {
  readonly values: Record<string, number>;
  readonly doubts: Record<string, string>;
  readonly absent?: Record<string, string>;
  readonly [field: string]: unknown;
}

const read = (path: string): Fixture => JSON.parse(readFileSync(join(FIXTURES, path), 'utf8')) as Fixture;

function bytesOf(fixture: Fixture): Uint8Array {
  if (fixture.hex !== undefined) return Uint8Array.from(Buffer.from(fixture.hex, 'hex'));
  const { repeat, text } = fixture;
  return new TextEncoder().encode(repeat === undefined ? (text ?? JSON.stringify(fixture.payload)) : repeat.text.repeat(repeat.times));
}

const messageOf = (decoded: Decoded): Message => {
  if (!decoded.ok) throw new Error(`refused: ${decoded.refusal.reason} ${decoded.refusal.detail}`);
  return decoded.message;
};

/** Every number anywhere in an answer. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value instanceof Date) return [value.getTime()];
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  return isObject(value) ? Object.values(value).flatMap(numbersIn) : [];
}

const ACCEPTED = readdirSync(join(FIXTURES, 'accept'));
const REFUSED = readdirSync(join(FIXTURES, 'reject'));

test.each(ACCEPTED)('accepts %s', (file) => {
  const fixture = read(`accept/${file}`);
  const { values, doubts, absent, identityFieldsRemoved, ...rest } = fixture.expect!;
  const message = messageOf(decode(fixture.topic, bytesOf(fixture)));
  expect(message.refused).toEqual([]);
  expect(message.measurements).toHaveLength(1);
  const measurement = message.measurements[0]!;
  expect(Object.fromEntries(measurement.values.map(({ metric, value }) => [metric, value]))).toEqual(values);
  const doubted = measurement.values.filter(({ doubt }) => doubt !== null).map(({ metric, doubt }) => [metric, doubt]);
  expect(Object.fromEntries(doubted)).toEqual(doubts);
  expect(Object.fromEntries(measurement.absent.map(({ metric, reason }) => [metric, reason]))).toEqual(absent ?? {});
  expect(message.identityFieldsRemoved).toBe(identityFieldsRemoved ?? 0);
  expect(measurement).toMatchObject(rest);
});

test.each(ACCEPTED)('a device that says its clock was never set says so of each act: %s', (file) => {
  const fixture = read(`accept/${file}`);
  const payload = structuredClone(fixture.payload) as { device: object };
  payload.device = { ...payload.device, clock: { notSet: true } };
  const message = messageOf(decode(fixture.topic, bytesOf({ ...fixture, payload })));
  expect(message.measurements).toMatchObject([{ clockNotSet: true }]);
});

test.each(REFUSED)('refuses %s', (file) => {
  const fixture = read(`reject/${file}`);
  const reason = file.split('.')[0]!;
  expect(Object.keys(REFUSALS)).toContain(reason);
  const decoded = decode(fixture.topic, bytesOf(fixture));
  const reasons = decoded.ok ? decoded.message.refused.map((refusal) => refusal.reason) : [decoded.refusal.reason];
  expect([...new Set(reasons)]).toEqual([reason]);
});

test('every reason that decode gives has a fixture', () => {
  const ofIngest = ['unknown-device', 'no-wearer', 'retained', 'clock'];
  // Need a known questionnaire: answers.spec.ts.
  const ofForms = ['unknown-item', 'wrong-answer'];
  const shown = new Set(REFUSED.map((file) => file.split('.')[0]));
  expect(Object.keys(REFUSALS).filter((reason) => !shown.has(reason))).toEqual([...ofIngest, ...ofForms]);
});

test('the rest of a message is taken when one value or one reading is refused', () => {
  const fixture = read('accept/pulse-oximetry.plain.json');
  const payload = structuredClone(fixture.payload) as { readings: Record<string, unknown>[] };
  payload.readings.push(
    { ...payload.readings[0], gatewayTime: 'never' },
    {
      ...payload.readings[0],
      measurements: [
        { type: 'spo2', value: 101, unit: '%' },
        { type: 'pulse', value: 70, unit: '/min' },
      ],
    },
  );
  const message = messageOf(decode(fixture.topic, new TextEncoder().encode(JSON.stringify(payload))));
  expect(message.measurements.map(({ index, values }) => [index, values.length])).toEqual([
    [0, 2],
    [2, 1],
  ]);
  expect(message.refused.map(({ index, reason, metric, value }) => [index, reason, metric, value])).toEqual([
    [1, 'schema', null, null],
    [2, 'implausible', 'spo2', 101],
  ]);
});

test('a cuff that lost its systolic is doubted for the rest, never for the pulse', () => {
  const fixture = read('accept/blood-pressure.whole.json');
  const text = JSON.stringify(fixture.payload).replace('"value":128', '"value":2047');
  const { measurements } = messageOf(decode(fixture.topic, new TextEncoder().encode(text)));
  expect(measurements[0]?.values.map(({ metric, doubt }) => [metric, doubt])).toEqual([
    ['diastolic', 'partner-refused'],
    ['pulse', null],
  ]);
});

test('a cuff whose systolic is not there is doubted for the rest as one whose systolic was refused', () => {
  const fixture = read('accept/raw.blood-pressure.json');
  const frames = [{ format: 'gatt', characteristic: '2A35', hex: '04ff07500060004800', gatewayTime: '2026-01-15T07:31:02.000Z' }];
  const payload = { ...(fixture.payload as object), frames };
  const { measurements, refused } = messageOf(decode(fixture.topic, bytesOf({ ...fixture, payload })));
  expect(refused).toEqual([]);
  expect(measurements[0]?.values.map(({ metric, doubt }) => [metric, doubt])).toEqual([
    ['diastolic', 'partner-refused'],
    ['map', 'partner-refused'],
    ['pulse', null],
  ]);
});

test.each(REFUSED)('no value of a metric that is refused is taken: %s', (file) => {
  const fixture = read(`reject/${file}`);
  const decoded = decode(fixture.topic, bytesOf(fixture));
  if (!decoded.ok) return;
  for (const { index, metric } of decoded.message.refused) {
    const values = decoded.message.measurements.find((act) => act.index === index)?.values ?? [];
    expect(values.map((value) => value.metric)).not.toContain(metric);
  }
});

describe('a value in another spelling than that of the contract', () => {
  const at = '2026-01-15T07:31:02Z';
  const around = { schema: 'varde.obs/1', messageId: '0197F3C2-6F0E-7CC1-9A55-0D1F4B6F5A10', sentAt: at, device: { id: 'OXI1' } };
  const [spo2, pulse] = [
    { type: 'spo2', value: 91, unit: '%' },
    { type: 'pulse', value: 88, unit: '/min' },
  ];
  const ofReading = (...measurements: unknown[]) => {
    const readings = [{ kind: 'pulse-oximetry', gatewayTime: at, measurements }];
    return messageOf(decode('varde/v1/t/g/dev/OXI1/obs', new TextEncoder().encode(JSON.stringify({ ...around, readings }))));
  };

  test.each<[string, unknown, string, string]>([
    ['a name', { type: 'PI_max', value: 3, unit: '%' }, 'unknown-metric', 'a text of 6 characters=3 %'],
    ['a name with a dot', { type: 'pulse.quality', value: 3, unit: '%' }, 'unknown-metric', 'a text of 13 characters=3 %'],
    ['a unit', { type: 'temperature', value: 37, unit: '°C' }, 'unit', 'temperature=37 a text of 2 characters, known: '],
  ])('%s is refused alone', (_name, other, reason, detail) => {
    const { measurements, refused } = ofReading(spo2, other, pulse);
    expect(measurements[0]?.values.map(({ metric, value }) => [metric, value])).toEqual([
      ['spo2', 91],
      ['pulse', 88],
    ]);
    expect(refused).toEqual([expect.objectContaining({ reason, detail: expect.stringContaining(detail) as unknown })]);
  });

  test('two such names of one length are two', () => {
    const { refused } = ofReading(spo2, { type: 'PI_max', value: 3, unit: '%' }, { type: 'PI_min', value: 1, unit: '%' });
    expect(refused.map(({ reason }) => reason)).toEqual(['unknown-metric', 'unknown-metric']);
  });

  test.each([
    ['no unit', { type: 'temperature', value: 37 }],
    ['an empty unit', { type: 'temperature', value: 37, unit: '' }],
    ['a text for a number', { type: 'PI_max', value: '3', unit: '%' }],
  ])('%s is a fault of the reading', (_name, other) => expect(ofReading(spo2, other)).toMatchObject({ measurements: [] }));

  test('a message keeps the spelling of its id', () => expect(ofReading(spo2).messageId).toBe(around.messageId));

  test('255 is no pulse', () => {
    const { measurements, refused } = ofReading(spo2, { ...pulse, value: 255 });
    expect(measurements[0]?.values.map(({ metric }) => metric)).toEqual(['spo2']);
    expect(refused).toMatchObject([{ reason: 'special-value', metric: 'pulse' }]);
  });
});

describe('a body composition in two packets', () => {
  const fixture = read('accept/raw.body-composition.json');
  const framesOf = (...frames: readonly (readonly [hex: string, more?: object])[]) => {
    const gatewayTime = '2026-01-15T07:31:02.000Z';
    const payload = {
      ...(fixture.payload as object),
      frames: frames.map(([hex, more]) => ({ format: 'gatt', characteristic: '2A9C', hex, gatewayTime, ...more })),
    };
    return messageOf(decode(fixture.topic, bytesOf({ ...fixture, payload })));
  };
  // Flags multi-packet, time, user; body fat 20.0; 2026-01-15T08:28:40, user 1. First muscle in %, then weight 70.5 kg.
  const first = '1610c800ea07010f081c28019001';
  const second = '0614c800ea07010f081c28011437';

  test('is one act', () => {
    const { measurements, refused } = framesOf([first], [second]);
    expect(refused).toEqual([]);
    expect(measurements).toHaveLength(1);
    expect(measurements[0]).toMatchObject({
      index: 0,
      userSlot: 1,
      deviceTime: '2026-01-15T08:28:40',
      context: { musclePercent: 40 },
      flags: ['multi-packet'],
      raw: { characteristic: '2A9C', hex: first + second },
      printedValues: 'body-fat=20 %;weight=70.5 kg',
    });
  });

  test('whose second does not repeat the fat has the fat of the first', () => {
    const { measurements } = framesOf([first], [second.replace('c800', 'ffff')]);
    expect(measurements).toMatchObject([{ absent: [], printedValues: 'body-fat=20 %;weight=70.5 kg' }]);
  });

  test.each<[string, readonly [string, object?][]]>([
    ['another user', [[first], [second.replace('2801', '2802')]]],
    ['another time', [[first], [second.replace('1c28', '1c29')]]],
    [
      'another key',
      [
        [first, { key: 'seq:1' }],
        [second, { key: 'seq:2' }],
      ],
    ],
    ['other values', [[first], [second.replace('c800', 'c900')]]],
    ['no flag', [[first], [second.replace('0614', '0604')]]],
  ])('not of %s', (_, frames) => expect(framesOf(...frames).measurements).toHaveLength(2));

  test('is not joined with a third measurement of the same', () => {
    expect(framesOf([first], [second], [first]).measurements.map(({ index }) => index)).toEqual([0, 2]);
  });
});

test.each(['key', 'deviceTime'])('a zero character in the %s of one reading refuses that reading alone', (field) => {
  const fixture = read('accept/pulse-oximetry.plain.json');
  const payload = structuredClone(fixture.payload) as { readings: Record<string, unknown>[] };
  payload.readings.push({ ...payload.readings[0], [field]: '2026\u00000' });
  const { measurements, refused } = messageOf(decode(fixture.topic, bytesOf({ ...fixture, payload })));
  expect(measurements.map(({ index }) => index)).toEqual([0]);
  expect(refused.map(({ index, reason }) => [index, reason])).toEqual([[1, 'schema']]);
});

test('a quarantined value carries what it would be if the mistake were one', () => {
  const fixture = read('reject/quarantined.kilopascal.json');
  const { refused } = messageOf(decode(fixture.topic, bytesOf(fixture)));
  expect(refused.map(({ metric, value, otherwise, implausible }) => [metric, value, otherwise, implausible])).toEqual([
    ['systolic', 18.9, 141.7617, 'looks-like-kpa'],
    ['diastolic', 11, 82.5068, 'looks-like-kpa'],
  ]);
});

test('a refused message is answered by its id when it can be read', () => {
  const fixture = read('reject/device-mismatch.other-device.json');
  const decoded = decode(fixture.topic, bytesOf(fixture));
  expect(decoded).toMatchObject({ ok: false, refusal: { messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10' } });
});

test('the same act reads the same from a native message and from its frame', () => {
  const [native, raw] = ['accept/blood-pressure.whole.json', 'accept/raw.blood-pressure.json'].map((path) => {
    const fixture = read(path);
    return messageOf(decode(fixture.topic, bytesOf(fixture))).measurements[0]!;
  });
  expect(raw?.printedValues).toBe(native?.printedValues);
  expect(raw?.values).toEqual(native?.values);
});

describe('any bytes have an answer', () => {
  const topics = [
    'varde/v1/nordfjell/gw-001/dev/00A050FFFE123456/obs',
    'varde/v1/nordfjell/gw-001/dev/00A050FFFE123456/raw',
    'varde/v1/nordfjell/gw-001/dev/00A050FFFE123456/answers',
  ];

  const check = (topic: string, payload: Uint8Array): Decoded => {
    const decoded = decode(topic, payload);
    if (decoded.ok) expect(numbersIn(decoded.message).every((number) => Number.isFinite(number))).toBe(true);
    return decoded;
  };

  test('random topics and bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...topics)), fc.uint8Array({ maxLength: 400 }), (topic, payload) => {
        expect(check(topic, payload).ok).toBe(false);
      }),
    );
  });

  test('random JSON, with the fields of the contract', () => {
    const names = [
      'schema',
      'messageId',
      'sentAt',
      'device',
      'readings',
      'frames',
      'answers',
      'items',
      'measurements',
      'value',
      '__proto__',
      'constructor',
    ];
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(fc.constantFrom(...names), tie('value')),
        fc.array(tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(fc.constantFrom(...topics), json, (topic, value) => void check(topic, new TextEncoder().encode(JSON.stringify(value)))),
    );
  });

  test('one field of a good message replaced by any JSON value', () => {
    const files = ACCEPTED.map((file) => read(`accept/${file}`));
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.jsonValue({ maxDepth: 2 }), (fixture, which, value) => {
        const payload = structuredClone(fixture.payload);
        const places: [Record<string, unknown>, string][] = [];
        const walk = (node: unknown): void => {
          if (typeof node !== 'object' || node === null) return;
          for (const [name, child] of Object.entries(node)) {
            places.push([node as Record<string, unknown>, name]);
            walk(child);
          }
        };
        walk(payload);
        const [parent, name] = places[which % places.length]!;
        parent[name] = value;
        check(fixture.topic, new TextEncoder().encode(JSON.stringify(payload)));
      }),
      { numRuns: 3000 },
    );
  });

  test('a number at the end of what numbers hold, in a unit that is converted', () => {
    const fixture = read('accept/temperature.fahrenheit.json');
    const text = JSON.stringify(fixture.payload).replace('98.6', '-3.235847642752169e+304');
    expect(check(fixture.topic, new TextEncoder().encode(text))).toMatchObject({ ok: true, message: { refused: [{ value: null }] } });
  });

  test('every truncated prefix of every good message is refused', () => {
    for (const file of ACCEPTED) {
      const fixture = read(`accept/${file}`);
      const payload = bytesOf(fixture);
      let taken = 0;
      for (let length = 0; length < payload.length; length += 1) if (decode(fixture.topic, payload.subarray(0, length)).ok) taken += 1;
      expect(taken).toBe(0);
    }
  });

  test('every truncated prefix of every frame is refused', () => {
    for (const file of ACCEPTED.filter((name) => name.startsWith('raw.'))) {
      const fixture = read(`accept/${file}`);
      const { hex } = (fixture.payload as { frames: { hex: string }[] }).frames[0]!;
      // The frame with a byte too many is whole one byte earlier.
      const whole = file === 'raw.bytes-to-spare-are-doubtful.json' ? hex.length - 2 : hex.length;
      for (let length = 0; length < whole; length += 1) {
        const text = JSON.stringify(fixture.payload).replace(hex, hex.slice(0, length));
        const decoded = messageOf(check(fixture.topic, new TextEncoder().encode(text)));
        expect(decoded.refused[0]?.reason).toBe(length % 2 === 0 ? 'decode' : 'schema');
      }
    }
  });
});

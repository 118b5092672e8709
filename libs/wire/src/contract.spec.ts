import { METRICS, unitsOf, type Metric } from '@varde/vitals';
import fc from 'fast-check';
import { decodeAck, encodeAck, type AckResult } from './ack.js';
import { decode } from './decode.js';
import { encodeObs, encodeRaw, type OutgoingEnvelope, type OutgoingFrame, type OutgoingReading } from './encode.js';
import { deviceIdentity } from './envelope.js';
import { countIdentity, isNationalId, withoutIdentity } from './identity.js';
import { parseJson } from './json.js';
import type { Message } from './message.js';
import { REFUSALS } from './refusal.js';
import { decodeStatus, encodeDeviceStatus, encodeGatewayStatus } from './status.js';
import { formatTopic, parseTopic, type Topic } from './topic.js';

const segment = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const date = fc.date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true });
const token = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
/** Without the fields left undefined, as JSON has it. */
const dense = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

describe('topics', () => {
  const topic: fc.Arbitrary<Topic> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('obs' as const, 'raw' as const, 'answers' as const),
      tenant: segment,
      gateway: segment,
      device: segment,
    }),
    fc.record({ kind: fc.constant('device-status' as const), tenant: segment, gateway: segment, device: segment }),
    fc.record({
      kind: fc.constantFrom('gateway-status' as const, 'ack' as const, 'cmd' as const, 'advice' as const),
      tenant: segment,
      gateway: segment,
    }),
  );

  test('parse after format is identity', () => {
    fc.assert(fc.property(topic, (place) => void expect(parseTopic(formatTopic(place))).toEqual(place)));
  });

  test('any text is a topic that formats to itself, or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.oneof(segment, fc.constantFrom('varde', 'v1', 'dev', 'obs', '')), { maxLength: 9 }).map((parts) => parts.join('/')),
        ),
        (text) => {
          const place = parseTopic(text);
          if (place !== null) expect(formatTopic(place)).toBe(text);
        },
      ),
    );
  });

  test.each([
    '',
    'varde/v1',
    'varde/v2/t/g/status',
    'varde/v1/t/g/dev/d/obs/',
    '/varde/v1/t/g/dev/d/obs',
    'varde/v1/t/g/dev/+/obs',
    'varde/v1/t/#',
    'varde/v1/t//dev/d/obs',
    'varde/v1/t/g/dev/d/ack',
    'varde/v1/t/g/dev/d',
    `varde/v1/t/g/dev/${'d'.repeat(65)}/obs`,
    'varde/v1/t/g/dev/å/obs',
    'varde/v1/t/g/dev/d/obs\n',
    '$SYS/v1/t/g/status',
  ])('"%s" is none', (text) => expect(parseTopic(text)).toBeNull());
});

test.each<['eui64' | 'mac' | 'serial', string, string | null]>([
  ['eui64', '01:23:45:67:89:ab:cd:ef', '0123456789ABCDEF'],
  ['mac', 'A4-C1-38-00-11-22', 'A4C138001122'],
  ['mac', 'a4c138001122', 'A4C138001122'],
  ['mac', 'a4c1380011', null],
  ['eui64', 'A4C138001122', null],
  ['serial', 'ox-17', 'ox-17'],
  ['serial', 'Kari Nordmann', null],
])('the %s %s is %p', (kind, text, expected) => expect(deviceIdentity(kind, text)).toBe(expected));

describe('obs', () => {
  // In the middle of every range, so that nothing is refused and what went in must come out.
  const inside: Record<Metric, [number, number]> = {
    ...{ systolic: [110, 160], diastolic: [60, 80], map: [81, 109], pulse: [50, 120], spo2: [85, 99], 'perfusion-index': [1, 20] },
    ...{ weight: [50, 120], height: [150, 190], bmi: [18, 40], 'body-fat': [10, 40], temperature: [35, 40], 'respiratory-rate': [10, 30] },
    ...{ fev1: [1, 4], fvc: [1, 5], pef: [100, 600], glucose: [4, 20], 'o2-flow': [0, 6], 'cat-score': [0, 40], 'news2-score': [0, 20] },
    ...{ 'systolic-standing': [110, 160], 'diastolic-standing': [60, 80], 'mmrc-grade': [0, 4], 'dyspnoea-vas': [0, 10] },
    ...{ 'exact-score': [0, 100], 'irregular-pulse': [0, 1] },
  };
  const value = (metric: Metric): fc.Arbitrary<{ type: Metric; value: number; unit: string }> =>
    fc.record({
      type: fc.constant(metric),
      value: fc.integer({ min: inside[metric][0], max: inside[metric][1] }),
      unit: fc.constant(METRICS[metric].unit),
    });
  const values = fc
    .uniqueArray(fc.constantFrom(...(Object.keys(METRICS) as Metric[])), { minLength: 1, maxLength: 5 })
    .chain((metrics) => fc.tuple(...metrics.map(value)));
  const reading: fc.Arbitrary<OutgoingReading> = fc
    .record({
      key: optional(token),
      kind: token,
      deviceTime: optional(date.map((moment) => moment.toISOString().slice(0, 19))),
      gatewayTime: date,
      stored: optional(fc.boolean()),
      userSlot: optional(fc.nat(254)),
      measurements: values,
      quality: optional(fc.constantFrom('good' as const, 'manual' as const)),
      flags: optional(fc.array(token, { maxLength: 3 })),
    })
    .map((part) => dense(part) as OutgoingReading);
  const device: OutgoingEnvelope['device'] = { id: 'ox-17', idType: 'serial', model: 'OX-2' };
  const envelope: fc.Arbitrary<OutgoingEnvelope> = fc.record({ messageId: fc.uuid(), sentAt: date, device: fc.constant(device) });
  const decoded = (kind: 'obs' | 'raw', payload: Uint8Array): Message => {
    const answer = decode({ kind, tenant: 't', gateway: 'g', device: 'ox-17' }, payload);
    if (!answer.ok) throw new Error(answer.refusal.detail);
    return answer.message;
  };

  test('decode after encode is identity', () => {
    fc.assert(
      fc.property(envelope, fc.array(reading, { minLength: 1, maxLength: 5 }), (around, readings) => {
        const message = decoded('obs', encodeObs({ ...around, readings }));
        expect(message.refused).toEqual([]);
        expect(message).toMatchObject({ messageId: around.messageId, sentAt: around.sentAt, identityFieldsRemoved: 0 });
        expect(message.measurements).toHaveLength(readings.length);
        for (const [index, sent] of readings.entries()) {
          const { measurements, ...rest } = sent;
          expect(message.measurements[index]).toMatchObject(rest);
          expect(
            // A cuff's rhythm comes after what was sent, when it was not sent itself.
            message.measurements[index]?.values
              .map(({ metric, deliveredValue, deliveredUnit }) => ({ type: metric, value: deliveredValue, unit: deliveredUnit }))
              .slice(0, measurements.length),
          ).toEqual(measurements);
        }
      }),
    );
  });

  test('every unit that is understood is delivered and converted', () => {
    for (const metric of Object.keys(METRICS) as Metric[]) {
      for (const unit of unitsOf(metric)) {
        const sent = { kind: 'any', gatewayTime: new Date(0), measurements: [{ type: metric, value: 1e5, unit }] };
        const { refused } = decoded(
          'obs',
          encodeObs({ messageId: '00000000-0000-4000-8000-000000000000', sentAt: new Date(0), device, readings: [sent] }),
        );
        expect(refused.map(({ reason }) => reason)).not.toContain('unit');
      }
    }
  });

  test('raw frames keep their bytes', () => {
    const frame: fc.Arbitrary<OutgoingFrame> = fc.record({
      format: fc.constant('gatt' as const),
      characteristic: fc.constant('2A9D'),
      hex: fc.integer({ min: 4200, max: 69_000 }).map((step) => `00${Buffer.from(Uint16Array.of(step).buffer).toString('hex')}`),
      gatewayTime: date,
    });
    fc.assert(
      fc.property(envelope, fc.array(frame, { minLength: 1, maxLength: 4 }), (around, frames) => {
        const { measurements } = decoded('raw', encodeRaw({ ...around, frames }));
        expect(measurements.map(({ raw }) => raw?.hex)).toEqual(frames.map(({ hex }) => hex));
      }),
    );
  });
});

test('acknowledgements come back as sent, and any bytes are one or none', () => {
  const result: fc.Arbitrary<AckResult> = fc
    .record({
      messageId: fc.uuid(),
      status: fc.constantFrom('stored' as const, 'duplicate' as const, 'parked' as const, 'rejected' as const),
      reason: optional(token),
      readings: optional(fc.nat(100)),
    })
    .map((part) => dense(part) as AckResult);
  fc.assert(
    fc.property(fc.array(result), (results) => void expect(decodeAck(encodeAck(results))).toEqual({ schema: 'varde.ack/1', results })),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(decodeAck(bytes)).toBeNull()));
});

describe('status', () => {
  const utf8 = new TextEncoder();

  test('of a gateway', () => {
    const at = new Date('2026-01-15T07:31:05.120Z');
    const payload = encodeGatewayStatus({ state: 'online', at, fw: '1.4.2', clock: { synced: true, source: 'ntp' }, bufferedMessages: 3 });
    const clock = { synced: true, source: 'ntp', lastSync: null };
    expect(decodeStatus('varde/v1/t/g/status', payload)).toEqual({
      ok: true,
      kind: 'gateway',
      status: { state: 'online', at, fw: '1.4.2', clock, bufferedMessages: 3 },
    });
  });

  test('a last will says no more than offline', () => {
    expect(decodeStatus('varde/v1/t/g/status', encodeGatewayStatus({ state: 'offline' }))).toMatchObject({
      ok: true,
      status: { state: 'offline', at: null },
    });
  });

  test('of a device', () => {
    const at = new Date('2026-01-15T07:31:05.120Z');
    const payload = encodeDeviceStatus({ at, batteryPercent: 40, lastContact: at, errors: ['E3'] });
    expect(decodeStatus('varde/v1/t/g/dev/d/status', payload)).toEqual({
      ok: true,
      kind: 'device',
      status: { at, batteryPercent: 40, lastContact: at, errors: ['E3'] },
    });
  });

  test.each<[string, string, string]>([
    ['varde/v1/t/g/dev/d/obs', '{}', 'topic'],
    ['varde/v1/t/g/status', '', 'not-json'],
    ['varde/v1/t/g/status', 'online', 'not-json'],
    ['varde/v1/t/g/status', '{"schema":"varde.gateway-status/1","state":"up"}', 'schema'],
    ['varde/v1/t/g/dev/d/status', '{"schema":"varde.gateway-status/1","state":"online"}', 'schema'],
    ['varde/v1/t/g/status', ' '.repeat(16_385), 'too-large'],
  ])('on %s %p is refused: %s', (topic, text, reason) => {
    expect(decodeStatus(topic, utf8.encode(text))).toMatchObject({ ok: false, refusal: { reason } });
  });

  test('any bytes have an answer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('varde/v1/t/g/status', 'varde/v1/t/g/dev/d/status'),
        fc.uint8Array(),
        (topic, bytes) => void expect(decodeStatus(topic, bytes).ok).toBe(false),
      ),
    );
  });
});

describe('identity', () => {
  const utf8 = new TextEncoder();
  // Month 81: a number of the Norwegian test population, nobody's.
  const testId = '01815010260';

  test('a national id is known by its control digits', () => {
    expect(isNationalId(testId)).toBe(true);
    expect(isNationalId('01815010261')).toBe(false);
    expect(isNationalId('0181501026')).toBe(false);
  });

  test.each<[string, unknown, number]>([
    ['names in any spelling', { patientName: 'x', 'First-Name': 'x', FØDSELSDATO: 'x', date_of_birth: 'x' }, 4],
    ['deep inside', { readings: [{ context: { a: { fnr: '1' } } }] }, 1],
    ['an id under any name', { comment: testId }, 1],
    ['an id in a list', { flags: [testId, 'x'], persons: [[testId]] }, 2],
    ['an id in a sentence, or with a space', { a: `pasient ${testId}.`, b: '018150 10260' }, 2],
    ['an id as a number, its zero gone', { a: Number(testId), b: [Number(testId)] }, 2],
    ['digits that are none', { a: '01815010261', b: `9${testId}`, c: 1_815_010_261, d: 1_768_462_262_000, e: 66.5 }, 0],
    ["ids of the device's in a list", { serial: [testId] }, 0],
    ["an id as a serial number is the device's", { device: { serial: testId } }, 0],
    ['a device has a name', { device: { name: 'OX-2' }, name: 'x' }, 1],
    ['nothing', { readings: [1, null, 'x'] }, 0],
  ])('%s', (_name, value, count) => expect(countIdentity(value)).toBe(count));

  test.each([
    ...[
      'name',
      'patient',
      'patientid',
      'patientname',
      'firstname',
      'lastname',
      'middlename',
      'fullname',
      'givenname',
      'familyname',
      'surname',
    ],
    ...[
      'birthdate',
      'dateofbirth',
      'dob',
      'birthday',
      'ssn',
      'nationalid',
      'nationalidentitynumber',
      'citizenid',
      'citizennumber',
      'personid',
    ],
    ...['subject', 'navn', 'fornavn', 'mellomnavn', 'etternavn', 'pasient', 'pasientnavn', 'pasientid', 'fødselsdato', 'fodselsdato'],
    ...['fødselsnummer', 'fodselsnummer', 'personnummer', 'dnummer', 'fnr', 'dnr'],
  ])('a field called %s is never kept', (name) => expect(countIdentity({ readings: [{ [name]: 'x' }] })).toBe(1));

  test('what is kept of lists has none of it', () => {
    const { payload } = withoutIdentity(utf8.encode(JSON.stringify({ flags: ['a', testId, Number(testId)], note: `om ${testId}` })));
    expect(parseJson(payload)).toEqual({ flags: ['a'] });
  });

  test('what describes an act or a device has none of it', () => {
    const measurements = [{ type: 'spo2', value: 95, unit: '%' }];
    const context = { posture: 'sitting', a: testId, b: Number(testId), c: `p:${testId}` };
    const reading = {
      kind: 'pulse-oximetry',
      gatewayTime: '2026-01-15T07:31:02Z',
      measurements,
      flags: ['low-perfusion', testId],
      context,
    };
    const clock = { synced: true, source: testId };
    const described = { kind: testId, manufacturer: `p ${testId}`, model: `OX-2 ${testId}`, fw: testId, clock: { reading: testId } };
    const around = {
      ...{ messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10', sentAt: '2026-01-15T07:31:02Z' },
      ...{ gateway: { fw: testId, clock }, device: { id: 'OXI1', ...described } },
    };
    const readings = [reading, { ...reading, kind: testId }, { ...reading, measurements: [{ type: testId, value: 1, unit: testId }] }];
    const decoded = decode('varde/v1/t/g/dev/OXI1/obs', utf8.encode(JSON.stringify({ schema: 'varde.obs/1', ...around, readings })));
    expect(decoded).toMatchObject({ message: { measurements: [{ flags: ['low-perfusion'], context: { posture: 'sitting' } }, {}] } });
    expect(JSON.stringify(decoded)).not.toMatch(/1815010260/);
    const status = utf8.encode(JSON.stringify({ schema: 'varde.device-status/1', errors: ['low-battery', testId] }));
    expect(decodeStatus('varde/v1/t/g/dev/d/status', status)).toMatchObject({ status: { errors: ['low-battery'] } });
  });

  test('what is kept has none of it and all of the rest', () => {
    const kept = withoutIdentity(utf8.encode(JSON.stringify({ name: 'x', readings: [{ comment: testId, value: 1 }] })));
    expect(kept.removed).toBe(2);
    expect(parseJson(kept.payload)).toEqual({ readings: [{ value: 1 }] });
  });

  test('bytes without any are kept as they are', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array(), fc.constant(utf8.encode('{"a": 1}'))),
        (payload) => void expect(withoutIdentity(payload).payload).toBe(payload),
      ),
    );
  });

  test('a hundred thousand levels deep', () => {
    expect(withoutIdentity(utf8.encode('['.repeat(100_000) + ']'.repeat(100_000))).removed).toBe(0);
  });
});

test('every refusal has words in both languages', () => {
  for (const { en, nb } of Object.values(REFUSALS)) expect([en.length > 0, nb.length > 0]).toEqual([true, true]);
});

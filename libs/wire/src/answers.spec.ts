import fc from 'fast-check';
import { decode } from './decode.js';
import { encodeAnswers, encodeObs, encodeRaw, type OutgoingAnswers, type OutgoingReading } from './encode.js';
import type { AskedItem, Form } from './form.js';
import { hexOfBytes } from './gatt/bytes.js';
import { encodeBloodPressure } from './gatt/blood-pressure.js';
import { measurementKey } from './measurement-key.js';
import type { Answer, Measurement, Message } from './message.js';

const item = (code: string, part: Partial<AskedItem> = {}): AskedItem => ({
  ...{ code, kind: 'yes_no', min: 0, max: 0, isWhole: true, choices: [], answersAlso: [] },
  ...part,
});
const CAT = Array.from({ length: 8 }, (_, at) => `cat_${at + 1}`);
const ITEMS = [
  item('sputum_more'),
  item('cough_worse'),
  item('dyspnoea_worse', { answersAlso: ['breathlessness_worse'] }),
  item('breathlessness_worse', { answersAlso: ['dyspnoea_worse'] }),
  item('dyspnoea_vas', { kind: 'scale', max: 10, isWhole: false }),
  item('mmrc', { kind: 'choice', choices: ['0', '1', '2', '3', '4'] }),
  item('consciousness', { kind: 'choice', choices: ['A', 'C', 'V', 'P', 'U'] }),
  item('cat_total', { kind: 'number', max: 40 }),
  ...CAT.map((code) => item(code, { kind: 'scale', max: 5 })),
];
const FORM: Form = {
  code: 'daily',
  version: 1,
  items: new Map(ITEMS.map((each) => [each.code, each])),
  scores: [
    { metric: 'dyspnoea-vas', entered: 'dyspnoea_vas', sumOf: [] },
    { metric: 'mmrc-grade', entered: 'mmrc', sumOf: [] },
    { metric: 'cat-score', entered: 'cat_total', sumOf: CAT },
  ],
};
const findForm = (code: string, version: number): Form | null => (code === FORM.code && version === FORM.version ? FORM : null);

const TOPIC = 'varde/v1/t/g/dev/TAB1/answers';
const at = new Date('2026-01-15T07:31:02Z');
const around = { messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10', sentAt: at, device: { id: 'TAB1', idType: 'serial' } } as const;
const set = (items: Record<string, Answer>, part: Partial<OutgoingAnswers> = {}): OutgoingAnswers => ({
  ...{ questionnaire: 'daily', version: 1, answeredAt: '2026-01-15T08:28:40', gatewayTime: at, items },
  ...part,
});
function decoded(...answers: readonly unknown[]): Message {
  const answer = decode(TOPIC, encodeAnswers({ ...around, answers: answers as OutgoingAnswers[] }), findForm);
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.message;
}
const values = (message: Message): Record<string, number> =>
  Object.fromEntries(message.measurements.flatMap((act) => act.values.map(({ metric, value }) => [metric, value])));
const sheet = (points: number): Record<string, number> => Object.fromEntries(CAT.map((code) => [code, points]));

test('a filled-in questionnaire is one act with its answers and its scores', () => {
  const message = decoded(set({ sputum_more: true, cough_worse: false, dyspnoea_vas: 6.5, mmrc: '3', consciousness: 'A', ...sheet(2) }));
  expect(message).toMatchObject({ schema: 'varde.answers/1', refused: [] });
  expect(message.measurements).toHaveLength(1);
  expect(message.measurements[0]).toMatchObject({
    kind: 'questionnaire',
    key: 'daily',
    deviceTime: '2026-01-15T08:28:40',
    quality: 'manual',
    answers: { questionnaire: 'daily', version: 1, answeredBy: 'patient', items: { sputum_more: true, cough_worse: false, mmrc: '3' } },
  });
  expect(values(message)).toEqual({ 'dyspnoea-vas': 6.5, 'mmrc-grade': 3, 'cat-score': 16 });
});

test.each<[string, Record<string, Answer>, Record<string, number>]>([
  ['a total by itself', { cat_total: 23 }, { 'cat-score': 23 }],
  ['all eight parts', sheet(5), { 'cat-score': 40 }],
  ['all eight parts and the same total', { ...sheet(3), cat_total: 24 }, { 'cat-score': 24 }],
  ['seven parts are no score', Object.fromEntries(Object.entries(sheet(3)).slice(1)), {}],
  ['nothing that is scored', { sputum_more: false }, {}],
])('%s', (_name, items, scores) => {
  const message = decoded(set(items));
  expect(message.refused).toEqual([]);
  expect(values(message)).toEqual(scores);
});

test('an answer holds for the other names of its question, unless they are answered themselves', () => {
  const itemsOf = (items: Record<string, Answer>): unknown => decoded(set(items)).measurements[0]?.answers?.items;
  expect(itemsOf({ dyspnoea_worse: true })).toEqual({ dyspnoea_worse: true, breathlessness_worse: true });
  expect(itemsOf({ dyspnoea_worse: true, breathlessness_worse: false })).toEqual({ dyspnoea_worse: true, breathlessness_worse: false });
});

test('a total that its parts contradict is refused, and the parts count', () => {
  const message = decoded(set({ ...sheet(3), cat_total: 12 }));
  expect(values(message)).toEqual({ 'cat-score': 24 });
  expect(message.refused).toMatchObject([{ index: 0, reason: 'wrong-answer', detail: 'cat_total: 12, its parts come to 24' }]);
  expect(message.measurements[0]?.answers?.items).not.toHaveProperty('cat_total');
});

test.each<[string, Record<string, unknown>, string, string]>([
  ['a question nobody asks', { itch_worse: true }, 'unknown-item', 'itch_worse'],
  ['a code that is none', { 'Kari Nordmann': true }, 'unknown-item', 'a code of 13 characters'],
  ['yes and no as text', { cough_worse: 'yes' }, 'wrong-answer', 'cough_worse: "yes"'],
  ['a number for yes', { cough_worse: 1 }, 'wrong-answer', 'cough_worse: 1'],
  ['off the scale', { dyspnoea_vas: 10.5 }, 'wrong-answer', 'dyspnoea_vas: 10.5'],
  ['half a point', { cat_1: 2.5 }, 'wrong-answer', 'cat_1: 2.5'],
  ['another letter', { consciousness: 'a' }, 'wrong-answer', 'consciousness: "a"'],
  ['free text', { consciousness: 'agitated, says Kari' }, 'wrong-answer', 'consciousness: a text of 19 characters'],
  ['a list', { cough_worse: [true] }, 'wrong-answer', 'cough_worse: a list'],
  ['nothing', { cough_worse: null }, 'wrong-answer', 'cough_worse: null'],
])('%s is refused and the rest is taken', (_name, items, reason, detail) => {
  const message = decoded({ ...set({}), items: { sputum_more: true, ...items } });
  expect(message.refused).toEqual([expect.objectContaining({ index: 0, reason, detail })]);
  expect(message.measurements[0]?.answers?.items).toEqual({ sputum_more: true });
});

test.each<[string, Record<string, unknown>, string]>([
  ['an unknown questionnaire', { questionnaire: 'sleep' }, 'unknown-questionnaire'],
  ['a later version', { version: 2 }, 'unknown-questionnaire'],
  ['no version', { version: undefined }, 'schema'],
  ['a code with spaces', { questionnaire: 'my day' }, 'schema'],
  ['no items', { items: undefined }, 'schema'],
  ['items as a list', { items: [true] }, 'schema'],
  ['no gateway time', { gatewayTime: undefined }, 'schema'],
  ['an answerer nobody knows', { answeredBy: 'dog' }, 'schema'],
  ['nothing answered', { items: {} }, 'no-value'],
  ['nothing answered rightly', { items: { cough_worse: 3 } }, 'wrong-answer'],
  ['too many items', { items: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x${n}`, true])) }, 'schema'],
])('%s', (_name, part, reason) => {
  const message = decoded({ ...set({ cough_worse: true }), ...part }, set({ sputum_more: true }, { answeredAt: '2026-01-15T08:29:00' }));
  expect(message.refused).toEqual([expect.objectContaining({ index: 0, reason })]);
  const taken = message.measurements.filter(({ answers }) => answers !== null);
  expect(taken.map(({ index }) => index)).toEqual([1]);
});

test('without known questionnaires all answers are parked', () => {
  const answer = decode(TOPIC, encodeAnswers({ ...around, answers: [set({ cough_worse: true })] }));
  expect(answer).toMatchObject({ ok: true, message: { refused: [{ reason: 'unknown-questionnaire' }] } });
});

test('copies have one key, whatever the order of their answers; two questionnaires of one second have two', () => {
  const keyOf = (one: OutgoingAnswers): unknown => measurementKey(decoded(one).measurements[0] as Measurement);
  const first = keyOf(set({ cough_worse: true, sputum_more: false }));
  expect(keyOf(set({ sputum_more: false, cough_worse: true }, { gatewayTime: new Date(0) }))).toEqual(first);
  expect(keyOf(set({ sputum_more: true, cough_worse: true }))).not.toEqual(first);
  expect(keyOf(set({ cough_worse: true, sputum_more: false }, { answeredAt: '2026-01-15T08:28:41' }))).not.toEqual(first);
  expect(keyOf(set({ cough_worse: true, sputum_more: false }, { key: 'seq:7' }))).not.toEqual(first);
});

test('a tablet whose clock was never set says so of each questionnaire', () => {
  const device = { ...around.device, clock: { reading: '2017-01-01T00:00:09', readAt: at, notSet: true } };
  const answer = decode(TOPIC, encodeAnswers({ ...around, device, answers: [set({ cough_worse: true })] }), findForm);
  expect(answer).toMatchObject({ ok: true, message: { measurements: [{ clockNotSet: true }] } });
});

const otherName = (code: string): string => FORM.items.get(code)?.answersAlso[0] ?? '';

test('any items have an answer, and decoding what was encoded gives it back', () => {
  const anything = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...FORM.items.keys())), fc.jsonValue(), { maxKeys: 8 });
  fc.assert(
    fc.property(anything, (items) => {
      const message = decoded({ ...set({}), items });
      // JSON knows no -0.
      const sent = JSON.parse(JSON.stringify(items)) as typeof items;
      for (const [code, value] of Object.entries(message.measurements[0]?.answers?.items ?? {})) {
        expect([sent[code], sent[otherName(code)]]).toContainEqual(value);
      }
    }),
  );
  const right = fc.record(
    {
      sputum_more: fc.boolean(),
      cough_worse: fc.boolean(),
      dyspnoea_vas: fc.integer({ min: 0, max: 10 }),
      consciousness: fc.constantFrom('A', 'C', 'V', 'P', 'U'),
      cat_total: fc.nat(40),
    },
    { requiredKeys: ['cough_worse'] },
  );
  fc.assert(
    fc.property(right, fc.constantFrom('patient' as const, 'carer' as const, 'nurse' as const), (items, answeredBy) => {
      const message = decoded(set(items as Record<string, Answer>, { answeredBy }));
      expect(message.refused).toEqual([]);
      expect(message.measurements[0]?.answers).toEqual({ questionnaire: 'daily', version: 1, answeredBy, items });
    }),
  );
});

test('a hundred thousand levels deep', () => {
  const text = JSON.stringify({ ...around, schema: 'varde.answers/1', answers: [{ ...set({}), items: { cough_worse: 0 } }] });
  const deep = text.replace('"cough_worse":0', `"cough_worse":${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const answer = decode(TOPIC, new TextEncoder().encode(deep), findForm);
  expect(answer).toMatchObject({ ok: true, message: { refused: [{ reason: 'wrong-answer' }] } });
});

describe('a cuff', () => {
  const cuff = (part: Partial<OutgoingReading>): OutgoingReading => ({
    kind: 'blood-pressure',
    deviceTime: '2026-01-15T08:28:40',
    gatewayTime: at,
    measurements: [
      { type: 'systolic', value: 128, unit: 'mm[Hg]' },
      { type: 'diastolic', value: 81, unit: 'mm[Hg]' },
    ],
    ...part,
  });
  const ofObs = (part: Partial<OutgoingReading>): Message => {
    const answer = decode('varde/v1/t/g/dev/TAB1/obs', encodeObs({ ...around, readings: [cuff(part)] }));
    if (!answer.ok) throw new Error(answer.refusal.detail);
    return answer.message;
  };
  const ofFrame = (status: number | null): Message => {
    const frame = encodeBloodPressure({
      ...{
        systolic: 128,
        diastolic: 81,
        map: 96,
        unit: 'mm[Hg]',
        deviceTime: '2026-01-15T08:28:40',
        pulse: 70,
        user: null,
        status,
        trailingBytes: 0,
      },
    });
    const frames = [{ format: 'gatt', characteristic: '2A35', hex: hexOfBytes(frame), gatewayTime: at }] as const;
    const answer = decode('varde/v1/t/g/dev/TAB1/raw', encodeRaw({ ...around, frames }));
    if (!answer.ok) throw new Error(answer.refusal.detail);
    return answer.message;
  };

  test.each<[string, Message, number | undefined]>([
    ['that says nothing of the rhythm', ofObs({}), undefined],
    ['that found nothing', ofObs({ flags: [] }), 0],
    ['that found something else', ofObs({ flags: ['cuff-too-loose'] }), 0],
    ['that found an irregular pulse', ofObs({ flags: ['irregular-pulse'] }), 1],
    ['without a status word', ofFrame(null), undefined],
    ['with an empty status word', ofFrame(0), 0],
    ['with bit 2', ofFrame(0b100), 1],
    ['with bits 2 and 0', ofFrame(0b101), 1],
  ])('%s', (_name, message, expected) => expect(values(message)['irregular-pulse']).toBe(expected));

  test('a doubtful act has a doubtful rhythm, and an invalid one none', () => {
    const doubtful = ofObs({ flags: ['irregular-pulse'], quality: 'questionable' });
    expect(doubtful.measurements[0]?.values.find(({ metric }) => metric === 'irregular-pulse')?.doubt).toBe('device-questionable');
    expect(values(ofObs({ flags: ['irregular-pulse'], quality: 'invalid' }))).toEqual({});
  });

  test('the derived reading is no part of what the device printed', () => {
    expect(ofObs({ flags: [] }).measurements[0]?.printedValues).toBe(ofObs({}).measurements[0]?.printedValues);
  });

  test.each(['posture', 'position'])('standing pressures are metrics of their own (%s)', (name) => {
    const message = ofObs({ context: { [name]: 'standing' } });
    expect(values(message)).toEqual({ 'systolic-standing': 128, 'diastolic-standing': 81 });
    expect(values(ofObs({ context: { [name]: 'sitting' } }))).toEqual({ systolic: 128, diastolic: 81 });
  });

  test('standing pressures that are swapped are refused as what they are', () => {
    const measurements = [
      { type: 'systolic', value: 81, unit: 'mm[Hg]' },
      { type: 'diastolic', value: 128, unit: 'mm[Hg]' },
    ] as const;
    const message = ofObs({ measurements, context: { position: 'standing' } });
    expect(message.refused.map(({ reason, metric }) => [reason, metric])).toEqual([
      ['quarantined', 'systolic-standing'],
      ['quarantined', 'diastolic-standing'],
    ]);
  });
});

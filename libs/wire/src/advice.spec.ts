import fc from 'fast-check';
import { ADVICE_KINDS, decodeAdvice, encodeAdvice, type Advice } from './advice.js';

const words = fc.record({ nb: fc.string(), en: fc.string() });
const moment = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });
const advice: fc.Arbitrary<Advice> = fc.record({
  adviceId: fc.integer({ min: 1 }),
  kind: fc.constantFrom(...ADVICE_KINDS),
  device: fc.option(fc.constantFrom('TB01', 'ox-17')),
  mustAnswer: fc.boolean(),
  answers: fc.array(fc.record({ code: fc.constantFrom('seen', 'cannot'), nb: fc.string(), en: fc.string() })),
  text: words,
  advisedAt: moment,
  ofUseUntil: moment,
  withdrawn: fc.boolean(),
});

test('decoding after encoding is identity', () => {
  fc.assert(fc.property(advice, (each) => expect(decodeAdvice(encodeAdvice(each))).toEqual(each)));
});

function valid(): object {
  const [made] = fc.sample(advice, 1);
  return JSON.parse(new TextDecoder().decode(encodeAdvice(made as Advice))) as object;
}

test.each([
  ['no JSON', '{'],
  ['another schema', JSON.stringify({ ...valid(), schema: 'varde.cmd/1' })],
  ['an unknown kind', JSON.stringify({ ...valid(), kind: 'purple' })],
  ['no number', JSON.stringify({ ...valid(), adviceId: 'adv-1' })],
  ['no end', JSON.stringify({ ...valid(), ofUseUntil: 'soon' })],
  ['an answer without a code', JSON.stringify({ ...valid(), answers: [{ nb: 'ja', en: 'yes' }] })],
  ['words in one language', JSON.stringify({ ...valid(), text: { nb: 'Ring 113 nå.' } })],
])('%s is no advice', (_what, text) => expect(decodeAdvice(new TextEncoder().encode(text))).toBeNull());

test('any bytes are an advice or null, never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeAdvice(bytes);
    }),
  );
});

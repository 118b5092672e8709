import fc from 'fast-check';
import { METRICS, type Metric } from '@varde/vitals';
import { decodeCommand, encodeCommand, type Command } from './command.js';

const command: fc.Arbitrary<Command> = fc.record({
  commandId: fc.uuid(),
  kind: fc.constantFrom('remeasure' as const, 'answer' as const),
  device: fc.option(fc.constantFrom('ox-17', 'cuff-3')),
  metrics: fc.uniqueArray(fc.constantFrom(...(Object.keys(METRICS) as Metric[]))),
  questionnaire: fc.option(fc.constantFrom('daily', 'cat')),
  restMinutes: fc.nat(60),
  times: fc.integer({ min: 1, max: 60 }),
  answerBy: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
  text: fc.record({ nb: fc.string(), en: fc.string() }),
});

test('decoding after encoding is identity', () => {
  fc.assert(fc.property(command, (each) => expect(decodeCommand(encodeCommand(each))).toEqual(each)));
});

test.each([
  ['no JSON', '{'],
  ['another schema', '{"schema":"varde.ack/1","results":[]}'],
  ['an unknown kind', JSON.stringify({ ...valid(), kind: 'dance' })],
  ['an unknown metric', JSON.stringify({ ...valid(), metrics: ['mood'] })],
  ['no end', JSON.stringify({ ...valid(), answerBy: 'soon' })],
  ['half a measurement', JSON.stringify({ ...valid(), times: 0.5 })],
  ['words in one language', JSON.stringify({ ...valid(), text: { nb: 'Mål igjen' } })],
])('%s is no command', (_what, text) => expect(decodeCommand(new TextEncoder().encode(text))).toBeNull());

function valid(): object {
  const [made] = fc.sample(command, 1);
  return JSON.parse(new TextDecoder().decode(encodeCommand(made as Command))) as object;
}

test('any bytes are a command or null, never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeCommand(bytes);
    }),
  );
});

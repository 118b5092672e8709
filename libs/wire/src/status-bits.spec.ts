import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from './decode.js';
import { encodeObs } from './encode.js';
import type { Quality } from './message.js';
import { OXIMETER_SENSOR_STATUS, statusOf } from './status-bits.js';

interface Entry {
  readonly id: string;
  readonly trigger: { readonly spo2: readonly string[]; readonly bp: readonly string[] };
}
const file = join(__dirname, '../../rules/src/catalogue/rules-catalogue.json');
const { rules } = JSON.parse(readFileSync(file, 'utf8')) as { readonly rules: readonly Entry[] };
const trigger = rules.find(({ id }) => id === 'gen.tech.quality')?.trigger ?? { spo2: [], bp: [] };

const at = new Date('2026-01-15T07:31:02Z');
const around = { messageId: '0197f3c2-6f0e-7cc1-9a55-0d1f4b6f5a10', sentAt: at, device: { id: 'OXI1', idType: 'serial' } } as const;

/** The act of an oximeter, as a gateway tells it that has read the status itself. */
function told(flags: readonly string[], quality?: Quality) {
  const measurements = [{ type: 'spo2', value: 95, unit: '%' }] as const;
  const reading = { kind: 'pulse-oximeter', gatewayTime: at, measurements, flags, ...(quality !== undefined && { quality }) };
  const answer = decode('varde/v1/t/g/dev/OXI1/obs', encodeObs({ ...around, readings: [reading] }));
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.message;
}

describe('flags of a status that the gateway has read', () => {
  test.each([...trigger.spo2, ...trigger.bp])('%s, listed by gen.tech.quality, makes a good act doubtful', (flag) => {
    const { measurements } = told([flag], 'good');
    expect(measurements[0]).toMatchObject({ quality: 'questionable', values: [{ metric: 'spo2', doubt: 'device-questionable' }] });
  });
  test.each([
    ['nothing is flagged', [], undefined, 'good'],
    ['a flag that says nothing of the value', ['irregular-pulse', 'unknown-sensor'], 'good', 'good'],
    ['a flag by our own name', ['low-perfusion'], undefined, 'questionable'],
    ['a flag for what our decoder refuses', ['sensor-displaced'], 'good', 'questionable'],
    ['an early estimate', ['early-estimate'], 'good', 'preliminary'],
    ['a demonstration', ['demonstration'], undefined, 'demo'],
    ['a test', ['testing'], 'good', 'test'],
    ['a calibration, as some spell it', ['from_storage', 'calibration'], 'good', 'test'],
    ['a worse quality stays', ['signal-poor'], 'invalid', 'invalid'],
  ] as const)('%s: %j with %p is %s', (_name, flags, quality, expected) => {
    expect(told(flags, quality).measurements[0]?.quality).toBe(expected);
  });
});

test('interference in the status word of an oximeter makes the act doubtful', () => {
  expect(statusOf(1 << 10, OXIMETER_SENSOR_STATUS)).toMatchObject({ flags: ['interference'], quality: 'questionable' });
});

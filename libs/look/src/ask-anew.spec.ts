import type { Programme } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { RefusedValue, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import type { LookOutcome } from './input-and-outcome.js';
import { rehearse, type RehearsalInput } from './rehearse.js';

/** `gen.tech.implausible`: "always asks for a new reading"; `gen.tech.unit_suspect`: "quarantine and ask". */

const START = new Date('2026-01-15T07:00:00Z');
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);
const following = (...programmes: Programme[]) =>
  planOf({ enrolments: programmes.map((programme) => ({ programme, from: new Date(0), to: null })) });
const plan = following('copd', 'hf', 'htn');
let ids = 0;
const reading = (metric: Metric, value: number, at: number, given: Partial<RuleReading> = {}): RuleReading => ({
  ...{ measurementId: ++ids, metric, value, observedAt: minutes(at), receivedAt: minutes(at), doubt: null },
  ...given,
});
const refused = (metric: Metric | null, reason: string, at: number, given: Partial<RefusedValue> = {}): RefusedValue => ({
  ...{ refusedId: ++ids, metric, reason, observedAt: minutes(at), receivedAt: minutes(at) },
  ...given,
});

type Given = Partial<Omit<RehearsalInput, 'agreement'>> & { readonly plan?: typeof plan };
function outcomes(given: Given): readonly LookOutcome[] {
  const all: LookOutcome[] = [];
  rehearse({
    agreement: {
      catalogue: CATALOGUE,
      plan: given.plan ?? plan,
      team: ONE_UNIT,
      pathway: DEFAULT_PATHWAY,
      frozenPathways: [],
      snoozes: [],
    },
    ...{ readings: [], answers: [], refused: [], episodes: [], recorded: [], from: minutes(-3 * 1440), to: minutes(180) },
    ...given,
    onLook: (_input, outcome) => all.push(outcome),
  });
  return all;
}
const asksOf = (given: Given) => outcomes(given).flatMap(({ asks }) => asks);

test.each<[string, Given]>([
  ['a value nobody can have', { refused: [refused('pulse', 'special-value', 0)] }],
  ['a value in another unit, usual in both', { refused: [refused('systolic', 'quarantined', 0, { value: 16, otherwise: 120 })] }],
  ['a usual value that the device calls invalid', { refused: [refused('spo2', 'device-invalid', 0, { value: 96 })] }],
])('%s is measured anew', (_what, given) => {
  expect(asksOf(given)).toMatchObject([
    { key: expect.stringMatching(/^r:/) as string, measurementId: null, restMinutes: 5, times: 1, answerBy: minutes(30) },
  ]);
});

test('so is a usual value that the device doubts, and a step no lung can make', () => {
  const doubted = { readings: [reading('spo2', 95, 0, { doubt: 'device-questionable' })] };
  expect(asksOf(doubted)).toMatchObject([{ measurementId: doubted.readings[0]?.measurementId, restMinutes: 5, answerBy: minutes(30) }]);
  const step = [reading('spo2', 84, -5), reading('spo2', 97, 0)];
  expect(asksOf({ readings: step }).map(({ measurementId }) => measurementId)).toContain(step[1]?.measurementId);
});

test('a weight that may be another person is repeated the same day', () => {
  const readings = [reading('weight', 80, -1440), reading('weight', 68, 0)];
  const [ask, ...more] = asksOf({ readings });
  expect(more).toEqual([]);
  expect(asksOf({ readings, plan: following('copd') })).toEqual([ask]);
  expect(ask).toMatchObject({ restMinutes: 0, text: { en: 'Please weigh yourself once more today.' } });
  // Midnight in Oslo.
  expect(ask?.answerBy).toEqual(new Date('2026-01-15T22:59:59.999Z'));
});

test.each<[string, Given]>([
  ['what came late', { refused: [refused('pulse', 'special-value', 0, { receivedAt: minutes(31) })] }],
  [
    'a weight that came hours late',
    { plan: following('copd'), readings: [reading('weight', 80, -1440), reading('weight', 68, 0, { receivedAt: minutes(130) })] },
  ],
  [
    'in a pause',
    {
      plan: { ...plan, pauses: [{ id: 1, kind: 'holiday', from: minutes(-1), to: minutes(100), reason: '' }] },
      refused: [refused('pulse', 'special-value', 0)],
    },
  ],
  [
    'what was measured again before it came',
    {
      refused: [refused('pulse', 'special-value', 0, { receivedAt: minutes(2) })],
      readings: [reading('pulse', 70, 1, { receivedAt: minutes(2) })],
    },
  ],
  ['what nobody knows the metric of', { refused: [refused(null, 'no-value', 0)] }],
])('%s is not asked for', (_what, given) => expect(asksOf(given)).toEqual([]));

test('once for two values of one act, and not for ever', () => {
  const pair = [
    refused('systolic', 'quarantined', 0, { value: 16, otherwise: 120 }),
    refused('diastolic', 'quarantined', 0, { value: 10, otherwise: 75 }),
  ];
  expect(asksOf({ refused: pair })).toHaveLength(1);
  const doubted = [0, 6, 12].map((at) => reading('spo2', 95, at, { doubt: 'device-questionable' }));
  expect(asksOf({ readings: doubted }).map(({ measurementId }) => measurementId)).toEqual([doubted[0]?.measurementId]);
  // The third in a row is for people.
  expect(asksOf({ refused: [0, 6, 12].map((at) => refused('pulse', 'special-value', at)) })).toHaveLength(2);
});

test('a value that can be used answers the request', () => {
  const settled = (readings: readonly RuleReading[]) =>
    outcomes({ refused: [refused('pulse', 'special-value', 0, { refusedId: 7 })], readings }).flatMap(({ settledAsks }) => settledAsks);
  expect(settled([reading('pulse', 70, 6)])).toEqual(['r:7']);
  expect(settled([reading('spo2', 95, 6)])).toEqual([]);
});

import type { CarePlan } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import type { RefusedValue, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';

const NOW_MS = Date.parse('2026-01-15T07:00:00Z');
const at = (hours: number): Date => new Date(NOW_MS + hours * 3_600_000);
const plan: CarePlan = {
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: [{ programme: 'hf', from: at(-1000), to: null }],
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [],
};
const reading = (metric: Metric, value: number, hours: number, doubt: string | null = null): RuleReading => ({
  measurementId: 1000 + Math.round(hours * 10),
  metric,
  value,
  observedAt: at(hours),
  receivedAt: at(hours),
  doubt,
});
const refusal = (reason: string, metric: Metric | null = 'spo2', hours = 0): RefusedValue => ({
  refusedId: 7,
  metric,
  reason,
  observedAt: at(hours),
  receivedAt: at(hours),
});
function judged(readings: readonly RuleReading[], refused: readonly RefusedValue[] = [], over: Partial<JudgeInput> = {}): Judgement {
  const window = { readings, refused, dailyMedians: [], answers: [], lastObserved: [] };
  return judge({ catalogue, plan, window, unlookedFrom: at(-100), openEpisodes: [], standing: [], recorded: [], now: at(0), ...over });
}
const technical = ({ findings }: Judgement): string[] =>
  findings.filter(({ domain }) => domain === 'technical').map(({ ruleId, anchor, severity }) => `${ruleId.slice(9)} ${anchor} ${severity}`);

describe('refused values', () => {
  test.each([
    ['implausible', 'spo2', 'implausible r:7 info'],
    ['below-possible', 'spo2', 'implausible r:7 info'],
    ['special-value', 'weight', 'implausible r:7 info'],
    ['unit', 'weight', 'implausible r:7 info'],
    ['clock', null, 'implausible r:7 info'],
    ['quarantined', 'temperature', 'unit_suspect r:7 info'],
    ['looks-like-fahrenheit', 'temperature', 'unit_suspect r:7 info'],
    ['device-invalid', 'pulse', 'quality r:7 info'],
    ['not-a-reading', 'pulse', undefined],
    ['test-data', 'pulse', undefined],
    ['implausible', 'map', undefined],
  ] as const)('%s of %p: %p', (reason, metric, expected) => {
    expect(technical(judged([], [refusal(reason, metric)]))).toEqual(expected === undefined ? [] : [expected]);
  });

  test('are told once, though no reading came', () => {
    const first = judged([], [refusal('implausible')], { unlookedFrom: null });
    expect(technical(first)).toHaveLength(1);
    expect(first.findings[0]?.reason).toEqual({
      nb: 'Avvist verdi, oksygenmetning: verdien er ikke mulig. Mål på nytt.',
      en: 'Refused value, oxygen saturation: the value is not possible. Measure again.',
    });
    expect(technical(judged([], [refusal('implausible')], { recorded: first.findings }))).toEqual([]);
  });

  test('are settled by the next valid reading of the same metric', () => {
    const refused = [refusal('implausible', 'spo2', -2)];
    const cleared = (readings: readonly RuleReading[]): string[] =>
      judged(readings, refused).cleared.map(({ ruleId, at: when }) => `${ruleId} ${when.getTime() - NOW_MS}`);
    expect(cleared([reading('spo2', 95, -3)])).toEqual([]);
    expect(cleared([reading('weight', 80, -1)])).toEqual([]);
    expect(cleared([reading('spo2', 95, -1, 'device-questionable')])).toEqual([]);
    expect(cleared([reading('spo2', 95, -1)])).toEqual(['gen.tech.implausible -3600000']);
  });

  test('from before the window are settled by any valid reading', () => {
    const standing = [{ ruleId: 'gen.tech.implausible', since: at(-200) }];
    expect(judged([reading('spo2', 95, -1)], [], { standing }).cleared).toEqual([{ ruleId: 'gen.tech.implausible', at: at(-1) }]);
    expect(judged([], [], { standing }).standing).toEqual(standing);
  });
});

describe('doubtful readings', () => {
  test('one finding for one act, naming each value', () => {
    const judgement = judged([reading('spo2', 95, 0, 'device-questionable'), reading('pulse', 70, 0, 'preliminary')]);
    expect(technical(judgement)).toEqual(['quality m:1000 info']);
    expect(judgement.findings[0]?.reason.nb).toBe(
      'Usikker måling: puls (et tidlig anslag fra apparatet), oksygenmetning (apparatet er selv usikkert på verdien).',
    );
  });

  test('doubts that other rules speak of are left to them; unknown ones are told as they are', () => {
    expect(technical(judged([reading('spo2', 65, 0, 'unusually-low')]))).toEqual([]);
    expect(technical(judged([reading('spo2', 85, 0, 'jump')]))).toEqual(['quality m:1000 info']);
    expect(judged([reading('spo2', 95, 0, 'clock-unsure')]).findings[0]?.reason.en).toBe(
      'Doubtful reading: oxygen saturation (clock-unsure).',
    );
  });
});

test('doubt of a value that nobody judges is settled by whatever valid comes next', () => {
  const readings = [reading('map', 90, -2, 'device-questionable'), reading('weight', 80, -1)];
  expect(judged(readings).cleared).toEqual([{ ruleId: 'gen.tech.quality', at: at(-1) }]);
});

describe('weights', () => {
  const kinds = (...weights: [number, number][]): string[] =>
    technical(judged(weights.map(([value, hours]) => reading('weight', value, hours))));
  test.each<[string, [number, number][], string[]]>([
    [
      'pounds',
      [
        [80, -24],
        [176.4, 0],
      ],
      ['unit_suspect m:1000 info'],
    ],
    [
      'pounds, 3 % above',
      [
        [80, -24],
        [181.6, 0],
      ],
      ['unit_suspect m:1000 info'],
    ],
    [
      'more than 3 % above, but another person',
      [
        [80, -24],
        [181.7, 0],
      ],
      ['other_person m:1000 info'],
    ],
    [
      'kilograms after pounds',
      [
        [176.4, -24],
        [80, 0],
      ],
      ['unit_suspect m:1000 info'],
    ],
    [
      '5 kg in 36 hours',
      [
        [80, -36],
        [85, 0],
      ],
      ['other_person m:1000 info'],
    ],
    [
      'just under 5 kg',
      [
        [80, -36],
        [84.9, 0],
      ],
      [],
    ],
    [
      '5 kg in more than 36 hours',
      [
        [80, -36.1],
        [85, 0],
      ],
      [],
    ],
    [
      'back on the own weight',
      [
        [80, -24],
        [68, -12],
        [80, 0],
      ],
      ['other_person m:880 info'],
    ],
    [
      'held against the last accepted, not against the held one',
      [
        [80, -24],
        [68, -12],
        [68.5, 0],
      ],
      ['other_person m:880 info', 'other_person m:1000 info'],
    ],
  ])('%s', (_name, weights, expected) => {
    expect(kinds(...weights)).toEqual(expected);
  });

  test.each([
    ['looks-like-pounds', 'unit_suspect m:1000 info'],
    ['jump', 'other_person m:1000 info'],
    ['device-questionable', 'quality m:1000 info'],
  ])('doubted when it was stored (%s), with nothing to compare with here', (doubt, expected) => {
    expect(technical(judged([reading('weight', 95, 0, doubt)]))).toEqual([expected]);
  });

  const allowed = (kg: number): CarePlan => ({
    ...plan,
    unitLimits: [
      {
        ...{ id: 1, unitId: 1, ruleId: 'gen.tech.other_person', parameter: 'kg', value: kg, version: 1, reason: 'x' },
        ...{ validFrom: at(-1000), validTo: null, setByPersonId: 2 },
      },
    ],
  });
  test.each<[string, number, readonly [number, number], readonly string[]]>([
    ['of 6 kg, where 8 are allowed', 8, [86, 0], []],
    ['of 8 kg, where 8 are allowed', 8, [88, 0], ['other_person m:1000 info']],
    ['of 6 kg, where 5 are allowed', 5, [86, 0], ['other_person m:1000 info']],
    ['of 6 kg in more than 36 hours: against what it was doubted is not known', 8, [86, 13], ['other_person m:1130 info']],
    ['of less than is doubted: it was doubted against something else', 8, [84, 0], ['other_person m:1000 info']],
  ])('a step doubted when it was stored, %s', (_name, kg, [value, hours], expected) => {
    const readings = [reading('weight', 80, -24), reading('weight', value, hours, 'jump')];
    expect(technical(judged(readings, [], { plan: allowed(kg), now: at(hours) }))).toEqual(expected);
  });

  test('doubted day after day do not blind the gain rule', () => {
    const readings = [reading('weight', 90, -48, 'jump'), reading('weight', 90.4, -24, 'jump'), reading('weight', 92.6, 0, 'jump')];
    const gain = (now: Date): string[] =>
      judged(readings, [], { now, unlookedFrom: at(0) })
        .findings.filter(({ ruleId }) => ruleId === 'hf.weight.gain_3d')
        .map(({ result }) => result);
    expect(gain(at(0))).toEqual(['pending']);
    expect(gain(at(16))).toEqual(['fire_unconfirmed']);
  });

  test('in another unit fires no weight rule', () => {
    const judgement = judged([reading('weight', 80, -24), reading('weight', 176.4, 0)], [], { unlookedFrom: at(0) });
    const fired = judgement.findings.filter(({ result }) => result !== 'not_evaluable');
    expect(fired.map(({ ruleId, result }) => `${ruleId} ${result}`)).toEqual(['gen.tech.unit_suspect fire']);
    expect(judgement.findings.map(({ ruleId, result }) => `${ruleId} ${result}`)).toContain('hf.weight.gain_3d not_evaluable');
  });
});

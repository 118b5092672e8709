import type { Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { CATALOGUE as catalogue } from '../../../../test/clinic.js';
import { breaks, judged, type Scenario, type Value } from '../../../../test/both-sides/patient.js';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.parse('2026-03-18T11:00:00Z');

interface Standing {
  readonly ruleId: string;
  readonly programme: Programme;
  /** Hours from noon at which the rule last fired. */
  readonly firedH: number;
}
const clears = (patient: Scenario, { ruleId, programme, firedH }: Standing): boolean => {
  const standing = [{ ruleId, since: new Date(NOON_MS + firedH * HOUR_MS) }];
  return judged(catalogue, patient, { programme, ruleId, standing, fromH: -0.5 }).cleared.some((each) => each.ruleId === ruleId);
};

describe('Rome criteria', () => {
  const rome = { ruleId: 'copd.rome.moderate', programme: 'copd' as const, firedH: -20 };
  const all: readonly Value[] = [
    ['dyspnoea-vas', 3],
    ['respiratory-rate', 18],
    ['pulse', 80],
    ['spo2', 94],
  ];
  const baseline = { spo2: 94 };
  const without = (metric: Metric): readonly Value[] => all.filter(([each]) => each !== metric);
  const worse = (metric: Metric, value: number): readonly Value[] => [...without(metric), [metric, value]];

  test.each<[string, readonly Value[], boolean]>([
    ['none holds', all, true],
    ['one holds', worse('pulse', 99), true],
    ['two hold', [...worse('pulse', 99).filter(([each]) => each !== 'spo2'), ['spo2', 90]], false],
    ['one is missing, none holds', without('respiratory-rate'), true],
    // What is missing may be true: with another that holds it would be two.
    ['one is missing, one holds', worse('pulse', 99).filter(([each]) => each !== 'respiratory-rate'), false],
    ['a saturation alone', [['spo2', 94]], false],
  ])('%s: cleared %#', (_name, values, expected) => {
    expect(clears({ baseline, values }, rome)).toBe(expected);
  });

  test('criteria measured hours apart count together', () => {
    const values: readonly Value[] = [
      ['dyspnoea-vas', 6, -2],
      ['pulse', 99, -1],
      ['respiratory-rate', 26, 0],
    ];
    expect(breaks(judged(catalogue, { baseline, values }, { ...rome }), rome.ruleId)).toBe(true);
  });
});

describe('very high pressure', () => {
  const severe = { ruleId: 'htn.severe', programme: 'htn' as const, firedH: -20 };
  test.each([
    [169, 104, true],
    [170, 104, false],
    [169, 105, false],
  ])('%p/%p twice: cleared %p', (systolic, diastolic, expected) => {
    const values = [-0.2, 0].flatMap((h): Value[] => [
      ['systolic', systolic, h],
      ['diastolic', diastolic, h],
    ]);
    expect(clears({ values }, severe)).toBe(expected);
  });
});

describe('combined deviation', () => {
  const score = { ruleId: 'copd.oximetry_score', programme: 'copd' as const, firedH: -20 };
  test.each([
    [95, 72, true],
    [95, 75, false],
  ])('saturation %p and pulse %p twice: cleared %p', (spo2, pulse, expected) => {
    const values = [-0.2, 0].flatMap((h): Value[] => [
      ['spo2', spo2, h],
      ['pulse', pulse, h],
    ]);
    expect(clears({ baseline: { spo2: 95, pulse: 70 }, values }, score)).toBe(expected);
  });
  test.each([
    [0.98, true],
    [1.02, false],
  ])('a pulse counted %p hours before the saturation is of its session: %p', (before, expected) => {
    const patient: Scenario = {
      baseline: { spo2: 95, pulse: 70 },
      values: [
        ['pulse', 85, -before],
        ['spo2', 92, 0],
      ],
      answers: [{ h: -2, yes: ['dyspnoea_worse'] }],
    };
    expect(breaks(judged(catalogue, patient, { ...score, fromH: -0.1 }), score.ruleId)).toBe(expected);
  });
  test('a saturation without its pulse cannot be judged; the pulse that a cuff counts is not asked', () => {
    const of = (metric: Metric): readonly string[] => {
      const patient: Scenario = {
        baseline: { spo2: 95, pulse: 70 },
        values: [[metric, 90]],
        answers: [{ h: -1, yes: ['dyspnoea_worse'] }],
      };
      const { findings } = judged(catalogue, patient, { ...score });
      return findings.filter(({ ruleId }) => ruleId === score.ruleId).map(({ result }) => result);
    };
    expect([of('spo2'), of('pulse')]).toEqual([['not_evaluable'], []]);
  });
});

describe('seven-day means', () => {
  const mean = { ruleId: 'htn.mean.high', programme: 'htn' as const };
  const series = (days: number, systolic: number): readonly Value[] =>
    Array.from({ length: days }, (_none, ago) => [-4, -3.98, -16, -15.98].map((h) => h - 24 * ago))
      .flat()
      .concat(0)
      .flatMap((h): Value[] => [
        ['systolic', systolic, h],
        ['diastolic', 80, h],
      ]);

  test('a lower mean of new readings only clears it', () => {
    expect(clears({ values: series(6, 120) }, { ...mean, firedH: -24 * 8 })).toBe(true);
    expect(clears({ values: series(6, 140) }, { ...mean, firedH: -24 * 8 })).toBe(false);
    // Too few of the readings are later than the finding: it is the same protocol with some days more.
    expect(clears({ values: series(6, 120) }, { ...mean, firedH: -24 * 3 })).toBe(false);
  });

  test('says where each of its two limits comes from', () => {
    const { findings } = judged(catalogue, { values: series(6, 160) }, { ...mean, limits: { sbp: 150 } });
    const { nb, en } = findings.find(({ ruleId }) => ruleId === mean.ruleId)?.reason ?? { nb: '', en: '' };
    expect(nb).toContain('grensen er 150/85 (personlig grense, versjon 2 / generell standardgrense)');
    expect(en).toContain('the limit is 150/85 (personal limit, version 2 / general default limit)');
  });

  /** Four readings on each of some days, so many days ago, and each with its systolic; the last of them now. */
  const protocol = (days: Readonly<Record<number, number>>): readonly Value[] =>
    Object.entries(days)
      .flatMap(([ago, systolic]) => [0, -0.02, -3, -3.02].map((h) => [h - 24 * Number(ago), systolic] as const))
      .flatMap(([h, systolic]): Value[] => [
        ['systolic', systolic, h],
        ['diastolic', 80, h],
      ]);
  const results = (days: Readonly<Record<number, number>>): readonly string[] =>
    judged(catalogue, { values: protocol(days) }, { ...mean })
      .findings.filter(({ ruleId }) => ruleId === mean.ruleId)
      .map(({ result }) => result);
  test.each<[string, Readonly<Record<number, number>>, boolean]>([
    ['its first day is left out, however high', { 3: 178, 2: 130, 1: 130, 0: 130 }, false],
    ['also where a session was measured three days before it', { 6: 120, 3: 178, 2: 130, 1: 130, 0: 130 }, false],
    ['the session before it is in no mean', { 6: 110, 3: 120, 2: 136, 1: 136, 0: 136 }, true],
    ['one missed day does not end it', { 5: 178, 4: 136, 3: 136, 1: 136, 0: 136 }, true],
    ['nor does yesterday, missed', { 4: 178, 3: 136, 2: 136, 0: 136 }, true],
    ['two missed days do: of those since there are too few', { 6: 136, 5: 136, 4: 136, 1: 136, 0: 136 }, false],
  ])('a protocol: %s', (_name, days, expected) => {
    expect(results(days).includes('fire')).toBe(expected);
  });
  test('sessions on single days are no protocol: nothing fires and nothing is missing', () => {
    expect(results({ 6: 178, 4: 178, 2: 178, 0: 178 })).toEqual([]);
  });

  test('a daily single pressure is no protocol: nothing fires and nothing is missing', () => {
    const values = Array.from({ length: 7 }, (_none, ago): Value[] => [
      ['systolic', 150, -24 * ago],
      ['diastolic', 95, -24 * ago],
    ]).flat();
    const { findings } = judged(catalogue, { values }, { ...mean });
    expect(findings.filter(({ ruleId }) => ruleId === mean.ruleId)).toEqual([]);
  });
});

test('a fall on standing stops standing 48 hours after its last signal, by the clock alone', () => {
  const rule = { ruleId: 'htn.orthostatic', programme: 'htn' as const };
  expect(clears({}, { ...rule, firedH: -48 })).toBe(true);
  expect(clears({}, { ...rule, firedH: -46 })).toBe(false);
  const standing = [{ ruleId: rule.ruleId, since: new Date(NOON_MS - 46 * HOUR_MS) }];
  expect(judged(catalogue, {}, { ...rule, standing }).nextAt).toEqual(new Date(NOON_MS + 2 * HOUR_MS));
});

test('an irregular pulse rests for known atrial fibrillation', () => {
  const values = [0, 1].flatMap((ago) => [0, 1, 2].map((index): Value => ['irregular-pulse', 1, index / 20 - 24 * ago]));
  const setting = { ruleId: 'htn.irregular', programme: 'htn' as const };
  expect(breaks(judged(catalogue, { values }, setting), setting.ruleId)).toBe(true);
  expect(breaks(judged(catalogue, { values, references: { 'atrial-fibrillation': 1 } }, setting), setting.ruleId)).toBe(false);
});

test.each<[string, readonly number[], readonly number[], boolean]>([
  ['two of three flagged, half an hour apart', [0.5, 0], [1, 1], true],
  ['two flagged, more than half an hour apart: two sessions with one each', [0.51, 0], [1, 1], false],
  ['two of four, but never two of three in a row', [0.15, 0.1, 0.05, 0], [1, 0, 0, 1], false],
  ['two of the last three of four', [0.15, 0.1, 0.05, 0], [0, 1, 0, 1], true],
])('an irregular pulse in the sessions of two days: %s', (_name, hoursAgo, flags, expected) => {
  const values = [0, 1].flatMap((ago) => hoursAgo.map((h, index): Value => ['irregular-pulse', flags[index] ?? 0, -h - 24 * ago]));
  const setting = { ruleId: 'htn.irregular', programme: 'htn' as const };
  expect(breaks(judged(catalogue, { values }, setting), setting.ruleId)).toBe(expected);
});

test('without a dry weight the rule says what is missing', () => {
  const values: readonly Value[] = [['weight', 82]];
  const { findings } = judged(catalogue, { values }, { ruleId: 'hf.weight.above_dry', programme: 'hf' });
  expect(findings.find(({ ruleId }) => ruleId === 'hf.weight.above_dry')).toMatchObject({
    result: 'not_evaluable',
    reason: { nb: expect.stringContaining('tørrvekt mangler'), en: expect.stringContaining('the dry weight is missing') },
  });
});

import { single, type Limit } from './limit.js';
import type { Scenario, Value } from './patient.js';

const onOxygen = (value: number, h = 0): readonly Value[] => [
  ['spo2', value, h],
  ['o2-flow', 2, h],
];
const ORDER = { 'spo2-target-88-92': 1 } as const;
const rome = (values: readonly Value[], over: Scenario = {}): Scenario => ({ baseline: { spo2: 98 }, values, ...over });
const NEWS2: Readonly<Record<number, readonly Value[]>> = Object.fromEntries(
  [0, 1, 2, 3, 4, 5].map((points) => [
    points,
    [
      ...([
        ['respiratory-rate', 16],
        ['temperature', points > 0 ? 38.5 : 37],
        ['pulse', points > 1 ? 95 : 70],
      ] as const),
      ...([
        ['systolic', points > 2 ? 105 : 120],
        ['spo2', points > 4 ? 93 : points > 3 ? 95 : 97],
      ] as const),
    ],
  ]),
);
const observedAt = (points: number, h: number): readonly Value[] => (NEWS2[points] ?? []).map(([metric, value]) => [metric, value, h]);
const WELL = { consciousness: 'A', on_oxygen: false };

/** Limits of single values, of baselines and of scores. */
export const LIMITS_OF_VALUES: readonly Limit[] = [
  single(['copd', 'copd.spo2.critical'], 'spo2', '<='),
  single(['copd', 'copd.spo2.below_target'], 'spo2', '<', 'target_low'),
  ...(['copd.spo2.drop', 'copd.spo2.drop_large'] as const).map((ruleId) => ({
    ...single(['copd', ruleId], 'spo2', '>=', 'drop'),
    patient: (drop: number): Scenario => ({ baseline: { spo2: 96 }, values: [['spo2', 96 - drop]] }),
  })),
  { ...single(['copd', 'copd.spo2.over_oxygenated'], 'spo2', '>='), patient: (value) => ({ values: onOxygen(value), references: ORDER }) },
  {
    ...single(['copd', 'copd.spo2.above_target_on_oxygen'], 'spo2', '>='),
    patient: (value) => ({ values: [...onOxygen(99, -24), ...onOxygen(value)], references: ORDER }),
  },
  {
    ...single(['copd', 'copd.spo2.above_target_on_oxygen'], 'spo2', '>='),
    patient: (value) => ({ values: [...onOxygen(value, -24), ...onOxygen(99)], references: ORDER }),
  },
  {
    ...single(['copd', 'copd.pulse.rise'], 'pulse', '>=', 'rise'),
    patient: (rise) => ({
      baseline: { pulse: 70 },
      values: [
        ['pulse', 110, -24],
        ['pulse', 70 + rise],
      ],
    }),
  },
  {
    ...single(['copd', 'copd.oximetry_score'], 'spo2', '>=', 'score'),
    // The pulse comes from another device of the same session.
    patient: (score) => ({
      ...{ baseline: { spo2: 96, pulse: 70 }, answers: [{ h: -2, yes: ['dyspnoea_worse'] }] },
      values: [
        ['pulse', 70 + 5 * score, -0.4],
        ['spo2', 96 - score],
      ],
    }),
  },
  {
    ...single(['copd', 'copd.symptoms.pattern'], 'spo2', '>=', 'days'),
    step: 1,
    patient: (days) => ({
      answers: [0, 1, 2, 3].map((ago) => ({ h: -24 * ago, yes: ago < days ? ['sputum_colour', 'cough_worse'] : ['cough_worse'] })),
    }),
  },
  {
    ...single(['copd', 'copd.rome.moderate'], 'spo2', '>=', 'count'),
    step: 1,
    patient: (count) =>
      rome([
        ['spo2', count > 3 ? 90 : 97],
        ['pulse', count > 2 ? 96 : 80],
        ['respiratory-rate', count > 1 ? 25 : 16],
        ['dyspnoea-vas', count > 0 ? 6 : 2],
      ]),
  },
  ...(
    [
      ['dyspnoea-vas', 5],
      ['respiratory-rate', 24],
      ['pulse', 95],
    ] as const
  ).map(([metric, limit]) => ({
    ...single(['copd', 'copd.rome.moderate'], metric, '>=', limit),
    patient: (value: number): Scenario => {
      // The two others that hold were measured in the morning, eleven hours before.
      const others = (
        [
          ['dyspnoea-vas', 6],
          ['respiratory-rate', 25],
          ['pulse', 96],
        ] as const
      ).filter(([each]) => each !== metric);
      const held = [...others, ['spo2', 90] as const].slice(0, 2);
      return rome([...held.map(([each, of]): Value => [each, of, -11]), [metric, value]]);
    },
  })),
  {
    ...single(['copd', 'copd.rome.moderate'], 'spo2', '>', 3),
    patient: (fall) =>
      rome([
        ['spo2', 98 - fall],
        ['pulse', 96],
        ['dyspnoea-vas', 6],
      ]),
  },
  {
    ...single(['copd', 'copd.rome.moderate'], 'spo2', '<', 92),
    patient: (value) =>
      rome(
        [
          ['spo2', value],
          ['pulse', 96],
          ['dyspnoea-vas', 6],
        ],
        { baseline: { spo2: 92.5 } },
      ),
  },
  {
    ...single(['copd', 'copd.rome.moderate'], 'spo2', '>=', 92),
    patient: (usual) =>
      rome(
        [
          ['spo2', 91],
          ['pulse', 96],
          ['dyspnoea-vas', 6],
        ],
        { baseline: { spo2: usual } },
      ),
  },
  {
    ...single(['copd', 'copd.rome.moderate'], 'spo2', '<=', 12),
    patient: (hours) =>
      rome([
        ['pulse', 96, -hours],
        ['dyspnoea-vas', 6, -hours],
        ['respiratory-rate', 25],
      ]),
  },
  {
    ...single(['copd', 'copd.cat.rise'], 'cat-score', '>=', 'rise'),
    patient: (rise) => ({ baseline: { 'cat-score': 19 }, values: [['cat-score', 19 + rise]] }),
  },
  {
    ...single(['copd', 'copd.mmrc.step'], 'mmrc-grade', '>=', 'step'),
    patient: (step) => ({
      baseline: { 'mmrc-grade': 1 },
      values: [
        ['mmrc-grade', 4, -24],
        ['mmrc-grade', 1 + step],
      ],
    }),
  },
  {
    ...single(['copd', 'copd.exact.event'], 'exact-score', '>=', 12),
    patient: (rise) => ({
      baseline: { 'exact-score': 40 },
      values: [
        ['exact-score', 40, -48],
        ['exact-score', 60, -24],
        ['exact-score', 40 + rise],
      ],
    }),
  },
  {
    ...single(['copd', 'copd.exact.event'], 'exact-score', '>=', 9),
    patient: (rise) => ({
      baseline: { 'exact-score': 40 },
      values: [
        ['exact-score', 50, -48],
        ['exact-score', 40 + rise, -24],
        ['exact-score', 50],
      ],
    }),
  },
  ...(['gen.rr.very_high', 'gen.rr.high'] as const).map((ruleId) => single(['copd', ruleId], 'respiratory-rate', '>=')),
  single(['hf', 'gen.rr.very_low'], 'respiratory-rate', '<='),
  single(['dm', 'gen.pulse.very_high'], 'pulse', '>='),
  single(['dm', 'gen.pulse.high'], 'pulse', '>='),
  single(['frail', 'gen.pulse.very_low'], 'pulse', '<='),
  single(['hf', 'gen.temp.high'], 'temperature', '>='),
  single(['hf', 'gen.temp.very_high'], 'temperature', '>='),
  single(['hf', 'gen.temp.very_low'], 'temperature', '<='),
  single(['copd', 'gen.sbp.very_low'], 'systolic', '<='),
  single(['copd', 'gen.sbp.low'], 'systolic', '<='),
  single(['hf', 'gen.spo2.very_low'], 'spo2', '<='),
  single(['hf', 'gen.spo2.low'], 'spo2', '<='),
  {
    ...single(['hf', 'gen.spo2.reduced'], 'spo2', '<='),
    patient: (value) => ({
      values: [
        ['spo2', 88, -24],
        ['spo2', value],
      ],
    }),
  },
  {
    ...single(['hf', 'gen.spo2.reduced'], 'spo2', '>', 93),
    patient: (usual) => ({
      baseline: { spo2: usual },
      values: [
        ['spo2', 88, -24],
        ['spo2', 88],
      ],
    }),
  },
  {
    ...single(['hf', 'gen.news2.rise'], 'spo2', '>=', 'rise'),
    step: 1,
    patient: (rise) => ({
      values: [...observedAt(0, -24), ...observedAt(rise, 0)],
      answers: [{ h: -24, items: WELL }, { items: WELL }],
    }),
  },
];

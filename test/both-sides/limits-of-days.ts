import type { DailyMedian } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { single, type Limit } from './limit.js';
import { medianAgo, type Scenario, type Value } from './patient.js';

const SYMPTOM = { yes: ['lightheaded'] };
const withSymptom =
  (metric: Metric) =>
  (value: number): Scenario => ({ values: [[metric, value]], answers: [{ h: 0.5, ...SYMPTOM }] });
const sitting = (value: number, standing: number): readonly Value[] => [
  ['systolic', value, -0.03],
  ['systolic-standing', standing, 0],
];
/** Two readings morning and evening for so many days up to today, and some more today. */
const protocol = (days: number, [systolic, diastolic]: readonly [number, number], more = 0): readonly Value[] =>
  [
    ...Array.from({ length: days - 1 }, (_, day) => [1, 1.02, 13, 13.02].map((h) => h - 24 * (days - 1 - day) - 4)).flat(),
    ...Array.from({ length: more }, (_, index) => index / 50),
  ].flatMap((h): Value[] => [
    ['systolic', systolic, h],
    ['diastolic', diastolic, h],
  ]);
const month = (median: number): readonly DailyMedian[] => Array.from({ length: 25 }, (_, day) => medianAgo('weight', day + 3, median));

/** Limits of weights over days, of pressures, and of diabetes and frail older people. */
export const LIMITS_OF_DAYS: readonly Limit[] = [
  {
    ...single(['hf', 'hf.weight.gain_3d'], 'weight', '>', 'kg'),
    patient: (gain) => ({
      values: [
        ['weight', 80, -48],
        ['weight', 80 + gain],
      ],
    }),
  },
  {
    ...single(['hf', 'hf.weight.gain_3d'], 'weight', '<=', 3),
    step: 1,
    patient: (days) => ({
      values: [
        ['weight', 80, -24 * days],
        ['weight', 81.9, -24],
        ['weight', 82.1],
      ],
    }),
  },
  {
    ...single(['hf', 'hf.weight.gain_1d_symptoms'], 'weight', '>', 'kg'),
    step: 0.01,
    patient: (gain) => ({
      values: [
        ['weight', 80, -24],
        ['weight', 80 + gain],
      ],
      answers: [{ h: 0.5, yes: ['swelling_worse'] }],
    }),
  },
  {
    ...single(['hf', 'hf.weight.gain_7d'], 'weight', '>=', 'kg'),
    patient: (gain) => ({
      values: [
        ['weight', 80, -168],
        ['weight', 80 + gain],
      ],
    }),
  },
  ...(['<=', '>='] as const).map((op) => ({
    ...single(['hf', 'hf.weight.gain_7d'], 'weight', op, op === '<=' ? 8 : 6),
    step: 1,
    patient: (days: number): Scenario => ({
      values: [
        ['weight', 80, -24 * days],
        ['weight', 83],
      ],
    }),
  })),
  {
    ...single(['hf', 'hf.weight.shift'], 'weight', '>=', 'kg'),
    patient: (shift) => ({
      medians: month(80),
      values: [
        ['weight', 80 + shift, -24],
        ['weight', 80 + shift],
      ],
    }),
  },
  {
    ...single(['hf', 'hf.weight.shift'], 'weight', '>=', 10),
    step: 1,
    patient: (days) => ({
      medians: month(80).slice(25 - days),
      values: [
        ['weight', 83, -24],
        ['weight', 83],
      ],
    }),
  },
  {
    ...single(['hf', 'hf.weight.above_dry'], 'weight', '>=', 'kg'),
    patient: (above) => ({
      references: { 'dry-weight': 80 },
      values: [
        ['weight', 85, -24],
        ['weight', 80 + above],
      ],
    }),
  },
  {
    ...single(['hf', 'hf.weight.loss_3d'], 'weight', '>', 'kg'),
    patient: (loss) => ({
      values: [
        ['weight', 80, -48],
        ['weight', 80 - loss],
      ],
    }),
  },
  {
    ...single(['hf', 'hf.sbp.low'], 'systolic', '<', 'with_symptoms'),
    patient: withSymptom('systolic'),
    besides: { without_symptoms: 75 },
  },
  single(['hf', 'hf.sbp.low'], 'systolic', '<', 'without_symptoms'),
  {
    ...single(['hf', 'hf.sbp.high'], 'systolic', '>', 'with_symptoms'),
    patient: withSymptom('systolic'),
    besides: { without_symptoms: 180 },
  },
  single(['hf', 'hf.sbp.high'], 'systolic', '>', 'without_symptoms'),
  single(['hf', 'hf.pulse'], 'pulse', '<', 40),
  single(['hf', 'hf.pulse'], 'pulse', '>', 110),
  { ...single(['hf', 'hf.pulse'], 'pulse', '<', 50), patient: withSymptom('pulse') },
  { ...single(['hf', 'hf.pulse'], 'pulse', '>', 100), patient: withSymptom('pulse') },
  ...(['htn.mean.high', 'htn.mean.very_high'] as const).flatMap((ruleId): Limit[] => [
    { ...single(['htn', ruleId], 'systolic', '>=', 'sbp'), patient: (value) => ({ values: protocol(7, [value, 60], 2) }) },
    { ...single(['htn', ruleId], 'diastolic', '>=', 'dbp'), patient: (value) => ({ values: protocol(7, [120, value], 2) }) },
    // Two days without the first have eight readings.
    {
      ...single(['htn', ruleId], 'systolic', '>=', 12),
      step: 1,
      patient: (readings) => ({ values: protocol(4, [170, 110], readings - 8) }),
    },
    {
      ...single(['htn', ruleId], 'systolic', '>=', 3),
      step: 1,
      // The first of them is left out.
      patient: (days) => ({ values: protocol(days + 1, [170, 110], 20) }),
    },
  ]),
  {
    ...single(['htn', 'htn.pulse_pressure'], 'systolic', '>=', 'pp'),
    patient: (difference) => ({ values: protocol(7, [80 + difference, 80], 2) }),
  },
  {
    ...single(['htn', 'htn.severe'], 'systolic', '>=', 'sbp'),
    patient: (value) => ({
      values: [
        ['systolic', value],
        ['diastolic', 90],
      ],
    }),
  },
  {
    ...single(['htn', 'htn.severe'], 'diastolic', '>=', 'dbp'),
    patient: (value) => ({
      values: [
        ['systolic', 150],
        ['diastolic', value],
      ],
    }),
  },
  ...(
    [
      ['systolic', 180],
      ['diastolic', 110],
    ] as const
  ).map(([metric, limit]) => ({
    ...single(['htn', 'htn.severe_with_symptoms'], metric, '>=', limit),
    patient: (value: number): Scenario => ({
      values: [
        ['systolic', metric === 'systolic' ? value : 150],
        ['diastolic', metric === 'diastolic' ? value : 90],
      ],
      answers: [{ h: 0.5, yes: ['numb_or_weak'] }],
    }),
  })),
  {
    ...single(['htn', 'htn.irregular'], 'irregular-pulse', '>=', 'sessions'),
    step: 1,
    patient: (sessions) => ({
      values: Array.from({ length: sessions }, (_, ago) =>
        [1, 0, 1].map((flag, index): Value => ['irregular-pulse', flag, index / 20 - 24 * ago]),
      ).flat(),
    }),
  },
  {
    ...single(['htn', 'htn.irregular'], 'irregular-pulse', '>=', 2),
    step: 1,
    patient: (flagged) => ({
      values: [0, 1].flatMap((ago) =>
        [2, 1, 0].map((index): Value => ['irregular-pulse', Number(index < flagged), -index / 20 - 24 * ago]),
      ),
    }),
  },
  {
    ...single(['htn', 'htn.irregular'], 'irregular-pulse', '<', 7),
    step: 1,
    patient: (days) => ({
      values: [days, 0].flatMap((ago) => [1, 1, 1].map((flag, index): Value => ['irregular-pulse', flag, index / 20 - 24 * ago])),
    }),
  },
  { ...single(['htn', 'htn.orthostatic'], 'systolic', '>=', 'sbp'), patient: (fall) => ({ values: sitting(150, 150 - fall) }) },
  {
    ...single(['htn', 'htn.orthostatic'], 'diastolic', '>=', 'dbp'),
    patient: (fall) => ({
      values: [
        ['diastolic', 90, -0.03],
        ['diastolic-standing', 90 - fall],
      ],
    }),
  },
  {
    ...single(['htn', 'htn.orthostatic'], 'systolic', '<=', 3),
    step: 1,
    patient: (minutes) => ({
      values: [
        ['systolic', 150, -minutes / 60],
        ['systolic-standing', 120],
      ],
    }),
  },
  single(['dm', 'dm.glucose.level2'], 'glucose', '<', 3.0),
  single(['dm', 'dm.glucose.level1'], 'glucose', '<'),
  {
    ...single(['dm', 'dm.glucose.high'], 'glucose', '>'),
    patient: (value) => ({
      values: [
        ['glucose', 26, -10],
        ['glucose', value],
      ],
    }),
  },
  {
    ...single(['dm', 'dm.glucose.high'], 'glucose', '>'),
    patient: (value) => ({
      values: [
        ['glucose', value, -10],
        ['glucose', 26],
      ],
    }),
  },
  {
    ...single(['dm', 'dm.glucose.high'], 'glucose', '<=', 24),
    patient: (hours) => ({
      values: [
        ['glucose', 20, -hours],
        ['glucose', 20],
      ],
    }),
  },
  single(['frail', 'frail.temp'], 'temperature', '>', 37.8),
  {
    ...single(['frail', 'frail.temp'], 'temperature', '>', 37.2),
    patient: (value) => ({
      values: [
        ['temperature', 37.5, -30],
        ['temperature', value],
      ],
    }),
  },
  {
    ...single(['frail', 'frail.temp'], 'temperature', '<=', 48),
    patient: (hours) => ({
      values: [
        ['temperature', 37.5, -hours],
        ['temperature', 37.5],
      ],
    }),
  },
  {
    ...single(['frail', 'frail.temp'], 'temperature', '>', 1.1),
    patient: (rise) => ({ baseline: { temperature: 36 }, values: [['temperature', 36 + rise]] }),
  },
  {
    ...single(['frail', 'frail.weight_loss'], 'weight', '>=', 5),
    patient: (percent) => ({ medians: [medianAgo('weight', 29, 80)], values: [['weight', 80 * (1 - percent / 100)]] }),
  },
  {
    ...single(['frail', 'frail.weight_loss'], 'weight', '>=', 10),
    patient: (percent) => ({ medians: [medianAgo('weight', 179, 80)], values: [['weight', 80 * (1 - percent / 100)]] }),
  },
  {
    ...single(['frail', 'frail.weight_loss'], 'weight', '<=', 30),
    step: 1,
    patient: (days) => ({ medians: [medianAgo('weight', days, 80)], values: [['weight', 75]] }),
  },
  {
    ...single(['frail', 'frail.weight_loss'], 'weight', '<=', 180),
    step: 1,
    patient: (days) => ({ medians: [medianAgo('weight', days, 80)], values: [['weight', 71]] }),
  },
  {
    ...single(['frail', 'gen.tech.other_person'], 'weight', '>=', 'kg'),
    patient: (kg) => ({
      values: [
        ['weight', 80, -24],
        ['weight', 80 - kg],
      ],
    }),
  },
];

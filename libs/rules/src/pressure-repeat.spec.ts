import { saidOf, type Asked } from '../../../test/rule-story.js';

const SEVERE: Asked = { programme: 'htn', ruleId: 'htn.severe', metric: 'systolic' };
const LOW_IN_HF: Asked = { programme: 'hf', ruleId: 'hf.sbp.low', metric: 'systolic' };
const VERY_LOW: Asked = { programme: 'frail', ruleId: 'gen.sbp.very_low', metric: 'systolic' };

test.each<[string, Asked, readonly (readonly [number, number])[]]>([
  [
    '215 after 185 and 135',
    SEVERE,
    [
      [185, 0],
      [135, 3],
      [215, 25],
    ],
  ],
  [
    '76 after 78 and 125',
    LOW_IN_HF,
    [
      [78, 0],
      [125, 3],
      [76, 25],
    ],
  ],
  [
    '80 after 88 and 125',
    VERY_LOW,
    [
      [88, 0],
      [125, 3],
      [80, 25],
    ],
  ],
  [
    '80 after 88 and two that are normal',
    VERY_LOW,
    [
      [88, 0],
      [130, 3],
      [128, 5],
      [80, 25],
    ],
  ],
])('a repeat that breaks the limit itself is a breach of its own when the mean does not: %s', (_what, rule, pressures) => {
  const first = ['0 pending', '0 not_confirmed', '25 pending'];
  expect(saidOf(rule, pressures, 54)).toEqual(first);
  expect(saidOf(rule, pressures, 55)).toEqual([...first, '25 fire_unconfirmed']);
  const [broken = 0] = pressures.at(-1) ?? [];
  expect(saidOf(rule, [...pressures, [broken, 40]], 41)).toEqual([...first, '25 fire']);
});

test('it is settled by its own repeats, also those that come within the window of the first', () => {
  const pressures = [
    [78, 0],
    [125, 3],
    [76, 20],
  ] as const;
  const said = ['0 pending', '0 not_confirmed', '20 pending', '20 not_confirmed'];
  expect(saidOf(LOW_IN_HF, [...pressures, [130, 25]], 60)).toEqual(said);
  expect(saidOf(LOW_IN_HF, [...pressures, [130, 40]], 60)).toEqual(said);
});

test('a repeat that broke the limit together with the one before it is none', () => {
  expect(
    saidOf(
      SEVERE,
      [
        [184, 0],
        [182, 6],
        [177, 7],
      ],
      60,
    ),
  ).toEqual(['0 pending', '0 fire']);
  expect(
    saidOf(
      SEVERE,
      [
        [184, 0],
        [150, 6],
        [182, 7],
        [179, 8],
      ],
      60,
    ),
  ).toEqual(['0 pending', '0 not_confirmed', '7 pending', '0 fire']);
});

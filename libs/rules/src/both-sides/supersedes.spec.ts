import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programme } from '@varde/plans';
import { judged, type Scenario, type Value } from '../../../../test/both-sides/patient.js';
import type { Finding } from '../finding.js';
import { readNews2Chart } from '../news2/read-chart.js';
import { readCatalogue } from '../read-catalogue.js';

// Every pair of `supersedes`, both ways: where both rules speak of one reading the graver one silences the other and is never silenced
// by it, and where only the other speaks it is heard.
const json = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, '../catalogue', name), 'utf8'));
const file = json('rules-catalogue.json') as { supersedes: Readonly<Record<string, readonly string[] | string>> };
const catalogue = { ...readCatalogue(file), news2: readNews2Chart(json('news2.json')) };

/** Barely a minute before it is judged: only what fires at once has fired, so that one graver rule alone silences. */
const JUST_NOW = 0.88;
const usual = (spo2: number): Scenario => ({ baseline: { spo2 } });
const one = (metric: Value[0], value: number, h = 0): Scenario => ({ values: [[metric, value, h]] });
const twoDays = (metric: Value[0], value: number, h = 0): Scenario => ({
  values: [
    [metric, value, h - 24],
    [metric, value, h],
  ],
});
const pressed = (systolic: number, yes: readonly string[] = []): Scenario => ({
  values: [
    ['systolic', systolic, 0],
    ['diastolic', 80, 0],
  ],
  answers: [{ h: -1, yes }],
});
/** Morning and evening twice, for a week. */
const week = (systolic: number): Scenario => ({
  values: Array.from({ length: 7 }, (_none, ago) => [-4, -3.98, -16, -15.98].map((h) => h - 24 * ago))
    .flat()
    .concat(0)
    .flatMap((h): Value[] => [
      ['systolic', systolic, h],
      ['diastolic', 80, h],
    ]),
});
const onOxygen = (spo2: number): Scenario => ({
  ...twoDays('spo2', spo2),
  references: { 'spo2-target-88-92': 1 },
  answers: [-25, -1].map((h) => ({ h, items: { on_oxygen: true } })),
});
/** All of a NEWS2: nothing wrong yesterday, this now. */
const scored = (rate: number, pulse = 80, spo2 = 97): Scenario => ({
  values: [-24, 0].flatMap((h): Value[] => [
    ['respiratory-rate', h === 0 ? rate : 16, h],
    ['spo2', h === 0 ? spo2 : 97, h],
    ['systolic', 120, h],
    ['pulse', h === 0 ? pulse : 80, h],
    ['temperature', 37, h],
  ]),
  answers: [-24, 0].map((h) => ({ h, items: { consciousness: 'A', on_oxygen: false } })),
});

interface Pair {
  readonly pair: readonly [graver: string, other: string];
  readonly programme: Programme;
  /** Both rules break. */
  readonly both: Scenario;
  /** Only the other does. */
  readonly mild: Scenario;
  /** A programme in which the graver rule does not run, for a pair in which the other breaks nowhere alone. */
  readonly elsewhere?: Programme;
  /** A personal limit that keeps a third rule, which silences the other too, out of it. */
  readonly without?: { readonly ruleId: string; readonly limits: Readonly<Record<string, number>> };
}
const pairOf = (graver: string, other: string, programme: Programme, rest: Omit<Pair, 'pair' | 'programme'>): Pair => ({
  ...{ pair: [graver, other], programme },
  ...rest,
});
const drop = { ...usual(95), ...one('spo2', 91) };

const PAIRS: readonly Pair[] = [
  ...['copd.spo2.below_target', 'copd.spo2.drop_large', 'copd.spo2.drop'].map((other) =>
    pairOf('copd.spo2.critical', other, 'copd', {
      both: { ...usual(95), ...one('spo2', 80, JUST_NOW) },
      mild: { 'copd.spo2.below_target': one('spo2', 86), 'copd.spo2.drop_large': { ...usual(97), ...one('spo2', 90) } }[other] ?? drop,
    }),
  ),
  pairOf('copd.spo2.below_target', 'copd.spo2.drop', 'copd', { both: { ...usual(90), ...one('spo2', 87) }, mild: drop }),
  pairOf('copd.spo2.drop_large', 'copd.spo2.drop', 'copd', { both: { ...usual(97), ...one('spo2', 90) }, mild: drop }),
  pairOf('copd.spo2.over_oxygenated', 'copd.spo2.above_target_on_oxygen', 'copd', { both: onOxygen(98), mild: onOxygen(94) }),
  pairOf('gen.spo2.very_low', 'gen.spo2.low', 'frail', { both: one('spo2', 84, JUST_NOW), mild: one('spo2', 90) }),
  pairOf('gen.spo2.very_low', 'gen.spo2.reduced', 'frail', { both: twoDays('spo2', 84, JUST_NOW), mild: twoDays('spo2', 92) }),
  pairOf('gen.spo2.low', 'gen.spo2.reduced', 'frail', { both: twoDays('spo2', 90), mild: twoDays('spo2', 92) }),
  pairOf('gen.rr.very_high', 'gen.rr.high', 'copd', { both: one('respiratory-rate', 26), mild: one('respiratory-rate', 22) }),
  pairOf('gen.pulse.very_high', 'gen.pulse.high', 'copd', { both: one('pulse', 135), mild: one('pulse', 115) }),
  pairOf('gen.pulse.very_high', 'hf.pulse', 'hf', { both: one('pulse', 135), mild: one('pulse', 125) }),
  pairOf('hf.pulse', 'gen.pulse.high', 'hf', { both: one('pulse', 125), mild: one('pulse', 115), elsewhere: 'copd' }),
  pairOf('gen.temp.very_high', 'gen.temp.high', 'frail', { both: one('temperature', 39.5), mild: one('temperature', 38.5) }),
  pairOf('gen.temp.very_high', 'frail.temp', 'frail', {
    both: one('temperature', 39.5),
    mild: one('temperature', 38.5),
    without: { ruleId: 'gen.temp.high', limits: { limit: 42 } },
  }),
  pairOf('gen.temp.high', 'frail.temp', 'frail', { both: one('temperature', 38.5), mild: one('temperature', 38) }),
  pairOf('gen.sbp.very_low', 'gen.sbp.low', 'frail', { both: pressed(85), mild: pressed(95) }),
  pairOf('htn.severe_with_symptoms', 'htn.severe', 'hf', { both: pressed(190, ['chest_pain']), mild: pressed(190) }),
  pairOf('htn.severe_with_symptoms', 'hf.sbp.high', 'hf', {
    both: pressed(190, ['chest_pain']),
    mild: pressed(175, ['chest_pain']),
    without: { ruleId: 'htn.severe', limits: { sbp: 250, dbp: 150 } },
  }),
  pairOf('htn.severe', 'hf.sbp.high', 'hf', { both: pressed(190), mild: pressed(175) }),
  pairOf('htn.mean.very_high', 'htn.mean.high', 'htn', { both: week(165), mild: week(150) }),
  pairOf('dm.glucose.level2', 'dm.glucose.level1', 'dm', { both: one('glucose', 2.8, JUST_NOW), mild: one('glucose', 3.5) }),
  pairOf('gen.news2.high', 'gen.news2.rise', 'copd', { both: scored(26, 135, 94), mild: scored(22) }),
  pairOf('gen.news2.medium', 'gen.news2.rise', 'copd', { both: scored(26, 120), mild: scored(22) }),
];

const firedOf = ({ without }: Pair, programme: Programme, scenario: Scenario, ruleId: string): readonly Finding[] => {
  const setting = { programme, ruleId: without?.ruleId ?? ruleId, limits: without?.limits ?? {}, fromH: -0.5 };
  const said = ['fire', 'fire_unconfirmed', 'pending'];
  return judged(catalogue, scenario, setting).findings.filter((each) => each.ruleId === ruleId && said.includes(each.result));
};

const named = PAIRS.map((each) => [...each.pair, each] as const);
test.each(named)('%s silences %s on the same reading, never the other way', (graver, other, of) => {
  const [above, below] = [graver, other].map((ruleId) => firedOf(of, of.programme, of.both, ruleId));
  const anchors = (above ?? []).map(({ anchor }) => anchor);
  expect(above).toEqual(anchors.map((anchor) => expect.objectContaining({ anchor, superseded: false }) as object));
  expect(anchors).not.toEqual([]);
  expect(below).toEqual(anchors.map((anchor) => expect.objectContaining({ anchor, superseded: true }) as object));
});

test.each(named)('where %s is silent %s is heard', (graver, other, of) => {
  const programme = of.elsewhere ?? of.programme;
  expect(firedOf(of, programme, of.mild, graver)).toEqual([]);
  expect([...new Set(firedOf(of, programme, of.mild, other).map(({ superseded }) => superseded))]).toEqual([false]);
});

test('no pair of the catalogue is left out', () => {
  const { note: _note, ...pairs } = file.supersedes;
  const listed = Object.entries(pairs).flatMap(([graver, others]) => [others].flat().map((other) => `${graver} ${other}`));
  expect(PAIRS.map(({ pair }) => pair.join(' ')).sort()).toEqual(listed.sort());
});

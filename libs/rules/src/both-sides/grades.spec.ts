import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { breaks, judged, type Scenario, type Value } from '../../../../test/both-sides/patient.js';
import type { Severity } from '../finding.js';
import { readCatalogue } from '../read-catalogue.js';

// What makes a rule graver or milder, and how many measured days it must last, at both sides.
interface Row {
  readonly id: string;
  readonly severity_modifiers: readonly { readonly if: string; readonly items?: readonly string[] }[];
  readonly persistence: { readonly days: number | string } | null;
}
const file = JSON.parse(readFileSync(join(__dirname, '../catalogue/rules-catalogue.json'), 'utf8')) as { rules: readonly Row[] };
const catalogue = readCatalogue(file);
const itemsOf = (ruleId: string): readonly string[] =>
  file.rules.find(({ id }) => id === ruleId)?.severity_modifiers.flatMap(({ items = [] }) => items) ?? [];

type Case = readonly [ruleId: string, programme: Programme, what: string, patient: Scenario, severity: Severity];
const low = (ruleId: string, programme: Programme, spo2: number): readonly Case[] => [
  [ruleId, programme, 'no baseline', { values: [['spo2', spo2]] }, 'red'],
  [ruleId, programme, '1.9 below the baseline', { values: [['spo2', spo2]], baseline: { spo2: spo2 + 1.9 } }, 'yellow'],
  [ruleId, programme, '2 below the baseline', { values: [['spo2', spo2]], baseline: { spo2: spo2 + 2 } }, 'red'],
];
const pattern = (...yes: readonly string[]): Scenario => ({ answers: [0, -24].map((h) => ({ h, yes })) });
/** Each answer the same day before the reading, and the same answer late the evening before. */
const answered = (ruleId: string, programme: Programme, values: readonly Value[], other: string): readonly Case[] => [
  ...itemsOf(ruleId).flatMap((item): Case[] => [
    [ruleId, programme, `${item} the same day`, { values, answers: [{ h: -1, yes: [item] }] }, 'red'],
    [ruleId, programme, `${item} the day before`, { values, answers: [{ h: -12.5, yes: [item] }] }, 'yellow'],
  ]),
  [ruleId, programme, `${other} the same day`, { values, answers: [{ h: -1, yes: [other] }] }, 'yellow'],
];
const GRADES: readonly Case[] = [
  ...low('copd.spo2.below_target', 'copd', 87),
  ...low('gen.spo2.low', 'frail', 90),
  ['copd.symptoms.pattern', 'copd', 'two of the major symptoms', pattern('dyspnoea_worse', 'sputum_more', 'cough_worse'), 'yellow'],
  ['copd.symptoms.pattern', 'copd', 'all of the major symptoms', pattern('dyspnoea_worse', 'sputum_more', 'sputum_colour'), 'red'],
  ...answered(
    'hf.weight.gain_3d',
    'hf',
    [
      ['weight', 80, -48],
      ['weight', 82.4],
    ],
    'vomiting',
  ),
  ...answered(
    'dm.glucose.high',
    'dm',
    [
      ['glucose', 18, -3],
      ['glucose', 18],
    ],
    'lightheaded',
  ),
  ['frail.fall', 'frail', 'a fall alone', { answers: [{ yes: ['fall'] }] }, 'yellow'],
  ...itemsOf('frail.fall').flatMap((item): Case[] => [
    ['frail.fall', 'frail', `a fall with ${item}`, { answers: [{ yes: ['fall', item] }] }, 'red'],
    ['frail.fall', 'frail', `${item} in another questionnaire`, { answers: [{ h: -2, yes: [item] }, { yes: ['fall'] }] }, 'yellow'],
  ]),
];

test.each(GRADES)('%s (%s), %s', (...[ruleId, programme, , patient, severity]) => {
  const fired = judged(catalogue, patient, { programme, ruleId }).findings.filter((finding) => finding.ruleId === ruleId);
  expect([...new Set(fired.map((finding) => finding.severity))]).toEqual([severity]);
});

test('no rule with a modifier is left out', () => {
  const listed = file.rules.filter(({ severity_modifiers: modifiers }) => modifiers.length > 0).map(({ id }) => id);
  expect([...new Set(GRADES.map(([ruleId]) => ruleId))].sort()).toEqual(listed.sort());
});

interface Lasting {
  readonly programme: Programme;
  readonly metric: Metric;
  readonly bad: number;
  readonly good: number;
  readonly around?: Scenario;
}
const ON_OXYGEN: Scenario = {
  references: { 'spo2-target-88-92': 1 },
  answers: [0, -24, -48].map((h) => ({ h: h - 1, items: { on_oxygen: true } })),
};
const LASTING: Readonly<Record<string, Lasting>> = {
  'copd.spo2.above_target_on_oxygen': { programme: 'copd', metric: 'spo2', bad: 94, good: 91, around: ON_OXYGEN },
  'copd.pulse.rise': { programme: 'copd', metric: 'pulse', bad: 100, good: 72, around: { baseline: { pulse: 70 } } },
  'copd.mmrc.step': { programme: 'copd', metric: 'mmrc-grade', bad: 4, good: 2, around: { baseline: { 'mmrc-grade': 2 } } },
  'gen.spo2.reduced': { programme: 'frail', metric: 'spo2', bad: 92, good: 96, around: { baseline: { spo2: 96 } } },
  'hf.weight.above_dry': { programme: 'hf', metric: 'weight', bad: 83.5, good: 80, around: { references: { 'dry-weight': 80 } } },
};
/** Readings by hours from noon, and whether two measured days in a row end with a breach. */
const DAYS: readonly (readonly [what: string, bad: readonly number[], good: readonly number[], fires: boolean])[] = [
  ['today only', [0], [], false],
  ['today and yesterday', [-24, 0], [], true],
  ['today, and yesterday until its newest value', [-26, 0], [-24], false],
  ['today, and yesterday after a normal value', [-24, 0], [-26], true],
  ['twice today', [-3, 0], [-24], false],
];
const lasting = Object.entries(LASTING).flatMap(([ruleId, of]) => DAYS.map(([what, ...rest]) => [ruleId, what, of, rest] as const));
test.each(lasting)('%s: %s', (ruleId, _what, { programme, metric, bad, good, around }, [breached, normal, fires]) => {
  const values = [...breached.map((h): Value => [metric, bad, h]), ...normal.map((h): Value => [metric, good, h])];
  expect(breaks(judged(catalogue, { ...around, values }, { programme, ruleId }), ruleId)).toBe(fires);
});

test('no rule that must last is left out', () => {
  const listed = file.rules.filter(({ persistence }) => persistence !== null).map(({ id }) => id);
  // The days of the symptom pattern are a limit of it: both-sides.spec.ts.
  expect([...Object.keys(LASTING), 'copd.symptoms.pattern'].sort()).toEqual(listed.sort());
});

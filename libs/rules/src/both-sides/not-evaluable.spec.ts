import { plannedWords, type Planned, type Programme } from '@varde/plans';
import { METRICS, isMetric, type Metric } from '@varde/vitals';
import { CATALOGUE_WITH_NEWS2 as catalogue } from '../../../../test/clinic.js';
import { judged, medianAgo, type Scenario, type Value } from '../../../../test/both-sides/patient.js';
import type { Finding } from '../finding.js';

// Each of the 67 rules where it cannot be judged: it says so with the reason, or what it needs is told to be missing or unusable. None
// is silent as if all were well.
const SINCE = new Date(Date.parse('2026-03-18T11:00:00Z') - 26 * 3_600_000);

/** A situation, and what the reason says of it. */
type Situation = readonly [situation: Scenario, nb: string, en: string];

const one = (metric: Metric, value: number): Scenario => ({ values: [[metric, value]] });
const WORSE = { answers: [{ h: -1, yes: ['dyspnoea_worse', 'swelling_worse'] }] };
const noBaseline = (metric: Metric, value: number): Situation => [
  one(metric, value),
  'for få målinger til en personlig utgangsverdi',
  'too few readings for a personal baseline',
];
const noEarlier = (situation: Scenario): Situation => [
  situation,
  'en tidligere måling å sammenligne med mangler',
  'an earlier reading to compare with is missing',
];
const otherUnit = (situation: Scenario = {}): Situation => [
  {
    ...situation,
    values: [
      ['weight', 80, -24],
      ['weight', 176],
    ],
  },
  'vekten kan være i en annen enhet',
  'the weight may be in another unit',
];
const noOxygen = (spo2: number): Situation => [
  { ...one('spo2', spo2), references: { 'spo2-target-88-92': 1 } },
  'det er ukjent om pasienten bruker oksygen',
  'whether the patient is on oxygen is unknown',
];
const visit: readonly Value[] = [
  ['respiratory-rate', 26],
  ['spo2', 97],
  ['systolic', 120],
  ['pulse', 70],
  ['temperature', 37],
];
const awake = { answers: [{ items: { consciousness: 'A', on_oxygen: false } }] };
/** Oximeter and cuff that contradict each other within the minute, where a respiratory rate was counted. */
const contradicted: Situation = [
  { ...awake, values: [['pulse', 130, -0.01], ...visit] },
  'to målinger på samme tid spriker',
  'two readings at one time disagree',
];
const followed: Situation = [
  {
    values: [0, -0.02, -24, -24.02].flatMap((h): Value[] => [
      ['systolic', 150, h],
      ['diastolic', 90, h],
    ]),
  },
  '2 av minst 12 målinger',
  '2 of at least 12 readings',
];

/** Rules that need something besides what they are asked of. */
const CANNOT: Readonly<Record<string, readonly [Programme, ...Situation[]]>> = {
  'copd.spo2.drop': ['copd', noBaseline('spo2', 90)],
  'copd.spo2.drop_large': ['copd', noBaseline('spo2', 90)],
  'copd.spo2.over_oxygenated': ['copd', noOxygen(98)],
  'copd.spo2.above_target_on_oxygen': ['copd', noOxygen(94)],
  'copd.pulse.rise': ['copd', noBaseline('pulse', 100)],
  'copd.oximetry_score': [
    'copd',
    [
      {
        ...WORSE,
        values: [
          ['spo2', 90],
          ['pulse', 100],
        ],
      },
      ...noBaseline('spo2', 90).slice(1),
    ] as unknown as Situation,
    [{ ...WORSE, ...one('spo2', 90), baseline: { spo2: 95, pulse: 70 } }, 'måling mangler (puls)', 'a reading is missing (pulse)'],
    [
      {
        values: [
          ['spo2', 90],
          ['pulse', 100],
        ],
        baseline: { spo2: 95, pulse: 70 },
      },
      'svar om symptomer samme dag mangler',
      'answers about symptoms the same day are missing',
    ],
  ],
  'copd.cat.rise': ['copd', noBaseline('cat-score', 30)],
  'copd.mmrc.step': ['copd', noBaseline('mmrc-grade', 4)],
  'copd.exact.event': ['copd', noBaseline('exact-score', 60)],
  'gen.news2.high': ['hf', contradicted],
  'gen.news2.medium': ['hf', contradicted],
  'gen.news2.low_medium': ['hf', contradicted],
  'gen.news2.rise': [
    'hf',
    contradicted,
    [{ ...awake, values: visit }, 'ingen fullstendig NEWS2 de siste 7 dagene', 'no complete NEWS2 of the last 7 days'],
  ],
  'hf.weight.gain_3d': ['hf', noEarlier(one('weight', 82)), otherUnit()],
  'hf.weight.gain_1d_symptoms': ['hf', noEarlier({ ...WORSE, ...one('weight', 82) }), otherUnit(WORSE)],
  'hf.weight.gain_7d': [
    'hf',
    noEarlier({
      values: [
        ['weight', 80, -24],
        ['weight', 82],
      ],
    }),
  ],
  'hf.weight.shift': [
    'hf',
    [{ ...one('weight', 82), medians: [medianAgo('weight', 10, 80)] }, 'for få målte dager', 'too few measured days'],
  ],
  'hf.weight.above_dry': ['hf', [one('weight', 82), 'tørrvekt mangler', 'the dry weight is missing']],
  'hf.weight.loss_3d': ['hf', noEarlier(one('weight', 78)), otherUnit()],
  'htn.mean.high': ['htn', followed],
  'htn.mean.very_high': ['htn', followed],
  'htn.pulse_pressure': ['htn', followed],
  'htn.orthostatic': [
    'htn',
    [one('systolic-standing', 100), 'sittende eller stående måling mangler', 'the sitting or the standing reading'],
  ],
  'frail.weight_loss': ['frail', noEarlier(one('weight', 60))],
};

const DAILY: Planned = 'questionnaire:daily';
/** Rules that need nothing but what they are asked of. What a count lacks is false by the catalogue's own word (`trigger_kinds`). */
const ASKS: Readonly<Record<Programme, Readonly<Record<string, Planned>>>> = {
  copd: {
    ...{ 'copd.spo2.critical': 'spo2', 'copd.spo2.below_target': 'spo2', 'copd.rome.moderate': 'spo2' },
    ...{ 'copd.symptoms.pattern': DAILY, 'copd.plan.no_improvement': DAILY, 'gen.emergency_answer': DAILY, 'gen.contact_request': DAILY },
    ...{ 'gen.rr.very_high': 'respiratory-rate', 'gen.rr.high': 'respiratory-rate', 'gen.rr.very_low': 'respiratory-rate' },
    ...{ 'gen.pulse.very_high': 'pulse', 'gen.pulse.high': 'pulse', 'gen.pulse.very_low': 'pulse' },
    ...{ 'gen.temp.high': 'temperature', 'gen.temp.very_high': 'temperature', 'gen.temp.very_low': 'temperature' },
    ...{ 'gen.sbp.very_low': 'systolic', 'gen.sbp.low': 'systolic' },
  },
  hf: {
    ...{ 'hf.sbp.low': 'systolic', 'hf.sbp.high': 'systolic', 'hf.pulse': 'pulse' },
    ...{ 'hf.symptoms.urgent': DAILY, 'hf.symptoms.new': DAILY },
  },
  htn: { 'htn.severe': 'systolic', 'htn.severe_with_symptoms': 'diastolic', 'htn.irregular': 'irregular-pulse' },
  dm: { 'dm.glucose.level2': 'glucose', 'dm.glucose.level1': 'glucose', 'dm.glucose.high': 'glucose' },
  frail: {
    ...{ 'gen.spo2.very_low': 'spo2', 'gen.spo2.low': 'spo2', 'gen.spo2.reduced': 'spo2', 'frail.temp': 'temperature' },
    ...{ 'frail.new_confusion': DAILY, 'frail.fall': DAILY, 'frail.function': DAILY },
  },
};

const of = (ruleId: string, { findings }: { readonly findings: readonly Finding[] }) => findings.filter((each) => each.ruleId === ruleId);

const situations = Object.entries(CANNOT).flatMap(([ruleId, [programme, ...each]]) =>
  each.map(([situation, nb, en]) => [ruleId, en, { programme, situation, nb }] as const),
);
test.each(situations)('%s: %s', (ruleId, en, { programme, situation, nb }) => {
  const judgement = judged(catalogue, situation, { programme, ruleId });
  expect(of(ruleId, judgement)).toEqual([
    expect.objectContaining({
      ...{ result: 'not_evaluable', severity: 'info', anchor: 'd:2026-03-18', superseded: false },
      reason: {
        nb: expect.stringMatching(new RegExp(`^Kan ikke vurderes: .*${escaped(nb)}`)) as string,
        en: expect.stringMatching(new RegExp(`^Cannot be judged: .*${escaped(en)}`)) as string,
      },
    }),
  ]);
  // Nor is it taken for a normal reading of a rule that stands.
  const standing = [{ ruleId, since: SINCE }];
  expect(judged(catalogue, situation, { programme, ruleId, standing }).cleared.filter((each) => each.ruleId === ruleId)).toEqual([]);
});

const escaped = (text: string): string => text.replace(/[()]/g, String.raw`\$&`);

const asks = Object.entries(ASKS).flatMap(([programme, rules]) =>
  Object.entries(rules).map(([ruleId, planned]) => [ruleId, planned, programme as Programme] as const),
);
test.each(asks)('%s: that no %s came is told', (ruleId, planned, programme) => {
  const judgement = judged(catalogue, { planned: [planned] }, { programme, ruleId });
  const { nb, en } = plannedWords(planned);
  const reason = { nb: expect.stringContaining(`: ${nb}.`) as string, en: expect.stringContaining(`: ${en}.`) as string };
  for (const silence of ['gen.silence.reminder', 'gen.silence.service']) {
    expect(of(silence, judgement)).toEqual([expect.objectContaining({ result: 'fire', reason })]);
  }
});
test.each(asks.filter(([, planned]) => isMetric(planned)))('%s: that a %s could not be used is told', (ruleId, planned, programme) => {
  const metric = planned as Metric;
  const judgement = judged(catalogue, { refused: [[metric, 'above-possible']] }, { programme, ruleId });
  const reason = { nb: expect.stringContaining(METRICS[metric].nb) as string, en: expect.stringContaining(METRICS[metric].en) as string };
  expect(of('gen.tech.implausible', judgement)).toContainEqual(expect.objectContaining({ result: 'fire', reason }));
});

/** Rules of clocks and of devices: what they do not know themselves, they say. */
const ITSELF: readonly (readonly [ruleId: string, situation: Scenario, says: string])[] = [
  ['gen.silence.reminder', { planned: ['spo2'] }, 'It is not known whether the equipment is in contact.'],
  ['gen.silence.service', { planned: ['spo2'] }, 'It is not known whether the equipment is in contact.'],
  [
    'gen.silence.in_episode',
    { openEpisodes: [{ severity: 'red', domains: ['respiratory'], openedAt: SINCE }] },
    'It is not known whether the equipment is in contact.',
  ],
  ['gen.tech.implausible', { refused: [[null, 'clock']] }, 'Refused value, reading'],
  ['gen.tech.unit_suspect', { refused: [[null, 'quarantined']] }, 'Refused value, reading'],
  ['gen.tech.quality', { refused: [[null, 'device-invalid']] }, 'Refused value, reading'],
];
test.each(ITSELF)('%s: %p', (ruleId, situation, says) => {
  const found = of(ruleId, judged(catalogue, situation, { programme: 'hf', ruleId }));
  expect(found.map(({ result, reason }) => [result, reason.en])).toEqual([['fire', expect.stringContaining(says)]]);
});

test('gen.tech.other_person: a first weight is compared with nothing, which the rules of weight say', () => {
  const judgement = judged(catalogue, one('weight', 82), { programme: 'hf', ruleId: 'gen.tech.other_person' });
  expect(of('gen.tech.other_person', judgement)).toEqual([]);
  expect(of('hf.weight.gain_3d', judgement)).toMatchObject([{ result: 'not_evaluable' }]);
});

test('none of the 67 rules is left out', () => {
  const told = [...Object.keys(CANNOT), ...asks.map(([ruleId]) => ruleId), ...ITSELF.map(([ruleId]) => ruleId), 'gen.tech.other_person'];
  expect(told.sort()).toEqual(catalogue.rules.map(({ id }) => id).sort());
});

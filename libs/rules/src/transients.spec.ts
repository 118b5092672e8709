import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import type { Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { Judgement, StandingRule } from './judging.js';
import { readCatalogue } from './read-catalogue.js';

const file = JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')) as {
  confirmation_profiles: { id: string; behaviour: string }[];
};
const catalogue = readCatalogue(file);
const RULE = 'copd.spo2.below_target';
const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-01-15T07:00:00Z');
const plan: CarePlan = {
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: [{ programme: 'copd', from: new Date(0), to: null }],
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [],
};

/** A patient whom every reading is looked at; what fired stands until it has cleared. */
class Patient {
  readonly readings: RuleReading[] = [];
  recorded: readonly Finding[] = [];
  standing: readonly StandingRule[] = [];

  measure(spo2Percent: number, hour: number): Judgement {
    const observedAt = new Date(START_MS + hour * HOUR_MS);
    const measurementId = this.readings.length + 1;
    this.readings.push({ measurementId, metric: 'spo2', value: spo2Percent, observedAt, receivedAt: observedAt, doubt: null });
    const window = { readings: this.readings, refused: [], dailyMedians: [], answers: [], lastObserved: [] };
    const now = new Date(observedAt.getTime() + 1_000);
    const judgement = judge({
      catalogue,
      plan,
      window,
      unlookedFrom: observedAt,
      standing: this.standing,
      recorded: this.recorded,
      openEpisodes: [],
      now,
    });
    this.recorded = [...this.recorded, ...judgement.findings];
    this.standing = judgement.standing;
    return judgement;
  }

  /** A breach that a new reading ten minutes later does not confirm. */
  passing(hour: number): readonly Finding[] {
    return [...this.measure(86, hour).findings, ...this.measure(92, hour + 0.2).findings].filter(({ ruleId }) => ruleId === RULE);
  }

  get told(): readonly Finding[] {
    return this.recorded.filter(({ ruleId, result }) => ruleId === RULE && result === 'fire');
  }
}

test('the catalogue still says so', () => {
  const said = file.confirmation_profiles.find(({ id }) => id === 'remeasure_30min')?.behaviour;
  expect(said).toContain('three transients in 7 days become yellow');
});

test('the third breach in seven days that a re-measure did not confirm is yellow, and says why', () => {
  const patient = new Patient();
  patient.passing(0);
  patient.passing(70);
  expect(patient.told).toEqual([]);
  const [pending, notConfirmed, yellow] = patient.passing(160);
  expect([pending?.result, notConfirmed?.result]).toEqual(['pending', 'not_confirmed']);
  expect(yellow).toMatchObject({ result: 'fire', severity: 'yellow', anchor: 'n:5', readingIds: [5, 3, 1] });
  expect(yellow?.reason.nb).toBe(
    '3 forbigående utslag på 7 dager, alle normale ved ny måling (Oksygenmetning under pasientens nedre mål).',
  );
});

test('three within seven days to the minute are', () => {
  const patient = new Patient();
  patient.passing(0);
  patient.passing(70);
  patient.passing(168);
  expect(patient.told).toHaveLength(1);
});

test('three over more than seven days are not', () => {
  const patient = new Patient();
  patient.passing(0);
  patient.passing(70);
  patient.passing(169);
  expect(patient.told).toEqual([]);
});

test('the three are told once: it takes three more', () => {
  const patient = new Patient();
  for (const hour of [0, 24, 48]) patient.passing(hour);
  for (const hour of [50, 51, 52]) patient.measure(93, hour);
  for (const hour of [72, 96]) patient.passing(hour);
  expect(patient.told.map(({ anchor }) => anchor)).toEqual(['n:5']);
  patient.passing(120);
  expect(patient.told).toHaveLength(2);
});

test('it stands until two readings are clear, as the rule does', () => {
  const patient = new Patient();
  for (const hour of [0, 24, 48]) patient.passing(hour);
  expect(patient.standing.map(({ ruleId }) => ruleId)).toContain(RULE);
  const judgement = patient.measure(93, 72);
  expect(judgement.cleared.map(({ ruleId }) => ruleId)).toContain(RULE);
  expect(judgement.standing.map(({ ruleId }) => ruleId)).not.toContain(RULE);
});

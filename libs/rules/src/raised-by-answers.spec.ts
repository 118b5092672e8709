import type { CarePlan } from '@varde/plans';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import type { AnswerSet, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { StandingRule } from './judging.js';

const RULE = 'hf.weight.gain_3d';
const START_MS = Date.parse('2026-01-15T06:00:00Z');
const plan: CarePlan = {
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: (['hf', 'copd'] as const).map((programme) => ({ programme, from: new Date(0), to: null })),
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [],
};

/** A patient whom every weight and answer is looked at. */
class Patient {
  private readonly readings: RuleReading[] = [];
  private readonly answers: AnswerSet[] = [];
  private recorded: readonly Finding[] = [];
  private standing: readonly StandingRule[] = [];
  private last = 0;

  weigh(kilograms: number, hour: number): void {
    const observedAt = new Date(START_MS + hour * 3_600_000);
    this.readings.push({ measurementId: ++this.last, metric: 'weight', value: kilograms, observedAt, receivedAt: observedAt, doubt: null });
    this.look(observedAt);
  }

  answer(codes: string | readonly string[], hour: number, receivedHour = hour): void {
    const [observedAt, receivedAt] = [new Date(START_MS + hour * 3_600_000), new Date(START_MS + receivedHour * 3_600_000)];
    const items = Object.fromEntries([codes].flat().map((code) => [code, true]));
    this.answers.push({ measurementId: ++this.last, questionnaire: 'daily', items, observedAt, receivedAt });
    this.look(observedAt, receivedAt);
  }

  get fired(): readonly string[] {
    return this.firedBy(RULE);
  }

  firedBy(rule: string): readonly string[] {
    return this.recorded.filter(({ ruleId, result }) => ruleId === rule && result === 'fire').map(({ severity }) => severity);
  }

  private look(at: Date, receivedAt = at): void {
    const window = { readings: this.readings, refused: [], dailyMedians: [], answers: this.answers, lastObserved: [] };
    const asked = { catalogue, plan, window, unlookedFrom: at, standing: this.standing, recorded: this.recorded, openEpisodes: [] };
    const { findings, standing } = judge({ ...asked, now: new Date(receivedAt.getTime() + 1_000) });
    this.recorded = [...this.recorded, ...findings];
    this.standing = standing;
  }
}

test('swelling told after a gain has fired makes it red', () => {
  const patient = new Patient();
  patient.weigh(80, -24);
  patient.weigh(82.1, 1);
  patient.answer('swelling_worse', 2);
  expect(patient.fired).toEqual(['yellow', 'red']);
});

describe('a third major symptom in another questionnaire of the day makes the pattern red', () => {
  const PATTERN = 'copd.symptoms.pattern';
  const [two, third] = [['dyspnoea_worse', 'sputum_more'], ['sputum_colour']] as const;

  test('when it comes after the other two', () => {
    const patient = new Patient();
    patient.answer(two, -23);
    patient.answer(two, 1);
    patient.answer(third, 2);
    expect(patient.firedBy(PATTERN)).toEqual(['yellow', 'red']);
  });

  test('when it was given before them and arrives after them', () => {
    const patient = new Patient();
    patient.answer(two, -23);
    patient.answer(two, 2);
    patient.answer(third, 1, 3);
    expect(patient.firedBy(PATTERN)).toEqual(['yellow', 'red']);
  });

  test('when what arrives after them is a pattern itself: said once, the graver', () => {
    const patient = new Patient();
    patient.answer(two, -23);
    patient.answer(two, 2);
    patient.answer(['dyspnoea_worse', 'sputum_colour'], 1, 3);
    expect(patient.firedBy(PATTERN)).toEqual(['yellow', 'red']);
  });
});

test('swelling told after the gain had cleared is a matter of its own rules: nothing could clear it again', () => {
  const patient = new Patient();
  patient.weigh(80, -24);
  patient.weigh(82.1, 1);
  patient.weigh(80.2, 1.2);
  patient.weigh(80.1, 1.4);
  patient.answer('swelling_worse', 2);
  expect(patient.fired).toEqual(['yellow']);
});

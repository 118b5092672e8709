import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import type { AnswerSet, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { StandingRule } from './judging.js';
import { readCatalogue } from './read-catalogue.js';

const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')));
const RULE = 'hf.weight.gain_3d';
const START_MS = Date.parse('2026-01-15T06:00:00Z');
const plan: CarePlan = {
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: [{ programme: 'hf', from: new Date(0), to: null }],
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
  private readonly recorded: Finding[] = [];
  private standing: readonly StandingRule[] = [];
  private last = 0;

  weigh(kilograms: number, hour: number): void {
    const observedAt = new Date(START_MS + hour * 3_600_000);
    this.readings.push({ measurementId: ++this.last, metric: 'weight', value: kilograms, observedAt, receivedAt: observedAt, doubt: null });
    this.look(observedAt);
  }

  answer(code: string, hour: number): void {
    const observedAt = new Date(START_MS + hour * 3_600_000);
    this.answers.push({ measurementId: ++this.last, questionnaire: 'daily', items: { [code]: true }, observedAt, receivedAt: observedAt });
    this.look(observedAt);
  }

  get fired(): readonly string[] {
    return this.recorded.filter(({ ruleId, result }) => ruleId === RULE && result === 'fire').map(({ severity }) => severity);
  }

  private look(at: Date): void {
    const window = { readings: this.readings, refused: [], dailyMedians: [], answers: this.answers, lastObserved: [] };
    const asked = { catalogue, plan, window, unlookedFrom: at, standing: this.standing, recorded: this.recorded, openEpisodes: [] };
    const { findings, standing } = judge({ ...asked, now: new Date(at.getTime() + 1_000) });
    this.recorded.push(...findings);
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

test('swelling told after the gain had cleared is a matter of its own rules: nothing could clear it again', () => {
  const patient = new Patient();
  patient.weigh(80, -24);
  patient.weigh(82.1, 1);
  patient.weigh(80.2, 1.2);
  patient.weigh(80.1, 1.4);
  patient.answer('swelling_worse', 2);
  expect(patient.fired).toEqual(['yellow']);
});

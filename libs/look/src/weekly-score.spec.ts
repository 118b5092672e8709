import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import { DEFAULT_PATHWAY, teamOf, unitOf } from '@varde/routing';
import { readCatalogue, type RuleReading } from '@varde/rules';
import { rehearse } from './rehearse.js';

/* `copd.mmrc.step`: "worse on two reports", of what is asked for once a week. A week may be skipped. */
const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, '../../rules/src/catalogue/rules-catalogue.json'), 'utf8')));
const START = new Date('2026-01-12T09:00:00Z');
const week = (count: number): Date => new Date(START.getTime() + count * 7 * 86_400_000);
const DHO = unitOf({
  ...{ id: 1, name: 'Oppfølging Nordvik', careLevel: 'dho', zone: 'Europe/Oslo' },
  openingHours: [{ weekdays: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }],
});
const plan: CarePlan = {
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  enrolments: [{ programme: 'copd', from: new Date(0), to: null }],
};
const reports = (grades: Readonly<Record<number, number>>): readonly RuleReading[] =>
  Object.entries(grades).map(([at, value]) => ({
    ...{ measurementId: 1 + Number(at), metric: 'mmrc-grade', value, doubt: null },
    ...{ observedAt: week(Number(at)), receivedAt: week(Number(at)) },
  }));

test.each<[string, Readonly<Record<number, number>>, readonly Date[]]>([
  ['two weeks running', { 0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 3, 6: 3 }, [week(6)]],
  ['a week skipped in between', { 0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 3, 7: 3 }, [week(7)]],
  ['a week skipped, and better then', { 0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 3, 7: 2, 8: 3 }, []],
])('%s', (_name, grades, expected) => {
  const { findings } = rehearse({
    agreement: { catalogue, plan, team: teamOf([DHO]), pathway: DEFAULT_PATHWAY, frozenPathways: [], snoozes: [] },
    ...{ readings: reports(grades), answers: [], refused: [], episodes: [], recorded: [], from: START, to: week(9) },
  });
  const fired = findings.filter(({ finding }) => finding.ruleId === 'copd.mmrc.step' && finding.result === 'fire');
  expect(fired.map(({ finding }) => finding.at)).toEqual(expected);
});

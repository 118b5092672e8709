import type { Reference } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet } from '@varde/rules';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { look } from './look.js';

const NOW = new Date('2026-01-15T08:00:00Z');
const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);
const STARTS: Reference = {
  ...{ id: 1, key: 'plan-starts-treatment', value: 1, reason: 'x', setByPersonId: 5, validFrom: new Date(0), validTo: null },
  ...{ reviewBy: null, version: 1 },
};
const begun = (measurementId: number, hours: number): AnswerSet => ({
  ...{ measurementId, questionnaire: 'advice', items: { plan_step_started: true } },
  ...{ observedAt: hoursAgo(hours), receivedAt: hoursAgo(hours) },
});
const told = (answers: readonly AnswerSet[], references: readonly Reference[] = [STARTS]) =>
  look({
    catalogue: CATALOGUE,
    plan: planOf({ references, enrolments: [{ programme: 'copd', from: new Date(0), to: null }] }),
    window: { readings: [], refused: [], dailyMedians: [], answers, lastObserved: [] },
    ...{ unlookedFrom: null, recorded: [], episodes: [], snoozes: [], now: NOW },
    ...{ team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY] },
  }).keptTasks?.map(({ key, forRole }) => `${key} ${forRole}`) ?? [];

test('the GP is told when the patient begins a step of a plan that starts treatment: once for each beginning, and not of days ago', () => {
  expect(told([begun(7, 2)])).toEqual(['treatment-started:7 physician']);
  expect(told([begun(7, 26), begun(8, 2)])).toEqual(['treatment-started:7 physician']);
  expect(told([begun(7, 6 * 24)])).toEqual([]);
});

test('nobody is told where the plan starts no treatment', () => {
  expect(told([begun(7, 2)], [])).toEqual([]);
  expect(told([])).toEqual([]);
});

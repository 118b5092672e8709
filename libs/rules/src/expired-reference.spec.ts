import type { CarePlan, Reference } from '@varde/plans';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import { judge } from './judge.js';
import type { JudgeInput } from './judging.js';

const NOW = new Date('2026-01-15T07:00:00Z');
const days = (count: number): Date => new Date(NOW.getTime() + count * 86_400_000);

function resultsWith(validTo: Date | null, standing: JudgeInput['standing'] = []): readonly string[] {
  const dryWeight: Reference = {
    ...{ id: 1, key: 'dry-weight', value: 80, reason: 'x', setByPersonId: 2, reviewBy: null, version: 1 },
    ...{ validFrom: days(-90), validTo },
  };
  const plan: CarePlan = {
    ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], pauses: [], schedule: [] },
    references: [dryWeight],
    enrolments: [{ programme: 'hf', from: days(-90), to: null }],
  };
  const readings = [-1, 0].map((day, at) => ({
    ...{ measurementId: at + 1, metric: 'weight' as const, value: 82.2, observedAt: days(day), receivedAt: days(day), doubt: null },
  }));
  const window = { readings, refused: [], dailyMedians: [], answers: [], lastObserved: [] };
  const asked = { catalogue, plan, window, unlookedFrom: days(-1), standing, recorded: [], openEpisodes: [], now: NOW };
  return judge(asked)
    .findings.filter(({ ruleId }) => ruleId === 'hf.weight.above_dry')
    .map(({ result }) => result);
}

test('a dry weight that runs is compared with', () => expect(resultsWith(null)).toContain('fire'));

test('one that has ended is not: the rule cannot be judged, and says so', () => {
  const results = resultsWith(days(-10));
  expect(results).toContain('not_evaluable');
  expect(results).not.toContain('fire');
});

test('one that ends while the rule stands is said too, each day: it neither fires again nor clears', () => {
  const standing = [{ ruleId: 'hf.weight.above_dry', since: days(-12) }];
  expect(resultsWith(days(-10), standing)).toEqual(['not_evaluable', 'not_evaluable']);
});

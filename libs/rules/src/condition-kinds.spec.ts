import type { Metric } from '@varde/vitals';
import { CATALOGUE, planOf } from '../../../test/clinic.js';
import { judge } from './judge.js';

const NOW = new Date('2026-01-15T09:00:00Z');
const ENROLLED = { programme: 'copd' as const, from: new Date('2025-10-01T00:00:00Z'), to: null };

/** What the rule of at least three parts says of one act of measuring. */
function rome(values: Partial<Record<Metric, number>>): readonly string[] {
  const times = { observedAt: NOW, receivedAt: NOW, doubt: null };
  const readings = Object.entries(values).map(([metric, value]) => ({ measurementId: 1, metric: metric as Metric, value, ...times }));
  const { findings } = judge({
    ...{ catalogue: CATALOGUE, plan: planOf({ enrolments: [ENROLLED] }), now: NOW, unlookedFrom: NOW },
    ...{ standing: [], recorded: [], openEpisodes: [] },
    window: { readings, refused: [], dailyMedians: [], answers: [], lastObserved: [] },
  });
  return findings.filter(({ ruleId }) => ruleId === 'copd.rome.moderate').map(({ result }) => result);
}

test('of at least so many parts, what is missing counts as not so, and nothing is said of it', () => {
  const two = { 'respiratory-rate': 26, pulse: 100 } as const;
  expect(rome(two)).toEqual([]);
  expect(rome({ ...two, 'dyspnoea-vas': 6 })).toEqual(['fire']);
  expect(rome({ ...two, 'dyspnoea-vas': 4, spo2: 96 })).toEqual([]);
});

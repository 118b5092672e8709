import { CATALOGUE as catalogue, planOf } from '../../../test/clinic.js';
import type { RuleReading } from './finding.js';
import { judge } from './judge.js';

const NOW = new Date('2026-01-15T09:00:00Z');
const START = new Date('2025-12-01T00:00:00Z');
const plan = planOf({ enrolments: [{ programme: 'dm', from: START, to: null }] });
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

describe('a high blood sugar measured twice', () => {
  test.each<[string, readonly (readonly [id: number, value: number, minutesAgo: number])[], readonly string[]]>([
    [
      'by two meters at one instant is twice, told once',
      [
        [1, 17, 0],
        [2, 17.4, 0],
      ],
      ['m:2'],
    ],
    [
      'but stored in the other order, too',
      [
        [2, 17, 0],
        [1, 17.4, 0],
      ],
      ['m:2'],
    ],
    ['once is not twice', [[1, 17, 0]], []],
    [
      'with an ordinary one at the same instant is once',
      [
        [1, 12, 0],
        [2, 17, 0],
      ],
      [],
    ],
    [
      '24 hours apart is twice',
      [
        [1, 17, 1440],
        [2, 17, 0],
      ],
      ['m:2'],
    ],
    [
      'a minute more is not',
      [
        [1, 17, 1441],
        [2, 17, 0],
      ],
      [],
    ],
  ])('%s', (_name, values, expected) => {
    const readings = values.map(([measurementId, value, minutes]): RuleReading => ({
      ...{ measurementId, metric: 'glucose', value, observedAt: ago(minutes), receivedAt: ago(minutes), doubt: null },
    }));
    const window = { readings, refused: [], dailyMedians: [], answers: [], lastObserved: [] };
    const { findings } = judge({
      ...{ catalogue, plan, window, unlookedFrom: ago(2000), openEpisodes: [], standing: [], recorded: [], now: NOW },
    });
    expect(findings.filter(({ ruleId }) => ruleId === 'dm.glucose.high').map(({ anchor }) => anchor)).toEqual(expected);
  });
});

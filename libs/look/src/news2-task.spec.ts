import type { Signal } from '@varde/alerts';
import type { Reference } from '@varde/plans';
import type { Finding, Severity } from '@varde/rules';
import { findingOf, planOf } from '../../../test/clinic.js';
import { news2Tasks } from './news2-task.js';

const now = new Date('2026-01-15T08:00:00Z');
const finding = (severity: Severity): Finding => findingOf({ ruleId: 'gen.news2.low_medium', domain: 'general', severity, at: now });
const signal = (severity: Severity, standing: boolean): Signal => ({
  ...{ ruleId: 'gen.news2.low_medium', ruleVersion: 1, domain: 'general', severity, count: 1, firstAt: now, lastAt: now },
  ...{ standing, clearedAt: standing ? null : now },
});
const decided = (value: number): Reference => ({
  ...{
    id: 1,
    key: 'news2-scale-2',
    value,
    reason: 'x',
    setByPersonId: 2,
    validFrom: new Date(0),
    validTo: null,
    reviewBy: null,
    version: 1,
  },
});

test.each<[string, readonly Finding[], readonly Signal[], readonly Reference[], number]>([
  ['a usual saturation has just made NEWS2 red', [finding('yellow')], [], [], 1],
  ['the finding stands', [], [signal('yellow', true)], [], 1],
  ['it has cleared', [], [signal('yellow', false)], [], 0],
  ['an unusual one', [finding('red')], [signal('red', true)], [], 0],
  ['a physician has decided on scale 2', [finding('yellow')], [], [decided(1)], 0],
  ['a physician has decided against it', [finding('yellow')], [], [decided(0)], 0],
])('%s: the scale is to be settled or not', (...[, findings, signals, references, count]) => {
  const tasks = news2Tasks({ findings, signals }, planOf({ references }), now);
  expect(tasks).toHaveLength(count);
  if (count === 1) expect(tasks[0]).toMatchObject({ key: 'news2-scale:gen.news2.low_medium', kind: 'news2-scale', forRole: 'physician' });
});

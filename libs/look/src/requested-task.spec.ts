import type { Signal } from '@varde/alerts';
import type { Finding, Result } from '@varde/rules';
import { findingOf } from '../../../test/clinic.js';
import { requestedTasks } from './requested-task.js';

const now = new Date('2026-01-15T08:00:00Z');
const finding = (ruleId: string, result: Result = 'fire'): Finding =>
  findingOf({ ruleId, domain: 'blood_pressure', severity: 'info', at: now, result });
const signal = (standing: boolean): Signal => ({
  ...{ ruleId: 'htn.mean.high', ruleVersion: 1, domain: 'blood_pressure', severity: 'info', count: 1, firstAt: now, lastAt: now },
  ...{ standing, clearedAt: standing ? null : now },
});

test.each<[string, readonly Finding[], readonly Signal[], number]>([
  ['a mean has just been over its target', [finding('htn.mean.high')], [], 1],
  ['the finding stands', [], [signal(true)], 1],
  ['both', [finding('htn.mean.high')], [signal(true)], 1],
  ['the next protocol was below', [], [signal(false)], 0],
  ['too few readings to say', [finding('htn.mean.high', 'not_evaluable')], [], 0],
  ['another rule of severity info, which asks for none', [finding('htn.pulse_pressure')], [], 0],
])('%s: the physician has a task or none', (_what, findings, signals, count) => {
  const tasks = requestedTasks({ findings, signals });
  expect(tasks).toHaveLength(count);
  if (count === 1) expect(tasks[0]).toMatchObject({ key: 'asked-by-rule:htn.mean.high', ruleId: 'htn.mean.high', forRole: 'physician' });
});

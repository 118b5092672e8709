import type { Signal } from '@varde/alerts';
import type { Finding, Result } from '@varde/rules';
import { afterLook } from '../../../test/after-look.js';
import { CATALOGUE, ONE_UNIT, findingOf, planOf } from '../../../test/clinic.js';
import { quiet } from '../../../test/look-story.js';
import { look } from './look.js';
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

test("weight that is lost is a nurse's, for no worklist shows what only a person closes and is of severity info", () => {
  expect(requestedTasks({ findings: [finding('frail.weight_loss')], signals: [] })).toMatchObject([
    { key: 'asked-by-rule:frail.weight_loss', ruleId: 'frail.weight_loss', forRole: 'nurse' },
  ]);
});

test('a look at a protocol over its target wants the task, and so do the looks that follow', () => {
  const ago = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000);
  const readings = [72, 48, 24, 0].flatMap((day) =>
    [0.5, 0.4, 0.1, 0].flatMap((h) =>
      (['systolic', 'diastolic'] as const).map((metric) => ({
        ...{ measurementId: Math.round((day + h) * 10) + 1, metric, value: metric === 'systolic' ? 150 : 80, doubt: null },
        ...{ observedAt: ago(day + h), receivedAt: ago(day + h) },
      })),
    ),
  );
  const plan = planOf({ enrolments: [{ programme: 'htn', from: ago(2400), to: null }] });
  const given = { ...quiet, catalogue: CATALOGUE, plan, team: ONE_UNIT, window: { ...quiet.window, readings } };
  const input = { ...given, unlookedFrom: ago(80), now };
  const outcome = look(input);
  const keys = (tasks: readonly { readonly key: string }[] | null) => (tasks ?? []).map(({ key }) => key);
  expect(keys(outcome.tasks)).toContain('asked-by-rule:htn.mean.high');
  const later = look({ ...afterLook(input, outcome, () => 1), unlookedFrom: null, now: ago(-1) });
  expect(keys(later.tasks)).toContain('asked-by-rule:htn.mean.high');
});

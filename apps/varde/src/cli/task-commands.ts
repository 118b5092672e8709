import { closeTask, readTasks } from '@varde/store';
import { actingPerson, askOwnPassword, PERSON_OPTIONS } from './acting-person.js';
import type { Command } from './command.js';
import { limitOption, readCut } from './cut.js';
import { everyUnit } from './limit-commands.js';
import { knownPatient, knownUnit } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const LIST: Command = {
  words: ['task', 'list'],
  args: '[--unit <id>] [--patient <id>] [--role <role>] [--limit <n>]',
  summary: 'List open tasks: what is missing, outdated, about to end or in conflict',
  takes: [0, 0],
  options: {
    unit: { type: 'string', value: '<id>', meaning: 'only on the list of this unit' },
    patient: { type: 'string', value: '<id>', meaning: 'only about this patient' },
    role: { type: 'string', value: '<role>', meaning: 'only for physician, nurse, team_lead or programme_lead' },
    ...limitOption(500),
  },
  run: async (typed, { manager }) => {
    const forRole = typed.oneOf('role', ['physician', 'nurse', 'team_lead', 'programme_lead'] as const);
    const unitId = await knownUnit(manager, typed.whole('unit'));
    const patientId = await knownPatient(manager, typed.whole('patient'));
    const question = { unitId, patientId, forRole, state: 'open' as const };
    const viewer = await everyUnit(manager);
    const read = (limit: number) => readTasks(manager, viewer, { ...question, limit });
    const { rows: tasks, leftOut } = await readCut(typed, 500, (limit) => `${limit} that are due first`, read);
    const rows = tasks.map(({ id, patientId, unit, forRole: role, dueAt, reason }) => [
      id,
      patientId,
      unit,
      role,
      formatMoment(dueAt),
      reason.en,
    ]);
    // Without names, as the list of patients.
    const data = tasks.map(({ patientName: _patientName, ...task }) => task);
    return { lines: formatTable(['ID', 'PATIENT', 'UNIT', 'FOR', 'DUE', 'WHAT'], rows), data, leftOut };
  },
};

const CLOSE: Command = {
  words: ['task', 'close'],
  args: '<id> --outcome <words> --by <username>',
  summary: 'Close a task as done, or as one that need not be done',
  takes: [1, 1],
  options: {
    outcome: { type: 'string', value: '<words>', meaning: 'what was done, or why it need not be' },
    dismiss: { type: 'boolean', meaning: 'it need not be done' },
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const state = typed.has('dismiss') ? 'dismissed' : 'done';
    const closing = { taskId: typed.bigId(0, 'the task'), state, outcome: typed.words('outcome', 1_000) } as const;
    const person = await actingPerson(typed, bench);
    const task = await closeTask(bench.manager, person, closing, bench.terminal.now());
    return { lines: [`Task ${task.id} is ${task.state}.`], data: task };
  },
};

/** Commands about work that is no episode. */
export const TASK_COMMANDS: readonly Command[] = [LIST, CLOSE];

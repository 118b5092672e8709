import { endPause, NURSE_PAUSE_HOURS_MAX, readPauses, refuseOutsideTeam, savePause } from '@varde/store';
import { actingPerson, askOwnPassword, PERSON_OPTIONS } from './acting-person.js';
import { UsageError, type Command } from './command.js';
import { knownPatient } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const KINDS = ['admission', 'holiday', 'other'] as const;

const LIST: Command = {
  words: ['pause', 'list'],
  args: '<patient>',
  summary: "List a patient's pauses, newest first",
  takes: [1, 1],
  options: {},
  run: async (typed, { manager }) => {
    const pauses = await readPauses(manager, await knownPatient(manager, typed.id(0, 'the patient')));
    const rows = pauses.map(({ id, kind, from, to, reason, endedAt }) => [
      ...[id, kind, formatMoment(from), formatMoment(to)],
      ...[formatMoment(endedAt), reason],
    ]);
    return { lines: formatTable(['ID', 'KIND', 'FROM', 'TO', 'ENDED', 'WHY'], rows), data: pauses };
  },
};

const SET: Command = {
  words: ['pause', 'set'],
  args: '<patient> --kind <kind> --until <moment> --reason <words> --by <username>',
  summary: `Expect no measurements until an end: a nurse sets at most ${NURSE_PAUSE_HOURS_MAX} hours; red and critical rules run on`,
  takes: [1, 1],
  options: {
    kind: { type: 'string', value: '<kind>', meaning: KINDS.join(', ') },
    from: { type: 'string', value: '<moment>', meaning: 'now when left out; at most 48 hours ago' },
    until: { type: 'string', value: '<moment>', meaning: 'a pause always has an end' },
    reason: { type: 'string', value: '<words>', meaning: 'why' },
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const [kind, to, reason] = [typed.oneOf('kind', KINDS), typed.moment('until'), typed.words('reason', 1_000)];
    if (kind === null) throw new UsageError(`say of what kind it is with --kind: ${KINDS.join(', ')}`);
    if (to === null) throw new UsageError('a pause always has an end; say when with --until');
    const person = await actingPerson(typed, bench);
    await refuseOutsideTeam(manager, person, patientId);
    if (!person.roles.some((role) => role === 'nurse' || role === 'physician')) throw new UsageError('a nurse or a physician sets a pause');
    const now = terminal.now();
    const hoursMax = person.roles.includes('physician') ? null : NURSE_PAUSE_HOURS_MAX;
    const times = { from: typed.moment('from') ?? now, to };
    const pause = await savePause(manager, { patientId, kind, ...times, reason, setByPersonId: person.personId, hoursMax }, now);
    const line = `Pause ${pause.id} from ${formatMoment(pause.from)} to ${formatMoment(pause.to)}. The team and the home are told.`;
    return { lines: [line], data: pause };
  },
};

const END: Command = {
  words: ['pause', 'end'],
  args: '<patient> <pause> --by <username>',
  summary: 'End a pause now: what is planned from now on is expected again',
  takes: [2, 2],
  options: { ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const [patientId, pauseId] = [typed.id(0, 'the patient'), typed.id(1, 'the pause')];
    const person = await actingPerson(typed, bench);
    await refuseOutsideTeam(bench.manager, person, patientId);
    if (!person.roles.some((role) => role === 'nurse' || role === 'physician')) throw new UsageError('a nurse or a physician ends a pause');
    await endPause(bench.manager, { patientId, pauseId, byPersonId: person.personId }, bench.terminal.now());
    return { lines: [`Pause ${pauseId} is over.`], data: { patientId, pauseId } };
  },
};

/** Commands about times in which a patient is not expected to measure. */
export const PAUSE_COMMANDS: readonly Command[] = [LIST, SET, END];

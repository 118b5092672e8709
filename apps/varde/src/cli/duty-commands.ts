import {
  changeRosterKept,
  DUTY_KINDS,
  endDuty,
  readDuty,
  readPersonByUsername,
  saveDuty,
  saveWeeklyRoster,
  type KeptDuty,
} from '@varde/store';
import { UsageError, type Command, type Typed } from './command.js';
import { parseHours } from './hours.js';
import { formatMoment, formatTable } from './printed.js';

const DAY_MS = 86_400_000;
const SHOWN_DAYS = 14;
const WHO = {
  person: { type: 'string', value: '<username>', meaning: 'who; they must work for the unit' },
  kind: { type: 'string', value: '<kind>', meaning: 'shift (the default): while the unit is open; on_call: at any hour' },
} as const;

const kindOf = (typed: Typed): KeptDuty['kind'] => typed.oneOf('kind', DUTY_KINDS) ?? 'shift';

const LIST: Command = {
  words: ['duty', 'list'],
  args: '<unit id> [--from <moment>] [--to <moment>]',
  summary: "List a unit's roster, the next 14 days unless said otherwise",
  takes: [1, 1],
  options: {
    from: { type: 'string', value: '<moment>', meaning: 'from when; default now' },
    to: { type: 'string', value: '<moment>', meaning: 'until when; default 14 days later' },
  },
  run: async (typed, { manager, terminal }) => {
    const from = typed.moment('from') ?? terminal.now();
    const to = typed.moment('to') ?? new Date(from.getTime() + SHOWN_DAYS * DAY_MS);
    const duty = await readDuty(manager, typed.id(0, 'the unit'), { from, to });
    const rows = duty.map((each) => [each.id, each.person, each.kind, formatMoment(each.from), formatMoment(each.to)]);
    return { lines: formatTable(['ID', 'PERSON', 'KIND', 'FROM', 'TO'], rows), data: duty };
  },
};

const ADD: Command = {
  words: ['duty', 'add'],
  args: '<unit id> --person <username> --from <moment> --to <moment> [--kind on_call]',
  summary: "Put somebody on a unit's roster",
  takes: [1, 1],
  options: {
    ...WHO,
    from: { type: 'string', value: '<moment>', meaning: 'when it begins' },
    to: { type: 'string', value: '<moment>', meaning: 'when it ends' },
  },
  run: async (typed, { manager, terminal }) => {
    const unitId = typed.id(0, 'the unit');
    const [from, to] = [typed.moment('from'), typed.moment('to')];
    if (from === null || to === null) throw new UsageError('--from and --to are needed');
    const { id: personId } = await readPersonByUsername(manager, typed.needed('person'));
    const duty = [{ personId, kind: kindOf(typed), from, to }];
    const made = await saveDuty(manager, unitId, { duty, byPersonId: null }, terminal.now());
    return { lines: [made.entered > 0 ? 'Entered.' : 'It was there already.'], data: made };
  },
};

const WEEKS: Command = {
  words: ['duty', 'weeks'],
  args: '<unit id> --person <username> --hours <hours> --from-day <day> --weeks <count>',
  summary: 'Put somebody on a roster that repeats week by week, by the local time of the unit',
  takes: [1, 1],
  options: {
    ...WHO,
    hours: { type: 'string', value: '<hours>', meaning: 'like "mon-fri 08:00-15:30; sat,sun 22:00-08:00"' },
    'from-day': { type: 'string', value: '<day>', meaning: 'first day, like 2026-01-05; its week is the first one' },
    weeks: { type: 'string', value: '<count>', meaning: 'how many weeks' },
    every: { type: 'string', value: '<count>', meaning: '2: every other week; default 1' },
  },
  run: async (typed, { manager, terminal }) => {
    const unitId = typed.id(0, 'the unit');
    const weeks = typed.whole('weeks');
    if (weeks === null) throw new UsageError('--weeks is missing');
    const { id: personId } = await readPersonByUsername(manager, typed.needed('person'));
    const line = { personId, kind: kindOf(typed), everyWeeks: typed.whole('every') ?? 1 };
    const pattern = parseHours(typed.needed('hours')).map((hours) => ({ ...hours, ...line }));
    const roster = { pattern, fromDay: typed.needed('from-day'), weeks };
    const made = await saveWeeklyRoster(manager, unitId, { roster, byPersonId: null }, terminal.now());
    return { lines: [`${made.entered} entered, ${made.known} were there already.`], data: made };
  },
};

const END: Command = {
  words: ['duty', 'end'],
  args: '<unit id> <duty id>',
  summary: 'Take somebody off a roster: duty that runs ends now, duty ahead is taken away',
  takes: [2, 2],
  options: {},
  run: async (typed, { manager, terminal }) => {
    const duty = { unitId: typed.id(0, 'the unit'), dutyId: typed.id(1, 'the duty'), byPersonId: null };
    await endDuty(manager, duty, terminal.now());
    return { lines: [`Duty ${duty.dutyId} has ended.`], data: { id: duty.dutyId } };
  },
};

const KEEP: Command = {
  words: ['duty', 'keep'],
  args: '<unit id> [--off]',
  summary: 'Say that a unit keeps a roster: somebody is there only when it says so',
  takes: [1, 1],
  options: { off: { type: 'boolean', meaning: 'no roster any more: somebody is there whenever the unit is open' } },
  run: async (typed, { manager, terminal }) => {
    const [unitId, kept] = [typed.id(0, 'the unit'), !typed.has('off')];
    await changeRosterKept(manager, unitId, kept, terminal.now());
    return { lines: [`Unit ${unitId} ${kept ? 'keeps a roster' : 'keeps no roster'}.`], data: { id: unitId, rosterKept: kept } };
  },
};

/** Commands about duty. */
export const DUTY_COMMANDS: readonly Command[] = [LIST, ADD, WEEKS, END, KEEP];

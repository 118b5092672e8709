import { isRunning, measuringDaysWords, plannedWords, weekdayWords, type CarePlan, type ScheduledMeasurement } from '@varde/plans';
import { changeMeasuringDays, endMeasuringDays, readAgreement, readMeasuringDays, refuseOutsideTeam } from '@varde/store';
import { actingPerson, askOwnPassword, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import { UsageError, type Command } from './command.js';
import { knownPatient } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const AGREEING = ['nurse', 'physician'] as const;
const LANGUAGES = ['en', 'nb'] as const;
type Language = (typeof LANGUAGES)[number];
const LANGUAGE_OPTION = { lang: { type: 'string', value: '<language>', meaning: 'nb or en; en when left out' } } as const;

const LEFT_OUT = { nb: 'Utelatt, for pasienten har avtalt færre dager', en: 'Left out, for the patient has agreed to fewer days' } as const;
const NOTHING = { nb: 'Ingenting er utelatt.', en: 'Nothing is left out.' } as const;

/** What is planned and not asked for now, because the patient has agreed to fewer days: a line each. */
export function leftOutLines({ leftOut = [] }: Pick<CarePlan, 'leftOut'>, now: Date, lang: Language): string[] {
  return leftOut.filter((item) => isRunning(item, now.getTime())).map((item) => `${LEFT_OUT[lang]}: ${plannedLine(item, lang)}`);
}

function plannedLine({ metric, weekdays, atLocal }: ScheduledMeasurement, lang: Language): string {
  return `${plannedWords(metric)[lang]}, ${weekdayWords(weekdays)[lang]} ${atLocal}`;
}

const LIST: Command = {
  words: ['measuring', 'list'],
  args: '<patient> [--lang nb|en]',
  summary: 'List how often a patient has agreed to measure, newest first, and what is left out of the plan because of it',
  takes: [1, 1],
  options: LANGUAGE_OPTION,
  run: async (typed, { manager, terminal }) => {
    const lang = typed.oneOf('lang', LANGUAGES) ?? 'en';
    const patientId = await knownPatient(manager, typed.id(0, 'the patient'));
    const versions = await readMeasuringDays(manager, patientId);
    const { plan } = await readAgreement(manager, patientId, terminal.now());
    const rows = versions.map((each) => [
      ...[each.id, measuringDaysWords(each)[lang], each.version, each.setByName ?? null],
      ...[formatMoment(each.validFrom), formatMoment(each.validTo), each.reason],
    ]);
    const left = leftOutLines(plan, terminal.now(), lang);
    const lines = [
      ...formatTable(['ID', 'DAYS', 'VERSION', 'BY', 'FROM', 'TO', 'WHY'], rows),
      ...(left.length > 0 ? left : [NOTHING[lang]]),
    ];
    return { lines, data: { versions, leftOut: plan.leftOut ?? [] } };
  },
};

const SET: Command = {
  words: ['measuring', 'set'],
  args: '<patient> --weekdays <days> | --days-a-week <n> --reason <words> --by <username>',
  summary: 'Keep how often a patient has agreed to measure: nothing planned asks for more, except what is agreed for an open episode',
  takes: [1, 1],
  options: {
    weekdays: { type: 'string', multiple: true, value: '<days>', meaning: '1 Monday to 7 Sunday, with commas between' },
    'days-a-week': { type: 'string', value: '<n>', meaning: 'on how many days a week; which ones follows from what is planned' },
    reason: { type: 'string', value: '<words>', meaning: 'what was agreed and why' },
    from: { type: 'string', value: '<moment>', meaning: 'now when left out' },
    until: { type: 'string', value: '<moment>', meaning: 'it ends by itself then, and the one before applies again' },
    ...LANGUAGE_OPTION,
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const lang = typed.oneOf('lang', LANGUAGES) ?? 'en';
    const days = typed.ids('weekdays');
    const agreed = { weekdays: days.length === 0 ? null : days, daysAWeek: typed.within('days-a-week', 1, 7) };
    if ((agreed.weekdays === null) === (agreed.daysAWeek === null)) throw new UsageError('give either --weekdays or --days-a-week');
    const reason = typed.words('reason', 1_000);
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, AGREEING);
    await refuseOutsideTeam(manager, person, patientId);
    const now = terminal.now();
    const [newest] = await readMeasuringDays(manager, patientId);
    const times = { validFrom: typed.moment('from'), validTo: typed.moment('until'), expectedVersion: newest?.version ?? 0 };
    const kept = await changeMeasuringDays(manager, person, { patientId, ...agreed, reason, ...times }, now);
    const { plan } = await readAgreement(manager, patientId, now);
    const said = measuringDaysWords(kept);
    const line = {
      nb: `Pasient ${patientId} måler ${said.nb} fra ${formatMoment(kept.validFrom)}, versjon ${kept.version}.`,
      en: `Patient ${patientId} measures ${said.en} from ${formatMoment(kept.validFrom)} on, version ${kept.version}.`,
    };
    return { lines: [line[lang], ...leftOutLines(plan, now, lang)], data: { measuringDays: kept, leftOut: plan.leftOut ?? [] } };
  },
};

const END: Command = {
  words: ['measuring', 'end'],
  args: '<patient> <id> --by <username>',
  summary: 'End what a patient has agreed to now: an earlier version that still runs applies again, else whatever is planned',
  takes: [2, 2],
  options: { ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const [patientId, measuringDaysId] = [typed.id(0, 'the patient'), typed.id(1, 'the version')];
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, AGREEING);
    await refuseOutsideTeam(bench.manager, person, patientId);
    await endMeasuringDays(bench.manager, person, { patientId, measuringDaysId }, bench.terminal.now());
    return { lines: [`What was agreed as ${measuringDaysId} is over.`], data: { patientId, measuringDaysId } };
  },
};

/** Commands about how often a patient has agreed to measure. */
export const MEASURING_COMMANDS: readonly Command[] = [LIST, SET, END];

import { METRICS } from '@varde/vitals';
import {
  inTransaction,
  movePatient,
  readAgreement,
  readNewestReadings,
  readPatientLines,
  refuseOutsideTeam,
  saveEnrolment,
  savePatient,
} from '@varde/store';
import { plannedWords, PROGRAMMES, type Programme } from '@varde/plans';
import { openCatalogue } from '../catalogue.js';
import { actingPerson, askOwnPassword, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import { UsageError, type Command } from './command.js';
import { limitOption, readCut, readPage } from './cut.js';
import { COMMUNITY_OPTION, knownPatient, pickCommunity } from './pick.js';
import { formatMoment, formatTable } from './printed.js';
import { PREVIEW_OPTION, previewIdOf, showFirst } from './show-first.js';

const DAY_MS = 86_400_000;

const ADD: Command = {
  words: ['patient', 'add'],
  args: '<name> --unit <id> [--programme <programme>]',
  summary: 'Begin to follow a patient, with the default schedule of each programme',
  takes: [1, 1],
  options: {
    unit: { type: 'string', multiple: true, value: '<id>', meaning: 'the team: units that problems can go to' },
    programme: { type: 'string', multiple: true, value: '<programme>', meaning: 'copd, hf, htn, dm, frail; may be given several times' },
    'birth-year': { type: 'string', value: '<year>', meaning: 'year of birth' },
    zone: { type: 'string', value: '<zone>', meaning: 'time zone of the home; default Europe/Oslo' },
    municipality: { type: 'string', value: '<id>', meaning: 'organisation of the municipality where they live; default not known' },
    responsible: { type: 'string', value: '<id>', meaning: 'unit of the team that holds the treatment; default the GP' },
    ...COMMUNITY_OPTION,
  },
  run: async (typed, { manager, terminal }) => {
    const { id: communityId } = await pickCommunity(manager, typed.text('community'));
    const programmes = typed.texts('programme') as Programme[];
    const unitIds = typed.ids('unit');
    const patient = {
      communityId,
      name: typed.wordsAt(0, 'the name', 200),
      birthYear: typed.whole('birth-year'),
      zone: typed.text('zone') ?? 'Europe/Oslo',
      municipalityId: typed.whole('municipality'),
      unitIds,
      responsibleUnitId: typed.whole('responsible'),
      programmes,
      pathwayId: null,
    };
    const id = await savePatient(manager, patient, terminal.now());
    const { holes, plan } = await readAgreement(manager, id, terminal.now());
    const measures = [...new Set(plan.schedule.map((item) => plannedWords(item.metric).en))];
    const lines = [
      `Patient ${id}, followed in ${programmes.join(', ') || 'no programme'} by unit ${unitIds.join(', ')}.`,
      `Measures  ${measures.join(', ') || 'nothing by schedule'}`,
      ...holes.map((hole) => `Note      ${hole.where}: ${hole.problem}`),
    ];
    return { lines, data: { id, programmes, unitIds, schedule: plan.schedule, holes } };
  },
};

const LIST: Command = {
  words: ['patient', 'list'],
  args: '[--names]',
  summary: 'List the patients, without names unless asked for',
  takes: [0, 0],
  options: {
    names: { type: 'boolean', meaning: 'with names and years of birth' },
    after: { type: 'string', value: '<id>', meaning: 'the last id of the page before; a page has 100' },
  },
  run: async (typed, { manager, terminal }) => {
    const { rows: patients, leftOut } = await readPage(typed, (page) => readPatientLines(manager, page, terminal.now()));
    const names = typed.has('names');
    const rows = patients.map((patient) => [
      patient.id,
      patient.programmes.join(','),
      patient.unitIds.join(','),
      formatMoment(patient.monitoredFrom),
      formatMoment(patient.monitoredTo),
      ...(names ? [patient.name, patient.birthYear] : []),
    ]);
    const titles = ['ID', 'PROGRAMMES', 'UNITS', 'FROM', 'TO', ...(names ? ['NAME', 'BORN'] : [])];
    const data = names ? patients : patients.map(({ name: _name, birthYear: _born, ...rest }) => rest);
    return { lines: formatTable(titles, rows), data, leftOut };
  },
};

const ENROL: Command = {
  words: ['enrol'],
  args: '<patient> <programme>',
  summary: 'Show what a programme would have done to a patient, then start it with its default schedule',
  takes: [2, 2],
  options: PREVIEW_OPTION,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const programme = programmeOf(typed.word(1, 'the programme'));
    const wanted = { patientId, unitId: null, change: { kind: 'programme', programme, enrolled: true }, personId: null } as const;
    const shown = await showFirst(typed, bench, await openCatalogue(), wanted);
    if (shown !== null) return shown;
    await saveEnrolment(manager, { patientId, programme, personId: null, previewId: previewIdOf(typed) }, terminal.now());
    return { lines: [`Patient ${patientId} follows ${programme} from now on.`], data: { patientId, programme } };
  },
};

function programmeOf(text: string): Programme {
  const programme = PROGRAMMES.find((each) => each === text);
  if (programme === undefined) throw new UsageError(`the programme must be one of ${PROGRAMMES.join(', ')}`);
  return programme;
}

const MOVE: Command = {
  words: ['patient', 'move'],
  args: '<patient> --municipality <id> --unit <id> --reason <words> --by <username>',
  summary: 'Move a patient to another municipality, with history, open episodes and tasks, in one transaction',
  takes: [1, 1],
  options: {
    municipality: { type: 'string', value: '<id>', meaning: 'organisation of the municipality where they live from now on' },
    unit: { type: 'string', multiple: true, value: '<id>', meaning: 'the whole new team' },
    responsible: { type: 'string', value: '<id>', meaning: 'unit of the new team that holds the treatment; default the GP' },
    reason: { type: 'string', value: '<words>', meaning: 'why' },
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { database, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const municipalityId = typed.whole('municipality');
    if (municipalityId === null) throw new UsageError('--municipality is missing');
    const [responsibleUnitId, reason] = [typed.whole('responsible'), typed.words('reason', 1_000)];
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, ['team_lead']);
    const moving = { patientId, municipalityId, unitIds: typed.ids('unit'), responsibleUnitId, reason };
    const moved = await inTransaction(database.dataSource, async (tx) => {
      await refuseOutsideTeam(tx, person, patientId);
      return movePatient(tx, person, moving, terminal.now());
    });
    const lines = [
      `Patient ${patientId} lives in municipality ${municipalityId} and is followed by unit ${moving.unitIds.join(', ')}.`,
      ...moved.episodes.map(({ id, ownerUnitId }) => `Episode ${id} is owned by unit ${ownerUnitId}.`),
    ];
    return { lines, data: moved };
  },
};

const READINGS: Command = {
  words: ['reading', 'list'],
  args: '<patient> [--days <days>] [--limit <n>]',
  summary: "List a patient's readings, newest first",
  takes: [1, 1],
  options: { days: { type: 'string', value: '<days>', meaning: 'how far back; default 7' }, ...limitOption(100) },
  run: async (typed, { manager, terminal }) => {
    const since = new Date(terminal.now().getTime() - typed.days(7) * DAY_MS);
    const patientId = await knownPatient(manager, typed.id(0, 'the patient'));
    const read = (limit: number) => readNewestReadings(manager, patientId, { since, limit });
    const { rows: readings, leftOut } = await readCut(typed, 100, (limit) => `newest ${limit}`, read);
    const rows = readings.map((reading) => [
      formatMoment(reading.observedAt),
      METRICS[reading.metric].en,
      `${reading.value} ${METRICS[reading.metric].unit}`,
      reading.device,
      reading.measurementId,
      reading.doubt,
      reading.isOwn === null ? null : reading.isOwn ? 'own' : 'not own',
    ]);
    return { lines: formatTable(['MEASURED', 'WHAT', 'VALUE', 'DEVICE', 'ID', 'DOUBT', 'WHOSE'], rows), data: readings, leftOut };
  },
};

/** Commands about patients and what they have measured. */
export const PATIENT_COMMANDS: readonly Command[] = [ADD, LIST, ENROL, MOVE, READINGS];

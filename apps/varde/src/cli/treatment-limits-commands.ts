import { TREATMENT_LIMITS_FROM } from '@varde/plans';
import { changeTreatmentLimits, endTreatmentLimits, readTreatmentLimits, refuseOutsideTeam } from '@varde/store';
import { actingPerson, askOwnPassword, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import { UsageError, type Command } from './command.js';
import { knownPatient } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const DECIDING = ['physician'] as const;

const LIST: Command = {
  words: ['treatment-limits', 'list'],
  args: '<patient>',
  summary: "List what a physician has decided of who has what is grave of a patient in the pathway's place, newest first",
  takes: [1, 1],
  options: {},
  run: async (typed, { manager }) => {
    const versions = await readTreatmentLimits(manager, await knownPatient(manager, typed.id(0, 'the patient')));
    const rows = versions.map((each) => [
      ...[
        each.id,
        each.fromSeverity,
        each.unitName,
        each.version,
        each.setByName,
        formatMoment(each.validFrom),
        formatMoment(each.validTo),
      ],
      ...[formatMoment(each.reviewBy), each.contact, each.decision, each.reason],
    ]);
    const columns = ['ID', 'FROM', 'UNIT', 'VERSION', 'BY', 'SINCE', 'TO', 'REVIEW', 'CALL', 'DECIDED', 'WHY'];
    return { lines: formatTable(columns, rows), data: versions };
  },
};

const SET: Command = {
  words: ['treatment-limits', 'set'],
  args: '<patient> --from-severity <severity> --unit <id> --decision <words> --call <words> --review-by <moment> --reason <words> --by <username>',
  summary:
    'Decide which unit has what is red or critical of a patient; all is found and shown as before, and 113 stays in what they are told',
  takes: [1, 1],
  options: {
    'from-severity': { type: 'string', value: '<severity>', meaning: 'red, or critical only' },
    unit: { type: 'string', value: '<id>', meaning: 'a unit of the team; while it is not staffed the pathway is followed' },
    decision: { type: 'string', value: '<words>', meaning: 'what is and is not to be done' },
    call: { type: 'string', value: '<words>', meaning: 'whom to call there: a name, a telephone number' },
    'review-by': { type: 'string', value: '<moment>', meaning: 'when a physician looks at it again, within a year' },
    reason: { type: 'string', value: '<words>', meaning: 'why' },
    from: { type: 'string', value: '<moment>', meaning: 'now when left out' },
    until: { type: 'string', value: '<moment>', meaning: 'it ends by itself then, and the one before applies again, or the pathway' },
    ...PERSON_OPTIONS,
  },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const fromSeverity = typed.oneOf('from-severity', TREATMENT_LIMITS_FROM);
    const [unitId] = typed.ids('unit');
    const reviewBy = typed.moment('review-by');
    if (fromSeverity === null || unitId === undefined || reviewBy === null)
      throw new UsageError('--from-severity, --unit and --review-by are needed');
    const words = { decision: typed.words('decision', 1_000), contact: typed.words('call', 200), reason: typed.words('reason', 1_000) };
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, DECIDING);
    await refuseOutsideTeam(manager, person, patientId);
    const [newest] = await readTreatmentLimits(manager, patientId);
    const times = { validFrom: typed.moment('from'), validTo: typed.moment('until'), reviewBy, expectedVersion: newest?.version ?? 0 };
    const kept = await changeTreatmentLimits(manager, person, { patientId, fromSeverity, unitId, ...words, ...times }, terminal.now());
    const since = formatMoment(kept.validFrom);
    const line = `What is ${kept.fromSeverity === 'red' ? 'red or critical' : 'critical'} of patient ${patientId} goes to ${kept.unitName} from ${since} on, version ${kept.version}.`;
    return { lines: [line], data: kept };
  },
};

const END: Command = {
  words: ['treatment-limits', 'end'],
  args: '<patient> <id> --by <username>',
  summary: 'End treatment limits now: an earlier version that still runs applies again, else the pathway',
  takes: [2, 2],
  options: { ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const [patientId, treatmentLimitsId] = [typed.id(0, 'the patient'), typed.id(1, 'the version')];
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, DECIDING);
    await refuseOutsideTeam(bench.manager, person, patientId);
    await endTreatmentLimits(bench.manager, person, { patientId, treatmentLimitsId }, bench.terminal.now());
    return { lines: [`Treatment limits ${treatmentLimitsId} have ended.`], data: { patientId, treatmentLimitsId } };
  },
};

/** Commands about what a physician has decided of who has what is grave of one patient. */
export const TREATMENT_LIMITS_COMMANDS: readonly Command[] = [LIST, SET, END];

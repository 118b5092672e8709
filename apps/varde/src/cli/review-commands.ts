import { pressureDaysLeft } from '@varde/look';
import { localDay, pressureWeekAt, type CarePlan } from '@varde/plans';
import { changeReviewDate, endReviewDate, readAgreement, readReviewDates, refuseOutsideTeam } from '@varde/store';
import { actingPerson, askOwnPassword, PERSON_OPTIONS, refuseOtherRoles } from './acting-person.js';
import type { Command } from './command.js';
import { leftOutLines } from './measuring-commands.js';
import { knownPatient } from './pick.js';
import { formatMoment, formatTable } from './printed.js';

const SETTING = ['nurse', 'physician'] as const;

const LIST: Command = {
  words: ['review', 'list'],
  args: '<patient>',
  summary: "List the dates of a patient's reviews, newest first",
  takes: [1, 1],
  options: {},
  run: async (typed, { manager }) => {
    const dates = await readReviewDates(manager, await knownPatient(manager, typed.id(0, 'the patient')));
    const rows = dates.map(({ id, reviewOn, version, setByName, validFrom, validTo, reason }) => [
      ...[id, reviewOn, version, setByName ?? null, formatMoment(validFrom), formatMoment(validTo), reason],
    ]);
    return { lines: formatTable(['ID', 'REVIEW', 'VERSION', 'BY', 'FROM', 'TO', 'WHY'], rows), data: dates };
  },
};

const SET: Command = {
  words: ['review', 'set'],
  args: '<patient> <YYYY-MM-DD> --reason <words> --by <username>',
  summary: 'Set the date of the next review; with hypertension the week of measuring pressure before it is planned and told at home',
  takes: [2, 2],
  options: { reason: { type: 'string', value: '<words>', meaning: 'why' }, ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const { manager, terminal } = bench;
    const patientId = typed.id(0, 'the patient');
    const [reviewOn, reason] = [typed.word(1, 'the date'), typed.words('reason', 1_000)];
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, SETTING);
    await refuseOutsideTeam(manager, person, patientId);
    const now = terminal.now();
    const [newest] = await readReviewDates(manager, patientId);
    const change = { patientId, reviewOn, reason, expectedVersion: newest?.version ?? 0 };
    const set = await changeReviewDate(manager, person, change, now);
    const { plan } = await readAgreement(manager, patientId, now);
    return { lines: [`Patient ${patientId} has a review on ${set.reviewOn}, version ${set.version}.`, ...weekLines(plan, now)], data: set };
  },
};

/** What is asked for in the week before the review, and what is left out of it. */
function weekLines(plan: CarePlan, now: Date): readonly string[] {
  const week = pressureWeekAt(plan, now.getTime());
  if (week === null) return ['No week is planned before it: the patient does not follow hypertension then.'];
  const days = pressureDaysLeft(plan, week, now).map((at) => localDay(plan.zone, at));
  const planned =
    days.length === 0
      ? 'Nothing is left of the week of measuring pressure before it.'
      : `Pressure morning and evening on ${days.length} of the 7 days before it: ${days.join(', ')}.`;
  const leftOut = (plan.leftOut ?? []).filter(({ metric }) => metric === 'systolic');
  return [planned, ...leftOutLines({ leftOut }, now > week.from ? now : week.from, 'en')];
}

const END: Command = {
  words: ['review', 'end'],
  args: '<patient> <id> --by <username>',
  summary: 'Take the date of a review back, and what was planned before it',
  takes: [2, 2],
  options: { ...PERSON_OPTIONS },
  askFirst: askOwnPassword,
  run: async (typed, bench) => {
    const [patientId, reviewDateId] = [typed.id(0, 'the patient'), typed.id(1, 'the review')];
    const person = await actingPerson(typed, bench);
    refuseOtherRoles(person, SETTING);
    await refuseOutsideTeam(bench.manager, person, patientId);
    await endReviewDate(bench.manager, person, { patientId, reviewDateId }, bench.terminal.now());
    return { lines: [`Review ${reviewDateId} is taken back.`], data: { patientId, reviewDateId } };
  },
};

/** Commands about when a plan is gone through with its patient next. */
export const REVIEW_COMMANDS: readonly Command[] = [LIST, SET, END];

import { keepToMeasuringDays, withPressureWeeks, type CarePlan, type Pause, type TaskDraft } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { RuleReading } from '@varde/rules';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { rehearse, type Rehearsed } from './rehearse.js';

/*
 * A review on Tuesday 10 March 2026, in Oslo: the week before it runs from Tuesday the 3rd to Monday the 9th.
 */
const BEGUN = new Date('2026-01-01T00:00:00+01:00');
const at = (text: string): Date => new Date(`2026-03-${text}+01:00`);
const local = (when: Date): string => new Date(when.getTime() + 3_600_000).toISOString().slice(8, 16);
const version = { reason: 'x', setByPersonId: 5, validFrom: BEGUN, validTo: null, version: 1 };
const DAYS = ['03', '04', '05', '06', '07', '08', '09'];

let id = 0;
/** One session: two readings, both pressures. */
const session = (when: string, pressures: readonly [number, number]): RuleReading[] =>
  [0, 2].flatMap((minutes) => {
    const observedAt = new Date(at(when).getTime() + minutes * 60_000);
    const common = { measurementId: ++id, observedAt, receivedAt: observedAt, doubt: null };
    return (['systolic', 'diastolic'] as const).map((metric, place) => ({ ...common, metric, value: pressures[place] ?? Number.NaN }));
  });
/** The first day high, as first days are. */
const week = (days: readonly string[]): RuleReading[] =>
  days.flatMap((day, place) => ['08:30', '18:30'].flatMap((clock) => session(`${day}T${clock}`, place === 0 ? [160, 100] : [128, 78])));

interface Lived extends Rehearsed {
  readonly tasks: readonly (readonly [string, TaskDraft])[];
}
function live(
  readings: readonly RuleReading[],
  given: { readonly weekdays?: readonly number[]; readonly pauses?: readonly Pause[] } = {},
): Lived {
  const reviewDates = [{ id: 1, reviewOn: '2026-03-10', ...version }];
  const plan = planOf({ reviewDates, pauses: given.pauses ?? [], enrolments: [{ programme: 'htn', from: BEGUN, to: null }] });
  const agreed = given.weekdays === undefined ? [] : [{ id: 1, weekdays: given.weekdays, daysAWeek: null, ...version }];
  const kept: CarePlan = { ...plan, ...keepToMeasuringDays(withPressureWeeks([], plan), agreed) };
  const tasks: (readonly [string, TaskDraft])[] = [];
  const rehearsed = rehearse({
    agreement: {
      catalogue: CATALOGUE,
      plan: kept,
      team: ONE_UNIT,
      pathway: DEFAULT_PATHWAY,
      frozenPathways: [DEFAULT_PATHWAY],
      snoozes: [],
    },
    ...{ readings, refused: [], answers: [], episodes: [], recorded: [], from: at('01T00:00'), to: at('18T00:00') },
    onLook: (input, outcome) => {
      const wanted = [...(outcome.keptTasks ?? []), ...(outcome.tasks ?? []).filter(({ kind }) => kind === 'pressure-week-left-out')];
      for (const task of wanted) if (!tasks.some(([, { key }]) => key === task.key)) tasks.push([local(input.now), task]);
    },
  });
  return { ...rehearsed, tasks };
}
const silences = ({ findings }: Rehearsed): string[] =>
  findings.filter(({ finding }) => finding.domain === 'silence').map(({ judgedAt }) => local(judgedAt));

test('the home is told at noon of the day before, once; who measures hears nothing more; the physician gets the mean without the first day', () => {
  const { questions, tasks, ...rest } = live(week(DAYS));
  expect(questions.map(({ draft, at: when }) => [draft.key, draft.kind, local(when)])).toEqual([['week/1', 'green', '02T12:00']]);
  expect(questions[0]?.draft.text).toEqual({
    nb: 'Du har kontroll tirsdag 10. mars. Mål blodtrykket morgen og kveld hver dag fra tirsdag 3. mars til og med mandag 9. mars: to målinger hver gang, med ett til to minutter mellom, etter fem minutters hvile, om morgenen før du tar medisiner.',
    en: 'You have a review on Tuesday 10 March. Measure your blood pressure morning and evening every day from Tuesday 3 March to Monday 9 March: two readings each time, one to two minutes apart, after five minutes of rest, in the morning before you take your medicines.',
  });
  expect(silences({ questions, ...rest })).toEqual([]);
  expect(tasks).toMatchObject([
    [
      '10T06:00',
      {
        ...{ key: 'pressure-review:1', forRole: 'physician' },
        reason: {
          nb: 'Kontroll 2026-03-10: hjemmeblodtrykket er i snitt 128/78 mmHg av 24 målinger på 6 dager; målet er under 135/85: innenfor målet. Avtal neste kontroll.',
          en: 'Review 2026-03-10: the mean home pressure is 128/78 mmHg of 24 readings on 6 days; the target is below 135/85: within the target. Set the next review.',
        },
      },
    ],
  ]);
});

test('a measurement of the week that is missing is reminded of like any other, and too few are no mean', () => {
  const lived = live(week(DAYS.slice(0, 3)));
  expect(silences(lived)[0]).toBe('06T13:00');
  expect(lived.tasks.map(([, { reason }]) => reason.en)).toEqual([
    'Review 2026-03-10: the mean home pressure cannot be judged: 8 readings on 2 days without the first, at least 12 on 3 are needed. Set the next review.',
  ]);
});

test('no more than was agreed: a nurse is asked to arrange it, and the home is told of the days that are left', () => {
  const { tasks, questions } = live([], { weekdays: [1, 4] });
  expect(tasks.map(([when, { key, forRole }]) => [when, key, forRole])).toEqual([
    ['01T00:00', 'pressure-week-left-out:1', 'nurse'],
    ['10T06:00', 'pressure-review:1', 'physician'],
  ]);
  expect(questions[0]?.draft.text.en).toContain('on the days you have agreed to from Thursday 5 March to Monday 9 March');
});

test('nobody is told in a pause; they are at its end', () => {
  const pause: Pause = { id: 1, kind: 'holiday', from: at('01T00:00'), to: at('05T10:00'), reason: 'away' };
  expect(live([], { pauses: [pause] }).questions.map(({ at: when }) => local(when))).toEqual(['05T10:00']);
});

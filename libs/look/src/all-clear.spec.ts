import type { Programme, ScheduledMeasurement } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { rehearse, type RehearsalInput } from './rehearse.js';

/*
 * "Never green without fresh data" (clinical README 11.2, hazard 6): hours from Monday 2 March 2026, 08:00 in Oslo.
 */
const HOUR_MS = 3_600_000;
const at = (hour: number): Date => new Date(Date.parse('2026-03-02T08:00:00+01:00') + hour * HOUR_MS);

let id = 0;
/** Reaches us at once, or at `received`. */
const reading = (metric: Metric, value: number, hour: number, received = hour): RuleReading => ({
  ...{ measurementId: ++id, metric, value, observedAt: at(hour), receivedAt: at(received), doubt: null },
});
const answers = (items: AnswerSet['items'], hour: number): AnswerSet => ({
  ...{ measurementId: ++id, questionnaire: 'daily', items, observedAt: at(hour), receivedAt: at(hour) },
});
const fever = reading('temperature', 38.4, 0);
const cool = (hour: number, received?: number): RuleReading[] =>
  [hour, hour + 0.1].map((each) => reading('temperature', 36.9, each, received));
const daily = (metric: ScheduledMeasurement['metric']): ScheduledMeasurement => ({
  ...{ metric, weekdays: [1, 2, 3, 4, 5, 6, 7], atLocal: '08:00', from: at(-1), to: null },
});

interface Given extends Partial<Pick<RehearsalInput, 'readings' | 'answers'>> {
  readonly programme?: Programme;
  readonly schedule?: readonly ScheduledMeasurement[];
}
/** Hours at which the patient is told that all is well, and everything they are told, in order. */
function live({ programme = 'hf', schedule = [], ...given }: Given): {
  readonly well: readonly number[];
  readonly told: readonly string[];
} {
  const plan = planOf({ schedule, enrolments: [{ programme, from: at(-200), to: null }] });
  const { episodes, questions } = rehearse({
    agreement: { catalogue: CATALOGUE, plan, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
    ...{ readings: [], refused: [], answers: [], episodes: [], recorded: [], from: at(0), to: at(120) },
    ...given,
  });
  const steps = episodes.flatMap((each) => each.steps.filter(({ kind }) => kind === 'told_patient'));
  const said = [
    ...steps.map(({ at: when, reason }) => ({ when, en: reason.en })),
    ...questions.map(({ at: when, draft }) => ({ when, en: draft.text.en })),
  ]
    .sort((a, b) => a.when.getTime() - b.when.getTime())
    .map(({ when, en }) => ({ hour: Math.round((when.getTime() - at(0).getTime()) / HOUR_MS), en }));
  const well = said.filter(({ en }) => /as usual/.test(en)).map(({ hour }) => hour);
  return { well: [...new Set(well)], told: said.map(({ en }) => en) };
}

describe('that all is well', () => {
  const act = (metric: Metric, value: number, measurementId: number, hour: number): RuleReading => ({
    ...reading(metric, value, hour),
    measurementId,
  });
  const falls = [
    act('systolic', 150, 900, 0),
    act('diastolic', 90, 900, 0),
    act('systolic-standing', 120, 901, 0.03),
    act('diastolic-standing', 80, 901, 0.03),
  ];

  test.each<[string, Given]>([
    ['not eating', { programme: 'frail', answers: [answers({ not_eating_or_drinking: true }, 0)] }],
    ['more breathless', { answers: [answers({ breathlessness_worse: true }, 0)] }],
    ['a pressure that falls on standing', { programme: 'htn', readings: falls }],
  ])('is not told two days after %s and nothing since', (_what, given) => {
    const { well, told } = live(given);
    expect(told[0]).toMatch(/out of the ordinary/);
    expect(well).toEqual([]);
  });

  test('is told two days after that when something fresh says so', () => {
    const given = { programme: 'frail' as const, readings: [reading('temperature', 36.8, 47)] };
    expect(live({ ...given, answers: [answers({ not_eating_or_drinking: true }, 0)] }).well).toEqual([48]);
  });

  test('is not told for an answer to advice, nor for a reading that is doubted', () => {
    const asked = answers({ not_eating_or_drinking: true }, 0);
    const read = answers({ advice_id: 1, advice_answer: 'seen' }, 47);
    const doubtful = { ...reading('temperature', 36.8, 47), doubt: 'moved' };
    expect(live({ programme: 'frail', answers: [asked, read], readings: [doubtful] }).well).toEqual([]);
  });

  test.each([32, 60])('is not told because of values that reach us %i hours later', (received) => {
    const { well, told } = live({ readings: [fever, ...cool(2, received)] });
    expect(told[0]).toMatch(/out of the ordinary/);
    expect(well).toEqual([]);
  });

  test('is told of values two hours old, and when something fresh comes after older ones', () => {
    expect(live({ readings: [fever, ...cool(2, 4)] }).well).toEqual([4]);
    expect(live({ readings: [fever, ...cool(2, 32), ...cool(34)] }).well).toEqual([34]);
  });

  test('is not told while something that was planned is missing, and is when it has come', () => {
    const given = { readings: [fever, reading('spo2', 95, 0.2), ...cool(30)], schedule: [daily('spo2')] };
    expect(live(given).well).toEqual([]);
    expect(live({ ...given, readings: [...given.readings, reading('spo2', 95, 31)] }).well).toEqual([31]);
  });
});

import type { Programme } from '@varde/plans';
import { AFTER_EXERCISE, AFTER_EXERCISE_UNSURE, type Metric } from '@varde/vitals';
import { CATALOGUE_WITH_NEWS2 as catalogue, planOf } from '../../../test/clinic.js';
import type { AnswerSet, DailyMedian, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';
import { latestNews2 } from './news2/latest.js';

const NOW_MS = Date.parse('2026-01-15T12:00:00Z');
const HOUR = 60;
const DAY = 24 * HOUR;
const at = (minutes: number): Date => new Date(NOW_MS + minutes * 60_000);

let ids = 0;
beforeEach(() => (ids = 0));
/** One act of measuring. */
const act = (values: Partial<Record<Metric, number>>, minutes: number, doubt: string | null = null): RuleReading[] => {
  const measurementId = ++ids;
  return Object.entries(values).map(([metric, value]) => ({
    ...{ measurementId, metric: metric as Metric, value, observedAt: at(minutes), receivedAt: at(minutes), doubt },
  }));
};
const walked = (values: Partial<Record<Metric, number>>, minutes: number): RuleReading[] => act(values, minutes, AFTER_EXERCISE);

const usual = (metric: Metric, median: number): DailyMedian[] =>
  Array.from({ length: 20 }, (_, back) => {
    const day = Math.floor(NOW_MS / 86_400_000) - 5 - back;
    return { metric, day, median, highest: median, readings: 1 };
  });

interface Given extends Partial<Pick<JudgeInput, 'standing' | 'recorded'>> {
  readonly programme?: Programme;
  readonly medians?: readonly DailyMedian[];
  readonly answers?: readonly AnswerSet[];
  readonly nowMin?: number;
}
function judged(acts: readonly (readonly RuleReading[])[], given: Given = {}): Judgement {
  const { programme = 'copd', medians = [], answers = [], nowMin = 0, standing = [], recorded = [] } = given;
  return judge({
    ...{ catalogue, standing, recorded, openEpisodes: [], unlookedFrom: at(-30 * DAY), now: at(nowMin) },
    plan: planOf({ zone: 'UTC', enrolments: [{ programme, from: at(-100 * DAY), to: null }] }),
    window: { readings: acts.flat(), refused: [], dailyMedians: medians, answers, lastObserved: [] },
  });
}
const said = ({ findings }: Judgement): string[] => findings.map(({ ruleId, result, severity }) => `${ruleId} ${result} ${severity}`);

describe('a rule for rest does not use what was measured after exercise', () => {
  test.each<[string, Given & { readonly programme: Programme }, (measured: typeof act) => readonly (readonly RuleReading[])[]]>([
    [
      'copd.pulse.rise',
      { programme: 'copd', medians: usual('pulse', 70) },
      (measured) => [measured({ pulse: 95 }, -DAY), measured({ pulse: 95 }, 0)],
    ],
    ['copd.spo2.drop', { programme: 'copd', medians: usual('spo2', 94) }, (measured) => [measured({ spo2: 90 }, 0)]],
    ['copd.spo2.drop_large', { programme: 'copd', medians: usual('spo2', 97) }, (measured) => [measured({ spo2: 90 }, 0)]],
    [
      'copd.rome.moderate',
      { programme: 'copd', medians: usual('spo2', 94) },
      (measured) => [measured({ spo2: 89, pulse: 110, 'respiratory-rate': 24 }, 0)],
    ],
    ['gen.pulse.high', { programme: 'dm' }, (measured) => [measured({ pulse: 120 }, 0)]],
    ['gen.rr.high', { programme: 'dm' }, (measured) => [measured({ 'respiratory-rate': 22 }, 0)]],
    ['gen.spo2.reduced', { programme: 'dm' }, (measured) => [measured({ spo2: 93 }, -DAY), measured({ spo2: 93 }, 0)]],
    ['gen.news2.medium', { programme: 'dm' }, (measured) => [measured({ spo2: 94, pulse: 115, 'respiratory-rate': 22, systolic: 120 }, 0)]],
    ['hf.sbp.high', { programme: 'hf' }, (measured) => [measured({ systolic: 175 }, 0)]],
    [
      'htn.mean.very_high',
      { programme: 'htn' },
      (measured) =>
        [-4, -3, -2, -1].flatMap((day) =>
          [0, 2, 600, 602].map((minutes) => measured({ systolic: 165, diastolic: 95 }, (day * 24 - 5) * HOUR + minutes)),
        ),
    ],
    [
      'htn.irregular',
      { programme: 'htn' },
      (measured) =>
        [-2, -1].flatMap((day) => [0, 2].map((minutes) => measured({ 'irregular-pulse': 1, systolic: 130 }, day * DAY + minutes))),
    ],
  ])('%s', (ruleId, given, acts) => {
    const about = (judgement: Judgement): string[] =>
      said(judgement).filter((each) => each.startsWith(`${ruleId} `) && !each.includes('not_evaluable'));
    expect(about(judged(acts(act), given))).toHaveLength(1);
    expect(about(judged(acts(walked), given))).toEqual([]);
    // Not even as a value that the device doubts, which would be told unconfirmed.
    const unsure = acts((values, minutes) => act(values, minutes, AFTER_EXERCISE_UNSURE));
    expect(about(judged(unsure, { ...given, nowMin: 3 * HOUR }))).toEqual([]);
  });

  test('nor borrows from it: a rate counted at rest beside a pulse after the stairs', () => {
    const rate = act({ 'respiratory-rate': 24, 'dyspnoea-vas': 6 }, 0);
    const medians = usual('spo2', 94);
    const rome = (judgement: Judgement): string[] => said(judgement).filter((each) => each.startsWith('copd.rome'));
    expect(rome(judged([act({ pulse: 110 }, -20), rate], { medians }))).toHaveLength(1);
    expect(rome(judged([walked({ pulse: 110 }, -20), rate], { medians }))).toEqual([]);
  });

  test('nor clears by it', () => {
    const standing = [{ ruleId: 'gen.sbp.low', since: at(-DAY) }];
    const cleared = (measured: typeof act): string[] =>
      judged([measured({ systolic: 120 }, -10), measured({ systolic: 120 }, 0)], { programme: 'dm', standing }).cleared.map(
        ({ ruleId }) => ruleId,
      );
    expect(cleared(act)).toContain('gen.sbp.low');
    expect(cleared(walked)).toEqual([]);
  });

  test('the latest NEWS2 is made of what was measured at rest', () => {
    const window = { readings: [...act({ pulse: 70 }, -30), ...walked({ pulse: 135 }, -1)], answers: [] };
    const latest = latestNews2(catalogue.news2!, { window, plan: planOf(), now: at(0) });
    expect(latest).toMatchObject({ at: at(-30) });
    expect(latest?.parts.find(({ part }) => part === 'pulse')?.scored).toMatchObject({ points: 0 });
  });
});

describe('what is grave by a fixed limit is judged whenever it was measured', () => {
  test.each<[Programme, Partial<Record<Metric, number>>, string]>([
    ['copd', { spo2: 83 }, 'copd.spo2.critical fire critical'],
    ['copd', { spo2: 69 }, 'copd.spo2.critical fire critical'],
    ['copd', { spo2: 87 }, 'copd.spo2.below_target pending red'],
    ['dm', { spo2: 85 }, 'gen.spo2.very_low fire critical'],
    ['dm', { spo2: 91 }, 'gen.spo2.low pending red'],
    ['dm', { systolic: 90 }, 'gen.sbp.very_low pending red'],
    ['dm', { systolic: 185, diastolic: 100 }, 'htn.severe pending red'],
    ['dm', { systolic: 150, diastolic: 112 }, 'htn.severe pending red'],
    ['hf', { systolic: 79 }, 'hf.sbp.low pending red'],
    ['dm', { pulse: 40 }, 'gen.pulse.very_low pending red'],
    ['dm', { pulse: 131 }, 'gen.pulse.very_high pending red'],
    ['dm', { 'respiratory-rate': 8 }, 'gen.rr.very_low fire critical'],
  ])('%s %p', (programme, values, expected) => {
    expect(said(judged([act(values, 0)], { programme }))).toContain(expected);
    expect(said(judged([walked(values, 0)], { programme }))).toContain(expected);
  });

  test('a pressure with warning symptoms does not wait for rest', () => {
    const answers: AnswerSet[] = [
      { measurementId: 900, questionnaire: 'daily', items: { severe_headache: true }, observedAt: at(-5), receivedAt: at(-5) },
    ];
    expect(said(judged([walked({ systolic: 185, diastolic: 100 }, 0)], { programme: 'dm', answers }))).toContain(
      'htn.severe_with_symptoms fire critical',
    );
  });

  test('one that the device doubts too waits as any doubtful one does', () => {
    expect(said(judged([act({ spo2: 83 }, 0, AFTER_EXERCISE_UNSURE)]))).toContain('copd.spo2.critical pending critical');
    expect(said(judged([act({ spo2: 83 }, 0, AFTER_EXERCISE_UNSURE)], { nowMin: 15 }))).toContain(
      'copd.spo2.critical fire_unconfirmed critical',
    );
  });

  test('a normal value after exercise neither refutes nor clears what was low at rest, and a low one confirms it', () => {
    const low = (minutes: number, values: Partial<Record<Metric, number>>): string[] =>
      said(judged([act({ systolic: 85 }, 0), walked(values, minutes)], { programme: 'dm', nowMin: 31 })).filter((each) =>
        each.startsWith('gen.sbp.very_low'),
      );
    expect(low(10, { systolic: 125 })).toEqual(['gen.sbp.very_low fire_unconfirmed red']);
    expect(low(10, { systolic: 84 })).toEqual(['gen.sbp.very_low fire red']);
    const standing = [{ ruleId: 'gen.sbp.very_low', since: at(-DAY) }];
    const normal = [walked({ systolic: 120 }, -10), walked({ systolic: 120 }, 0)];
    expect(judged(normal, { programme: 'dm', standing }).cleared).toEqual([]);
  });

  test('it is refuted by one at rest, and told with what it was measured after', () => {
    const { findings } = judged([walked({ spo2: 86 }, 0), act({ spo2: 93 }, 10)], { nowMin: 10 });
    const low = findings.find(({ ruleId }) => ruleId === 'copd.spo2.below_target');
    expect(low?.result).toBe('not_confirmed');
    expect(low?.reason.nb).toContain('Målt etter anstrengelse.');
    expect(low?.reason.en).toContain('Measured after exercise.');
    expect(low?.reason.en).not.toContain('Doubtful');
  });
});

describe('the mark is no fault of the device', () => {
  test('neither the mark nor a step to or from it is told as a doubtful reading', () => {
    const steps = [act({ spo2: 95 }, -20), walked({ spo2: 88, pulse: 120, systolic: 175 }, -10), act({ spo2: 95 }, 0)];
    expect(said(judged(steps, { programme: 'dm' })).filter((each) => each.startsWith('gen.tech'))).toEqual([]);
  });

  test('what the device doubts besides is', () => {
    const unsure = act({ spo2: 94 }, 0, AFTER_EXERCISE_UNSURE);
    expect(said(judged([unsure]))).toEqual(['gen.tech.quality fire info']);
  });
});

test('exercise changes neither a weight, nor a blood sugar, nor a temperature: their rules see it', () => {
  // Such values carry no mark (`isMeasuredAtRest`); in one act with what carries it they stay.
  const sugar: RuleReading[] = [...act({ glucose: 2.8 }, 0), { ...walked({ pulse: 118 }, 0)[0]!, measurementId: 1 }];
  expect(said(judged([sugar], { programme: 'dm' }))).toEqual(['dm.glucose.level1 fire yellow', 'dm.glucose.level2 fire red']);
});

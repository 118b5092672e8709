import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan, Programme, Reference, ReferenceKey } from '@varde/plans';
import { localDayNumber } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { AnswerSet, DailyMedian, Finding, RuleReading } from './finding.js';
import { WORDED_ITEMS } from './item-words.js';
import { judge } from './judge.js';
import type { Judgement, StandingRule } from './judging.js';
import { readNews2Chart } from './news2/read-chart.js';
import { readCatalogue } from './read-catalogue.js';

const json = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, 'catalogue', name), 'utf8'));
const file = json('rules-catalogue.json');
const catalogue = { ...readCatalogue(file), news2: readNews2Chart(json('news2.json')) };
const HOUR_MS = 3_600_000;
/** Thursday 15 January 2026, 08:00 in Oslo, and hours after it. */
const EIGHT_MS = Date.parse('2026-01-15T08:00:00+01:00');
const hours = (n: number): Date => new Date(EIGHT_MS + Math.round(n * HOUR_MS));

let ids = 0;
const read = (metric: Metric, value: number, at: number): RuleReading => ({
  ...{ measurementId: ++ids, metric, value, observedAt: hours(at), receivedAt: hours(at), doubt: null },
});
const set = (items: AnswerSet['items'], at: number): AnswerSet => ({
  ...{ measurementId: ++ids, questionnaire: 'daily', items, observedAt: hours(at), receivedAt: hours(at) },
});
const DIARY = ['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'cough_worse', 'wheeze_worse', 'cold_or_sore_throat', 'fever_felt'];
/** A filled-in diary: yes to these, no to the others. */
const diary = (at: number, ...yes: string[]): AnswerSet => set(Object.fromEntries(DIARY.map((item) => [item, yes.includes(item)])), at);

interface Given {
  readonly programmes?: readonly Programme[];
  readonly readings?: readonly RuleReading[];
  readonly answers?: readonly AnswerSet[];
  readonly references?: readonly (readonly [ReferenceKey, number])[];
  readonly baselines?: Partial<Record<Metric, number>>;
  readonly standing?: readonly StandingRule[];
  readonly now?: number;
  readonly unlookedFrom?: number;
}

function medians(baselines: Partial<Record<Metric, number>>): DailyMedian[] {
  const today = localDayNumber('Europe/Oslo', EIGHT_MS);
  return Object.entries(baselines).flatMap(([metric, median]) =>
    Array.from({ length: 30 }, (_, at) => ({
      metric: metric as Metric,
      day: today - 3 - at,
      median,
      highest: median,
      readings: 1,
    })),
  );
}

function judged({ programmes = ['copd', 'hf', 'htn', 'dm', 'frail'], now = 24, unlookedFrom = -200, ...given }: Given): Judgement {
  const plan: CarePlan = {
    ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], pauses: [], schedule: [] },
    enrolments: programmes.map((programme) => ({ programme, from: hours(-2000), to: null })),
    references: (given.references ?? []).map(([key, value], id): Reference => ({
      ...{ id, key, value, reason: 'x', setByPersonId: 2, validFrom: hours(-999), validTo: null, reviewBy: null, version: 1 },
    })),
  };
  return judge({
    ...{
      catalogue,
      plan,
      recorded: [],
      openEpisodes: [],
      standing: given.standing ?? [],
      now: hours(now),
      unlookedFrom: hours(unlookedFrom),
    },
    window: {
      ...{ readings: given.readings ?? [], answers: given.answers ?? [], refused: [], lastObserved: [] },
      dailyMedians: medians(given.baselines ?? {}),
    },
  });
}
const of = (ruleId: string, given: Given): readonly Finding[] => judged(given).findings.filter((each) => each.ruleId === ruleId);
const said = (ruleId: string, given: Given): readonly string[] => of(ruleId, given).map(({ result, severity }) => `${result} ${severity}`);

test('every item a rule asks for has words', () => {
  const asked = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (['items', 'major', 'minor'].includes(key)) for (const item of value as string[]) asked.add(item);
      else visit(value);
    }
  };
  visit((file as { rules: unknown }).rules);
  expect([...asked].filter((item) => !WORDED_ITEMS.includes(item))).toEqual([]);
});

describe('any answer', () => {
  test('an emergency answer fires at once for every programme, with the answer in words', () => {
    for (const programme of ['copd', 'hf', 'htn', 'dm', 'frail'] as const) {
      const [finding] = of('gen.emergency_answer', { programmes: [programme], answers: [set({ chest_pain: true, blue_lips: false }, 0)] });
      expect(finding).toMatchObject({
        result: 'fire',
        severity: 'critical',
        reason: { nb: 'Svart: brystsmerter.', en: 'Answered: chest pain.' },
      });
    }
  });
  test('a no, another question and a number are no yes', () => {
    expect(said('gen.emergency_answer', { answers: [set({ chest_pain: false, cough_worse: true, fainted: 1 }, 0)] })).toEqual([]);
  });
  test('a fall is yellow, with an injury in the same questionnaire red, in another one not', () => {
    expect(said('frail.fall', { answers: [set({ fall: true }, 0)] })).toEqual(['fire yellow']);
    expect(said('frail.fall', { answers: [set({ fall: true, cannot_stand: true }, 0)] })).toEqual(['fire red']);
    expect(said('frail.fall', { answers: [set({ fall: true }, 0), set({ cannot_stand: true }, 1)] })).toEqual(['fire yellow']);
  });
});

describe('any answer today', () => {
  const highAt = (at: number): Given => ({ programmes: ['htn'], readings: [read('systolic', 185, at), read('diastolic', 100, at)] });
  test.each<[string, number, number, readonly string[]]>([
    ['before the reading', 0, -2, ['fire critical']],
    ['after it', 0, 3, ['fire critical']],
    ['late in the evening', 0, 15.9, ['fire critical']],
    ['the day before, nine hours ago', 0, -8.1, []],
    ['the day after', 0, 16, []],
  ])('an answer %s', (_name, readingAt, answerAt, expected) => {
    const given = highAt(readingAt);
    expect(said('htn.severe_with_symptoms', { ...given, answers: [set({ numb_or_weak: true }, answerAt)] })).toEqual(expected);
  });
  test('an answer that comes hours after the reading was looked at is still asked about it', () => {
    const given = { ...highAt(0), answers: [set({ numb_or_weak: true }, 3)], unlookedFrom: 3, now: 3 };
    expect(said('htn.severe_with_symptoms', given)).toEqual(['fire critical']);
  });
  test('no answer is no symptom', () => expect(said('htn.severe_with_symptoms', highAt(0))).toEqual([]));
});

describe('the exacerbation pattern', () => {
  const pattern = (...days: (readonly string[])[]): readonly string[] =>
    said('copd.symptoms.pattern', { programmes: ['copd'], answers: days.map((yes, at) => diary((at - days.length + 1) * 24, ...yes)) });
  test.each<[string, readonly (readonly string[])[], readonly string[]]>([
    [
      'two major, two days',
      [
        ['dyspnoea_worse', 'sputum_more'],
        ['sputum_more', 'sputum_colour'],
      ],
      ['fire yellow'],
    ],
    [
      'one major and one minor, two days',
      [
        ['sputum_colour', 'fever_felt'],
        ['dyspnoea_worse', 'wheeze_worse'],
      ],
      ['fire yellow'],
    ],
    ['one major alone, the second day', [['dyspnoea_worse', 'sputum_more'], ['dyspnoea_worse']], []],
    [
      'minor ones only',
      [
        ['cough_worse', 'fever_felt', 'wheeze_worse'],
        ['cough_worse', 'fever_felt', 'wheeze_worse'],
      ],
      [],
    ],
    ['a day without between', [['dyspnoea_worse', 'sputum_more'], [], ['dyspnoea_worse', 'sputum_more']], []],
    [
      'all major, the second day',
      [
        ['dyspnoea_worse', 'sputum_more'],
        ['dyspnoea_worse', 'sputum_more', 'sputum_colour'],
      ],
      ['fire red'],
    ],
    [
      'all major, the first day only',
      [
        ['dyspnoea_worse', 'sputum_more', 'sputum_colour'],
        ['dyspnoea_worse', 'sputum_more'],
      ],
      ['fire yellow'],
    ],
  ])('%s', (_name, days, expected) => expect(pattern(...days)).toEqual(expected));

  test('two questionnaires of one day are one answer, and another questionnaire breaks nothing', () => {
    const answers = [
      diary(-24, 'dyspnoea_worse', 'cough_worse'),
      set({ cat_1: 3 }, -20),
      diary(0, 'dyspnoea_worse'),
      diary(2, 'cough_worse'),
    ];
    expect(said('copd.symptoms.pattern', { programmes: ['copd'], answers })).toEqual(['fire yellow']);
  });

  const standing = [{ ruleId: 'copd.symptoms.pattern', since: hours(0) }];
  const clears = (...answers: AnswerSet[]): boolean =>
    judged({ programmes: ['copd'], answers, standing, unlookedFrom: 1, now: 100 }).cleared.some(
      ({ ruleId }) => ruleId === 'copd.symptoms.pattern',
    );
  test.each<[string, readonly AnswerSet[], boolean]>([
    ['two answered days without it', [diary(24), diary(48, 'dyspnoea_worse')], true],
    ['one day', [diary(24)], false],
    ['two days with it between', [diary(24), diary(48, 'dyspnoea_worse', 'sputum_more'), diary(72)], false],
    ['the evening of the day it fired, and one day', [diary(12), diary(24)], false],
    ['two questionnaires of one day', [diary(24), diary(26)], false],
    ['a day on which nobody asked', [diary(24), set({ cat_1: 1 }, 48)], false],
    ['three days later', [diary(24), set({ cat_1: 1 }, 48), diary(72)], true],
  ])('clears after %s: %#', (_name, answers, expected) => expect(clears(...answers)).toBe(expected));
});

describe('facts around a reading', () => {
  const high = (given: Given): readonly string[] =>
    said('copd.spo2.above_target_on_oxygen', {
      programmes: ['copd'],
      readings: [read('spo2', 94, -24), read('spo2', 94, 0), ...(given.readings ?? [])],
      ...{ answers: given.answers ?? [], references: given.references ?? [] },
    });
  const target = ['spo2-target-88-92', 1] as const;
  test.each<[string, Given, readonly string[]]>([
    ['target and oxygen at home', { references: [target, ['home-oxygen', 1]] }, ['fire yellow']],
    ['no target', { references: [['home-oxygen', 1]] }, []],
    [
      'a decision against the target',
      {
        references: [
          ['spo2-target-88-92', 0],
          ['home-oxygen', 1],
        ],
      },
      [],
    ],
    [
      'oxygen answered on both days',
      { references: [target], answers: [set({ on_oxygen: true }, -23), set({ on_oxygen: true }, 5)] },
      ['fire yellow'],
    ],
    ['a flow near both readings', { references: [target], readings: [read('o2-flow', 1, -24.5), read('o2-flow', 1, 1)] }, ['fire yellow']],
    ['a flow of 0 before a standing decision', { references: [target, ['home-oxygen', 1]], readings: [read('o2-flow', 0, -0.1)] }, []],
    [
      'oxygen answered no',
      { references: [target, ['home-oxygen', 1]], answers: [set({ on_oxygen: false }, -23), set({ on_oxygen: false }, 1)] },
      [],
    ],
  ])('%s', (_name, given, expected) => expect(high(given)).toEqual(expected));

  test.each([
    [-4, ['fire_unconfirmed']],
    [-4.02, ['not_evaluable']],
    [1, ['fire_unconfirmed']],
    [1.02, ['not_evaluable']],
  ])('a flow %p hours from the reading: %p', (flowH, expected) => {
    const readings = [read('spo2', 98, 0), read('o2-flow', 2, flowH)];
    const results = of('copd.spo2.over_oxygenated', { programmes: ['copd'], references: [target], readings }).map(({ result }) => result);
    expect(results).toEqual(expected);
  });

  test('oxygen unknown cannot be judged, and the reason says so', () => {
    const [finding] = of('copd.spo2.over_oxygenated', { programmes: ['copd'], references: [target], readings: [read('spo2', 98, 0)] });
    expect(finding).toMatchObject({
      result: 'not_evaluable',
      reason: { en: expect.stringContaining('whether the patient is on oxygen is unknown') },
    });
    expect(of('copd.spo2.over_oxygenated', { programmes: ['copd'], references: [target], readings: [read('spo2', 96, 0)] })).toEqual([]);
  });
});

describe('scores of questionnaires, on both sides of the limit', () => {
  test.each<[string, Metric, number, readonly number[], boolean]>([
    ['copd.cat.rise', 'cat-score', 19, [23], true],
    ['copd.cat.rise', 'cat-score', 19, [22], false],
    ['copd.mmrc.step', 'mmrc-grade', 2, [3, 3], true],
    ['copd.mmrc.step', 'mmrc-grade', 2, [3], false],
    ['copd.mmrc.step', 'mmrc-grade', 2, [3, 2], false],
    ['copd.mmrc.step', 'mmrc-grade', 2, [2, 3], false],
  ])('%s: %s from %d to %p', (...row) => {
    const [ruleId, metric, baseline, values, fires] = row;
    const readings = values.map((value, at) => read(metric, value, (at - values.length + 1) * 24));
    expect(said(ruleId, { programmes: ['copd'], readings, baselines: { [metric]: baseline } })).toEqual(fires ? ['fire yellow'] : []);
  });

  test('without a baseline CAT cannot be judged, and says so', () => {
    expect(said('copd.cat.rise', { programmes: ['copd'], readings: [read('cat-score', 30, 0)] })).toEqual(['not_evaluable info']);
  });

  // Dyspnoea, rate, pulse, saturation from a baseline of 94.
  test.each<[readonly [number, number, number, number], boolean]>([
    [[5, 24, 94, 92], false],
    [[5, 24, 95, 92], true],
    [[4, 24, 95, 90], true],
    [[4, 23, 95, 90], false],
    [[4, 24, 95, 91], true],
    [[4, 24, 95, 92], false],
    [[5, 23, 94, 90], false],
  ])('Rome: %p fires: %p', ([dyspnoea, rate, pulse, spo2], fires) => {
    const readings = [
      read('dyspnoea-vas', dyspnoea, -3),
      read('respiratory-rate', rate, -2),
      read('pulse', pulse, -1),
      read('spo2', spo2, 0),
    ];
    expect(said('copd.rome.moderate', { programmes: ['copd'], readings, baselines: { spo2: 94 } }).slice(0, 1)).toEqual(
      fires ? ['fire red'] : [],
    );
  });

  test('the oximetry score needs the symptoms', () => {
    const given = {
      programmes: ['copd'],
      readings: [read('spo2', 90, 0), read('pulse', 88, 0)],
      baselines: { spo2: 92, pulse: 78 },
    } as const;
    const oneAct = given.readings.map((reading) => ({ ...reading, measurementId: 9_000_001 }));
    const score = (answers: readonly AnswerSet[]): readonly string[] =>
      said('copd.oximetry_score', { ...given, readings: oneAct, answers });
    expect(score([diary(2, 'cough_worse')])).toEqual(['fire yellow']);
    expect(score([set({ symptoms_worse: true }, 2)])).toEqual(['fire yellow']);
    expect(score([diary(2)])).toEqual([]);
    expect(score([])).toEqual(['not_evaluable info']);
  });
});

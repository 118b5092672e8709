import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan, Reference, ReferenceKey } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import { groupActs } from '../act.js';
import type { AnswerSet, RuleReading } from '../finding.js';
import { composeNews2, type ComposedNews2 } from './compose.js';
import { latestNews2 } from './latest.js';
import { readNews2Chart } from './read-chart.js';
import type { News2Scored } from './score.js';
import { tellNews2 } from './tell.js';

const chart = readNews2Chart(JSON.parse(readFileSync(join(__dirname, '../catalogue/news2.json'), 'utf8')));
const MINUTE_MS = 60_000;
const TEN_MS = Date.parse('2026-01-15T09:00:00Z');
/** Minutes after ten o'clock in Oslo. */
const at = (minutes: number): Date => new Date(TEN_MS + minutes * MINUTE_MS);

const PLAN: CarePlan = {
  ...{ patientId: 1, zone: 'Europe/Oslo', enrolments: [], limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
};
const decided = (key: ReferenceKey, value: number, from = at(-9999), to: Date | null = null): Reference => ({
  ...{ id: 1, key, value, reason: 'x', setByPersonId: 2, validFrom: from, validTo: to, reviewBy: null, version: 1 },
});
let ids = 0;
const read = (metric: Metric, value: number, minutes: number, doubt: string | null = null): RuleReading => ({
  ...{ measurementId: ++ids, metric, value, observedAt: at(minutes), receivedAt: at(minutes), doubt },
});
const answered = (items: AnswerSet['items'], minutes: number): AnswerSet => ({
  ...{ measurementId: ++ids, questionnaire: 'daily', items, observedAt: at(minutes), receivedAt: at(minutes) },
});

const SESSION: readonly RuleReading[] = [
  read('respiratory-rate', 22, -50),
  read('spo2', 93, -40),
  read('pulse', 95, -30),
  read('systolic', 108, -20),
  read('temperature', 38.4, -200),
  read('o2-flow', 0, -200),
];
const ALERT = answered({ consciousness: 'A' }, -100);

interface Given {
  readonly readings?: readonly RuleReading[];
  readonly answers?: readonly AnswerSet[];
  readonly references?: readonly Reference[];
  readonly now?: Date;
}
function compose({ readings = SESSION, answers = [ALERT], references = [], now = at(0) }: Given): ComposedNews2 {
  return composeNews2(chart, groupActs(readings, answers), { ...PLAN, references }, now.getTime());
}
function scored(given: Given): News2Scored {
  const { result } = compose(given);
  if (result.status === 'invalid' || result.status === 'not-applicable') throw new Error(JSON.stringify(result));
  return result;
}
const without = (metric: Metric): readonly RuleReading[] => SESSION.filter((each) => each.metric !== metric);

describe('a score composed of what was measured and answered shortly before', () => {
  test('complete: rate 2, saturation 2, air 0, pressure 1, pulse 1, alert 0, temperature 1', () => {
    expect(scored({})).toMatchObject({ status: 'complete', total: 7, risk: 'high', monitoring: 'continuous' });
  });

  test.each<[string, Given, string | null]>([
    ['a rate 60 minutes old counts', { readings: [...without('respiratory-rate'), read('respiratory-rate', 22, -60)] }, null],
    [
      'a rate of 61 minutes does not',
      { readings: [...without('respiratory-rate'), read('respiratory-rate', 22, -61)] },
      'respiratory-rate',
    ],
    ['a pressure of 61 minutes does not', { readings: [...without('systolic'), read('systolic', 108, -61)] }, 'systolic'],
    ['a temperature four hours old counts', { readings: [...without('temperature'), read('temperature', 38.4, -240)] }, null],
    ['an older one does not', { readings: [...without('temperature'), read('temperature', 38.4, -241)] }, 'temperature'],
    ['consciousness four hours old counts', { answers: [answered({ consciousness: 'A' }, -240)] }, null],
    ['older does not', { answers: [answered({ consciousness: 'A' }, -241)] }, 'consciousness'],
    ['what comes after is not known yet', { readings: [...without('pulse'), read('pulse', 95, 1)] }, 'pulse'],
    ['a doubtful reading is missing', { readings: [...without('pulse'), read('pulse', 95, -5, 'pulses-differ')] }, 'pulse'],
    ['one of unusual size is not', { readings: [...without('pulse'), read('pulse', 34, -5, 'unusually-low')] }, null],
    ['an answer without the item is no answer', { answers: [answered({ cough_worse: true }, -1)] }, 'consciousness'],
  ])('%s', (_name, given, missing) => {
    expect(scored(given).missing).toEqual(missing === null ? [] : [missing]);
  });

  test('the newest reading counts, also over a doubtful newer one', () => {
    const readings = [...SESSION, read('pulse', 120, -10), read('pulse', 60, -5, 'device-questionable')];
    expect(scored({ readings }).parts.find(({ part }) => part === 'pulse')).toEqual({ part: 'pulse', value: 120, points: 2 });
  });
});

describe('oxygen', () => {
  const noFlow = without('o2-flow');
  const oxygenOf = (given: Given) => scored(given).parts.find(({ part }) => part === 'oxygen')?.value ?? null;
  test.each<[string, Given, boolean | null]>([
    ['a flow', { readings: [...noFlow, read('o2-flow', 1.5, -30)] }, true],
    ['a flow of 0', {}, false],
    ['a flow before an answer', { answers: [answered({ consciousness: 'A', on_oxygen: true }, -5)] }, false],
    ['an answer yes', { readings: noFlow, answers: [answered({ consciousness: 'A', on_oxygen: true }, -5)] }, true],
    ['an answer no', { readings: noFlow, answers: [answered({ consciousness: 'A', on_oxygen: false }, -5)] }, false],
    [
      'an answer before the standing decision',
      { readings: noFlow, answers: [answered({ on_oxygen: false }, -5)], references: [decided('home-oxygen', 1)] },
      false,
    ],
    ['the standing decision', { readings: noFlow, references: [decided('home-oxygen', 1)] }, true],
    ['a standing decision against', { readings: noFlow, references: [decided('home-oxygen', 0)] }, false],
    ['a decision that has ended', { readings: noFlow, references: [decided('home-oxygen', 1, at(-900), at(-1))] }, null],
    ['an answer of yesterday', { readings: noFlow, answers: [answered({ on_oxygen: true }, -1440)] }, null],
    ['nothing', { readings: noFlow }, null],
  ])('%s', (_name, given, expected) => expect(oxygenOf(given)).toBe(expected));
});

describe('new confusion', () => {
  const awakeOf = (...answers: readonly AnswerSet[]) => scored({ answers }).parts.find(({ part }) => part === 'consciousness') ?? null;
  const confused = (minutes: number, isIt = true): AnswerSet => answered({ new_confusion: isIt }, minutes);
  const coded = (code: string, minutes: number): AnswerSet => answered({ consciousness: code }, minutes);
  test.each<[string, readonly AnswerSet[], string | null, number | null]>([
    ['answered at home is C', [confused(-5)], 'C', 3],
    ['four hours old is C', [confused(-240)], 'C', 3],
    ['older is not known of', [confused(-241)], null, null],
    ['is C over an earlier code for alert', [coded('A', -60), confused(-5)], 'C', 3],
    ['is C under a later code for alert', [confused(-60), coded('A', -5)], 'C', 3],
    ['in one form with the code for alert is C', [answered({ consciousness: 'A', new_confusion: true }, -5)], 'C', 3],
    ['leaves a worse code', [coded('P', -60), confused(-5)], 'P', 3],
    ['is over when a later answer says so', [coded('A', -90), confused(-60), confused(-5, false)], 'A', 0],
    ['answered no says nothing of the rest', [confused(-5, false)], null, null],
  ])('%s', (_name, answers, value, points) => {
    expect(awakeOf(...answers)).toEqual(value === null ? null : { part: 'consciousness', value, points });
  });
  test('is a part of its own: the latest score is of the time it was answered', () => {
    const window = { readings: [], answers: [confused(-5)] };
    expect(latestNews2(chart, { window, plan: PLAN, now: at(0) })).toMatchObject({
      ...{ at: at(-5), result: { lowest: 3, red: ['consciousness'] } },
    });
  });
});

describe('scale 2', () => {
  const at90 = [...without('spo2'), read('spo2', 90, -40)];
  const spo2Of = (references: readonly Reference[]) =>
    scored({ readings: at90, references }).parts.find(({ part }) => part === 'spo2')?.points;
  test.each<[string, readonly Reference[], number]>([
    ['only by a decision', [decided('news2-scale-2', 1)], 0],
    ['not by a decision against it', [decided('news2-scale-2', 0)], 3],
    ['not before it is valid', [decided('news2-scale-2', 1, at(1))], 3],
    ['not after it has ended', [decided('news2-scale-2', 1, at(-99), at(0))], 3],
    ['not by the target alone, nor by oxygen', [decided('spo2-target-88-92', 1), decided('home-oxygen', 1)], 3],
  ])('%s', (_name, references, points) => expect(spo2Of(references)).toBe(points));
});

describe('two readings at one time', () => {
  const twice = (metric: Metric, first: number, second: number, apartMs = 0): readonly RuleReading[] => [
    ...without(metric),
    { ...read(metric, first, -5), observedAt: new Date(at(-5).getTime() - apartMs) },
    read(metric, second, -5),
  ];
  test.each<[Metric, number, number, number]>([
    ['pulse', 90, 95, 1],
    ['pulse', 95, 90, 1],
    ['systolic', 100, 110, 2],
    ['respiratory-rate', 20, 23, 2],
    ['spo2', 95, 92, 2],
    ['temperature', 38.8, 39.1, 2],
  ])('%s %d and %d agree: the worse counts', (metric, first, second, points) => {
    expect(scored({ readings: twice(metric, first, second) }).parts.find(({ part }) => part === metric)?.points).toBe(points);
  });
  test.each<[Metric, number, number]>([
    ['pulse', 90, 95.1],
    ['systolic', 100, 111],
    ['respiratory-rate', 20, 24],
    ['spo2', 96, 92],
    ['temperature', 38.8, 39.2],
  ])('%s %d and %d do not: nobody knows which to believe', (metric, first, second) => {
    expect(compose({ readings: twice(metric, first, second) }).result).toEqual({
      status: 'invalid',
      faults: [{ part: metric, fault: 'conflicting-readings' }],
    });
  });
  test('a minute apart they are two readings, and the newer counts', () => {
    expect(scored({ readings: twice('spo2', 99, 92, MINUTE_MS) }).status).toBe('complete');
  });
});

describe('in words', () => {
  test('complete', () => {
    expect(tellNews2(chart, compose({}).result)).toEqual({
      nb: 'NEWS2 7, høy: pustefrekvens 22 per minutt (2), oksygenmetning 93 % (2), luft (0), overtrykk 108 mmHg (1), puls 95 per minutt (1), bevissthet A (0), temperatur 38,4 °C (1)',
      en: 'NEWS2 7, high: respiratory rate 22 per minute (2), oxygen saturation 93% (2), air (0), systolic pressure 108 mmHg (1), pulse 95 per minute (1), consciousness A (0), temperature 38.4 °C (1)',
    });
  });
  test('incomplete, with bounds, the scale and what is missing', () => {
    const references = [decided('news2-scale-2', 1)];
    const { nb, en } = tellNews2(chart, compose({ readings: [read('spo2', 90, -5)], answers: [], references }).result);
    expect(nb).toBe(
      'NEWS2 ufullstendig, mellom 0 og 17, SpO2-skala 2: oksygenmetning 90 % (0); mangler pustefrekvens, luft eller oksygen, overtrykk, puls, bevissthet, temperatur',
    );
    expect(en).toContain('NEWS2 incomplete, between 0 and 17, SpO2 scale 2');
  });
  test('not scored', () => {
    expect(tellNews2(chart, compose({ answers: [answered({ consciousness: 'sleepy' }, -5)] }).result).nb).toBe(
      'NEWS2 kan ikke regnes ut (bevissthet: ukjent kode)',
    );
    expect(tellNews2(chart, { status: 'not-applicable', reason: 'pregnant' }).en).toBe('NEWS2 is not used in pregnancy');
  });
});

describe('the latest score', () => {
  const latest = (readings: readonly RuleReading[], answers: readonly AnswerSet[] = [], birthYear: number | null = null) =>
    latestNews2(chart, { window: { readings, answers }, plan: { ...PLAN, birthYear }, now: at(0) });
  test('none when nothing of it was measured', () => {
    expect(latest([read('weight', 80, -5)], [answered({ cough_worse: true }, -5)])).toBeNull();
    expect(latest([read('spo2', 90, 5)])).toBeNull();
  });
  test('is of the time of its newest part, however long ago, with the age of each', () => {
    const days = -3 * 1440;
    const found = latest([read('spo2', 94, days), read('pulse', 80, days - 30), read('pulse', 80, days - 90), read('weight', 80, -1)]);
    expect(found).toMatchObject({ at: at(days), result: { status: 'incomplete', lowest: 1 } });
    expect(found?.parts.map(({ part, observedAt, scored: each }) => [part, observedAt, each?.points ?? null])).toEqual([
      ['respiratory-rate', null, null],
      ['spo2', at(days), 1],
      ['oxygen', null, null],
      ['systolic', null, null],
      ['pulse', at(days - 30), 0],
      ['consciousness', null, null],
      ['temperature', null, null],
    ]);
  });
  test('an answer about consciousness is a part', () => {
    expect(latest([], [answered({ consciousness: 'V' }, -5)])).toMatchObject({ at: at(-5), result: { lowest: 3, red: ['consciousness'] } });
  });
  test('not of a child', () => {
    const child = latest([read('spo2', 94, -5)], [], 2011);
    expect(child?.result).toEqual({ status: 'not-applicable', reason: 'too-young' });
    expect(child?.parts.every(({ scored: each }) => each === null)).toBe(true);
    expect(latest([read('spo2', 94, -5), read('spo2', 80, -5)], [], 2011)?.result.status).toBe('not-applicable');
    expect(latest([read('spo2', 94, -5)], [], 2010)?.result.status).toBe('incomplete');
  });
});

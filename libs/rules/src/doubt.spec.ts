import type { CarePlan, Programme } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import fc from 'fast-check';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import { SEVERITIES, type DailyMedian, type Finding, type RefusedValue, type RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';

const NOW_MS = Date.parse('2026-01-15T07:00:00Z');
const at = (minutes: number): Date => new Date(NOW_MS + minutes * 60_000);
const planOf = (...programmes: Programme[]): CarePlan => ({
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: programmes.map((programme) => ({ programme, from: at(-100_000), to: null })),
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [],
});
let ids = 0;
const reading = (metric: Metric, value: number, minutes: number, doubt: string | null = null): RuleReading => ({
  measurementId: ++ids,
  metric,
  value,
  observedAt: at(minutes),
  receivedAt: at(minutes),
  doubt,
});

interface Given {
  readonly plan?: CarePlan;
  readonly readings?: readonly RuleReading[];
  readonly refused?: readonly RefusedValue[];
  readonly medians?: readonly DailyMedian[];
  readonly minutes?: number;
  readonly recorded?: JudgeInput['recorded'];
}
function judged({ plan = planOf('hf'), readings = [], refused = [], medians = [], minutes = 0, recorded = [] }: Given): Judgement {
  return judge({
    catalogue,
    plan,
    window: { readings, refused, dailyMedians: medians, answers: [], lastObserved: [] },
    unlookedFrom: at(-100_000),
    openEpisodes: [],
    standing: [],
    recorded,
    now: at(minutes),
  });
}

describe('a refused value that may have been grave (plausibility_principle)', () => {
  const refusal = (metric: Metric, reason: string, value: number | null, otherwise: number | null = null): RefusedValue => ({
    refusedId: 7,
    metric,
    reason,
    value,
    otherwise,
    observedAt: at(0),
    receivedAt: at(0),
  });
  const said = ({ findings }: Judgement): string[] =>
    findings.map(({ ruleId, result, severity }) => `${ruleId.slice(9)} ${result} ${severity}`);

  test.each<[string, RefusedValue, string | null, waitedMin?: number]>([
    ['a fraction that is 82 %', refusal('spo2', 'quarantined', 0.82, 82), 'unit_suspect', 15],
    ['a fraction that is 97 %', refusal('spo2', 'quarantined', 0.97, 97), null],
    ['Fahrenheit that is 40 degrees', refusal('temperature', 'quarantined', 104, 40), 'unit_suspect'],
    ['Fahrenheit that is 37 degrees', refusal('temperature', 'quarantined', 98.6, 37), null],
    ['kPa that is a normal pressure', refusal('systolic', 'quarantined', 16, 120.0099), null],
    ['kPa that is a low pressure', refusal('systolic', 'looks-like-kpa', 10, 75.0062), 'unit_suspect'],
    ['swapped: 70 as it was sent', refusal('systolic', 'swapped', 70, 140), 'unit_suspect'],
    ['swapped: 70 if it was swapped', refusal('systolic', 'swapped', 140, 70), 'unit_suspect'],
    ['mg/dL that is 2.2 mmol/L', refusal('glucose', 'quarantined', 40.1, 2.2258), 'unit_suspect', 15],
    ['a saturation too low to be possible', refusal('spo2', 'implausible', 30), 'implausible', 15],
    ['a pulse too high to be possible', refusal('pulse', 'implausible', 310), 'implausible'],
    ['a low value that the device itself calls invalid', refusal('spo2', 'device-invalid', 82), 'quality', 15],
    ['a normal value that the device calls invalid', refusal('spo2', 'device-invalid', 96), null],
    ['a code that is no number', refusal('spo2', 'special-value', null), null],
    ['HI of a meter of blood sugar', refusal('glucose', 'above-range', null), null],
    ['a saturation below what the oximeter can show', refusal('spo2', 'below-range', null), 'implausible', 15],
  ])('%s', (_name, refused, rule, waitedMin = 30) => {
    const plan = planOf('hf', 'dm');
    const first = judged({ plan, refused: [refused] });
    const pending = first.findings.filter(({ result }) => result === 'pending');
    expect(pending.map(({ ruleId }) => ruleId)).toEqual(rule === null ? [] : [`gen.tech.${rule}`]);
    if (rule === null) return;
    expect([pending[0]?.pendingUntil, first.nextAt]).toEqual([at(waitedMin), at(waitedMin)]);
    expect(said(judged({ plan, refused: [refused], recorded: first.findings, minutes: waitedMin - 1 }))).toEqual([]);
    const then = judged({ plan, refused: [refused], recorded: first.findings, minutes: waitedMin });
    expect(said(then)).toEqual([`${rule} fire_unconfirmed red`]);
    expect(said(judged({ plan, refused: [refused], recorded: [...first.findings, ...then.findings], minutes: 40 }))).toEqual([]);
  });

  test('is settled by a new reading that can be used, and by no other', () => {
    const refused = [refusal('spo2', 'quarantined', 0.82, 82)];
    const { findings: recorded } = judged({ refused });
    const after = (metric: Metric, doubt: string | null): string[] =>
      said(judged({ refused, recorded, minutes: 30, readings: [reading(metric, metric === 'weight' ? 80 : 96, 5, doubt)] })).filter(
        (line) => line.startsWith('unit_suspect'),
      );
    expect(after('spo2', null)).toEqual(['unit_suspect not_confirmed info']);
    expect(after('spo2', 'device-questionable')).toEqual(['unit_suspect fire_unconfirmed red']);
    expect(after('weight', null)).toEqual(['unit_suspect fire_unconfirmed red']);
  });

  test('LO of a meter of blood sugar is under 3.0 whatever it would have shown: without another in 15 minutes, red', () => {
    const refused = [refusal('glucose', 'below-range', null)];
    const plan = planOf('dm');
    const first = judged({ plan, refused });
    expect(said(first)).toEqual(['implausible fire info', 'implausible pending info']);
    expect(first.findings[1]).toMatchObject({
      pendingUntil: at(15),
      reason: {
        nb: expect.stringContaining('Kan ha vært lavere enn apparatet kan vise (Blodsukker under 3,0): en ny måling trengs nå.') as string,
        en: expect.stringContaining(
          'It may have been lower than the device can show (Glucose under 3.0): a new reading is needed now.',
        ) as string,
      },
    });
    const then = judged({ plan, refused, recorded: first.findings, minutes: 15 });
    expect(said(then)).toEqual(['implausible fire_unconfirmed red']);
    expect(then.findings[0]?.reason.en).toContain('No new, valid reading came within 15 min.');
    const readings = [reading('weight', 80, 5)];
    expect(said(judged({ plan, refused, readings, recorded: first.findings, minutes: 15 }))).toEqual(['implausible fire_unconfirmed red']);
  });

  test('what was measured when its time was over settles it as little when both come together as when each comes in time', () => {
    const plan = planOf('dm');
    const refused = [refusal('glucose', 'below-range', null)];
    const told = (minutes: number): string[] => said(judged({ plan, refused, readings: [reading('glucose', 8, minutes)], minutes: 300 }));
    expect(told(15)).toEqual(['implausible fire info']);
    expect(told(16)).toEqual(['implausible fire info', 'implausible fire_unconfirmed red']);
    const dayAfter = judged({ plan, refused, readings: [reading('glucose', 8, 16)], minutes: 25 * 60 });
    expect(said(dayAfter)).toEqual(['implausible fire info']);
    const { findings: recorded } = judged({ plan, refused });
    const nobodyLooked = judged({ plan, refused, recorded, readings: [reading('glucose', 8, 16)], minutes: 300 });
    expect(said(nobodyLooked)).toEqual(['implausible fire_unconfirmed red']);
  });

  test('says which rule and which value', () => {
    const pending = judged({ refused: [refusal('spo2', 'quarantined', 0.82, 82)] }).findings.find(({ result }) => result === 'pending');
    expect(pending?.reason.nb).toContain('Kan ha vært 82 % (Oksygenmetning 85 eller mindre): en ny måling trengs nå.');
  });
});

test('three impossible values in a row, nothing usable between them, are yellow', () => {
  const zero = (id: number, minutes: number, metric: Metric = 'pulse'): RefusedValue => ({
    refusedId: id,
    metric,
    reason: 'special-value',
    value: null,
    observedAt: at(minutes),
    receivedAt: at(minutes),
  });
  const severities = (
    refused: readonly RefusedValue[],
    readings: readonly RuleReading[] = [],
    recorded: Judgement['findings'] = [],
  ): string[] =>
    judged({ refused, readings, recorded })
      .findings.filter(({ ruleId }) => ruleId === 'gen.tech.implausible')
      .map(({ anchor, severity }) => `${anchor} ${severity}`);
  expect(severities([zero(1, -30), zero(2, -20), zero(3, -10)])).toEqual(['r:1 info', 'r:2 info', 'r:3 yellow']);
  expect(severities([zero(1, -30), zero(2, -20, 'weight'), zero(3, -10)])).not.toContain('r:3 yellow');
  expect(severities([zero(1, -30), zero(2, -20), zero(3, -10)], [reading('pulse', 70, -15)])).not.toContain('r:3 yellow');

  const { findings } = judged({ refused: [zero(1, -30), zero(3, -10)] });
  const allThree = [zero(1, -30), zero(2, -20), zero(3, -10)];
  expect(severities(allThree, [], findings)).toEqual(['r:2 yellow']);
  expect(severities(allThree, [reading('pulse', 70, -15)], findings)).toEqual(['r:2 info']);
});

describe('readings that those around them speak against', () => {
  const asked = (...readings: RuleReading[]): string[] =>
    judged({ readings })
      .findings.filter(({ ruleId }) => ruleId === 'gen.tech.quality')
      .map(({ anchor, reason }) => `${readings.findIndex(({ measurementId }) => anchor === `m:${measurementId}`)} ${reason.en}`);
  const act = (id: number, minutes: number, values: Partial<Record<Metric, number>>): RuleReading[] =>
    Object.entries(values).map(([metric, value]) => ({ ...reading(metric as Metric, value, minutes), measurementId: id }));

  test('SpO2 that moves more than 10 points in 10 minutes', () => {
    expect(asked(reading('spo2', 96, -10), reading('spo2', 86, 0))).toEqual([]);
    expect(asked(reading('spo2', 96, -11), reading('spo2', 85, 0))).toEqual([]);
    expect(asked(reading('spo2', 96, -10), reading('spo2', 85, 0))).toEqual([
      '1 Doubtful reading: oxygen saturation (a large step from the last readings).',
    ]);
  });

  test('one that is back where it was is the answer, not the question', () => {
    expect(asked(reading('spo2', 96, -9), reading('spo2', 84, -5), reading('spo2', 95, 0))).toHaveLength(1);
    expect(asked(reading('spo2', 96, -1440), reading('spo2', 84, -5), reading('spo2', 95, 0))).toEqual([]);
  });

  test('a pressure more than 50 from the last session, once a session', () => {
    const before = [reading('systolic', 130, -1442), reading('systolic', 126, -1440)];
    expect(asked(...before, reading('systolic', 178, -5), reading('systolic', 180, 0))).toEqual([]);
    expect(asked(...before, reading('systolic', 179, -5), reading('systolic', 181, 0))).toEqual([
      '2 Doubtful reading: systolic pressure (a large step from the last readings).',
    ]);
    expect(asked(reading('systolic', 110, -10), reading('systolic', 170, 0))).toEqual([]);
  });

  test('oximeter and cuff that differ by more than 20 on the pulse of one session', () => {
    const oximeter = (minutes: number, pulse: number) => act(901, minutes, { spo2: 96, pulse });
    const cuff = (minutes: number, pulse: number) => act(902, minutes, { systolic: 130, diastolic: 80, pulse });
    expect(asked(...oximeter(-10, 70), ...cuff(0, 90))).toEqual([]);
    expect(asked(...oximeter(-31, 70), ...cuff(0, 91))).toEqual([]);
    expect(asked(...oximeter(-10, 70), ...cuff(0, 91))).toEqual([
      expect.stringContaining('pulse (oximeter and cuff disagree on the pulse)'),
    ]);
  });

  test('they count for every other rule as they are: odd is real until shown otherwise', () => {
    const { findings } = judged({ readings: [reading('spo2', 96, -5), reading('spo2', 80, 0)] });
    expect(findings.filter(({ ruleId }) => ruleId === 'gen.spo2.very_low').map(({ result }) => result)).toEqual(['fire']);
  });
});

describe('doubt may delay, it never deletes', () => {
  const graveness = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  const YELLOW = SEVERITIES.indexOf('yellow');
  const value: Readonly<Partial<Record<Metric, [number, number]>>> = {
    spo2: [72, 99],
    pulse: [36, 170],
    systolic: [72, 230],
    temperature: [34.6, 40.9],
    'respiratory-rate': [8, 40],
    glucose: [2.3, 29],
  };
  const metrics = Object.keys(value) as Metric[];
  const given = fc.record({
    metric: fc.constantFrom(...metrics),
    shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }),
    // At least the longest re-measure window but one apart: no reading answers for another.
    gaps: fc.array(fc.integer({ min: 61, max: 600 }), { minLength: 6, maxLength: 6 }),
    which: fc.nat(5),
    doubt: fc.constantFrom('device-questionable', 'jump', 'clock', 'unusually-low', 'unusually-high', 'conflict', 'pulses-differ'),
    programmes: fc.subarray<Programme>(['copd', 'hf', 'htn', 'dm', 'frail'], { minLength: 1 }),
    usual: fc.option(fc.double({ min: 0.5, max: 1, noNaN: true }), { nil: null }),
  });
  /** Of the five weeks before the first reading: what is usual for the patient, every day the same. */
  const usually = (metric: Metric, median: number): DailyMedian[] =>
    Array.from({ length: 35 }, (_none, back) => {
      const day = Math.floor(NOW_MS / 86_400_000) - 4 - back;
      return { metric, day, median, highest: median, readings: 2 };
    });

  test('with the window over, what was yellow or worse of a reading without the doubt is as grave of it with the doubt', () => {
    fc.assert(
      fc.property(given, ({ metric, shares, gaps, which, doubt, programmes, usual }) => {
        const [low, high] = value[metric] ?? [0, 1];
        let minutes = -4000;
        const readings = shares.map((share, index): RuleReading => {
          minutes += gaps[index] ?? 61;
          const observedAt = at(minutes);
          const amount = Math.round((low + share * (high - low)) * 10) / 10;
          return { measurementId: index + 1, metric, value: amount, observedAt, receivedAt: observedAt, doubt: null };
        });
        const place = which % readings.length;
        const doubted = readings.map((each, index) => (index === place ? { ...each, doubt } : each));
        const plan = planOf(...programmes);
        const medians = usual === null ? [] : usually(metric, Math.round(low + usual * (high - low)));
        const fired = (some: readonly RuleReading[]): readonly Finding[] =>
          judged({ plan, readings: some, medians, minutes: 60 * 30 }).findings.filter(
            ({ result }) => result === 'fire' || result === 'fire_unconfirmed',
          );
        const told = fired(readings).filter((each) => graveness(each) >= YELLOW && each.domain !== 'technical');
        const after = fired(doubted);
        const isKept = (each: Finding): boolean =>
          after.some((other) => other.ruleId === each.ruleId && other.anchor === each.anchor && graveness(other) >= graveness(each));
        expect(told.filter((each) => !isKept(each))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

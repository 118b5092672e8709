import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { localDayNumber, type CarePlan, type Programme, type Reference, type ReferenceKey } from '@varde/plans';
import type { Metric } from '@varde/vitals';
import type { AnswerSet, DailyMedian, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { Judgement, StandingRule } from './judging.js';
import { readNews2Chart } from './news2/read-chart.js';
import { readCatalogue } from './read-catalogue.js';

const json = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, 'catalogue', name), 'utf8'));
const catalogue = { ...readCatalogue(json('rules-catalogue.json')), news2: readNews2Chart(json('news2.json')) };
const HOUR_MS = 3_600_000;
const EIGHT_MS = Date.parse('2026-01-15T08:00:00+01:00');
const hours = (n: number): Date => new Date(EIGHT_MS + Math.round(n * HOUR_MS));

interface Values {
  readonly rate?: number | null;
  readonly spo2?: number | null;
  readonly flow?: number | null;
  readonly systolic?: number | null;
  readonly pulse?: number | null;
  readonly awake?: string | null;
  readonly temperature?: number | null;
}
const NORMAL: Values = { rate: 16, spo2: 97, flow: 0, systolic: 120, pulse: 70, awake: 'A', temperature: 36.8 };
const METRIC_OF: Readonly<Record<Exclude<keyof Values, 'awake'>, Metric>> = {
  ...{ rate: 'respiratory-rate', spo2: 'spo2', flow: 'o2-flow' },
  ...{ systolic: 'systolic', pulse: 'pulse', temperature: 'temperature' },
};

interface Session {
  readonly readings: readonly RuleReading[];
  readonly answers: readonly AnswerSet[];
}
let ids = 0;
/** A nurse's visit: one act after the other, two minutes apart, the answer last. */
function visit(at: number, values: Values = {}, received = at): Session {
  const given = { ...NORMAL, ...values };
  const keys = Object.keys(METRIC_OF) as Exclude<keyof Values, 'awake'>[];
  const when = (place: number) => ({ observedAt: hours(at + place / 30), receivedAt: hours(received + place / 30) });
  return {
    readings: keys.flatMap((key, place) => {
      const value = given[key];
      return value === null || value === undefined
        ? []
        : [{ measurementId: ++ids, metric: METRIC_OF[key], value, ...when(place), doubt: null }];
    }),
    answers:
      given.awake === null || given.awake === undefined
        ? []
        : [{ measurementId: ++ids, questionnaire: 'visit', items: { consciousness: given.awake }, ...when(6) }],
  };
}

interface Around {
  readonly references?: readonly (readonly [ReferenceKey, number])[];
  readonly spo2Baseline?: number;
  readonly standing?: readonly StandingRule[];
  readonly unlookedFrom?: number;
  readonly birthYear?: number | null;
  readonly programme?: Programme;
}
function judged(
  sessions: readonly Session[],
  { references = [], spo2Baseline, standing = [], unlookedFrom = -500, birthYear = null, programme = 'hf' }: Around = {},
): Judgement {
  const plan: CarePlan = {
    ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], pauses: [], schedule: [], birthYear },
    enrolments: [{ programme, from: hours(-2000), to: null }],
    references: references.map(([key, value], id): Reference => ({
      ...{ id, key, value, reason: 'x', setByPersonId: 2, validFrom: hours(-999), validTo: null, reviewBy: null, version: 1 },
    })),
  };
  const today = localDayNumber('Europe/Oslo', EIGHT_MS);
  const dailyMedians: DailyMedian[] =
    spo2Baseline === undefined
      ? []
      : Array.from({ length: 30 }, (_, at) => ({
          ...{ metric: 'spo2', day: today - 3 - at, median: spo2Baseline, highest: spo2Baseline, readings: 1 },
        }));
  return judge({
    ...{ catalogue, plan, recorded: [], openEpisodes: [], standing, now: hours(300), unlookedFrom: hours(unlookedFrom) },
    window: {
      readings: sessions.flatMap(({ readings }) => readings),
      answers: sessions.flatMap(({ answers }) => answers),
      ...{ refused: [], lastObserved: [], dailyMedians },
    },
  });
}
// What cannot be judged, as a rise without an earlier score: not-evaluable.spec.ts.
const news2 = ({ findings }: Judgement): readonly Finding[] =>
  findings.filter(({ ruleId, result }) => ruleId.startsWith('gen.news2.') && result !== 'not_evaluable');
const said = (judgement: Judgement): readonly string[] => [
  ...new Set(news2(judgement).map(({ ruleId, result, severity }) => `${ruleId.slice(10)} ${result} ${severity}`)),
];

describe('scale 2', () => {
  const usual = [visit(0, { spo2: 90, flow: 0, awake: 'C' })];
  test.each<[string, readonly (readonly [ReferenceKey, number])[], number]>([
    ['is not used without an order', [], 3],
    ['is used by an order', [['news2-scale-2', 1]], 0],
    [
      'is used by an order with its target',
      [
        ['news2-scale-2', 1],
        ['spo2-target-88-92', 1],
      ],
      0,
    ],
    [
      'is not used where the target is refused',
      [
        ['news2-scale-2', 1],
        ['spo2-target-88-92', 0],
      ],
      3,
    ],
  ])('%s', (_what, references, points) => {
    const [finding] = news2(judged(usual, { references }));
    expect(finding?.reason.nb).toMatch(new RegExp(`oksygenmetning 90[^,]*\\(${points}\\)`));
  });
});

describe('the class of a score', () => {
  test.each<[string, Values, readonly string[]]>([
    ['0', {}, []],
    ['4 without a red part', { rate: 21, pulse: 111 }, []],
    ['3 by one red part', { awake: 'C' }, ['low_medium fire red']],
    ['4 with a red part', { awake: 'C', pulse: 95 }, ['low_medium fire red']],
    ['5', { rate: 21, pulse: 111, temperature: 38.5 }, ['medium fire red']],
    ['6 with a red part', { awake: 'C', rate: 21, pulse: 95 }, ['medium fire red']],
    ['7', { awake: 'C', rate: 21, pulse: 111 }, ['high fire critical']],
  ])('%s', (_total, values, expected) => expect(said(judged([visit(0, values)]))).toEqual(expected));

  test('is not judged of a child: by the year of birth, as far as it is known', () => {
    const said7 = (birthYear: number | null) => said(judged([visit(0, { awake: 'C', rate: 21, pulse: 111 })], { birthYear }));
    expect(said7(2011)).toEqual([]);
    expect(said7(2010)).toEqual(['high fire critical']);
    expect(said7(null)).toEqual(['high fire critical']);
  });

  test('the reason lists every part with its points', () => {
    const [finding] = news2(judged([visit(0, { awake: 'C', rate: 21, pulse: 111 })]));
    expect(finding?.reason.nb).toMatch(/^NEWS2 7, høy: pustefrekvens 21 per minutt \(2\), .*luft \(0\).*bevissthet C \(3\)/);
    expect(finding?.reason.en).toContain('pulse 111 per minute (2)');
    expect(finding?.readingIds).toHaveLength(7);
  });

  test('an incomplete score fires when one class is left, and says what is missing', () => {
    const findings = news2(judged([visit(0, { rate: null, awake: null, spo2: 90, flow: 2, systolic: 95 })]));
    const finding = findings.find(({ ruleId }) => ruleId === 'gen.news2.high');
    expect(finding).toMatchObject({ result: 'fire', severity: 'critical' });
    expect(finding?.reason.nb).toContain('NEWS2 ufullstendig, mellom 7 og 19, høy');
    expect(finding?.reason.nb).toContain('mangler pustefrekvens, puls, bevissthet, temperatur');
  });

  test('an incomplete score that leaves more classes open is neither normal nor a finding', () => {
    expect(said(judged([visit(0, { rate: null, awake: null, spo2: 93 })]))).toEqual([]);
  });

  const proven: Values = { rate: 22, spo2: 95, pulse: 92, systolic: 105 };
  test.each<[string, Values, readonly string[]]>([
    ['5 to 7, as with a normal temperature', { ...proven, temperature: null }, ['medium fire red']],
    ['5 to 7, as with a fever', { ...proven, temperature: 38.5 }, ['medium fire red']],
    ['5 and more without a rate', { rate: null, pulse: 111, systolic: 105, temperature: 39.2 }, ['medium fire red']],
    ['4 and more, which may be low', { ...proven, systolic: 120, temperature: null }, []],
    ['3 by a red part, which may be anything', { rate: null, awake: 'C', temperature: null }, []],
  ])('an incomplete score that has reached medium whatever is missing is medium: %s', (_name, values, expected) => {
    expect(said(judged([visit(0, values)]))).toEqual(expected);
  });
  test('and says between what it lies', () => {
    const finding = news2(judged([visit(0, { ...proven, temperature: null })])).at(-1);
    expect(finding?.reason.nb).toMatch(/^NEWS2 ufullstendig, mellom 5 og 8: .*mangler temperatur/);
  });

  const onOxygen: Values = { rate: null, awake: null, systolic: null, temperature: null, spo2: 91, flow: 2 };
  test.each<[string, Values, number | undefined, readonly string[]]>([
    ['on oxygen', onOxygen, 91, []],
    ['on oxygen, not usual', onOxygen, 93, ['medium fire red']],
    ['on oxygen, nobody knows what is usual', onOxygen, undefined, []],
    ['beside another red part', { ...onOxygen, flow: 0, pulse: 131 }, 91, ['medium fire red']],
    ['where a rate was counted', { ...onOxygen, rate: 16 }, 91, ['medium fire red']],
  ])('what an oximeter alone says of a saturation that may be usual is as open as before: %s', (_name, values, spo2Baseline, expected) => {
    expect(said(judged([visit(0, values)], spo2Baseline === undefined ? {} : { spo2Baseline }))).toEqual(expected);
  });

  const known = (spo2Baseline: number | null): Around => (spo2Baseline === null ? {} : { spo2Baseline });
  test.each<[number | null, readonly number[]]>([
    [91, []],
    [null, []],
    [93, [93, 92, 91, 90]],
  ])('one pulse on oxygen, a baseline of %p: what a saturation says, a lower one says too', (baseline, red) => {
    const morning: Values = { ...onOxygen, pulse: 92 };
    const saying = [94, 93, 92, 91, 90].filter((spo2) => said(judged([visit(0, { ...morning, spo2 })], known(baseline))).length > 0);
    expect(saying).toEqual(red);
  });
  test('what is not an oximeter is heard beside a saturation that may be usual, however low it is', () => {
    for (const spo2 of [92, 91]) {
      const feverish: Values = { ...onOxygen, flow: null, spo2, pulse: 91, temperature: 39.2 };
      expect(said(judged([visit(0, feverish)], known(91)))).toEqual(['medium fire red']);
    }
  });

  test('scale 2 only by a decision', () => {
    expect(said(judged([visit(0, { spo2: 90 })]))).toEqual(['low_medium fire red']);
    expect(said(judged([visit(0, { spo2: 90 })], { references: [['spo2-target-88-92', 1]] }))).toEqual(['low_medium fire red']);
    expect(said(judged([visit(0, { spo2: 90 })], { references: [['news2-scale-2', 1]] }))).toEqual([]);
  });

  test.each([
    [92, ['low_medium fire yellow']],
    [92.5, ['low_medium fire red']],
    [undefined, ['low_medium fire red']],
  ])('a red saturation on scale 1 with a baseline of %p', (spo2Baseline, expected) => {
    const findings = judged([visit(0, { spo2: 91 })], spo2Baseline === undefined ? {} : { spo2Baseline });
    expect(said(findings)).toEqual(expected);
  });
  test('in COPD with no baseline yet a red saturation may be usual; one that is known to be higher is not', () => {
    const visited = (around: Around) => said(judged([visit(0, { spo2: 90 })], { programme: 'copd', ...around }));
    expect(visited({})).toContain('low_medium fire yellow');
    expect(visited({ references: [['spo2-target-88-92', 1]] })).toContain('low_medium fire yellow');
    expect(visited({ spo2Baseline: 94 })).toContain('low_medium fire red');
  });
  test('is not milder when another part is red too', () => {
    expect(said(judged([visit(0, { spo2: 91, flow: null, awake: null, pulse: 70, rate: 25 })], { spo2Baseline: 91 }))).not.toContain(
      'low_medium fire yellow',
    );
  });
});

describe('a rise', () => {
  const rise = (...sessions: Session[]): boolean => said(judged(sessions)).includes('rise fire yellow');
  test.each<[string, readonly Session[], boolean]>([
    ['1 to 3', [visit(-24, { pulse: 95 }), visit(0, { pulse: 111, temperature: 38.5 })], true],
    ['1 to 2', [visit(-24, { pulse: 95 }), visit(0, { pulse: 111 })], false],
    ['just within seven days', [visit(-167, {}), visit(0, { pulse: 111 })], true],
    ['more than seven days ago', [visit(-169, {}), visit(0, { pulse: 111 })], false],
    ['an incomplete one between', [visit(-24, {}), visit(-12, { rate: null }), visit(0, { pulse: 111 })], true],
    [
      'one value of the same visit again',
      [visit(0, {}), { readings: visit(0.5, { pulse: 111 }).readings.slice(4, 5), answers: [] }],
      false,
    ],
    ['an hour later, piece by piece', [visit(0, { pulse: 70 }), visit(1.5, { pulse: 95, temperature: 38.5 })], true],
  ])('%s: %p', (_name, sessions, expected) => expect(rise(...sessions)).toBe(expected));

  test('says from what', () => {
    const finding = news2(judged([visit(-24), visit(0, { pulse: 111 })])).find(({ ruleId }) => ruleId === 'gen.news2.rise');
    expect(finding?.reason.nb).toContain('2 over forrige fullstendige skår, 0 (2 eller mer');
  });
  test('is silent beside the class it made', () => {
    const rises = news2(judged([visit(-24), visit(0, { rate: 21, pulse: 111, temperature: 38.5 })])).filter(
      ({ ruleId }) => ruleId === 'gen.news2.rise',
    );
    expect(rises.some(({ superseded }) => superseded)).toBe(true);
  });
});

describe('clearing', () => {
  const standing = [{ ruleId: 'gen.news2.medium', since: hours(0) }];
  const clears = (values: Values): boolean => judged([visit(5, values)], { standing, unlookedFrom: 4 }).cleared.length > 0;
  test.each<[string, Values, boolean]>([
    ['a complete score of a lower class', {}, true],
    ['a score of low-medium', { awake: 'C' }, true],
    ['a score of the same class', { rate: 21, pulse: 111, temperature: 38.5 }, false],
    ['a higher one', { awake: 'C', rate: 21, pulse: 111 }, false],
    ['an incomplete one that may be lower', { rate: null, awake: null }, false],
    ['an incomplete one that is lower whatever is missing', { temperature: null }, true],
    ['an incomplete one that is medium whatever is missing', { rate: 22, pulse: 92, spo2: 95, systolic: 105, temperature: null }, false],
  ])('%s: %p', (_name, values, expected) => expect(clears(values)).toBe(expected));
});

test('order and repetition of readings and answers make no difference', () => {
  const part = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
  const values: fc.Arbitrary<Values> = fc.record({
    ...{ rate: part(16, 22, 26, null), spo2: part(97, 93, 90, null), flow: part(0, 2, null), systolic: part(120, 95, null) },
    ...{ pulse: part(70, 112, null), awake: part('A', 'C', null), temperature: part(36.8, 38.5, null) },
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -150, max: 0 }), values), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      (given, chance) => {
        const sessions = given.map(([at, each]) => visit(at, each));
        const all: Session = {
          readings: sessions.flatMap(({ readings }) => readings),
          answers: sessions.flatMap(({ answers }) => answers),
        };
        const shuffled = <Item>(items: readonly Item[]): Item[] =>
          [...items, ...items.slice(0, 3)]
            .map((item) => ({ item, key: chance.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const turned = judged([{ readings: shuffled(all.readings), answers: shuffled(all.answers) }]);
        expect(turned).toEqual(judged([all]));
      },
    ),
    { numRuns: 150 },
  );
});

test('a lower saturation on scale 1 never makes a score of medium or more silent', () => {
  const part = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
  const others: fc.Arbitrary<Values> = fc.record({
    ...{ rate: part(16, 22, null, null), flow: part(0, 2, null), systolic: part(120, 105, 95, null), pulse: part(70, 92, 112, 131, null) },
    ...{ awake: part('A', 'C', null), temperature: part(36.8, 38.5, 39.2, null) },
  });
  const isSaid = (values: Values, around: Around): boolean =>
    said(judged([visit(0, values)], around)).some((each) => /^(medium|high) /.test(each));
  fc.assert(
    fc.property(others, part(undefined, 89, 92, 93), (values, spo2Baseline) => {
      const around = spo2Baseline === undefined ? {} : { spo2Baseline };
      // One value of each band, falling: what follows one that is said is said too.
      const saying = [96, 94, 92, 91].map((spo2) => isSaid({ ...values, spo2 }, around));
      expect(saying).toEqual([...saying].sort((a, b) => Number(a) - Number(b)));
    }),
    { numRuns: 200 },
  );
});

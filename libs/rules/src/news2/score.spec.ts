import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { toCanonical } from '@varde/vitals';
import { CatalogueFaulty } from '../catalogue.js';
import { NEWS2_CLASSES, readOff, type News2Part, type News2Scale } from './chart.js';
import { readNews2Chart } from './read-chart.js';
import { scoreNews2, type News2Observation, type News2Scored } from './score.js';

const text = readFileSync(join(__dirname, '../catalogue/news2.json'), 'utf8');
const chart = readNews2Chart(JSON.parse(text));

interface Input {
  readonly respiratory_rate?: number | null;
  readonly spo2?: number | null;
  readonly spo2_scale?: 1 | 2;
  readonly on_oxygen?: boolean | null;
  readonly systolic_bp?: number | null;
  readonly pulse?: number | null;
  readonly consciousness?: string | null;
  readonly temperature?: number | null;
  readonly age_years?: number;
  readonly pregnant?: boolean;
  readonly scale_2_order?: unknown;
}
interface Vectors {
  readonly edges: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly vectors: readonly {
    readonly id: string;
    readonly note: string;
    readonly input: Input;
    readonly expected: {
      readonly scores: Readonly<Record<string, number>>;
      readonly total: number;
      readonly red_parameters: readonly string[];
      readonly risk: string;
      readonly min_monitoring: string;
    };
  }[];
  readonly decimal_vectors: readonly {
    readonly parameter: string;
    readonly raw: number;
    readonly chart_value: number;
    readonly score: number;
  }[];
  readonly fahrenheit_vectors: readonly { readonly fahrenheit: number; readonly celsius_chart: number; readonly score: number }[];
  readonly kpa_vectors: readonly { readonly kpa: number; readonly mmhg_chart: number; readonly score: number }[];
  readonly partial_vectors: readonly {
    readonly id: string;
    readonly note: string;
    readonly input: Input;
    readonly expected: {
      readonly status: string;
      readonly missing: readonly string[];
      readonly known_scores: Readonly<Record<string, number>>;
      readonly known_red_parameters: readonly string[];
      readonly total: null;
      readonly total_lower_bound: number;
      readonly total_upper_bound: number;
      readonly possible_risks: readonly string[];
      readonly risk: string | null;
      readonly minimum_risk: string;
    };
  }[];
  readonly rejection_vectors: readonly {
    readonly id: string;
    readonly why: string;
    readonly input_patch: Input;
    readonly expected: string;
  }[];
}
const file = JSON.parse(text) as Vectors;

const PART_OF: Readonly<Record<string, News2Part>> = {
  respiratory_rate: 'respiratory-rate',
  spo2: 'spo2',
  air_or_oxygen: 'oxygen',
  on_oxygen: 'oxygen',
  systolic_bp: 'systolic',
  pulse: 'pulse',
  consciousness: 'consciousness',
  temperature: 'temperature',
};
const SCALES: Readonly<Record<string, News2Scale>> = {
  respiratory_rate: chart.respiratoryRate,
  spo2_scale_1: chart.spo2Scale1,
  spo2_scale_2_air: chart.spo2Scale2Air,
  spo2_scale_2_oxygen: chart.spo2Scale2Oxygen,
  systolic_bp: chart.systolic,
  pulse: chart.pulse,
  temperature: chart.temperature,
};

const partOf = (name: string): News2Part => PART_OF[name]!;
const byPart = (scores: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(scores).map(([name, points]) => [partOf(name), points]));
const pointsOf = ({ parts }: News2Scored): Record<string, number> => Object.fromEntries(parts.map(({ part, points }) => [part, points]));

function observationOf(input: Input): News2Observation {
  return {
    respiratoryRatePerMin: input.respiratory_rate ?? null,
    spo2Percent: input.spo2 ?? null,
    spo2Scale: input.spo2_scale ?? 1,
    hasScale2Order: input.scale_2_order !== null,
    onOxygen: input.on_oxygen ?? null,
    systolicMmhg: input.systolic_bp ?? null,
    pulsePerMin: input.pulse ?? null,
    consciousness: input.consciousness ?? null,
    temperatureCelsius: input.temperature ?? null,
    ageYears: input.age_years ?? null,
    isPregnant: input.pregnant ?? false,
  };
}
const NORMAL = observationOf({
  ...{ respiratory_rate: 16, spo2: 97, spo2_scale: 1, on_oxygen: false, systolic_bp: 120 },
  ...{ pulse: 70, consciousness: 'A', temperature: 36.8 },
});

function scored(observation: News2Observation): News2Scored {
  const result = scoreNews2(chart, observation);
  if (result.status === 'invalid' || result.status === 'not-applicable') throw new Error(JSON.stringify(result));
  return result;
}

describe('every vector of news2.json', () => {
  const edges = Object.entries(file.edges).flatMap(([name, rows]) => rows.map(([value, points]) => [name, value, points] as const));
  test.each(edges)('edge: %s %d scores %d', (name, value, points) => {
    expect(readOff(SCALES[name]!, value)).toEqual({ chartValue: value, points });
  });

  test.each(file.vectors.map((each) => [each.id, each.note, each] as const))('%s %s', (_id, _note, { input, expected }) => {
    const result = scored(observationOf(input));
    expect(pointsOf(result)).toEqual(byPart(expected.scores));
    expect(result).toMatchObject({
      ...{ status: 'complete', total: expected.total, risk: expected.risk, atLeast: expected.risk, monitoring: expected.min_monitoring },
      ...{ red: expected.red_parameters.map(partOf), missing: [], lowest: expected.total, highest: expected.total },
    });
  });

  test.each(file.decimal_vectors)('decimal: $parameter $raw is $chart_value, $score points', ({ parameter, raw, chart_value, score }) => {
    expect(readOff(SCALES[parameter]!, raw)).toEqual({ chartValue: chart_value, points: score });
  });

  test.each(file.fahrenheit_vectors)('$fahrenheit °F is $celsius_chart, $score points', ({ fahrenheit, celsius_chart, score }) => {
    const converted = toCanonical('temperature', fahrenheit, '[degF]');
    if (!converted.ok) throw new Error('degF is known');
    expect(readOff(chart.temperature, converted.value)).toEqual({ chartValue: celsius_chart, points: score });
  });

  test.each(file.kpa_vectors)('$kpa kPa is $mmhg_chart, $score points', ({ kpa, mmhg_chart, score }) => {
    const converted = toCanonical('systolic', kpa, 'kPa');
    if (!converted.ok) throw new Error('kPa is known');
    expect(readOff(chart.systolic, converted.value)).toEqual({ chartValue: mmhg_chart, points: score });
  });

  test.each(file.partial_vectors.map((each) => [each.id, each.note, each] as const))('%s %s', (_id, _note, { input, expected }) => {
    const result = scored(observationOf(input));
    expect(pointsOf(result)).toEqual(byPart(expected.known_scores));
    expect(result).toMatchObject({
      ...{ status: expected.status, missing: expected.missing.map(partOf), red: expected.known_red_parameters.map(partOf) },
      ...{ total: null, lowest: expected.total_lower_bound, highest: expected.total_upper_bound, monitoring: null },
      ...{ possible: expected.possible_risks, risk: expected.risk, atLeast: expected.minimum_risk },
    });
  });

  test.each(file.rejection_vectors)('$id is $expected: $why', ({ input_patch: patch, expected }) => {
    const { spo2Scale, hasScale2Order, ageYears, isPregnant, ...values } = observationOf(patch);
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
    const missing = 'temperature' in patch && patch.temperature === null ? { temperatureCelsius: null } : {};
    const result = scoreNews2(chart, { ...NORMAL, ...given, ...missing, spo2Scale, hasScale2Order, ageYears, isPregnant });
    expect(result.status).toBe(expected.replace('_', '-'));
  });

  test('the file still has all of them', () => {
    const { vectors, decimal_vectors, fahrenheit_vectors, kpa_vectors, partial_vectors, rejection_vectors } = file;
    const counts = [vectors, decimal_vectors, fahrenheit_vectors, kpa_vectors, partial_vectors, rejection_vectors].map(
      (each) => each.length,
    );
    expect([edges.length, ...counts]).toEqual([99, 118, 28, 5, 8, 4, 8]);
  });
});

describe('faults that others have made (README 1.5)', () => {
  const scale2 = { spo2Scale: 2, hasScale2Order: true } as const;
  test.each([93, 94, 95, 96, 97, 98, 99, 100])('scale 2 on air never scores %d', (spo2Percent) => {
    expect(scored({ ...NORMAL, ...scale2, spo2Percent }).total).toBe(0);
  });
  test.each([
    [70, 3],
    [83, 3],
    [85, 2],
    [87, 1],
    [88, 0],
    [92, 0],
  ])('scale 2 scores %d with %d points on air and on oxygen', (spo2Percent, points) => {
    for (const onOxygen of [false, true, null]) {
      expect(pointsOf(scored({ ...NORMAL, ...scale2, onOxygen, spo2Percent }))['spo2']).toBe(points);
    }
  });
  test('98 % on oxygen on scale 2 adds both: 5, medium though one part is red', () => {
    expect(scored({ ...NORMAL, ...scale2, onOxygen: true, spo2Percent: 98 })).toMatchObject({ total: 5, red: ['spo2'], risk: 'medium' });
  });
  test.each([
    [92.5, 'the half that only oxygen scores', { lowest: 0, highest: 3, missing: ['oxygen'] }],
    [92.4, 'below it', { lowest: 0, highest: 2, missing: ['oxygen'] }],
  ])('scale 2, %d, oxygen unknown: %s', (spo2Percent, _why, expected) => {
    expect(scored({ ...NORMAL, ...scale2, onOxygen: null, spo2Percent })).toMatchObject(expected);
  });
  test('a total of 3 is low without a red part and low-medium with one', () => {
    expect(scored({ ...NORMAL, spo2Percent: 93, pulsePerMin: 95 })).toMatchObject({ total: 3, risk: 'low', monitoring: 'PT4H/PT6H' });
    expect(scored({ ...NORMAL, consciousness: 'C' })).toMatchObject({ total: 3, risk: 'low-medium', monitoring: 'PT1H' });
  });
  test('84 % in an alert patient on air is scored, not refused', () => {
    expect(scored({ ...NORMAL, spo2Percent: 84 })).toMatchObject({ total: 3, red: ['spo2'] });
  });
  test.each(['agitated', 'alert', 'a', '', 'not alert'])('consciousness %j is no code', (consciousness) => {
    expect(scoreNews2(chart, { ...NORMAL, consciousness })).toEqual({
      status: 'invalid',
      faults: [{ part: 'consciousness', fault: 'unknown-code' }],
    });
  });
  test('nothing known is not 0', () => {
    const result = scored(observationOf({}));
    expect(result).toMatchObject({ status: 'incomplete', total: null, lowest: 0, highest: 20, risk: null, possible: NEWS2_CLASSES });
    expect(result.missing).toHaveLength(7);
  });
  test('16 years is old enough, 15 is not', () => {
    expect(scoreNews2(chart, { ...NORMAL, ageYears: 16 }).status).toBe('complete');
    expect(scoreNews2(chart, { ...NORMAL, ageYears: 15 })).toEqual({ status: 'not-applicable', reason: 'too-young' });
  });
});

describe('own examples on both sides of every limit between the bands', () => {
  const cases = Object.entries(SCALES).flatMap(([name, scale]) =>
    scale.bands.slice(1).map(({ from, points }, at) => ({ name, scale, from, points, before: scale.bands[at]!.points })),
  );
  test.each(cases)('$name from step $from: $before below, $points at it, the worse at the half', ({ scale, from, points, before }) => {
    const unit = 1 / scale.stepsPerUnit;
    expect(readOff(scale, from * unit).points).toBe(points);
    expect(readOff(scale, (from - 1) * unit).points).toBe(before);
    expect(readOff(scale, (from - 0.51) * unit).points).toBe(before);
    expect(readOff(scale, (from - 0.49) * unit).points).toBe(points);
    expect(readOff(scale, (from - 0.5) * unit).points).toBe(Math.max(points, before));
  });
});

describe('properties', () => {
  const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value, { nil: null });
  const within = (from: number, to: number): fc.Arbitrary<number> => fc.integer({ min: from * 10, max: to * 10 }).map((n) => n / 10);
  const partial: fc.Arbitrary<News2Observation> = fc.record({
    respiratoryRatePerMin: maybe(within(4, 40)),
    spo2Percent: maybe(within(70, 100)),
    spo2Scale: fc.constantFrom(1 as const, 2 as const),
    hasScale2Order: fc.constant(true),
    onOxygen: maybe(fc.boolean()),
    systolicMmhg: maybe(within(60, 250)),
    pulsePerMin: maybe(within(30, 180)),
    consciousness: maybe(fc.constantFrom('A', 'C', 'V', 'P', 'U')),
    temperatureCelsius: maybe(within(33, 41)),
    ageYears: fc.constant(null),
    isPregnant: fc.constant(false),
  });

  // One value in every band of every missing part.
  const anywhere = (scale: News2Scale): number[] =>
    scale.bands.map(({ from }, at) => (at === 0 ? scale.bands[1]!.from - 5 : from) / scale.stepsPerUnit);
  function completions(observation: News2Observation): News2Observation[] {
    const choices: { [Key in keyof News2Observation]?: readonly News2Observation[Key][] } = {
      respiratoryRatePerMin: anywhere(chart.respiratoryRate),
      spo2Percent: [...new Set([chart.spo2Scale1, chart.spo2Scale2Air, chart.spo2Scale2Oxygen].flatMap(anywhere))],
      onOxygen: [false, true],
      systolicMmhg: anywhere(chart.systolic),
      pulsePerMin: anywhere(chart.pulse),
      consciousness: ['A', 'C', 'V'],
      temperatureCelsius: anywhere(chart.temperature),
    };
    return Object.entries(choices).reduce<News2Observation[]>(
      (all, [key, values]) =>
        observation[key as keyof News2Observation] === null
          ? all.flatMap((each) => values.map((value) => ({ ...each, [key]: value }) as News2Observation))
          : all,
      [observation],
    );
  }

  test('bounds and possible classes are those of every completion, one by one', () => {
    fc.assert(
      fc.property(partial, (observation) => {
        const unknown = Object.values(observation).filter((value) => value === null).length - 1;
        fc.pre(unknown <= 3);
        const result = scored(observation);
        const all = completions(observation).map(scored);
        expect(all.every(({ status }) => status === 'complete')).toBe(true);
        expect(result.lowest).toBe(Math.min(...all.map(({ total }) => total ?? -1)));
        expect(result.highest).toBe(Math.max(...all.map(({ total }) => total ?? -1)));
        expect(result.possible).toEqual(NEWS2_CLASSES.filter((id) => all.some(({ risk }) => risk === id)));
      }),
      { numRuns: 150 },
    );
  });

  test('a worse value never lowers a score where the chart is monotone', () => {
    const scale2 = { spo2Scale: 2 } as const;
    // On scale 2 less is worse to the target, and on oxygen more is worse beyond it.
    const worse: readonly [keyof News2Observation, number, number, -1 | 1, Partial<News2Observation>?][] = [
      ['respiratoryRatePerMin', 12, 60, 1],
      ['respiratoryRatePerMin', 4, 20, -1],
      ['spo2Percent', 70, 100, -1, { spo2Scale: 1 }],
      ['spo2Percent', 70, 100, -1, { ...scale2, onOxygen: false }],
      ['spo2Percent', 70, 92.4, -1, scale2],
      ['spo2Percent', 88, 100, 1, scale2],
      ['systolicMmhg', 60, 219, -1],
      ['pulsePerMin', 51, 200, 1],
      ['pulsePerMin', 25, 90, -1],
      ['temperatureCelsius', 36.1, 42, 1],
      ['temperatureCelsius', 33, 38, -1],
    ];
    const STEPS = 60;
    fc.assert(
      fc.property(partial, fc.constantFrom(...worse), (given, [key, from, to, way, fixed]) => {
        const [mildest, gravest] = way === 1 ? [from, to] : [to, from];
        const results = Array.from({ length: STEPS + 1 }, (_none, step) => {
          const value = Math.round((mildest + ((gravest - mildest) * step) / STEPS) * 1e4) / 1e4;
          const { lowest, highest, atLeast } = scored({ ...given, ...fixed, [key]: value });
          return { value, said: [lowest, highest, NEWS2_CLASSES.indexOf(atLeast)] };
        });
        const fallen = results.filter(({ said }, at) => said.some((each, which) => each < (results[at - 1]?.said[which] ?? 0)));
        expect(fallen).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('reading the chart', () => {
  test('labels and thanks', () => {
    expect(chart.classes.map(({ label }) => label.nb)).toEqual(['Lav', 'Lav-middels', 'Middels', 'Høy']);
    expect(chart.acknowledgement.en).toBe('NEWS2 was developed by the Royal College of Physicians (UK), 2017.');
    expect([chart.freshMs, chart.slowFreshMs, chart.ageYearsMin, chart.redPoints, chart.totalMax]).toEqual([
      3_600_000, 14_400_000, 16, 3, 20,
    ]);
  });

  type Row = Record<string, unknown>;
  const broken = (
    change: (json: { parameters: Record<string, { bands: Row[] } & Row>; aggregate: { classes: Row[] }; policies: Row; meta: Row }) => void,
  ): unknown => {
    const json: unknown = JSON.parse(text);
    change(json as never);
    return json;
  };
  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /news2: must be an object/],
    ['a gap', broken(({ parameters }) => (parameters['pulse']!.bands[1]!['min'] = 42)), /pulse.bands\[1\]: does not begin/],
    ['a closed end', broken(({ parameters }) => (parameters['pulse']!.bands[5]!['max'] = 300)), /pulse.bands: the last band must be open/],
    ['4 points', broken(({ parameters }) => (parameters['pulse']!.bands[0]!['score'] = 4)), /4 is no number of points/],
    ['another unit', broken(({ parameters }) => (parameters['temperature']!['unit'] = '[degF]')), /temperature.unit/],
    ['a new member', broken(({ parameters }) => (parameters['pulse']!['unless'] = 'athlete')), /pulse: unless is unknown/],
    [
      'red oxygen',
      broken(({ parameters }) => (parameters['air_or_oxygen']!['codes'] = { air: 0, oxygen: 3 })),
      /must not be red by itself/,
    ],
    ['classes in another order', broken(({ aggregate }) => aggregate.classes.reverse()), /must be low, low-medium, medium, high/],
    ['a class lost', broken(({ aggregate }) => aggregate.classes.splice(1, 1)), /a total of 0 with a red part is of 0 classes/],
    ['a class in other words', broken(({ aggregate }) => (aggregate.classes[2]!['when'] = 'five or six')), /when: is not understood/],
    ['another window', broken(({ policies }) => (policies['freshness'] = 'any time')), /freshness: is not understood/],
    ['another population', broken(({ meta }) => (meta['population'] = 'everybody')), /population: is not understood/],
  ])('%s is a fault', (_name, json, message) => {
    expect(() => readNews2Chart(json)).toThrow(CatalogueFaulty);
    expect(() => readNews2Chart(json)).toThrow(message);
  });
});

import fc from 'fast-check';
import type { Programme } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { CATALOGUE_WITH_NEWS2, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { nobody, type People } from './people.js';
import { rehearse } from './rehearse.js';

/*
 * `gen.news2.low_medium`: "a red parameter usually fires its own rule too and joins the same episode". The score and the rule of a parameter
 * that gave it points are one problem, whichever of them is known first.
 */

const MINUTE_MS = 60_000;
/** Thursday 15 January 2026, 08:00 in Oslo. */
const START = Date.parse('2026-01-15T08:00:00+01:00');
const minute = (n: number): Date => new Date(START + n * MINUTE_MS);

type Values = Partial<Record<Metric, number>>;
/** One act of measuring or answering: its minute, what it gave, and the minute it reached us. */
interface Act {
  readonly at: number;
  readonly of: Values | { readonly consciousness: string };
  readonly came?: number;
}
const ALERT = { consciousness: 'A' };
const CONFUSED = { consciousness: 'C' };
/** Nothing in it has points. */
const CALM: Values = { 'respiratory-rate': 16, systolic: 125, diastolic: 75, temperature: 37 };

function rehearsed(acts: readonly Act[], hours: number, people: People, programmes: readonly Programme[] = ['htn', 'frail']) {
  const readings: RuleReading[] = [];
  const answers: AnswerSet[] = [];
  for (const [place, { at, of, came = at }] of acts.entries()) {
    const common = { measurementId: place + 1, observedAt: minute(at), receivedAt: minute(came) };
    if ('consciousness' in of) answers.push({ ...common, questionnaire: 'visit', items: { ...of, on_oxygen: false } });
    else for (const [metric, value] of Object.entries(of)) readings.push({ ...common, metric: metric as Metric, value, doubt: null });
  }
  const { episodes } = rehearse({
    agreement: {
      catalogue: CATALOGUE_WITH_NEWS2,
      plan: planOf({ enrolments: programmes.map((programme) => ({ programme, from: minute(-100_000), to: null })) }),
      ...{ team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
    },
    ...{ readings, answers, refused: [], episodes: [], recorded: [], from: minute(-1), to: minute(60 * hours) },
    people,
  });
  return episodes.map(({ episode }) => episode).filter(({ domains }) => !domains.includes('silence'));
}
const run = (acts: readonly Act[], hours = 3) => rehearsed(acts, hours, nobody).filter(({ closedAt }) => closedAt === null);
/** The areas of each open episode of values, and the rules that have signalled in it. */
const told = (acts: readonly Act[], hours?: number) =>
  run(acts, hours).map(({ domains, signals }) => [domains.join(' '), ...signals.map(({ ruleId }) => ruleId).sort()]);

test('a red parameter, its own rule and the score are one episode, of which the patient and the nurse hear once', () => {
  const episodes = run([
    { at: 0, of: { ...CALM, spo2: 91, pulse: 80 } },
    { at: 1, of: ALERT },
    { at: 10, of: { spo2: 91 } },
  ]);
  expect(episodes).toMatchObject([{ domains: ['general', 'respiratory'], severity: 'red' }]);
});

test.each<[string, readonly Act[], string[][]]>([
  [
    'the parameter first, and the score when it is complete by an answer a quarter of an hour later',
    [
      { at: 0, of: { spo2: 84, pulse: 80 } },
      { at: 5, of: CALM },
      { at: 15, of: ALERT },
    ],
    [['general respiratory', 'gen.news2.low_medium', 'gen.spo2.low', 'gen.spo2.very_low']],
  ],
  [
    'the score first, and the parameter when the new measurement has confirmed it',
    [
      { at: 0, of: { ...CALM, spo2: 95, pulse: 132 } },
      { at: 1, of: ALERT },
      { at: 20, of: { spo2: 97, pulse: 133 } },
    ],
    [['cardiac general', 'gen.news2.low_medium', 'gen.pulse.high', 'gen.pulse.very_high']],
  ],
  [
    'a pulse of the same act that fires by itself',
    [
      { at: 0, of: { ...CALM, spo2: 84, pulse: 125 } },
      { at: 1, of: ALERT },
    ],
    [['cardiac general respiratory', 'gen.news2.medium', 'gen.pulse.high', 'gen.spo2.low', 'gen.spo2.very_low']],
  ],
  [
    'a pressure, which is bridged with nothing',
    [
      { at: 0, of: { ...CALM, systolic: 86, pulse: 80, spo2: 97 } },
      { at: 1, of: ALERT },
      { at: 6, of: { systolic: 85, diastolic: 60 } },
    ],
    [['blood_pressure general', 'gen.news2.low_medium', 'gen.sbp.low', 'gen.sbp.very_low']],
  ],
])('one problem: %s', (_, acts, expected) => {
  expect(told(acts)).toEqual(expected);
});

test('two problems stay two: a pressure without points beside a score that is red for the pulse', () => {
  const acts: Act[] = [
    { at: 0, of: { ...CALM, systolic: 186, diastolic: 112, pulse: 135, spo2: 97 } },
    { at: 1, of: ALERT },
    { at: 6, of: { systolic: 186, diastolic: 112, pulse: 134 } },
  ];
  expect(told(acts).map(([domains]) => domains)).toEqual(expect.arrayContaining(['blood_pressure', 'cardiac general']));
  expect(told(acts)).toHaveLength(2);
});

test('two problems stay two: a pressure and a fever that have given one score two points each', () => {
  const acts: Act[] = [
    { at: 0, of: { ...CALM, systolic: 96, temperature: 39.3, pulse: 80, spo2: 95 } },
    { at: 1, of: ALERT },
    { at: 6, of: { systolic: 95, diastolic: 60 } },
  ];
  expect(told(acts).map(([domains]) => domains)).toEqual(['general', 'infection', 'blood_pressure']);
});

test('two problems stay two: a pressure with two points beside a score that is red for the saturation', () => {
  const acts: Act[] = [
    { at: 0, of: { ...CALM, systolic: 96, spo2: 84, pulse: 80 } },
    { at: 1, of: ALERT },
    { at: 6, of: { systolic: 95, diastolic: 60 } },
  ];
  expect(told(acts).map(([domains]) => domains)).toEqual(['general respiratory', 'blood_pressure']);
});

test('two problems stay two: an answer that is red by itself beside a saturation of another day', () => {
  const acts: Act[] = [
    { at: 0, of: { ...CALM, spo2: 84, pulse: 80 } },
    { at: 26 * 60, of: { ...CALM, spo2: 97, pulse: 80 } },
    { at: 26 * 60 + 1, of: CONFUSED },
  ];
  expect(told(acts, 28).map(([domains]) => domains)).toEqual(['respiratory', 'general']);
});

describe('after a person has closed what a score has joined', () => {
  const CLOSED_AT = minute(120);
  const closes: People = {
    next: (_episode, after) =>
      after < CLOSED_AT ? { kind: 'close', at: CLOSED_AT, byPersonId: 5, outcome: 'treated_at_home', note: '', secondLook: false } : null,
  };
  const low = (from: number): Act[] => [
    { at: from, of: { ...CALM, spo2: 90, pulse: 80 } },
    { at: from + 1, of: ALERT },
    { at: from + 10, of: { spo2: 90 } },
  ];
  const days = (n: number): number => n * 24 * 60;
  /** The areas of each episode, and how often it came back. */
  const after = (acts: readonly Act[], hours: number) =>
    rehearsed([...low(0), ...acts], hours, closes).map(({ domains, relapses }) => [domains.join(' '), relapses]);

  test('the saturation and its score bring it back', () => {
    expect(after(low(days(1)), 26)).toEqual([['general respiratory', 1]]);
  });

  test('the score of the next problem does not rest on what that of the closed one rested on', () => {
    const acts: Act[] = [
      { at: days(4), of: { ...CALM, spo2: 97, pulse: 80, systolic: 88 } },
      { at: days(4) + 1, of: ALERT },
      // Low on two measured days in a row: the day that has been dealt with is one of them.
      { at: days(4) + 80, of: { spo2: 92 } },
    ];
    expect(after(acts, 99)).toEqual([
      ['general respiratory', 0],
      ['blood_pressure general', 0],
      ['respiratory', 0],
    ]);
  });
});

test('a parameter that reaches us after a score it has not changed is of the same problem', () => {
  const acts: Act[] = [
    { at: 0, of: { spo2: 84, pulse: 80 }, came: 30 },
    { at: 1, of: { 'respiratory-rate': 26, systolic: 88, diastolic: 60, temperature: 37 } },
    { at: 2, of: CONFUSED },
  ];
  const episodes = run(acts, 1);
  expect(episodes).toHaveLength(1);
  expect(episodes[0]?.domains).toEqual(expect.arrayContaining(['general', 'respiratory']));
});

test('in whatever order the parts of a session arrive, there are as many problems, of the same areas', () => {
  const span: readonly (readonly [Metric, number, number])[] = [
    ...([
      ['spo2', 82, 98],
      ['pulse', 38, 140],
      ['respiratory-rate', 7, 28],
    ] as const),
    ...([
      ['systolic', 84, 200],
      ['temperature', 34.5, 39.5],
    ] as const),
  ];
  const parts = fc.tuple(
    ...span.map(([, low, high]) => fc.integer({ min: low * 10, max: high * 10 })),
    fc.constantFrom('A', 'A', 'A', 'C'),
  );
  fc.assert(
    fc.property(parts, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), ([...values], order) => {
      const code = String(values.pop());
      const acts: Act[] = span.map(([metric], place) => {
        const value = Math.round(Number(values[place]) / (metric === 'temperature' ? 1 : 10)) / (metric === 'temperature' ? 10 : 1);
        return { at: place, of: metric === 'systolic' ? { systolic: value, diastolic: 60 } : { [metric]: value } };
      });
      acts.push({ at: 5, of: { consciousness: code } });
      const late = acts.map((act, place) => ({ ...act, came: 6 + ((order[place] ?? 0) % 12) }));
      const areas = (given: readonly Act[]) =>
        run(given, 3)
          .map(({ domains }) => domains.join(' '))
          .sort();
      expect(areas(late)).toEqual(areas(acts.map((act) => ({ ...act, came: 6 }))));
    }),
    { numRuns: 40, seed: 7, endOnFailure: true },
  );
});

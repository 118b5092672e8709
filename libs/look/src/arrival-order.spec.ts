import { localDay, type Programme, type ScheduledMeasurement } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import { hasFired, SEVERITIES, type AnswerSet, type RefusedValue, type RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import fc from 'fast-check';
import { CATALOGUE_WITH_NEWS2, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { standardPeople } from './people.js';
import { rehearse, type Rehearsed } from './rehearse.js';

/**
 * What arrives in another order, in pieces or twice, comes to the same: a session of a home in which everything is sent within minutes of
 * when it was measured, each part of it looked at as it comes.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ZONE = 'Europe/Oslo';
/** Ten days that end after the night in which summer time begins. */
const START = Date.parse('2026-03-20T00:00:00+01:00');
const DAYS = 10;
const MORNING: Omit<ScheduledMeasurement, 'metric'> = {
  ...{ atLocal: '08:00', weekdays: [1, 2, 3, 4, 5, 6, 7], from: new Date(START), to: null },
};
const PROGRAMMES: readonly Programme[] = ['copd', 'hf', 'htn', 'dm', 'frail'];

const SPAN: Partial<Record<Metric, readonly [number, number]>> = {
  ...{ spo2: [80, 98], pulse: [45, 140], weight: [78, 83], systolic: [85, 190], diastolic: [55, 115], temperature: [35.4, 39.5] },
  ...{ 'respiratory-rate': [10, 28], glucose: [2.8, 18], 'cat-score': [5, 35] },
};
const METRICS = Object.keys(SPAN) as Metric[];
const ITEMS = ['dyspnoea_worse', 'sputum_more', 'sputum_colour', 'swelling_worse', 'lightheaded', 'chest_pain', 'vomiting', 'fall'];

/** One thing measured in a session: its minute in it, and what it gave. */
interface Act {
  readonly minute: number;
  readonly of: readonly (readonly [Metric, number])[];
  readonly yes: readonly string[] | null;
  readonly isRefused: boolean;
}
interface Session {
  readonly day: number;
  readonly hour: number;
  readonly acts: readonly Act[];
}
type Part = RuleReading | RefusedValue | AnswerSet;

const share = fc.double({ min: 0, max: 1, noNaN: true });
const act = fc
  .record({
    minute: fc.integer({ min: 0, max: 8 }),
    metrics: fc.subarray(METRICS, { minLength: 1, maxLength: 3 }),
    shares: fc.array(share, { minLength: 3, maxLength: 3 }),
    yes: fc.option(fc.subarray(ITEMS), { freq: 3 }),
    isRefused: fc.nat(9).map((n) => n === 0),
  })
  .map(({ minute, metrics, shares, yes, isRefused }): Act => ({
    ...{ minute, yes, isRefused },
    of: metrics.map((metric, at) => {
      const [low, high] = SPAN[metric] ?? [0, 1];
      return [metric, Math.round((low + (shares[at] ?? 0) * (high - low)) * 10) / 10] as const;
    }),
  }));
const sessions = fc.uniqueArray(
  fc.record({
    day: fc.integer({ min: 0, max: DAYS - 1 }),
    hour: fc.constantFrom(2, 8, 20),
    acts: fc.uniqueArray(act, { minLength: 1, maxLength: 4, selector: ({ minute }) => minute }),
  }),
  { minLength: 3, maxLength: 14, selector: ({ day, hour }) => `${day} ${hour}` },
);

/** When each part of a session is received, as minutes after its end: which one is first is what `order` says. */
function partsOf(given: readonly Session[], order: (count: number) => readonly number[]): Part[] {
  let id = 0;
  return given.flatMap(({ day, hour, acts }) => {
    const begunMs = START + day * DAY_MS + hour * HOUR_MS;
    const made = acts.map((each): Part[] => {
      const observedAt = new Date(begunMs + each.minute * MINUTE_MS);
      const common = { observedAt, receivedAt: observedAt };
      const measurementId = ++id;
      if (each.yes !== null) {
        const { yes } = each;
        const items = Object.fromEntries(ITEMS.map((item) => [item, yes.includes(item)]));
        return [{ ...common, measurementId, questionnaire: 'daily', items }];
      }
      if (each.isRefused) return [{ ...common, refusedId: measurementId, metric: each.of[0]?.[0] ?? null, reason: 'above-possible' }];
      return each.of.map(([metric, value]) => ({ ...common, measurementId, metric, value, doubt: null }));
    });
    const places = order(made.length);
    return made.flatMap((parts, at) =>
      parts.map((part) => ({ ...part, receivedAt: new Date(begunMs + 9 * MINUTE_MS + (places[at] ?? 0) * 1_000) })),
    );
  });
}

function run(parts: readonly Part[], programmes: readonly Programme[]): Rehearsed {
  return rehearse({
    agreement: {
      catalogue: CATALOGUE_WITH_NEWS2,
      plan: planOf({
        enrolments: programmes.map((programme) => ({ programme, from: new Date(START), to: null })),
        schedule: [
          { metric: 'spo2', ...MORNING },
          { metric: 'weight', ...MORNING },
        ],
      }),
      ...{ team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
    },
    readings: parts.filter((part) => 'value' in part && 'doubt' in part) as RuleReading[],
    refused: parts.filter((part) => 'refusedId' in part),
    answers: parts.filter((part) => 'items' in part),
    ...{ episodes: [], recorded: [], people: standardPeople, from: new Date(START), to: new Date(START + (DAYS + 2) * DAY_MS) },
  });
}

const IN_EPISODE = 'gen.silence.in_episode';

/**
 * The gravest that each rule said of each local day, and what stands in the episodes. Into how many episodes it falls is not told: what
 * joins two areas may come after both are open, and then people have other things in hand by the end; and so the silence that is counted
 * while one is open is not told either. What is missing of what was planned, is.
 */
function told({ findings, episodes }: Rehearsed): readonly (readonly string[])[] {
  const days = new Map<string, number>();
  for (const { finding } of findings) {
    if (!hasFired(finding.result) || finding.ruleId === IN_EPISODE) continue;
    const key = `${localDay(ZONE, finding.at)} ${finding.ruleId}`;
    days.set(key, Math.max(days.get(key) ?? 0, SEVERITIES.indexOf(finding.severity)));
  }
  const signals = episodes.flatMap(({ episode }) =>
    episode.signals.filter(({ ruleId }) => ruleId !== IN_EPISODE).map(({ ruleId, severity }) => `${ruleId} ${severity}`),
  );
  return [[...days].map(([key, severity]) => `${key} ${severity}`).sort(), [...new Set(signals)].sort()];
}

const together = (count: number): number[] => Array<number>(count).fill(0);
const inOrder = (count: number): number[] => Array.from({ length: count }, (_none, at) => at);

function shuffled<T>(list: readonly T[], chance: IterableIterator<number>): T[] {
  const keyed = list.map((each) => ({ each, key: chance.next().value as number }));
  return keyed.sort((a, b) => a.key - b.key).map(({ each }) => each);
}

test('the parts of a session come to the same in whatever order they arrive, one by one or together', () => {
  fc.assert(
    fc.property(sessions, fc.subarray([...PROGRAMMES], { minLength: 1 }), fc.infiniteStream(fc.nat()), (given, programmes, chance) => {
      const anyhow = (count: number): number[] => shuffled(inOrder(count), chance);
      const expected = told(run(partsOf(given, together), programmes));
      expect(told(run(partsOf(given, inOrder), programmes))).toEqual(expected);
      expect(told(run(partsOf(given, anyhow), programmes))).toEqual(expected);
    }),
    { numRuns: 30, seed: 3, endOnFailure: true },
  );
});

test('what is sent again, an hour or a day later, and kept in whatever order, leaves the very same findings and episodes', () => {
  const again = fc.array(fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 30 * 60 })), { maxLength: 12 });
  fc.assert(
    fc.property(
      sessions,
      fc.subarray([...PROGRAMMES], { minLength: 1 }),
      again,
      fc.infiniteStream(fc.nat()),
      (given, programmes, copies, chance) => {
        const parts = partsOf(given, copies.length % 2 === 0 ? inOrder : together);
        const more = copies.flatMap(([at, minutes]) => {
          const part = parts[at % parts.length];
          return part === undefined ? [] : [{ ...part, receivedAt: new Date(part.receivedAt.getTime() + minutes * MINUTE_MS) }];
        });
        const { findings, episodes } = run(shuffled([...parts, ...more], chance), programmes);
        const once = run(parts, programmes);
        expect(findings.map(({ finding }) => finding)).toEqual(once.findings.map(({ finding }) => finding));
        expect(episodes.map(({ episode }) => episode)).toEqual(once.episodes.map(({ episode }) => episode));
      },
    ),
    { numRuns: 25, seed: 5, endOnFailure: true },
  );
});

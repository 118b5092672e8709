import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dayText, localDayNumber, type CarePlan, type Programme } from '@varde/plans';
import { plausibility, type Metric } from '@varde/vitals';
import fc from 'fast-check';
import { SEVERITIES, type DailyMedian, type Finding, type RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';
import { JUDGED_METRICS } from './measure.js';
import { readCatalogue } from './read-catalogue.js';

const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')));
const NOW_MS = Date.parse('2026-03-29T12:00:00Z'); // the day summer time begins
const ALL: readonly Programme[] = ['copd', 'hf', 'htn', 'dm', 'frail'];
const planFor = (programmes: readonly Programme[]): CarePlan => ({
  patientId: 1,
  zone: 'Europe/Oslo',
  enrolments: programmes.map((programme) => ({ programme, from: new Date(NOW_MS - 90 * 86_400_000), to: null })),
  limits: [],
  unitLimits: [],
  references: [],
  pauses: [],
  schedule: [{ metric: 'spo2', atLocal: '02:30', weekdays: [1, 2, 3, 4, 5, 6, 7], from: new Date(NOW_MS - 90 * 86_400_000), to: null }],
});
const today = localDayNumber('Europe/Oslo', NOW_MS);
const dailyMedians: readonly DailyMedian[] = Array.from({ length: 30 }, (_, back) => ({
  metric: 'spo2',
  day: dayText(today - 3 - back),
  median: 92,
  highest: 92,
  readings: 2,
}));
const span: Readonly<Record<string, [number, number]>> = {
  spo2: [75, 99],
  pulse: [35, 150],
  systolic: [75, 190],
  diastolic: [50, 115],
  temperature: [34, 40],
  weight: [78, 84],
};

const reading = fc
  .record({
    measurementId: fc.integer({ min: 1, max: 60 }),
    metric: fc.constantFrom(...JUDGED_METRICS),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    doubtful: fc.boolean(),
  })
  .map(({ measurementId, metric, share, doubtful }): RuleReading => {
    const [low, high] = span[metric] ?? [0, 1];
    // An act's time follows from its number, so that readings of one act share it; some lie minutes apart, some days.
    const observedAt = new Date(NOW_MS - (measurementId % 20) * 4 * 3_600_000 - Math.floor(measurementId / 20) * 9 * 60_000);
    return {
      measurementId,
      metric,
      value: Math.round((low + share * (high - low)) * 10) / 10,
      observedAt,
      receivedAt: new Date(observedAt.getTime() + (measurementId % 7) * 1_800_000),
      doubt: doubtful && measurementId % 3 === 0 ? 'device-questionable' : null,
    };
  });
// One value per act and metric: a second, different one could not be stored.
const readings = fc.uniqueArray(reading, { maxLength: 60, selector: ({ measurementId, metric }) => `${measurementId} ${metric}` });
const judgeAll = (some: readonly RuleReading[], programmes: readonly Programme[], medians: readonly DailyMedian[] = dailyMedians) =>
  judge({
    catalogue,
    plan: planFor(programmes),
    window: { readings: some, refused: [], dailyMedians: medians, answers: [], lastObserved: [] },
    unlookedFrom: new Date(NOW_MS - 10 * 86_400_000),
    openEpisodes: [],
    standing: [],
    recorded: [],
    now: new Date(NOW_MS),
  });

test('order and repetition of the readings make no difference', () => {
  const given = readings.chain((set) =>
    fc.record({
      set: fc.constant(set),
      again: fc.shuffledSubarray(set),
      shuffled: fc.shuffledSubarray(set, { minLength: set.length }),
      medians: fc.shuffledSubarray([...dailyMedians], { minLength: dailyMedians.length }),
      programmes: fc.subarray([...ALL]),
    }),
  );
  fc.assert(
    fc.property(given, ({ set, again, shuffled, medians, programmes }) => {
      expect(judgeAll([...shuffled, ...again], programmes, medians)).toEqual(judgeAll(set, programmes));
    }),
    { numRuns: 300 },
  );
});

test('what was recorded is never said again, whatever else came', () => {
  fc.assert(
    fc.property(readings, fc.subarray([...ALL]), (set, programmes) => {
      const first = judgeAll(set, programmes);
      const second = judge({
        catalogue,
        plan: planFor(programmes),
        window: { readings: set, refused: [], dailyMedians, answers: [], lastObserved: [] },
        unlookedFrom: new Date(NOW_MS - 10 * 86_400_000),
        openEpisodes: [],
        standing: [],
        recorded: first.findings,
        now: new Date(NOW_MS),
      });
      expect(second.findings).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('judged as they come, late and in any order: looking at all of it again says nothing new', () => {
  const arriving = fc.record({
    metric: fc.constantFrom(...JUDGED_METRICS),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    agoMin: fc.oneof(fc.nat(90), fc.nat(3000)),
    doubtful: fc.nat(5),
  });
  const looks = fc.array(fc.tuple(fc.array(arriving, { maxLength: 4 }), fc.nat(80)), { maxLength: 14 });
  fc.assert(
    fc.property(looks, fc.subarray([...ALL], { minLength: 1 }), (steps, programmes) => {
      const stored: RuleReading[] = [];
      const recorded: Finding[] = [];
      let standing: JudgeInput['standing'] = [];
      let nowMs = NOW_MS;
      const at = (unlookedFrom: Date | null): Judgement => {
        const window = { readings: stored, refused: [], dailyMedians, answers: [], lastObserved: [] };
        return judge({
          catalogue,
          plan: planFor(programmes),
          window,
          unlookedFrom,
          standing,
          recorded,
          openEpisodes: [],
          now: new Date(nowMs),
        });
      };
      for (const [values, waitMin] of steps) {
        nowMs += waitMin * 60_000;
        const fresh = values.map(({ metric, share, agoMin, doubtful }, index): RuleReading => {
          const [low, high] = span[metric] ?? [0, 1];
          const observedAt = new Date(nowMs - agoMin * 60_000);
          const value = Math.round((low + share * (high - low)) * 10) / 10;
          const doubt = doubtful === 0 ? 'device-questionable' : null;
          return { measurementId: stored.length + index + 1, metric, value, observedAt, receivedAt: new Date(nowMs), doubt };
        });
        stored.push(...fresh);
        const oldestMs = Math.min(...fresh.map(({ observedAt }) => observedAt.getTime()));
        const judgement = at(fresh.length === 0 ? null : new Date(oldestMs));
        recorded.push(...judgement.findings);
        standing = judgement.standing;
        const again = at(new Date(NOW_MS - 10 * 86_400_000));
        expect({ findings: again.findings, standing: again.standing, nextAt: again.nextAt }).toEqual({
          findings: [],
          standing,
          nextAt: judgement.nextAt,
        });
      }
      expect(new Set(recorded.map(({ ruleId, anchor, result }) => `${ruleId} ${anchor} ${result}`)).size).toBe(recorded.length);
    }),
    { numRuns: 300 },
  );
});

test('one rule says one thing of one anchor', () => {
  fc.assert(
    fc.property(readings, (set) => {
      const { findings } = judgeAll(set, ALL);
      const keys = findings.map(({ ruleId, anchor }) => `${ruleId} ${anchor}`);
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

const gravest = (findings: readonly Finding[], counts: readonly string[]): number =>
  Math.max(-1, ...findings.filter(({ result }) => counts.includes(result)).map(({ severity }) => SEVERITIES.indexOf(severity)));

// Which way is worse, from a middle everybody would call normal.
const towards: readonly [Metric, number, number][] = [
  ['spo2', 97, 36],
  ['pulse', 70, 21],
  ['pulse', 70, 299],
  ['systolic', 120, 41],
  ['systolic', 120, 299],
  ['diastolic', 80, 199],
  ['temperature', 36.8, 25.1],
  ['temperature', 36.8, 44.9],
];
test.each(towards)('%s from %p towards %p: a worse value is never taken more lightly', (metric, normal, worst) => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, fc.subarray([...ALL]), fc.boolean(), (a, b, programmes, later) => {
      const valueAt = (part: number): number => Math.round((normal + part * (worst - normal)) * 10) / 10;
      const findingsOf = (part: number): readonly Finding[] => {
        const verdict = plausibility(metric, valueAt(part));
        const doubt = verdict.verdict === 'doubtful' ? verdict.reason : null;
        const at = new Date(later ? NOW_MS - 3_600_000 : NOW_MS);
        return judgeAll(
          [{ measurementId: 1, metric, value: valueAt(part), observedAt: at, receivedAt: at, doubt }],
          programmes,
        ).findings.filter(({ domain }) => domain !== 'silence' && domain !== 'technical');
      };
      const [mild, grave] = [findingsOf(Math.min(a, b)), findingsOf(Math.max(a, b))];
      const fired = ['fire', 'fire_unconfirmed'];
      expect(gravest(grave, fired)).toBeGreaterThanOrEqual(gravest(mild, fired));
      expect(gravest(grave, [...fired, 'pending'])).toBeGreaterThanOrEqual(gravest(mild, [...fired, 'pending']));
    }),
    { numRuns: 150 },
  );
});

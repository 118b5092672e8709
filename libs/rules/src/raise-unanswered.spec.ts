import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import { effectiveTime } from '@varde/wire';
import type { AnswerSet, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { StandingRule } from './judging.js';
import { readCatalogue } from './read-catalogue.js';
import type { RecordedFinding } from './recorded.js';

const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')));
const RULE = 'dm.glucose.level2';
const START = new Date('2026-01-15T09:00:00Z');
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);
const plan: CarePlan = {
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  enrolments: [{ programme: 'dm', from: new Date(0), to: null }],
};
const LOW: RuleReading = { measurementId: 1, metric: 'glucose', value: 2.9, observedAt: START, receivedAt: START, doubt: null };
const RED: RecordedFinding = { ruleId: RULE, anchor: 'm:1', result: 'fire', at: START };
const STANDS: StandingRule = { ruleId: RULE, since: START };

const judgedAt = (
  now: Date,
  recorded: readonly RecordedFinding[] = [],
  standing: readonly StandingRule[] = [],
  { readings = [LOW], answers = [] }: { readonly readings?: readonly RuleReading[]; readonly answers?: readonly AnswerSet[] } = {},
) => {
  const window = { readings, refused: [], dailyMedians: [], answers, lastObserved: [] };
  const { findings, nextAt } = judge({
    ...{ catalogue, plan, window, recorded, standing, now, openEpisodes: [] },
    unlookedFrom: recorded.length === 0 || readings.length > 1 ? (readings[0]?.observedAt ?? START) : null,
  });
  const ours = findings.filter(({ ruleId }) => ruleId === RULE);
  return { said: ours.map(({ anchor, severity }) => `${anchor} ${severity}`), nextAt };
};
const UNANSWERED = 't:2026-01-15T09:15:00Z critical';

test('the look after a low blood sugar is due when the time for a reply has run out', () => {
  expect(judgedAt(minutes(0))).toEqual({ said: ['m:1 red'], nextAt: minutes(15) });
  expect(judgedAt(minutes(14), [RED], [STANDS])).toEqual({ said: [], nextAt: minutes(15) });
  expect(judgedAt(minutes(15), [RED], [STANDS]).said).toEqual([UNANSWERED]);
});

test('it is said once, and not again', () => {
  const said = { ruleId: RULE, anchor: 't:2026-01-15T09:15:00Z', result: 'fire', at: minutes(15) } as const;
  expect(judgedAt(minutes(16), [RED, said], [{ ruleId: RULE, since: minutes(15) }]).said).toEqual([]);
});

test('what stands in no open episode has been dealt with', () => {
  expect(judgedAt(minutes(15), [RED]).said).toEqual([]);
});

test('a look that comes late says both; one that comes hours late says only that it was low', () => {
  expect(judgedAt(minutes(40)).said).toEqual(['m:1 red', UNANSWERED]);
  expect(judgedAt(minutes(15 + 121)).said).toEqual(['m:1 red']);
});

test('an earlier low value that arrives when the time has run out is not waited for: it has been said', () => {
  const late: RuleReading = { ...LOW, measurementId: 2, observedAt: minutes(-1), receivedAt: minutes(15) };
  const { said, nextAt } = judgedAt(minutes(15), [RED], [STANDS], { readings: [late, LOW] });
  expect(said).toContain(UNANSWERED);
  expect(nextAt).not.toEqual(minutes(30));
});

test.each<[string, number, boolean]>([
  ['an answer given after the measurement, before it reached us: they had not been told', 12, true],
  ['an answer given after it reached us', 80, false],
])('a low value that reaches us after 78 minutes: %s', (_name, answeredAt, isRaised) => {
  const late: RuleReading = { ...LOW, receivedAt: minutes(78) };
  const seen: AnswerSet = {
    ...{ measurementId: 9, questionnaire: 'advice', items: { advice_id: 7, advice_answer: 'seen' } },
    ...{ observedAt: minutes(answeredAt), receivedAt: minutes(answeredAt) },
  };
  const { said, nextAt } = judgedAt(minutes(93), [RED], [STANDS], { readings: [late], answers: [seen] });
  expect(said).toEqual(isRaised ? ['t:2026-01-15T10:33:00Z critical'] : []);
  expect(judgedAt(minutes(81), [RED], [STANDS], { readings: [late], answers: [seen] }).nextAt).toEqual(isRaised ? minutes(93) : nextAt);
});

/** When a tap is taken to have been given, by tablet and gateway whose clocks are slow. */
function tapped(at: Date, tabletSlowSeconds: number, gatewaySlowSeconds: number): Date {
  const gatewayTime = new Date(at.getTime() - gatewaySlowSeconds * 1000);
  const deviceTime = new Date(gatewayTime.getTime() - tabletSlowSeconds * 1000).toISOString();
  return effectiveTime({
    measurement: { deviceTime, gatewayTime, stored: false, clockNotSet: false },
    ...{ deviceClock: null, gatewayClock: null, sentAt: gatewayTime, receivedAt: at, gatewayOffsetMs: gatewaySlowSeconds * 1000 },
    ...{ zone: 'Europe/Oslo', deviceEarliest: null },
  }).observedAt;
}
const seenAt = (observedAt: Date, receivedAt: Date): AnswerSet => ({
  ...{ measurementId: 9, questionnaire: 'advice', items: { advice_id: 7, advice_answer: 'seen' }, observedAt, receivedAt },
});
const saidWith = (reply: AnswerSet): readonly string[] => judgedAt(minutes(15), [RED], [STANDS], { answers: [reply] }).said;

test.each([
  [90, 0],
  [120, 60],
  [121, 60],
])('a reply counts although the tablet is %p s slow and the gateway %p s', (tablet, gateway) => {
  expect(saidWith(seenAt(tapped(minutes(0.1), tablet, gateway), minutes(0.1)))).toEqual([]);
});

test.each<[string, AnswerSet]>([
  ['had reached us before the value had', seenAt(minutes(-1), minutes(-0.5))],
  ['had been given well before, and waited in the home', seenAt(minutes(-3.1), minutes(1))],
])('what %s is no reply to it', (_what, answer) => expect(saidWith(answer)).toEqual([UNANSWERED]));

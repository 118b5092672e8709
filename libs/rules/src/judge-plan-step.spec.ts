import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import type { AnswerSet, Finding } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';
import { lateSeverity } from './late.js';
import { readCatalogue } from './read-catalogue.js';

/* No improvement after a step of the self-treatment plan. */
const catalogue = readCatalogue(JSON.parse(readFileSync(join(__dirname, 'catalogue/rules-catalogue.json'), 'utf8')));
const at = (text: string): Date => new Date(text);
const plan: CarePlan = {
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses: [], schedule: [] },
  enrolments: [{ programme: 'copd', from: at('2026-01-01T00:00:00Z'), to: null }],
};

interface Situation extends Partial<Pick<JudgeInput, 'standing' | 'recorded'>> {
  readonly now: string;
  readonly answers?: readonly AnswerSet[];
}

function judged({ now, answers = [], standing = [], recorded = [] }: Situation): Judgement {
  const window = { readings: [], refused: [], dailyMedians: [], answers, lastObserved: [] };
  return judge({ catalogue, plan, window, unlookedFrom: null, openEpisodes: [], standing, recorded, now: at(now) });
}
const found = ({ findings }: Judgement): readonly Finding[] => findings.filter(({ ruleId }) => ruleId === RULE);

const RULE = 'copd.plan.no_improvement';
const answered = (measurementId: number, when: string, items: AnswerSet['items']): AnswerSet => ({
  measurementId,
  questionnaire: 'daily',
  items,
  observedAt: at(when),
  receivedAt: at(when),
});
const started = answered(7, '2026-01-15T08:00:00Z', { plan_step_started: true });

test('fires 48 hours after the answer that started it, and asks to be woken then', () => {
  const before = judged({ now: '2026-01-17T07:59:59Z', answers: [started] });
  expect([found(before), before.nextAt]).toEqual([[], at('2026-01-17T08:00:00Z')]);
  const [finding] = found(judged({ now: '2026-01-17T08:00:00Z', answers: [started] }));
  expect(finding).toMatchObject({ result: 'fire', severity: 'red', anchor: 'm:7', readingIds: [7] });
});

const said = (measurementId: number, when: string, isStarted: boolean, isBetter = false): AnswerSet =>
  answered(measurementId, when, { plan_step_started: isStarted, symptoms_better: isBetter });
const anchors = (now: string, answers: readonly AnswerSet[]): readonly string[] =>
  found(judged({ now, answers })).map(({ anchor }) => anchor);

test('only better since then counts', () => {
  const better = (when: string): AnswerSet => answered(9, when, { symptoms_better: true });
  const now = '2026-01-17T08:00:00Z';
  expect(anchors(now, [started, better('2026-01-16T08:00:00Z')])).toEqual([]);
  expect(anchors(now, [started, better('2026-01-14T08:00:00Z')])).toEqual(['m:7']);
  expect(anchors(now, [started, answered(9, '2026-01-16T08:00:00Z', { symptoms_better: false })])).toEqual(['m:7']);
});

test.each<[string, readonly AnswerSet[], readonly string[]]>([
  ['the yes of the next morning, about the same step', [said(8, '2026-01-16T08:00:00Z', true)], ['m:7']],
  ['a tap on the advice, and the yes of the next morning', [said(8, '2026-01-15T17:00:00Z', true)], ['m:7']],
  ['a no alone', [said(8, '2026-01-16T08:00:00Z', false)], ['m:7']],
  ['another step: a no in between', [said(8, '2026-01-15T20:00:00Z', false), said(9, '2026-01-16T08:00:00Z', true)], []],
  ['another step: it had helped', [said(8, '2026-01-15T20:00:00Z', true, true), said(9, '2026-01-16T08:00:00Z', true)], []],
])('%s', (_name, then, expected) => {
  expect(anchors('2026-01-17T08:00:00Z', [started, ...then])).toEqual(expected);
  expect(anchors('2026-01-17T08:00:00Z', [...then, started])).toEqual(expected);
});

test('another step begins the clock anew', () => {
  const another = [said(8, '2026-01-15T20:00:00Z', false), said(9, '2026-01-16T08:00:00Z', true)];
  expect(judged({ now: '2026-01-17T08:00:00Z', answers: [started, ...another] }).nextAt).toEqual(at('2026-01-18T08:00:00Z'));
  expect(anchors('2026-01-18T08:00:00Z', [started, ...another])).toEqual(['m:9']);
});

const DAY_MS = 86_400_000;
const day = (count: number): Date => new Date(at('2026-01-15T08:00:00Z').getTime() + Math.round(count * DAY_MS));
interface Course {
  readonly answers: readonly AnswerSet[];
  /** Days on which somebody looks, and on which a person closes what stands. */
  readonly looks: readonly number[];
  readonly closed?: readonly number[];
}
/** What is said at which look, as severe as it is acted on, with what a look of that day still sees. */
function course({ answers: all, looks, closed = [] }: Course): readonly (readonly [number, string, string | null])[] {
  const recorded: Finding[] = [];
  const told: (readonly [number, string, string | null])[] = [];
  let standing: Judgement['standing'] = [];
  for (const look of looks) {
    const now = day(look);
    const fromMs = now.getTime() - 217 * 3_600_000;
    const answers = all.filter(({ receivedAt, observedAt }) => receivedAt <= now && observedAt.getTime() >= fromMs);
    if (closed.includes(look)) standing = [];
    const judgement = judged({
      now: now.toISOString(),
      answers,
      standing,
      recorded: recorded.filter((each) => each.at.getTime() >= fromMs),
    });
    const news = found(judgement);
    recorded.push(...news);
    told.push(...news.map((finding): [number, string, string | null] => [look, finding.anchor, lateSeverity(finding).severity]));
    if (news.length > 0 || standing.length > 0) standing = judgement.standing.filter(({ ruleId }) => ruleId === RULE);
  }
  return told;
}
const daily = (days: number): number[] => Array.from({ length: days }, (_none, each) => each);
const yes = (measurementId: number, when: number): AnswerSet => said(measurementId, day(when).toISOString(), true);
/** A tap on the advice to begin a step. */
const tap = (measurementId: number, when: number, advice: number): AnswerSet =>
  answered(measurementId, day(when).toISOString(), { advice_id: advice, advice_answer: 'started', plan_step_started: true });
const mornings = daily(21).map((each) => yes(each + 1, each));

test.each<[string, readonly number[]]>([
  ['also when nobody closes it', []],
  ['and not again days later when it was closed', [3]],
])('a yes every morning for three weeks is said once, whatever a look still sees of them, %s', (_name, closed) => {
  expect(course({ answers: mornings, looks: daily(21), closed })).toEqual([[2, 'm:1', 'red']]);
});

test('a second course is watched as the first one was', () => {
  const looks = [0, 2, 3, 5, 5.5, 6, 6.9, 7, 8, 9, 9.1, 10, 14];
  const red = [
    [2, 'm:1', 'red'],
    [7, 'm:52', 'red'],
  ];
  expect(course({ answers: [tap(1, 0, 1), tap(52, 5, 2)], looks, closed: [3] })).toEqual(red);
  // Two days without a yes in between.
  expect(course({ answers: [yes(1, 0), yes(52, 5)], looks, closed: [3] })).toEqual(red);
  // A yes every morning, but the fifth day's answers other advice.
  expect(course({ answers: [tap(1, 0, 1), ...mornings.slice(1), tap(52, 5, 2)], looks: [...looks, 20], closed: [3] })).toEqual(red);
  expect(judged({ now: day(5.5).toISOString(), answers: [tap(1, 0, 1), tap(52, 5, 2)] }).nextAt).toEqual(day(7));
});

test('other advice within the time, or the same advice again, begins no other course: what has not helped is not put off', () => {
  const looks = [0, 1, 2, 2.5, 3, 4, 5, 6];
  const red = [[2, 'm:1', 'red']];
  expect(course({ answers: [tap(1, 0, 1), tap(2, 1, 2), yes(3, 2)], looks })).toEqual(red);
  expect(course({ answers: [tap(1, 0, 1), yes(2, 1.5), tap(3, 3, 1)], looks })).toEqual(red);
});

test('a look that comes when another course has begun says the first one too', () => {
  expect(course({ answers: [tap(1, 0, 1), tap(52, 2.1, 2)], looks: [0, 2.2, 4, 4.1] })).toEqual([
    [2.2, 'm:1', 'red'],
    [4.1, 'm:52', 'red'],
  ]);
  const better = answered(53, day(2.15).toISOString(), { symptoms_better: true });
  expect(course({ answers: [tap(1, 0, 1), tap(52, 2.1, 2), better], looks: [0, 2.2, 4.1] })).toEqual([]);
});

test('a beginning that reaches us days late is an old one', () => {
  const late = { ...tap(1, 0, 1), receivedAt: day(4) };
  expect(course({ answers: [late], looks: [0, 4, 5] })).toEqual([[4, 'm:1', 'yellow']]);
});

test('is said once, and stands until a person closes it', () => {
  const first = judged({ now: '2026-01-17T08:00:00Z', answers: [started] });
  const standing = first.standing.filter(({ ruleId }) => ruleId === RULE);
  const again = judged({ now: '2026-01-18T08:00:00Z', answers: [started], recorded: first.findings, standing });
  expect([found(again), again.cleared]).toEqual([[], []]);
  expect(judged({ now: '2026-02-18T08:00:00Z', standing }).standing).toEqual(standing);
});

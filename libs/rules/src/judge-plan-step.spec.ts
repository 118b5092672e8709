import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarePlan } from '@varde/plans';
import type { AnswerSet, Finding } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';
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

test('a yes every morning for three weeks is said once, whatever a look still sees of them', () => {
  const mornings = Array.from({ length: 21 }, (_none, day) =>
    said(day + 1, new Date(at('2026-01-15T08:00:00Z').getTime() + day * 86_400_000).toISOString(), true),
  );
  const recorded: Finding[] = [];
  let standing: Judgement['standing'] = [];
  for (const { observedAt: now } of mornings) {
    const fromMs = now.getTime() - 217 * 3_600_000;
    const answers = mornings.filter(({ observedAt }) => observedAt <= now && observedAt.getTime() >= fromMs);
    const known = recorded.filter((each) => each.at.getTime() >= fromMs);
    const judgement = judged({ now: now.toISOString(), answers, standing, recorded: known });
    recorded.push(...found(judgement));
    standing = judgement.standing.filter(({ ruleId }) => ruleId === RULE);
  }
  expect(recorded.map(({ anchor, severity }) => [anchor, severity])).toEqual([['m:1', 'red']]);
});

test('is said once, and stands until a person closes it', () => {
  const first = judged({ now: '2026-01-17T08:00:00Z', answers: [started] });
  const standing = first.standing.filter(({ ruleId }) => ruleId === RULE);
  const again = judged({ now: '2026-01-18T08:00:00Z', answers: [started], recorded: first.findings, standing });
  expect([found(again), again.cleared]).toEqual([[], []]);
  expect(judged({ now: '2026-02-18T08:00:00Z', standing }).standing).toEqual(standing);
});

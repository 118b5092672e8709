import { worsening, type Person } from '../person/person.js';
import { answerAdvice, answerPlanStep, isHelpedByPlan } from './advice-answers.js';

const FROM = new Date('2026-03-02T08:00:00Z');
const at = (hours: number): Date => new Date(FROM.getTime() + hours * 3_600_000);
const person = (seed: string): Person => ({ seed, course: 'exacerbation', worseningFrom: FROM, worseningHours: 72 });
const SEEDS = Array.from({ length: 200 }, (_, index) => `person ${index}`);
const button = (code: string) => ({ code, nb: code, en: code });
const critical = { adviceId: 7, kind: 'critical' as const, answers: ['called_113', 'cannot', 'not_needed'].map(button) };
const yellow = { adviceId: 8, kind: 'yellow' as const, answers: ['started', 'not_now'].map(button) };

const said = (hours: number, advice: Parameters<typeof answerAdvice>[1]): Map<unknown, number> => {
  const counts = new Map<unknown, number>();
  for (const seed of SEEDS) {
    const answer = answerAdvice(person(seed), advice, at(hours))?.items['advice_answer'];
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return counts;
};

test('whoever feels ill calls, but for a few who cannot; whoever is well says that it is not needed', () => {
  expect(said(72, critical).get('called_113')).toBeGreaterThan(150);
  expect(said(72, critical).get('cannot')).toBeGreaterThan(5);
  expect(said(0, critical)).toEqual(new Map([['not_needed', 200]]));
});

test('the yellow step is begun by who feels ill, and the answer names the advice', () => {
  expect(said(72, yellow)).toEqual(new Map([['started', 200]]));
  expect(said(0, yellow)).toEqual(new Map([['not_now', 200]]));
  expect(answerAdvice(person('anna'), yellow, at(72))?.items).toEqual({ advice_id: 8, advice_answer: 'started', plan_step_started: true });
});

test('only what is offered is answered', () => {
  expect(answerAdvice(person('anna'), { ...yellow, answers: [button('seen')] }, at(72))?.items['advice_answer']).toBe('seen');
  expect(answerAdvice(person('anna'), { ...yellow, answers: [] }, at(72))).toBeNull();
});

test('the step helps most, who then get better, and they say so', () => {
  const helped = SEEDS.filter((seed) => isHelpedByPlan(person(seed)));
  expect(helped.length).toBeGreaterThan(90);
  expect(helped.length).toBeLessThan(150);
  const treated = { ...person(helped[0] ?? ''), treatedFrom: at(24) };
  expect(worsening(treated, at(24))).toBeCloseTo(1 / 3);
  expect(worsening(treated, at(48))).toBeLessThan(worsening(person('any'), at(48)) / 1.9);
  expect(worsening(treated, at(96))).toBe(0);
  expect(answerPlanStep(treated).items).toEqual({ symptoms_better: true });
  expect(answerPlanStep(person(helped[0] ?? '')).items).toEqual({ symptoms_better: false });
});

import fc from 'fast-check';
import { CATALOGUE as catalogue, planOf } from '../../../test/clinic.js';
import type { AnswerSet, Finding, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { Judgement, StandingRule } from './judging.js';

/** `gen.tech.other_person`: "held back from weight rules until the patient answers yes it was me; if confirmed, all weight rules run on it". */

const START_MS = Date.parse('2026-01-15T07:00:00Z');
const DAY = 1440;
const at = (minutes: number): Date => new Date(START_MS + minutes * 60_000);
const weight = (measurementId: number, value: number, minute: number, doubt: string | null = null): RuleReading => ({
  ...{ measurementId, metric: 'weight', value, observedAt: at(minute), receivedAt: at(minute), doubt },
});
const answer = (measurementId: number, about: number, isMine: boolean, minute: number): AnswerSet => ({
  ...{ measurementId, questionnaire: 'weight', items: { weight_id: about, weight_is_mine: isMine } },
  ...{ observedAt: at(minute), receivedAt: at(minute) },
});
const BEFORE = [weight(1, 80, -2 * DAY), weight(2, 80.2, -DAY)];
const JUMPED = weight(3, 86.4, 0, 'jump');

interface Told {
  readonly recorded: readonly Finding[];
  readonly last: Judgement;
  readonly cleared: readonly string[];
}

/** Looked at as it comes, in the order it reaches us. */
function tell(items: readonly (RuleReading | AnswerSet)[], untilMin: number): Told {
  const plan = planOf({ enrolments: [{ programme: 'hf', from: new Date(0), to: null }] });
  let recorded: readonly Finding[] = [];
  let standing: readonly StandingRule[] = [];
  const cleared: string[] = [];
  const seen: (RuleReading | AnswerSet)[] = [];
  const look = (now: Date, unlookedFrom: Date | null): Judgement => {
    const readings = seen.filter((each): each is RuleReading => 'metric' in each);
    const answers = seen.filter((each): each is AnswerSet => 'items' in each);
    const window = { readings, refused: [], dailyMedians: [], answers, lastObserved: [] };
    const judgement = judge({ catalogue, plan, window, unlookedFrom, standing, recorded, openEpisodes: [], now });
    recorded = [...recorded, ...judgement.findings];
    standing = judgement.standing;
    cleared.push(...judgement.cleared.map(({ ruleId }) => ruleId));
    return judgement;
  };
  const nights = [at(DAY - 400), at(2 * DAY - 400)];
  const inOrder = [...items].sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime());
  for (const item of inOrder) {
    if (nights[0] !== undefined && item.receivedAt > nights[0]) look(nights.shift() as Date, null);
    seen.push(item);
    const weighed = 'items' in item ? items.find(({ measurementId }) => measurementId === item.items['weight_id']) : undefined;
    look(item.receivedAt, new Date(Math.min(item.observedAt.getTime(), weighed?.observedAt.getTime() ?? Number.POSITIVE_INFINITY)));
  }
  const last = look(at(untilMin), null);
  return { last, recorded, cleared };
}
const GAIN = 'hf.weight.gain_3d';
const WHOSE = 'gen.tech.other_person';
const said = ({ recorded }: Told, ruleId: string): string[] =>
  recorded.filter((each) => each.ruleId === ruleId && each.result !== 'not_evaluable').map(({ anchor, result }) => `${anchor} ${result}`);

test('without an answer it waits, and fires unconfirmed at the end of the day', () => {
  const told = tell([...BEFORE, JUMPED], DAY);
  expect(said(told, GAIN)).toEqual(['m:3 pending', 'm:3 fire_unconfirmed']);
  expect(said(told, WHOSE)).toEqual(['m:3 fire']);
});

test('yes, it was me: the rules about weight run on it, the doubt is over, and the reason is kept', () => {
  const told = tell([...BEFORE, JUMPED, answer(9, 3, true, 60)], 70);
  expect(said(told, GAIN)).toEqual(['m:3 pending', 'm:3 fire']);
  expect(said(told, WHOSE)).toEqual(['m:3 fire', 'm:3 not_confirmed']);
  const fired = told.recorded.find(({ ruleId, result }) => ruleId === GAIN && result === 'fire');
  expect(fired).toMatchObject({ receivedAt: at(60), reason: { nb: expect.stringMatching(/svart at det var pasienten/) as string } });
  expect(fired?.reason.nb).not.toMatch(/Usikker|før den kom fram/);
  expect(told.last.standing.map(({ ruleId }) => ruleId)).not.toContain(WHOSE);
});

test('a yes is as late as it comes: it is the late-data policy that says what follows', () => {
  const told = tell([...BEFORE, JUMPED, answer(9, 3, true, 1500)], 1510);
  const fired = told.recorded.find(({ ruleId, result }) => ruleId === GAIN && result === 'fire');
  expect(fired?.receivedAt).toEqual(at(1500));
});

test('the next weights are compared with one that is theirs, and not held back for being like it', () => {
  const later = [weight(4, 86.5, 10, 'jump'), answer(9, 3, true, 60), weight(5, 86.3, DAY)];
  const told = tell([...BEFORE, JUMPED, ...later], DAY + 10);
  expect(said(told, WHOSE)).toEqual(['m:3 fire', 'm:4 fire', 'm:3 not_confirmed']);
  expect(said(told, 'hf.weight.loss_3d')).toEqual([]);
  expect(told.last.standing.map(({ ruleId }) => ruleId)).not.toContain(WHOSE);
});

test('a second weighing that says otherwise counts for more than a yes', () => {
  expect(said(tell([...BEFORE, JUMPED, weight(4, 80.1, 10), answer(9, 3, true, 60)], 70), GAIN)).toEqual([
    'm:3 pending',
    'm:3 not_confirmed',
  ]);
});

test('no, it was not me: it is left out, what waited for it is settled, and it says so until they have weighed themselves', () => {
  const left = tell([...BEFORE, JUMPED, answer(9, 3, false, 60)], DAY);
  expect(said(left, GAIN)).toEqual(['m:3 pending', 'm:3 not_confirmed']);
  expect(said(left, WHOSE)).toEqual(['m:3 fire', 'm:9 fire']);
  expect(left.recorded.at(-1)?.reason.nb).toMatch(/ikke pasientens/);
  expect(left.last.standing.map(({ ruleId }) => ruleId)).toContain(WHOSE);
  const weighed = tell([...BEFORE, JUMPED, answer(9, 3, false, 60), weight(4, 80.1, 100)], DAY);
  expect(said(weighed, 'hf.weight.loss_3d')).toEqual([]);
  expect(weighed.last.standing.map(({ ruleId }) => ruleId)).not.toContain(WHOSE);
});

test("what stood by somebody else's weight alone is clear by a no", () => {
  const told = tell([...BEFORE, JUMPED, answer(9, 3, false, DAY)], DAY + 1);
  expect(said(told, GAIN)).toEqual(['m:3 pending', 'm:3 fire_unconfirmed']);
  expect(told.cleared).toContain(GAIN);
  expect(told.last.standing.map(({ ruleId }) => ruleId)).not.toContain(GAIN);
});

test('an answer given last counts, and one about a weight that nobody doubted leaves it out too', () => {
  const corrected = tell([...BEFORE, JUMPED, answer(8, 3, false, 30), answer(9, 3, true, 60)], 70);
  expect(said(corrected, GAIN)).toEqual(['m:3 pending', 'm:3 not_confirmed', 'm:3 fire']);
  const plain = tell([...BEFORE, weight(3, 83.5, 0), answer(9, 3, false, 30)], 40);
  expect(said(plain, GAIN)).toEqual(['m:3 pending', 'm:3 not_confirmed']);
});

test('pounds for kilograms stay held back, whoever it was', () => {
  const told = tell([...BEFORE, weight(3, 176.8, 0, 'looks-like-pounds'), answer(9, 3, true, 60)], 70);
  expect(told.recorded.filter(({ ruleId, result }) => ruleId.startsWith('hf.weight') && result === 'fire')).toEqual([]);
});

test('in whatever order weights and answers are given to a judgement, and however often, it is the same', () => {
  const readings = [...BEFORE, JUMPED, weight(4, 86.2, 20, 'jump'), weight(5, 74, 2 * DAY, 'jump')];
  const answers = [answer(7, 3, false, 30), answer(8, 3, true, 60), answer(9, 5, false, 2 * DAY + 5), answer(10, 3, true, 60)];
  const plan = planOf({ enrolments: [{ programme: 'hf', from: new Date(0), to: null }] });
  const judged = (given: readonly RuleReading[], sets: readonly AnswerSet[]): Judgement => {
    const window = { readings: given, refused: [], dailyMedians: [], answers: sets, lastObserved: [] };
    const around = { recorded: [], standing: [], openEpisodes: [], now: at(3 * DAY) };
    return judge({ catalogue, plan, window, unlookedFrom: at(-2 * DAY), ...around });
  };
  const expected = judged(readings, answers);
  expect(expected.findings.some(({ ruleId, result }) => ruleId === GAIN && result === 'fire')).toBe(true);
  const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
    fc.tuple(fc.shuffledSubarray([...list], { minLength: list.length }), fc.subarray([...list])).map(([all, again]) => [...all, ...again]);
  fc.assert(fc.property(shuffled(readings), shuffled(answers), (a, b) => expect(judged(a, b)).toEqual(expected)));
});

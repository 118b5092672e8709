import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, DailyMedian, RuleReading } from '@varde/rules';
import fc from 'fast-check';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import type { LookInput, LookOutcome } from './input-and-outcome.js';
import { rehearse, type Rehearsed, type RehearsalInput } from './rehearse.js';

/** `gen.tech.other_person`: a weight that jumps is held back until the patient says that it was them. Somebody must ask. */

const START = new Date('2026-01-15T07:30:00Z');
const DAY = 1440;
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);
const plan = planOf({ enrolments: [{ programme: 'hf', from: new Date(0), to: null }] });
const weight = (measurementId: number, value: number, at: number, doubt: string | null = null): RuleReading => ({
  ...{ measurementId, metric: 'weight', value, observedAt: minutes(at), receivedAt: minutes(at), doubt },
});
const answer = (about: number, isMine: boolean, at: number): AnswerSet => ({
  ...{ measurementId: 900 + at, questionnaire: 'weight', items: { weight_id: about, weight_is_mine: isMine } },
  ...{ observedAt: minutes(at), receivedAt: minutes(at) },
});
const BEFORE = [1, 2, 3].map((id) => weight(id, 80, (id - 4) * DAY));
const JUMPED = weight(10, 86.4, 0, 'jump');

interface Ran extends Rehearsed {
  readonly looks_: readonly (readonly [LookInput, LookOutcome])[];
}
function run(readings: readonly RuleReading[], answers: readonly AnswerSet[] = [], given: Partial<RehearsalInput> = {}): Ran {
  const looks: (readonly [LookInput, LookOutcome])[] = [];
  const rehearsed = rehearse({
    agreement: { catalogue: CATALOGUE, plan, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [], snoozes: [] },
    ...{ readings, answers, refused: [], episodes: [], recorded: [], from: minutes(-4 * DAY), to: minutes(3 * DAY) },
    onLook: (input, outcome) => looks.push([input, outcome]),
    ...given,
  });
  return { ...rehearsed, looks_: looks };
}
const asked = ({ questions }: Rehearsed) => questions.map(({ draft: { key } }) => key).filter((key) => key.startsWith('whose/'));
const medians = ({ looks_ }: Ran): readonly DailyMedian[] =>
  (looks_.at(-1)?.[0].window.dailyMedians ?? []).filter(({ metric }) => metric === 'weight');

test('a weight that jumps is asked about at once, in words that say which', () => {
  const ran = run([...BEFORE, JUMPED]);
  expect(asked(ran)).toEqual(['whose/10']);
  expect(ran.questions[0]?.draft).toMatchObject({
    ...{ kind: 'whose_weight', measurementId: 10, ofUseUntil: minutes(2 * DAY), mustAnswer: false },
    text: {
      nb: 'Vekten viste 86,4 kg torsdag 15. januar kl. 08.30. Det er langt fra det den pleier å vise. Var det du som sto på vekten?',
      en: expect.stringMatching(/86\.4 kg.*Was it you/) as string,
    },
  });
});

test.each<[string, readonly RuleReading[], readonly AnswerSet[], Partial<RehearsalInput>]>([
  ['an ordinary weight', [...BEFORE, weight(10, 81, 0)], [], {}],
  ['what is answered before it is looked at', [...BEFORE, { ...JUMPED, receivedAt: minutes(30) }], [answer(10, true, 20)], {}],
  ['what comes after a day', [...BEFORE, { ...JUMPED, receivedAt: minutes(DAY) }], [], {}],
  [
    'a weight in a pause',
    [...BEFORE, JUMPED],
    [],
    {
      agreement: {
        ...{ catalogue: CATALOGUE, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [], snoozes: [] },
        plan: planOf({ ...plan, pauses: [{ kind: 'holiday', from: minutes(-60), to: minutes(600) } as never] }),
      },
    },
  ],
])('%s is not asked about', (_what, readings, answers, given) => expect(asked(run(readings, answers, given))).toEqual([]));

test('a second weighing like it is not asked about while the first waits, another person beside it is', () => {
  expect(asked(run([...BEFORE, JUMPED, weight(11, 86.2, 10, 'jump')]))).toEqual(['whose/10']);
  expect(asked(run([...BEFORE, JUMPED, weight(11, 61, 10, 'jump')]))).toEqual(['whose/10', 'whose/11']);
});

test('a yes answers it, counts the weight in its day, and its episode tells why', () => {
  const ran = run([...BEFORE, JUMPED], [answer(10, true, 50)]);
  expect(ran.looks_.flatMap(([, { answeredAdvice }]) => answeredAdvice)).toMatchObject([{ answer: 'was_me', at: minutes(50) }]);
  expect(medians(ran).at(-1)).toMatchObject({ median: 86.4, readings: 1 });
  const told = ran.episodes.flatMap(({ steps }) => steps.map(({ reason }) => reason.nb));
  expect(told.join('\n')).toMatch(/Vekt 86,4 kg er pasientens egen/);
  expect(ran.findings.map(({ finding: { ruleId, result } }) => `${ruleId} ${result}`)).toContain('hf.weight.gain_3d fire');
});

test('a no leaves it out of its day, says so, and still waits for a weight of their own', () => {
  const plain = weight(10, 83, 0);
  const ran = run([...BEFORE, plain], [answer(10, false, 2 * DAY)]);
  expect(medians(ran).map(({ median }) => median)).toEqual([80, 80, 80]);
  const left = run([...BEFORE, JUMPED], [answer(10, false, 50)]);
  expect(left.looks_.flatMap(([, { settledAsks }]) => settledAsks)).toEqual([]);
  expect(left.episodes.flatMap(({ steps }) => steps.map(({ reason }) => reason.nb)).join('\n')).toMatch(/86,4 kg er ikke pasientens/);
});

test('an answer corrected later is the one that counts, days after', () => {
  const ran = run([...BEFORE, JUMPED], [answer(10, false, 50), answer(10, true, 2 * DAY)]);
  expect(medians(ran).at(-1)).toMatchObject({ median: 86.4 });
});

test('whatever the order in which a weight and its answer arrive, the same days are summed up and the same weights count', () => {
  const readings = [...BEFORE, JUMPED, weight(11, 86.3, 12, 'jump')];
  const answers = [answer(10, false, 30), answer(10, true, 60), answer(11, true, 61)];
  const comes = fc.integer({ min: 61, max: 90 });
  const expected = medians(run(readings, answers));
  fc.assert(
    fc.property(fc.array(comes, { minLength: 5, maxLength: 5 }), (at) => {
      const late = (place: number): Date => minutes(at[place] ?? 0);
      const readingsThen = readings.map((each, place) => (place < 3 ? each : { ...each, receivedAt: late(place - 3) }));
      const answersThen = answers.map((each, place) => ({ ...each, receivedAt: late(place + 2) }));
      const ran = run([...readingsThen, ...readingsThen], [...answersThen, ...answersThen]);
      expect(medians(ran)).toEqual(expected);
      expect(ran.findings.some(({ finding }) => finding.ruleId === 'hf.weight.gain_3d' && finding.result === 'fire')).toBe(true);
    }),
    { numRuns: 40, seed: 7 },
  );
});

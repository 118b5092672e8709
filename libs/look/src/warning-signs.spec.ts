import { readFileSync } from 'node:fs';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { rehearse, type Rehearsed, type RehearsalInput } from './rehearse.js';

/** `htn.severe_with_symptoms` looks at `bp_symptoms` (README 4.2): somebody must ask for them. */

const START = new Date('2026-01-15T09:00:00Z');
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);
const plan = planOf({ enrolments: [{ programme: 'htn', from: new Date(0), to: null }] });
const cuff = (id: number, [systolic, diastolic]: readonly [number, number], at: number, given: Partial<RuleReading> = {}): RuleReading[] =>
  (['systolic', 'diastolic'] as const).map((metric) => ({
    ...{ measurementId: id, metric, value: metric === 'systolic' ? systolic : diastolic, observedAt: minutes(at), receivedAt: minutes(at) },
    ...{ doubt: null, ...given },
  }));
const signs = (items: AnswerSet['items'], at: number): AnswerSet => ({
  ...{ measurementId: 900, questionnaire: 'pressure', items, observedAt: minutes(at), receivedAt: minutes(at) },
});

function run(readings: readonly RuleReading[], answers: readonly AnswerSet[] = [], given: Partial<RehearsalInput> = {}): Rehearsed {
  return rehearse({
    agreement: { catalogue: CATALOGUE, plan, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [], snoozes: [] },
    ...{ readings, answers, refused: [], episodes: [], recorded: [], from: minutes(-60), to: minutes(400) },
    ...given,
  });
}
const asked = ({ questions }: Rehearsed) => questions.map(({ draft: { key, kind }, at }) => [key, kind, at]);

test('a very high pressure is asked about at once, while it is still to be confirmed', () => {
  const rehearsed = run(cuff(1, [186, 112], 0));
  expect(asked(rehearsed)).toEqual([['signs/m:1', 'warning_signs', START]]);
  expect(rehearsed.questions[0]?.draft).toMatchObject({
    ...{ ofUseUntil: minutes(120), measurementId: 1 },
    text: { nb: expect.stringMatching(/svært høyt.*Svar på spørsmålene nå/) as string, en: expect.stringMatching(/very high/) as string },
  });
});

test('once a session, and again in the next one', () => {
  const session = (id: number, at: number) => [
    ...cuff(id, [186, 112], at),
    ...cuff(id + 1, [184, 110], at + 6),
    ...cuff(id + 2, [185, 111], at + 8),
  ];
  const answered = run([...session(1, 0), ...session(11, 300)], [signs({ chest_pain: false }, 4)]);
  expect(asked(answered)).toEqual([
    ['signs/m:1', 'warning_signs', START],
    ['signs/m:11', 'warning_signs', minutes(300)],
  ]);
});

test.each<[string, readonly RuleReading[], readonly AnswerSet[]]>([
  ['a high one', cuff(1, [172, 100], 0), []],
  ['one that came late', cuff(1, [186, 112], 0, { receivedAt: minutes(121) }), []],
  ['one whose signs have just been told', cuff(1, [186, 112], 0), [signs({ chest_pain: false }, -10)]],
])('%s is not asked about', (_what, readings, answers) => expect(asked(run(readings, answers))).toEqual([]));

test('a yes makes it critical, and the red text names the signs', () => {
  const rehearsed = run(cuff(1, [186, 112], 0), [signs({ speech_trouble: true }, 40)]);
  expect(rehearsed.episodes.map(({ episode }) => episode.severity)).toEqual(['critical']);
  const [red] = rehearsed.episodes[0]?.advice ?? [];
  expect(red).toMatchObject({ kind: 'red' });
  for (const word of ['brystsmerter', 'tungpustet', 'forvirret', 'hodepine', 'syn', 'snakke', 'nummen', 'rygg']) {
    expect(red?.text.nb).toContain(word);
  }
  const file = JSON.parse(readFileSync('libs/plans/src/questionnaires/questionnaires.json', 'utf8')) as {
    questionnaires: { code: string; items: unknown[] }[];
  };
  expect(file.questionnaires.find(({ code }) => code === 'pressure')?.items).toHaveLength(8);
});

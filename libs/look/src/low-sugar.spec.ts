import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RefusedValue, RuleReading } from '@varde/rules';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import type { HomeAsk } from './ask-home.js';
import { rehearse, type Rehearsed, type RehearsalInput } from './rehearse.js';

/** `dm.glucose.level2`: "patient gets the take-sugar text at once; no reply in 15 min escalates to critical". */

const START = new Date('2026-01-15T09:00:00Z');
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);
const plan = planOf({ enrolments: [{ programme: 'dm', from: new Date(0), to: null }] });
const glucose = (id: number, value: number, at: number, given: Partial<RuleReading> = {}): RuleReading => ({
  ...{ measurementId: id, metric: 'glucose', value, observedAt: minutes(at), receivedAt: minutes(at), doubt: null },
  ...given,
});
const reply = (answer: string, at: number): AnswerSet => ({
  ...{ measurementId: 900, questionnaire: 'advice', items: { advice_id: 1, advice_answer: answer } },
  ...{ observedAt: minutes(at), receivedAt: minutes(at) },
});

function run(readings: readonly RuleReading[], answers: readonly AnswerSet[] = [], given: Partial<RehearsalInput> = {}): Rehearsed {
  return rehearse({
    agreement: { catalogue: CATALOGUE, plan, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [], snoozes: [] },
    ...{ readings, answers, refused: [], episodes: [], recorded: [], from: START, to: minutes(40) },
    ...given,
  });
}

const graveOf = ({ findings }: Rehearsed) =>
  findings.filter(({ finding }) => finding.ruleId === 'dm.glucose.level2').map(({ finding: { at, severity } }) => [at, severity]);

test('told at once to take sugar, to reply and to measure again; no reply in 15 minutes is critical, at that very minute', () => {
  const rehearsed = run([glucose(1, 2.9, 0)]);
  const [line] = rehearsed.episodes;
  expect(line?.advice).toMatchObject([
    { kind: 'red', mustAnswer: true, answers: ['seen', 'called_116117', 'cannot'] },
    { kind: 'critical', mustAnswer: true },
  ]);
  expect(line?.advice.map(({ text }) => text)).toEqual([
    {
      nb: expect.stringMatching(/^Blodsukkeret ditt er lavt\. Ta sukker.*Svar.*mål/),
      en: expect.stringMatching(/^Your blood sugar is low\./),
    },
    { nb: expect.stringMatching(/^Ring 113 nå\..*Ta sukker/), en: expect.stringMatching(/Take sugar/) },
  ]);
  expect(line?.steps.filter(({ kind }) => kind === 'opened' || kind === 'severity_rose')).toMatchObject([
    { kind: 'opened', at: START },
    { kind: 'severity_rose', at: minutes(15) },
  ]);
  expect(line?.findings.map(({ reason }) => reason).at(-1)).toEqual({
    nb: expect.stringMatching(/2,9 mmol.*Pasienten har verken svart eller målt en bedre verdi på 15 min\.$/),
    en: expect.stringMatching(/2\.9 mmol.*The patient has neither answered nor measured a better value in 15 min\.$/),
  });
  expect(line?.episode.severity).toBe('critical');
  expect(line?.notices.some(({ at, severity }) => at.getTime() === minutes(15).getTime() && severity === 'critical')).toBe(true);
  expect(graveOf(rehearsed)).toEqual([
    [START, 'red'],
    [minutes(15), 'critical'],
  ]);
});

test.each<[string, readonly RuleReading[], readonly AnswerSet[], boolean]>([
  ['a reply in time', [], [reply('seen', 14)], false],
  ['a reply of before it', [], [reply('seen', -5)], true],
  ['a reply too late', [], [reply('seen', 16)], true],
  ['that they cannot', [], [reply('cannot', 5)], true],
  ['a better value in time', [glucose(2, 3.4, 14)], [], false],
  ['a better value too late', [glucose(2, 4.4, 16)], [], true],
  ['a value as low', [glucose(2, 2.8, 10)], [], true],
  ['a better value that is doubtful', [glucose(2, 4.4, 10, { doubt: 'jump' })], [], true],
])('%s', (_what, more, answers, isCritical) => {
  const rehearsed = run([glucose(1, 2.9, 0), ...more], answers);
  expect(rehearsed.episodes[0]?.episode.severity).toBe(isCritical ? 'critical' : 'red');
  // However often it was measured, it is said once.
  expect(graveOf(rehearsed).filter(([, severity]) => severity === 'critical')).toEqual(isCritical ? [[minutes(15), 'critical']] : []);
});

test('3.0 is not so low, and what came late has been too long ago to wait for a reply', () => {
  expect(run([glucose(1, 3, 0)]).episodes.map(({ episode }) => episode.severity)).toEqual(['yellow']);
  const late = run([glucose(1, 2.9, -180, { receivedAt: minutes(5) })]);
  expect(late.episodes.map(({ episode }) => episode.severity)).toEqual(['red']);
  expect(late.episodes[0]?.advice[0]?.text.nb).not.toMatch(/sukker/);
});

test('whoever closes it in time has dealt with it', () => {
  const people: RehearsalInput['people'] = {
    next: (_episode, now) =>
      now < minutes(9) ? { at: minutes(10), kind: 'close', byPersonId: 1, outcome: 'treated_at_home', note: 'snakket med' } : null,
  } as RehearsalInput['people'];
  const rehearsed = run([glucose(1, 2.9, 0)], [], people === undefined ? {} : { people });
  expect(rehearsed.episodes.map(({ episode }) => [episode.closedAt, episode.severity])).toEqual([[minutes(10), 'red']]);
});

test('low again in the same episode is told again', () => {
  const { episodes } = run([glucose(1, 2.9, 0), glucose(2, 4.5, 10), glucose(3, 2.7, 30)]);
  expect(episodes).toHaveLength(1);
  expect(episodes[0]?.advice.filter(({ text }) => text.nb.includes('Ta sukker'))).toHaveLength(2);
});

test('an answer to what they were told before the low value reached us is no reply to it', () => {
  const late = glucose(1, 2.9, -80, { receivedAt: minutes(1) });
  const severityWith = (at: number) => run([late], [reply('seen', at)]).episodes[0]?.episode.severity;
  expect([severityWith(-30), severityWith(5)]).toEqual(['critical', 'red']);
});

describe('a low value that the device doubts', () => {
  const doubtful = glucose(1, 2.4, 0, { doubt: 'device-questionable' });
  const metabolic = ({ episodes }: Rehearsed) => episodes.filter(({ episode }) => episode.domains.includes('metabolic'));

  test('told at once to take sugar and to reply, and asked to measure again without rest; neither in 15 minutes is critical', () => {
    let asked: readonly HomeAsk[] = [];
    const home: RehearsalInput['home'] = { answer: (asks) => ((asked = [...asked, ...asks]), []) };
    const rehearsed = run([doubtful], [], { home });
    expect(rehearsed.questions).toMatchObject([
      { at: START, draft: { key: 'sugar/m:1', kind: 'red', mustAnswer: true, answers: ['seen', 'called_116117', 'cannot'] } },
    ]);
    expect(rehearsed.questions[0]?.draft.text).toEqual({
      nb: expect.stringMatching(/^Blodsukkeret ditt kan være lavt.*Ta sukker.*Svar på denne meldingen nå/) as string,
      en: expect.stringMatching(/^Your blood sugar may be low.*Take sugar.*Answer this message now/) as string,
    });
    expect(asked).toMatchObject([{ key: 'm:1', restMinutes: 0, times: 1, answerBy: minutes(30) }]);
    expect(metabolic(rehearsed).map(({ episode }) => [episode.openedAt, episode.severity])).toEqual([[minutes(15), 'critical']]);
    expect(graveOf(rehearsed).slice(1)).toEqual([
      [START, 'red'],
      [minutes(15), 'critical'],
    ]);
  });

  test('who has replied to it is red for want of a new value, not critical', () => {
    const rehearsed = run([doubtful], [reply('seen', 5)]);
    expect(metabolic(rehearsed).map(({ episode, advice }) => [episode.severity, advice.map(({ kind }) => kind)])).toEqual([
      ['red', ['red']],
    ]);
  });

  test('and who has measured a better value is left in peace', () => {
    const rehearsed = run([doubtful, glucose(2, 5.4, 8)]);
    expect(metabolic(rehearsed)).toEqual([]);
    expect(rehearsed.questions).toHaveLength(1);
  });
});

test('LO of the meter: told at once to take sugar, whatever number it would have been; unanswered, red for people after 15 minutes', () => {
  const lo: RefusedValue = { refusedId: 7, metric: 'glucose', reason: 'below-range', observedAt: START, receivedAt: START };
  const rehearsed = run([], [], { refused: [lo] });
  expect(rehearsed.questions).toMatchObject([{ at: START, draft: { key: 'sugar/r:7', mustAnswer: true } }]);
  expect(rehearsed.episodes.map(({ episode, findings }) => [episode.severity, findings.at(-1)?.result])).toEqual([
    ['red', 'fire_unconfirmed'],
  ]);
  const hi = run([], [], { refused: [{ ...lo, reason: 'above-range' }] });
  expect([hi.questions, hi.episodes.map(({ episode }) => episode.severity)]).toEqual([[], ['info']]);
});

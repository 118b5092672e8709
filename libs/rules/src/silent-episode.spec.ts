import { CATALOGUE as catalogue, planOf } from '../../../test/clinic.js';
import type { AnswerSet, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement, OpenEpisode } from './judging.js';

const RULE = 'gen.silence.in_episode';
/** A clock of January 2026 in Oslo. */
const at = (text: string): Date => new Date(`2026-01-${text}+01:00`);
const BEGUN = at('01T00:00');
const PLAN = planOf({ schedule: [], enrolments: [{ programme: 'copd', from: BEGUN, to: null }] });
const GRAVE: OpenEpisode = { severity: 'red', domains: ['respiratory'], openedAt: at('14T07:00') };
const reading = (when: string, over: Partial<RuleReading> = {}): RuleReading => ({
  ...{ measurementId: 7, metric: 'spo2', value: 93, observedAt: at(when), receivedAt: at(when), doubt: null },
  ...over,
});
const answers = (when: string, items: AnswerSet['items'], questionnaire = 'advice'): AnswerSet => ({
  ...{ measurementId: 9, questionnaire, items, observedAt: at(when), receivedAt: at(when) },
});

function judged(now: string, window: Partial<JudgeInput['window']>, over: Partial<JudgeInput> = {}): Judgement {
  return judge({
    ...{ catalogue, plan: PLAN, unlookedFrom: null, openEpisodes: [GRAVE], standing: [], recorded: [], now: at(now) },
    window: { readings: [], refused: [], dailyMedians: [], answers: [], lastObserved: [], ...window },
    ...over,
  });
}
const anchors = ({ findings }: Judgement): string[] => findings.filter(({ ruleId }) => ruleId === RULE).map(({ anchor }) => anchor);
const hours = (value: number) => ({
  ...{ id: 1, ruleId: RULE, parameter: 'hours', value, reason: 'lives alone', setByPersonId: 1, setAt: BEGUN },
  ...{ validFrom: BEGUN, validTo: null, version: 1 },
});
const askedAt = (last: string, own?: number): string => {
  const plan = own === undefined ? PLAN : { ...PLAN, limits: [hours(own)] };
  const askAt = judged(last, { readings: [reading(last)] }, { plan }).followUp?.askAt;
  return askAt === undefined ? 'never' : new Date(askAt.getTime() + 3_600_000).toISOString().slice(8, 16);
};

describe('the home is asked before its silence in a grave episode is told', () => {
  test('the grace of a reminder before the twelve hours are over, and the look is woken then', () => {
    const judgement = judged('15T08:00', { readings: [reading('15T08:00')] });
    expect(judgement.followUp).toEqual({ askAt: at('15T16:00'), dueAt: at('15T20:00'), afterId: 7 });
    expect(judgement.nextAt).toEqual(at('15T16:00'));
    expect(judged('15T16:00', { readings: [reading('15T08:00')] }).nextAt).toEqual(at('15T20:00'));
  });

  test.each([
    // Not between ten in the evening and seven in the morning, on both sides of each limit.
    ['15T13:59', '15T21:59'],
    ['15T14:00', '15T21:00'],
    ['15T19:29', '15T21:00'],
    ['15T19:30', '16T07:00'],
    ['15T22:59', '16T07:00'],
    ['15T23:00', '16T07:00'],
    ['15T23:01', '16T07:01'],
  ])('last measured at %s: asked at %s', (last, asked) => {
    expect(askedAt(last)).toBe(asked);
  });

  test.each<[string, number, string]>([
    ['15T08:00', 24, '16T07:00'],
    ['15T08:00', 6, '15T11:00'],
    ['15T08:00', 2, '15T09:00'],
    // Asked in the evening, or not at all before it is told: who has measured within the hour is asked in the night.
    ['15T20:00', 4, '15T21:00'],
    ['15T20:01', 4, '15T22:01'],
  ])('last measured at %s, %i hours agreed: asked at %s', (last, own, asked) => {
    expect(askedAt(last, own)).toBe(asked);
  });

  test.each<[string, readonly OpenEpisode[], boolean]>([
    ['no episode', [], false],
    ['a yellow one', [{ ...GRAVE, severity: 'yellow' }], false],
    ['a critical one', [{ ...GRAVE, severity: 'critical' }], true],
    ['one about silence alone', [{ ...GRAVE, domains: ['silence'] }], false],
  ])('%s', (_name, openEpisodes, isAsked) => {
    expect(judged('15T08:00', { readings: [reading('15T08:00')] }, { openEpisodes }).followUp !== null).toBe(isAsked);
  });

  test('not when it has been told', () => {
    expect(judged('15T20:00', { readings: [reading('15T08:00')] }).followUp).toBeNull();
  });
});

describe('what counts as data', () => {
  const lastObserved = [{ metric: 'questionnaire:advice' as const, observedAt: at('15T19:30') }];
  const read = answers('15T19:30', { advice_id: 4, advice_answer: 'seen' });

  test('the answers to questions do', () => {
    const window = { readings: [reading('15T08:00')], answers: [answers('15T19:30', { dyspnoea_worse: false }, 'daily')] };
    expect(anchors(judged('15T20:00', window))).toEqual([]);
  });

  test.each([
    ['by its number', read],
    ['with no number given', answers('15T19:30', { advice_answer: 'seen' })],
  ])('that advice was read does not, %s: neither does it keep silence away nor end it', (_, said) => {
    const window = { readings: [reading('15T08:00')], answers: [said], lastObserved };
    expect(anchors(judged('15T20:00', window))).toEqual(['t:2026-01-15T19:00:00Z']);
    const standing = [{ ruleId: RULE, since: at('15T19:00') }];
    const later = {
      ...window,
      lastObserved: [{ ...lastObserved[0]!, observedAt: at('15T20:30') }],
      answers: [{ ...said, observedAt: at('15T20:30') }],
    };
    expect(judged('15T20:31', later, { standing }).cleared).toEqual([]);
  });
});

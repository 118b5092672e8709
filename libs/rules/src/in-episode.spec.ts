import type { CarePlan, Pause, ScheduledMeasurement } from '@varde/plans';
import { CATALOGUE as catalogue } from '../../../test/clinic.js';
import type { AnswerSet, RuleReading } from './finding.js';
import { judge } from './judge.js';
import type { JudgeInput, Judgement } from './judging.js';

/*
 * "2 days a week when stable, daily while an episode is open" (`programmes[copd].schedule_default`). Monday 2 March 2026, Oslo, UTC+1.
 */
const BEGUN = new Date('2026-01-01T00:00:00Z');
const at = (text: string): Date => new Date(text);
const usual: ScheduledMeasurement = { metric: 'spo2', atLocal: '09:00', weekdays: [1, 4], from: BEGUN, to: null };
const more: ScheduledMeasurement = { ...usual, weekdays: [1, 2, 3, 4, 5, 6, 7], onlyInEpisode: true };
const planOf = (schedule: readonly ScheduledMeasurement[] = [usual, more], pauses: readonly Pause[] = []): CarePlan => ({
  ...{ patientId: 1, zone: 'Europe/Oslo', limits: [], unitLimits: [], references: [], pauses, schedule },
  enrolments: [{ programme: 'copd', from: BEGUN, to: null }],
});
interface Situation extends Partial<Omit<JudgeInput, 'now' | 'window' | 'closelyFollowedFrom'>> {
  readonly now: string;
  readonly last?: string;
  readonly from?: string | null;
  readonly readings?: readonly RuleReading[];
  readonly answers?: readonly AnswerSet[];
}
/** Measured on Monday at 09:10, an episode opened at 10:00. */
function judged({ now, last = '2026-03-02T08:10:00Z', from = '2026-03-02T09:00:00Z', readings = [], ...over }: Situation): Judgement {
  const lastObserved = [{ metric: 'spo2' as const, observedAt: at(last) }];
  const window = { readings, refused: [], dailyMedians: [], answers: [], lastObserved };
  const rest = { unlookedFrom: null, openEpisodes: [], standing: [], recorded: [], closelyFollowedFrom: from === null ? null : at(from) };
  return judge({ catalogue, plan: planOf(), window, ...rest, ...over, now: at(now) });
}
const [REMINDER, SERVICE] = ['gen.silence.reminder', 'gen.silence.service'];
const anchors = ({ findings }: Judgement, ruleId = REMINDER): readonly string[] =>
  findings.filter((finding) => finding.ruleId === ruleId).map(({ anchor }) => anchor.slice(2, 18));

describe('measured on Monday, an episode opened after that', () => {
  test.each<[string, Situation, readonly string[], string | null]>([
    ['no episode: Thursday is next', { now: '2026-03-02T12:00:00Z', from: null }, [], '2026-03-05T12:00:00Z'],
    ['open: Tuesday is next', { now: '2026-03-02T09:00:00Z' }, [], '2026-03-03T12:00:00Z'],
    ['Monday at 13:00, when its own grace is over', { now: '2026-03-02T12:00:00Z' }, [], '2026-03-03T12:00:00Z'],
    ['a millisecond before the grace is over', { now: '2026-03-03T11:59:59.999Z' }, [], '2026-03-03T12:00:00Z'],
    ['when it is over', { now: '2026-03-03T12:00:00Z' }, ['2026-03-03T08:00'], null],
    ['measured at seven that day', { now: '2026-03-03T12:00:00Z', last: '2026-03-03T06:00:00Z' }, [], '2026-03-04T12:00:00Z'],
    ['measured in the night before six hours', { now: '2026-03-03T12:00:00Z', last: '2026-03-03T01:59:00Z' }, ['2026-03-03T08:00'], null],
    ['opened at the planned time', { now: '2026-03-03T12:00:00Z', from: '2026-03-03T08:00:00Z' }, ['2026-03-03T08:00'], null],
    ['opened a millisecond after it', { now: '2026-03-03T12:00:00Z', from: '2026-03-03T08:00:00.001Z' }, [], '2026-03-04T12:00:00Z'],
    ['over on Tuesday afternoon', { now: '2026-03-03T15:00:00Z', from: null }, [], '2026-03-05T12:00:00Z'],
  ])('%s', (_name, situation, expected, next) => {
    const judgement = judged(situation);
    expect(anchors(judgement)).toEqual(expected);
    if (next !== null) expect(judgement.nextAt).toEqual(at(next));
  });

  test('the clock of the home on the day it goes forward', () => {
    const situation = { last: '2026-03-28T08:10:00Z', from: '2026-03-28T09:00:00Z' };
    expect(judged({ ...situation, now: '2026-03-29T10:59:59Z' }).nextAt).toEqual(at('2026-03-29T11:00:00Z'));
    expect(anchors(judged({ ...situation, now: '2026-03-29T11:00:00Z' }))).toEqual(['2026-03-29T07:00']);
  });

  test('a pause rests it like everything that is planned', () => {
    const pause: Pause = { id: 1, kind: 'admission', from: at('2026-03-03T06:00:00Z'), to: at('2026-03-04T12:00:00Z'), reason: 'Ahus' };
    const plan = planOf(undefined, [pause]);
    const inPause = judged({ now: '2026-03-03T12:00:00Z', plan });
    expect([anchors(inPause), inPause.nextAt]).toEqual([[], pause.to]);
    expect(judged({ now: '2026-03-04T12:00:00Z', plan }).nextAt).toEqual(at('2026-03-05T12:00:00Z'));
  });

  test('what is agreed for an episode alone is asked for in one alone', () => {
    const plan = planOf([usual, { ...more, metric: 'temperature' }]);
    const [reminder] = judged({ now: '2026-03-03T12:00:00Z', plan }).findings;
    expect(reminder?.reason.en).toContain('temperature');
    expect(anchors(judged({ now: '2026-03-03T12:00:00Z', plan, from: null }))).toEqual([]);
  });
});

describe('no data for the service', () => {
  test('after 48 hours without any, while two days a week would wait for a week', () => {
    expect(anchors(judged({ now: '2026-03-04T09:59:59Z' }), SERVICE)).toEqual([]);
    expect(anchors(judged({ now: '2026-03-04T10:00:00Z' }), SERVICE)).toEqual(['2026-03-04T09:00']);
    expect(anchors(judged({ now: '2026-03-04T12:00:00Z', from: null }), SERVICE)).toEqual([]);
    expect(anchors(judged({ now: '2026-03-09T12:00:00Z', from: null }), SERVICE)).toEqual(['2026-03-09T08:00']);
  });

  test('hours count from when it became daily, not from a day on which nothing was asked', () => {
    const since = { last: '2026-03-05T08:10:00Z', from: '2026-03-07T16:00:00Z' };
    expect(anchors(judged({ ...since, now: '2026-03-07T16:00:00Z' }), SERVICE)).toEqual([]);
    expect(anchors(judged({ ...since, now: '2026-03-09T11:59:59Z' }), SERVICE)).toEqual([]);
    expect(anchors(judged({ ...since, now: '2026-03-09T12:00:00Z' }), SERVICE)).toEqual(['2026-03-09T08:00']);
  });

  test('hours count from the last data when it is daily always', () => {
    const plan = planOf([{ ...more, onlyInEpisode: false }, more]);
    const service = judged({ now: '2026-03-04T10:00:00Z', plan, from: '2026-03-03T16:00:00Z' });
    expect(anchors(service, SERVICE)).toEqual(['2026-03-04T08:10']);
  });
});

describe('when the episode is over', () => {
  const standing = [{ ruleId: REMINDER, since: at('2026-03-03T12:00:00Z') }];
  const note = {
    nb: 'Ventes ikke lenger: det var avtalt bare så lenge hendelsen varte.',
    en: 'Not expected any more: it was agreed only for as long as the episode lasted.',
  };
  const cleared = (situation: Situation) => judged({ standing, from: null, ...situation }).cleared;

  test('what was silent by it alone is cleared, and why is said', () => {
    expect(judged({ now: '2026-03-03T15:00:00Z', standing }).cleared).toEqual([]);
    expect(cleared({ now: '2026-03-03T15:00:00Z' })).toEqual([{ ruleId: REMINDER, at: at('2026-03-03T15:00:00Z'), note }]);
    const service = [{ ruleId: SERVICE, since: at('2026-03-04T12:00:00Z') }];
    expect(cleared({ now: '2026-03-04T15:00:00Z', standing: service })).toEqual([
      { ruleId: SERVICE, at: at('2026-03-04T15:00:00Z'), note },
    ]);
  });

  test('what is missing of the usual days is still missing', () => {
    expect(cleared({ now: '2026-03-03T15:00:00Z', last: '2026-02-26T08:00:00Z' })).toEqual([]);
  });

  test('what came is no reason to say so, nor a schedule that was changed', () => {
    const data = { ruleId: REMINDER, at: at('2026-03-03T13:00:00Z') };
    expect(cleared({ now: '2026-03-03T15:00:00Z', last: '2026-03-03T13:00:00Z' })).toEqual([data]);
    // Missed on Monday without any episode, and answered on Tuesday: what Wednesday would have asked for has nothing to do with it.
    const monday = [{ ruleId: REMINDER, since: at('2026-03-02T12:00:00Z') }];
    const tuesday = { ruleId: REMINDER, at: at('2026-03-03T06:00:00Z') };
    expect(cleared({ now: '2026-03-05T09:00:00Z', last: '2026-03-03T06:00:00Z', standing: monday })).toEqual([tuesday]);
    const changed = planOf([usual, more].map((each) => ({ ...each, from: at('2026-03-03T14:00:00Z') })));
    expect(cleared({ now: '2026-03-03T15:00:00Z', plan: changed })).toEqual([{ ruleId: REMINDER, at: at('2026-03-03T15:00:00Z') }]);
  });
});

import type { Pause } from '@varde/plans';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import type { Metric } from '@varde/vitals';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import type { HomeAsk } from './ask-home.js';
import { rehearse, type Rehearsed } from './rehearse.js';

/** A clock of January 2026 in Oslo. */
const at = (text: string): Date => new Date(`2026-01-${text}+01:00`);
const local = (when: Date): string => new Date(when.getTime() + 3_600_000).toISOString().slice(8, 16);
let id = 0;
const reading = (metric: Metric, value: number, when: string): RuleReading => ({
  ...{ measurementId: ++id, metric, value, observedAt: at(when), receivedAt: at(when), doubt: null },
});
const low = (when: string): RuleReading[] => [reading('spo2', 86, when), reading('spo2', 86, `${when.slice(0, 3)}08:10`)];

interface Given {
  readonly readings: readonly RuleReading[];
  readonly answers?: readonly AnswerSet[];
  readonly pauses?: readonly Pause[];
  /** What the home sends when it is asked the first time, and when. */
  readonly replies?: readonly RuleReading[];
}
interface Lived extends Rehearsed {
  readonly asked: readonly (readonly [string, HomeAsk])[];
  readonly settled: readonly string[];
}
function live({ pauses = [], replies = [], ...given }: Given): Lived {
  const asked: (readonly [string, HomeAsk])[] = [];
  const settled: string[] = [];
  const plan = planOf({ pauses, enrolments: [{ programme: 'copd', from: at('01T00:00'), to: null }] });
  const rehearsed = rehearse({
    agreement: { catalogue: CATALOGUE, plan, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
    ...{ refused: [], answers: [], episodes: [], recorded: [], from: at('15T00:00'), to: at('16T00:00'), ...given },
    onLook: (_input, outcome) => settled.push(...outcome.settledAsks.filter((key) => key.startsWith('f:'))),
    home: {
      answer: (asks, now) => {
        const more = asks.filter(({ key }) => key.startsWith('f:'));
        asked.push(...more.map((ask) => [local(now), ask] as const));
        return more.length > 0 && asked.length === more.length ? replies : [];
      },
    },
  });
  return { ...rehearsed, asked, settled };
}
const silences = ({ findings }: Rehearsed): string[] =>
  findings.filter(({ finding }) => finding.domain === 'silence').map(({ judgedAt }) => local(judgedAt));

test('a home with a red episode is asked for a measurement on the same device before its silence is told, once', () => {
  const readings = low('15T08:00');
  const { asked, ...lived } = live({ readings });
  expect(asked).toEqual([
    [
      '15T16:10',
      {
        ...{ key: `f:${readings[1]?.measurementId}`, measurementId: readings[0]?.measurementId, restMinutes: 5, times: 1 },
        answerBy: at('15T20:10'),
        text: {
          nb: 'Oppfølgingen venter på en ny måling fra deg. Sitt i ro i 5 minutter, og mål med samme apparat.',
          en: 'Your follow-up service is waiting for a new measurement from you. Please sit still for 5 minutes, then measure with the same device.',
        },
      },
    ],
  ]);
  expect([lived.settled, silences(lived)]).toEqual([[], ['15T20:10']]);
});

test('who measures when asked is not silent, and is asked again in the evening, for the night', () => {
  const readings = low('15T08:00');
  const lived = live({ readings, replies: [reading('spo2', 88, '15T16:30')] });
  expect(lived.asked.map(([when]) => when)).toEqual(['15T16:10', '15T21:00']);
  expect(lived.settled).toEqual([`f:${readings[1]?.measurementId}`]);
  expect(silences(lived)).toEqual([]);
});

test('what the episode was found of is asked for, whatever was measured since', () => {
  const readings = [...low('15T08:00'), reading('weight', 80, '15T08:30')];
  const [[when, ask] = []] = live({ readings }).asked;
  expect([when, ask?.measurementId, ask?.key]).toEqual(['15T16:30', readings[0]?.measurementId, `f:${readings[2]?.measurementId}`]);
});

test('where it was found of answers, what was measured last is asked for', () => {
  const answers: AnswerSet[] = [
    {
      ...{ measurementId: ++id, questionnaire: 'daily', observedAt: at('15T09:00'), receivedAt: at('15T09:00') },
      items: { chest_pain: true },
    },
  ];
  const [[, ask] = []] = live({ readings: [reading('weight', 80, '15T08:30')], answers }).asked;
  expect(ask).toMatchObject({ restMinutes: 0, text: { en: expect.stringMatching(/Please weigh yourself/) as string } });
});

test.each<[string, Given]>([
  ['yellow', { readings: [reading('temperature', 38.4, '15T08:00')] }],
  [
    'red in a pause',
    { readings: low('15T08:00'), pauses: [{ id: 1, kind: 'admission', from: at('15T10:00'), to: at('20T10:00'), reason: 'Ahus' }] },
  ],
])('nobody is asked: %s', (_name, given) => {
  expect(live(given).asked).toEqual([]);
});

import type { PersonStep } from '@varde/alerts';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { AnswerSet, RuleReading } from '@varde/rules';
import { CATALOGUE, ONE_UNIT, planOf } from '../../../test/clinic.js';
import { rehearse } from './rehearse.js';

/*
 * A red saturation has been dealt with. The next one waits for its re-measure ("fires as unconfirmed when none arrives in 30 minutes") while what the
 * patient answers brings the same episode back.
 */
const at = (text: string): Date => new Date(`2026-03-${text}+01:00`);
const PLAN = planOf({ enrolments: [{ programme: 'copd', from: at('01T00:00'), to: null }] });
const numberOf = (when: string): number => Number(when.replace(/\D/g, ''));
const spo2 = (when: string, value: number): RuleReading => ({
  ...{ measurementId: numberOf(when), metric: 'spo2', value, doubt: null, observedAt: at(when), receivedAt: at(when) },
});
const worse = (when: string): AnswerSet => ({
  ...{ measurementId: numberOf(when), questionnaire: 'daily', items: { dyspnoea_worse: true, cough_worse: true } },
  ...{ observedAt: at(when), receivedAt: at(when) },
});
const CLOSE: PersonStep = {
  ...{ kind: 'close', at: at('03T09:00'), byPersonId: 5, outcome: 'treated_at_home', note: '', secondLook: false },
};

function live(answers: readonly AnswerSet[], ...again: readonly RuleReading[]) {
  const { findings, episodes } = rehearse({
    agreement: {
      ...{ catalogue: CATALOGUE, plan: PLAN, team: ONE_UNIT, pathway: DEFAULT_PATHWAY, frozenPathways: [DEFAULT_PATHWAY], snoozes: [] },
    },
    readings: [spo2('02T08:00', 86), spo2('02T08:10', 86), spo2('04T08:00', 86), ...again],
    ...{ refused: [], answers, episodes: [], recorded: [], from: at('02T06:00'), to: at('04T12:00') },
    people: { next: (_episode, after) => (CLOSE.at > after ? CLOSE : null) },
  });
  const respiratory = episodes.map(({ episode }) => episode).filter(({ domains }) => domains.includes('respiratory'));
  return {
    said: findings
      .filter(({ finding: { ruleId, at: when } }) => ruleId === 'copd.spo2.below_target' && when >= CLOSE.at)
      .map(({ finding: { result, severity } }) => `${result} ${severity}`),
    episodes: respiratory.map(({ severity, signals }) => [
      severity,
      signals.filter(({ standing }) => standing).map(({ ruleId }) => ruleId),
    ]),
  };
}

const ANSWERS = [worse('03T20:00'), worse('04T08:05')];
const BOTH = ['copd.spo2.below_target', 'copd.symptoms.pattern'];

test('nobody measures again: the red one is told though another rule has brought the episode back', () => {
  const { said, episodes } = live(ANSWERS);
  expect(said).toEqual(live([]).said);
  expect(said).toEqual(['pending red', 'fire_unconfirmed red']);
  expect(episodes.map(([severity, standing]) => [severity, [...(standing ?? [])].sort()])).toEqual([['red', BOTH]]);
});

test.each([
  [86, 'fire'],
  [92, 'not_confirmed'],
])('a re-measure of %p settles it: %s', (value, result) => {
  expect(live(ANSWERS, spo2('04T08:12', value)).said.slice(0, 2)).toEqual(['pending red', `${result} red`]);
});

import type { AdviceAnswer } from './advice.js';
import { fires, graded, hours, Story } from '../../../test/look-story.js';

/*
 * One call for 113, and one red text, for one moment: what is found of two problems in one look, or while the call fills the screen.
 */
type Given = Parameters<typeof graded>[1];
const pain = (n: number) => graded(hours(n), { ruleId: 'gen.emergency_answer', domain: 'general', severity: 'critical', anchor: `m:${n}` });
const saturation = (n: number, given: Given = {}) =>
  graded(hours(n), { ruleId: 'copd.spo2.critical', severity: 'critical', anchor: `m:${n}`, ...given });
const kinds = ({ outcomes }: Story): string[] =>
  outcomes.map(({ episodes }) => episodes.flatMap(({ advice = [] }) => advice.map(({ kind }) => kind)).join(' '));
const history = ({ outcomes }: Story): string[] =>
  outcomes.flatMap(({ episodes }) => episodes.flatMap(({ steps }) => steps.map(({ reason }) => reason.en)));
/** The patient answers the call as the home sends it. */
const answers = (story: Story, n: number, answer: AdviceAnswer, ...found: Parameters<typeof fires>): Story => {
  const items = { advice_id: story.input.advised?.find(({ kind }) => kind === 'critical')?.id ?? 0, advice_answer: answer };
  const set = { measurementId: 900, questionnaire: 'advice', items, observedAt: hours(n), receivedAt: hours(n) };
  return story.look(hours(n), fires(...found), { window: { ...story.input.window, answers: [set] } });
};
const both = (n = 0) => new Story().look(hours(n), fires(pain(n), saturation(n)));

describe('one call for 113', () => {
  test('is made for what is found of two problems in one look, by day and by night', () => {
    for (const n of [0, 16]) {
      expect(both(n).episodes.map(({ severity }) => severity)).toEqual(['critical', 'critical']);
      expect(kinds(both(n))).toEqual(['critical']);
      expect(history(both(n)).filter((line) => line.startsWith('Advice to the patient: Call 113 now'))).toHaveLength(2);
    }
  });

  test('is made while it waits for its answer', () => {
    expect(kinds(new Story().look(hours(0), fires(pain(0))).look(hours(0.1), fires(saturation(0.1))))).toEqual(['critical', '']);
  });

  test('has one answer for both', () => {
    for (const answer of ['called_113', 'cannot', 'not_needed'] as const) {
      const story = answers(both(), 0.05, answer);
      expect(kinds(story)).toEqual(['critical', '']);
      expect(history(story).filter((line) => line.startsWith('The patient answered'))).toHaveLength(2);
      expect(story.told.filter((each) => each.startsWith('patient_answered'))).toHaveLength(1);
    }
    expect(kinds(answers(both(), 0.05, 'called_113').look(hours(0.1), fires(saturation(0.1))))).toEqual(['critical', '', '']);
  });

  test('comes back when it was answered that it is not needed, for what was found meanwhile, and when it is confirmed', () => {
    const later = new Story().look(hours(0), fires(pain(0))).look(hours(0.1), fires(saturation(0.1)));
    expect(kinds(answers(later, 0.12, 'not_needed'))).toEqual(['critical', '', 'critical']);
    expect(kinds(answers(both(), 0.05, 'not_needed', saturation(0.05)))).toEqual(['critical', 'critical']);
    const rises = new Story().look(hours(0), fires(graded(hours(0)))).look(hours(1), fires(pain(1)));
    rises.look(hours(1.1), fires(saturation(1.1)));
    expect(kinds(answers(rises, 1.2, 'not_needed'))).toEqual(['yellow', 'critical', '', 'critical']);
  });

  test('is not the same words when sugar must be taken too', () => {
    const sugar = graded(hours(0), { ruleId: 'dm.glucose.level2', domain: 'metabolic', severity: 'critical' });
    expect(kinds(new Story().look(hours(0), fires(pain(0), sugar)))).toEqual(['critical critical']);
  });
});

test('one red text is told of what is found of two problems in one look, and stands in the history of both', () => {
  const red = saturation(0, { ruleId: 'copd.spo2.below_target', severity: 'red' });
  const pressure = graded(hours(0), { ruleId: 'gen.sbp.very_low', domain: 'blood_pressure', severity: 'red' });
  const story = new Story().look(hours(0), fires(red, pressure));
  expect([story.episodes.length, kinds(story)]).toEqual([2, ['red']]);
  expect(history(story).filter((line) => line.startsWith('Advice to the patient:'))).toHaveLength(2);
});

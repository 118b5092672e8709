import type { AdviceAnswer } from './advice.js';
import { clears, fires, graded, hours, Story } from '../../../test/look-story.js';

/*
 * What is news to the patient in an episode that is as grave already (clinical README 2.4, 10.3 and 11.2, hazard 18).
 */
type Given = Parameters<typeof graded>[1];
const saturation = (n: number, given: Given = {}) => graded(hours(n), { severity: 'red', ruleId: 'copd.spo2.below_target', ...given });
const pulse = (n: number, given: Given = {}) =>
  graded(hours(n), { severity: 'red', ruleId: 'gen.pulse.very_high', domain: 'cardiac', anchor: `m:${n}`, ...given });
const kinds = ({ outcomes }: Story): string[] =>
  outcomes.map(({ episodes }) => episodes.flatMap(({ advice = [] }) => advice.map(({ kind }) => kind)).join(' '));
const answered = (answer: AdviceAnswer, ...critical: readonly ReturnType<typeof graded>[]): Story =>
  new Story().look(hours(0), fires(...critical)).answer(answer);

describe('something red that brings a new area into a red episode', () => {
  test('is told to the patient, once', () => {
    const story = new Story().look(hours(0), fires(saturation(0))).look(hours(6), fires(pulse(6)));
    expect(story.episodes).toMatchObject([{ domains: ['cardiac', 'respiratory'], severity: 'red' }]);
    expect(kinds(story.look(hours(7), fires(pulse(7))).look(hours(8), fires(saturation(8))))).toEqual(['red', 'red', '', '']);
  });

  test('is told when the area has come with something yellow before', () => {
    const story = new Story().look(hours(0), fires(saturation(0)));
    story.look(hours(6), fires(pulse(6, { severity: 'yellow', ruleId: 'gen.pulse.high' }))).look(hours(6.2), fires(pulse(6)));
    expect(kinds(story)).toEqual(['red', '', 'red']);
  });

  test('is told also when a person has it, and says when it is from hours ago', () => {
    const held = new Story().look(hours(0), fires(saturation(0)));
    held.person({ kind: 'acknowledge', at: hours(0.1), zone: 'Europe/Oslo', byPersonId: 7, endsAt: hours(20) });
    held.look(hours(6), fires(pulse(2, { receivedAt: hours(6) })));
    const advice = held.outcomes[1]?.episodes.flatMap((each) => each.advice ?? []);
    expect(advice).toMatchObject([{ kind: 'red', text: { en: expect.stringMatching(/^This was measured or answered 4 hours ago\./) } }]);
  });

  test.each<[string, Given]>([
    ['milder', { severity: 'yellow' }],
    ['days old', { at: hours(-30), acted: 'yellow' }],
    ['superseded', { superseded: true }],
    ['of the same area', { domain: 'respiratory' }],
  ])('is not told when it is %s', (_what, given) => {
    expect(kinds(new Story().look(hours(0), fires(saturation(0))).look(hours(6), fires(pulse(6, given))))).toEqual(['red', '']);
  });

  test('is no call for 113 in a critical one, and waits behind one', () => {
    const critical = saturation(0, { severity: 'critical', ruleId: 'copd.spo2.critical' });
    expect(kinds(answered('called_113', critical).look(hours(6), fires(pulse(6))))).toEqual(['critical', 'red']);
    expect(kinds(new Story().look(hours(0), fires(critical)).look(hours(0.2), fires(pulse(0.2))))).toEqual(['critical', '']);
  });
});

describe('a step of the plan that has not helped in two days', () => {
  const notHelped = (n: number) => saturation(n, { ruleId: 'copd.plan.no_improvement', anchor: `m:${n}` });

  test('is told to patient and unit in an episode that is red already, once', () => {
    const story = new Story().look(hours(0), fires(saturation(0)));
    const before = story.told.length;
    story.look(hours(6), fires(notHelped(6)));
    expect(story.told.slice(before)).toContain('not_helped red');
    story.look(hours(7), fires(notHelped(7)));
    expect(kinds(story)).toEqual(['red', 'red', '']);
    expect(story.told.filter((each) => each.startsWith('not_helped'))).toHaveLength(1);
  });

  test('is one message when it makes the episode red, or opens it', () => {
    const yellow = new Story().look(hours(0), fires(graded(hours(0)))).look(hours(6), fires(notHelped(6)));
    expect([kinds(yellow), yellow.told.includes('severity_rose red')]).toEqual([['yellow', 'red'], true]);
    expect(new Story().look(hours(0), fires(notHelped(0))).told).toContain('opened red');
    expect(yellow.told.join()).not.toMatch('not_helped');
  });

  test('is told anew in what comes back', () => {
    const story = new Story().look(hours(0), fires(saturation(0), notHelped(0)));
    story.person({ kind: 'close', at: hours(1), byPersonId: 7, outcome: 'treated_at_home', note: '', secondLook: false });
    story.look(hours(2), clears(hours(2))).look(hours(3), fires(notHelped(3)));
    expect(kinds(story)).toEqual(['red', '', 'red']);
  });
});

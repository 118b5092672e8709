import type { Step } from '@varde/alerts';
import type { AnswerSet, Domain, Severity } from '@varde/rules';
import { clears, fires, graded, hours, quiet, Story } from '../../../test/look-story.js';

const [NORA, PIA] = [7, 8];
const acknowledge = (at: Date, endsAt: Date, byPersonId = NORA): Step => ({
  kind: 'acknowledge',
  zone: 'Europe/Oslo',
  at,
  byPersonId,
  endsAt,
});
const breath = (n: number, severity: Severity = 'yellow') => graded(hours(n), { severity });
const fluid = (n: number, severity: Severity = 'yellow') => graded(hours(n), { ruleId: 'hf.weight.gain_3d', domain: 'fluid', severity });
const of = (domain: Domain, n: number) => graded(hours(n), { ruleId: `gen.${domain}`, domain });

/** Two problems that are too far apart to be one. */
const two = (first: Severity = 'yellow', second: Severity = 'yellow') =>
  new Story().look(hours(0), fires(breath(0, first))).look(hours(30), fires(fluid(30, second)));
const ends = (story: Story) => story.episodes.map(({ outcome, mergedIntoId }) => [outcome, mergedIntoId]);

test('two open episodes are one problem once both have signalled within 24 hours', () => {
  const story = two();
  expect(ends(story)).toEqual([
    [null, null],
    [null, null],
  ]);
  story.look(hours(31), fires(breath(31)));
  expect(story.episodes).toMatchObject([
    { id: 1, domains: ['fluid', 'respiratory'], closedAt: null, signals: [{ count: 2 }, { ruleId: 'hf.weight.gain_3d', count: 1 }] },
    { id: 2, outcome: 'merged', mergedIntoId: 1, closedAt: hours(31), closedByPersonId: null, nextStepAt: null },
  ]);
  expect(story.told.filter((told) => told.startsWith('domain'))).toEqual(['domain_joined yellow']);
});

test.each<[string, Severity, Severity, (story: Story) => Story, number, string]>([
  ['the graver', 'yellow', 'red', (story) => story, 2, 'the other is the graver'],
  [
    'the graver, although a person has the milder',
    'yellow',
    'red',
    (story) => story.person(acknowledge(hours(30), hours(40))),
    2,
    'graver',
  ],
  ['of two as grave the one a person has', 'red', 'red', (story) => story.person(acknowledge(hours(30), hours(40)), 1), 2, 'a person has'],
  ['else the older', 'red', 'red', (story) => story, 1, 'the other is the older'],
])('the one that goes on is %s', (...[, first, second, act, survivor, why]) => {
  const story = act(two(first, second)).look(hours(31), fires(breath(31)));
  expect(story.episodes.find(({ closedAt }) => closedAt === null)?.id).toBe(survivor);
  const gone = story.outcomes.at(-1)?.episodes.find(({ episode }) => episode.outcome === 'merged');
  expect(gone?.steps.at(-1)).toMatchObject({ kind: 'merged', byPersonId: null, reason: { en: expect.stringContaining(why) } });
  expect(gone?.notices).toEqual([]);
});

test('what a person has in hand of the milder one does not quieten the graver', () => {
  const story = two('yellow', 'red');
  const { ladderStartedAt, ladderStepsTaken } = story.episodes[1]!;
  story.person(acknowledge(hours(30.1), hours(40))).look(hours(30.2), fires(breath(30.2)));
  expect(story.episodes[1]).toMatchObject({ id: 2, acknowledgedAt: null, ladderStartedAt, ladderStepsTaken });
});

/** The patient has answered to be breathless. */
function answered(n: number) {
  const items = { woke_breathless: true };
  const set: AnswerSet = { measurementId: 9, questionnaire: 'daily', items, observedAt: hours(n), receivedAt: hours(n) };
  return { window: { ...quiet.window, answers: [set] } };
}

test.each<[string, number, number, boolean]>([
  ['within 72 hours of each other and 24 of the answer', 50, 60, true],
  ['not when the answer is a day and more from both', 50, 80, false],
  ['not after 72 hours', 73, 74, false],
])('breathlessness answered makes one of two: %s', (_, second, at, isOne) => {
  const story = new Story().look(hours(0), fires(breath(0))).look(hours(second), fires(fluid(second)));
  story.look(hours(at), {}, answered(at));
  expect(story.episodes[1]?.mergedIntoId ?? null).toBe(isOne ? 1 : null);
  if (isOne) expect(story.outcomes.at(-1)?.episodes[0]?.steps[0]?.reason.nb).toContain('pasienten har svart å være tungpusten');
});

test.each<Domain>(['blood_pressure', 'silence', 'technical', 'metabolic'])('%s stays by itself', (domain) => {
  const story = new Story().look(hours(0), fires(breath(0), of(domain, 0))).look(hours(1), fires(breath(1), of(domain, 1)));
  expect(story.episodes.filter(({ closedAt }) => closedAt === null)).toHaveLength(2);
});

test('three that are one by now become one', () => {
  const story = new Story()
    .look(hours(0), fires(breath(0)))
    .look(hours(30), fires(fluid(30)))
    .look(hours(60), fires(of('cardiac', 60)));
  story.look(hours(61), fires(breath(61), fluid(61)));
  expect(ends(story)).toEqual([
    [null, null],
    ['merged', 1],
    ['merged', 1],
  ]);
  expect(story.episodes[0]?.domains).toEqual(['cardiac', 'fluid', 'respiratory']);
});

test('what one look finds of one problem is one episode from the first, however it comes', () => {
  const story = new Story().look(hours(0), fires(breath(0)));
  story.look(hours(31), fires(breath(31), fluid(30, 'red')));
  expect(story.episodes).toMatchObject([{ id: 1, severity: 'red', domains: ['fluid', 'respiratory'] }]);
  expect(story.told.slice(1).filter((told) => !told.startsWith('escalated'))).toEqual(['severity_rose red']);
});

describe('what comes in is not hidden', () => {
  test('by an episode that was all clear: it is back in the queue, as grave as what stands', () => {
    const story = new Story().look(hours(0), fires(breath(0, 'red'))).person(acknowledge(hours(1), hours(60)));
    story.look(hours(20), clears(hours(20))).look(hours(35), fires(fluid(35)));
    expect(story.episodes).toMatchObject([{ severity: 'red', clearedAt: hours(20) }, { severity: 'yellow' }]);
    story.look(hours(36), {}, answered(36));
    expect(story.episodes).toMatchObject([{ severity: 'yellow', acknowledgedAt: null, clearedAt: null }, { mergedIntoId: 1 }]);
    expect(story.outcomes.at(-1)?.episodes[0]?.steps.map(({ kind }) => kind)).toEqual(['absorbed', 'noted', 'severity_fell', 'escalated']);
  });

  test('nor made graver than it is: a snoozed one that comes into one in hand and all clear lets it fall in the same look', () => {
    const story = new Story().look(hours(0), fires(breath(0, 'red'))).person(acknowledge(hours(1), hours(60)));
    story.look(hours(20), clears(hours(20))).look(hours(35), fires(fluid(35)));
    const snoozed = { id: 1, ruleId: 'hf.weight.gain_3d', severity: 'yellow' as const, from: hours(35), until: hours(50) };
    story.look(hours(36), {}, { ...answered(36), snoozes: [snoozed] });
    expect(story.episodes).toMatchObject([{ severity: 'yellow', acknowledgedAt: hours(1), clearedAt: null }, { mergedIntoId: 1 }]);
    const kinds = story.outcomes.at(-1)?.episodes.map(({ steps }) => steps.map(({ kind }) => kind));
    expect(kinds).toContainEqual(['absorbed', 'severity_fell']);
  });

  test('by a snooze of what stands there', () => {
    const snooze = { id: 1, ruleId: 'copd.spo2.drop', severity: 'yellow' as const, from: hours(1), until: hours(72) };
    const story = new Story({ snoozes: [snooze] }).look(hours(0), fires(breath(0))).person(acknowledge(hours(1), hours(60)));
    story.look(hours(30), fires(fluid(30))).look(hours(31), fires(breath(31)));
    expect(story.episodes).toMatchObject([{ severity: 'yellow', acknowledgedAt: null }, { mergedIntoId: 1 }]);
    expect(story.told.at(-1)).toMatch(/domain_joined|escalated/);
  });

  test('nor does a snoozed rule call anybody by coming in', () => {
    const snooze = { id: 1, ruleId: 'hf.weight.gain_3d', severity: 'yellow' as const, from: hours(30), until: hours(72) };
    const story = two('red').person(acknowledge(hours(30), hours(60)));
    story.look(hours(31), fires(breath(31, 'red')), { snoozes: [snooze] });
    expect(story.episodes).toMatchObject([{ severity: 'red', acknowledgedAt: hours(30) }, { mergedIntoId: 1 }]);
  });
});

test('of two grave ladders that run, the one that began first goes on', () => {
  const story = two('yellow', 'red');
  const began = story.episodes[1]!.ladderStartedAt;
  story.look(hours(30.4), fires(breath(30.4, 'red')));
  expect(story.episodes).toMatchObject([{ id: 1, severity: 'red', ladderStartedAt: began }, { mergedIntoId: 1 }]);
  expect(story.episodes[0]!.ladderStepsTaken).toBeGreaterThan(0);
});

test('a finding of what has gone in belongs to the one that goes on, and after that is closed brings that one back', () => {
  const story = two().look(hours(31), fires(breath(31)));
  story.look(hours(32), fires(fluid(32)));
  const place = story.episodes.findIndex(({ id }) => id === 1);
  expect(story.episodes[place]).toMatchObject({ signals: [{ count: 2 }, { count: 2 }] });
  story.person({ kind: 'close', at: hours(33), byPersonId: PIA, outcome: 'admitted', note: '', secondLook: false }, place);
  story.look(hours(50), fires(fluid(50)));
  const byId = [...story.episodes].sort((a, b) => a.id - b.id);
  expect(byId).toMatchObject([
    { closedAt: null, relapses: 1 },
    { outcome: 'merged', relapses: 0 },
  ]);
});

test('the same look again changes nothing', () => {
  const story = two().look(hours(31), fires(breath(31)));
  expect(story.look(hours(31), fires(breath(31))).outcomes.at(-1)?.episodes).toEqual([]);
});

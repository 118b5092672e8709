import { readFileSync } from 'node:fs';
import type { Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from '@varde/routing';
import type { Step } from '@varde/alerts';
import { decide, type GradedFinding } from './decide.js';
import { clears, fires, graded, hours, nothing, quiet, Story } from '../../../test/look-story.js';

const NURSE = 7;
const close = (at: Date): Step => ({ kind: 'close', at, byPersonId: NURSE, outcome: 'treated_at_home', note: '', secondLook: false });
const acknowledge = (at: Date, endsAt: Date): Step => ({ kind: 'acknowledge', zone: 'Europe/Oslo', at, byPersonId: NURSE, endsAt });

describe('the episode examples of the rule catalogue', () => {
  test('are these', () => {
    const catalogue = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')) as {
      episode_examples: { id: string }[];
    };
    expect(catalogue.episode_examples.map(({ id }) => id)).toEqual(['E1', 'E2', 'E4', 'E5', 'E7', 'E8']);
  });

  test('E1: the same drop on three days is one episode, one notification, counter 3', () => {
    const story = new Story();
    for (const n of [0, 24, 48]) story.look(hours(n), fires(graded(hours(n)))).person(acknowledge(hours(n), hours(n + 8)));
    expect(story.episodes).toMatchObject([{ signals: [{ count: 3 }] }]);
    expect(story.told.filter((told) => !told.startsWith('acknowledgement') && !told.startsWith('escalated'))).toEqual(['opened yellow']);
  });

  test('E2: weight gain made red by breathlessness, and saturation the same day, are one cardiorespiratory episode at red', () => {
    const gain = graded(hours(0), { ruleId: 'hf.weight.gain_3d', domain: 'fluid', severity: 'red' });
    const story = new Story().look(hours(0), fires(gain)).look(hours(9), fires(graded(hours(9))));
    expect(story.episodes).toMatchObject([{ domains: ['fluid', 'respiratory'], severity: 'red' }]);
  });

  test('E4: red again 40 hours after closing is the same episode reopened as a relapse, and told', () => {
    const red = (n: number) => fires(graded(hours(n), { severity: 'red' }));
    const story = new Story()
      .look(hours(0), red(0))
      .person(close(hours(1)))
      .look(hours(41), red(41));
    expect(story.episodes).toMatchObject([{ relapses: 1, closedAt: null, severity: 'red' }]);
    expect(story.told.slice(0, 2)).toEqual(['opened red', 'relapsed red']);
  });

  test('E5: the same 80 hours later is a new episode', () => {
    const red = (n: number) => fires(graded(hours(n), { severity: 'red' }));
    const story = new Story()
      .look(hours(0), red(0))
      .person(close(hours(1)))
      .look(hours(81), red(81));
    expect(story.episodes.map(({ relapses, closedAt }) => [relapses, closedAt])).toEqual([
      [0, hours(1)],
      [0, null],
    ]);
  });

  test('E7: clear with no signal for 48 hours, yellow closes by itself and red waits for a person', () => {
    const red = graded(hours(0), { ruleId: 'gen.sbp.very_low', domain: 'blood_pressure', severity: 'red' });
    const clear = { cleared: [...clears(hours(2)).cleared, ...clears(hours(2), 'gen.sbp.very_low').cleared] };
    const story = new Story()
      .look(hours(0), fires(graded(hours(0)), red))
      .look(hours(2), clear)
      .wait(hours(72));
    const [low, yellow] = [...story.episodes].sort((a, b) => a.severity.localeCompare(b.severity));
    expect(yellow).toMatchObject({ severity: 'yellow', outcome: 'settled', closedAt: hours(48), closedByPersonId: null });
    expect(low).toMatchObject({ severity: 'red', clearedAt: hours(2), closedAt: null });
  });

  test('E8: an answer that two programmes see is one finding in one episode', () => {
    const answer = graded(hours(0), { ruleId: 'copd.symptoms.pattern', anchor: 'm:5' });
    const story = new Story().look(hours(0), fires(answer, answer)).look(hours(0), fires(answer));
    expect(story.episodes).toMatchObject([{ signals: [{ count: 1 }] }]);
    expect(story.told).toEqual(['opened yellow']);
  });
});

describe('the late-data examples that concern episodes', () => {
  test('L1: a critical that arrives behind a newer better reading fires, and a person closes it', () => {
    const late = graded(hours(-1), { ruleId: 'copd.spo2.critical', severity: 'critical', receivedAt: hours(0.5) });
    const story = new Story()
      .look(hours(0))
      .look(hours(0.5), fires(late))
      .look(hours(60), clears(hours(59), 'copd.spo2.critical'));
    expect(story.episodes).toMatchObject([{ severity: 'critical', closedAt: null }]);
  });

  test('L2: with the severity that the late-data policy leaves it', () => {
    const late = graded(hours(-6), { severity: 'critical', acted: 'red', receivedAt: hours(0) });
    expect(new Story().look(hours(0), fires(late)).episodes).toMatchObject([{ severity: 'red', signals: [{ severity: 'red' }] }]);
  });

  test('one too old to tell anybody is recorded and opens nothing', () => {
    const story = new Story().look(hours(0), fires(graded(hours(-30), { acted: null })));
    expect(story.episodes).toEqual([]);
    expect(story.outcomes[0]?.findings).toHaveLength(1);
  });

  test('L4: a late normal reading does not clear what a newer one raised', () => {
    const story = new Story().look(hours(2), fires(graded(hours(2), { severity: 'red' }))).look(hours(2.6), clears(hours(1)));
    expect(story.episodes).toMatchObject([{ clearedAt: null, signals: [{ standing: true }] }]);
  });

  test('L5: the same finding three times, in one look and in three, is one alert', () => {
    const low = graded(hours(0), { anchor: 'm:42' });
    const story = new Story().look(hours(0), fires(low, low, low)).look(hours(1), fires(low));
    expect(story.episodes).toMatchObject([{ signals: [{ count: 1 }], version: 1 }]);
    expect(story.told).toEqual(['opened yellow']);
  });
});

describe('one look', () => {
  test('sends one notice about an episode, however many findings it found, with the worst severity', () => {
    const red = graded(hours(-1), { ruleId: 'copd.spo2.below_target', severity: 'red' });
    const rise = graded(hours(0), { ruleId: 'gen.pulse.high', domain: 'cardiac' });
    expect(new Story().look(hours(0), fires(graded(hours(-2)), red, rise)).told).toEqual(['opened red']);
  });

  test('changes an episode once, so that the store can tell who was first', () => {
    const story = new Story().look(hours(0), fires(graded(hours(0)), graded(hours(0), { ruleId: 'r', severity: 'red' })));
    expect(story.episodes[0]?.version).toBe(1);
    expect(story.look(hours(1), fires(graded(hours(1)), graded(hours(0.5)))).episodes[0]?.version).toBe(2);
  });

  test('records what is pending or not confirmed without an episode, and looks again when the window ends', () => {
    const pending = graded(hours(0), { result: 'pending', pendingUntil: hours(0.5) });
    const story = new Story().look(hours(0), fires(pending, graded(hours(-1), { result: 'not_confirmed' })));
    expect(story.outcomes[0]).toMatchObject({ episodes: [], nextLookAt: hours(0.5) });
    expect(story.outcomes[0]?.findings).toHaveLength(2);
  });

  test('a superseded finding is counted with the graver one and not told', () => {
    const both = [
      graded(hours(0), { anchor: 'm:1', superseded: true }),
      graded(hours(0), { anchor: 'm:1', ruleId: 'copd.spo2.critical', severity: 'critical' }),
    ];
    const story = new Story().look(hours(0), fires(...both));
    expect(story.episodes).toMatchObject([
      { severity: 'critical', signals: [{ ruleId: 'copd.spo2.critical' }, { ruleId: 'copd.spo2.drop' }] },
    ]);
    expect(story.told).toEqual(['opened critical']);
  });

  test('a clock that has run out already is a bug, not a look that never ends', () => {
    expect(() => decide(quiet, { ...nothing, nextAt: hours(0) })).toThrow(RangeError);
  });

  test('with nothing to wait for there is no next look', () => expect(decide(quiet, nothing).nextLookAt).toBeNull());
});

describe('clocks', () => {
  const red = (n: number) => fires(graded(hours(n), { severity: 'red' }));

  test('the ladder of a red that nobody takes ends, and begins again after as long as an acknowledgement would hold', () => {
    const story = new Story().look(hours(1), red(1)).wait(hours(4.9));
    expect(story.told).toEqual(['opened red', 'escalated red', 'escalated red', 'escalated red', 'escalated red']);
    expect(story.outcomes.map(({ nextLookAt }) => nextLookAt)).toEqual([hours(1.5), hours(2), hours(3), hours(5), hours(5)]);
    story.wait(hours(6.9));
    expect(story.told.slice(5)).toEqual(['escalated red', 'escalated red', 'escalated red', 'escalated red']);
  });

  test('an acknowledgement stops it until it runs out; then the owner is told and the ladder begins again', () => {
    const story = new Story()
      .look(hours(0), red(0))
      .person(acknowledge(hours(0.2), hours(4)))
      .look(hours(0.3));
    expect(story.outcomes.at(-1)?.nextLookAt).toEqual(hours(4));
    story.look(hours(4)).wait(hours(4.6));
    expect(story.told).toEqual(['opened red', 'acknowledgement_ran_out red', 'escalated red']);
  });

  test('one let go of is called for again', () => {
    const story = new Story().look(hours(0), red(0)).person(acknowledge(hours(0.2), hours(4)));
    story.person({ kind: 'release', at: hours(1), byPersonId: NURSE, note: '' }).look(hours(1));
    expect(story.told).toEqual(['opened red', 'escalated red']);
    expect(story.outcomes.at(-1)?.nextLookAt).toEqual(hours(1.5));
  });

  test('the frozen pathway runs what it opened with; a newer one runs what opens after it', () => {
    const slow = {
      ...DEFAULT_PATHWAY,
      version: 2,
      routes: DEFAULT_PATHWAY.routes.map((route) => ({ ...route, ladder: route.ladder.slice(0, 1) })),
    };
    const story = new Story().look(hours(0), red(0)).look(hours(0.1), {}, { pathway: slow });
    expect(story.look(hours(0.5)).told).toEqual(['opened red', 'escalated red']);
    const later = new Story().look(hours(0), red(0), { pathway: slow, frozenPathways: [slow] });
    expect(later.episodes).toMatchObject([{ pathwayVersion: 2, ladderStepsTaken: 1, nextStepAt: hours(2) }]);
  });
});

describe('a snooze', () => {
  const snooze = { id: 1, ruleId: 'copd.spo2.drop', severity: 'yellow' as const, from: hours(0), until: hours(24) };
  const look = (...findings: GradedFinding[]) => new Story().look(hours(1), fires(...findings), { snoozes: [snooze] });

  test('keeps its rule from opening an episode, and the finding is recorded', () => {
    const story = look(graded(hours(1)));
    expect(story.episodes).toEqual([]);
    expect(story.outcomes[0]).toMatchObject({ findings: [{ ruleId: 'copd.spo2.drop' }], nextLookAt: hours(24) });
  });

  test('never anything worse', () => expect(look(graded(hours(1), { severity: 'red' })).told).toEqual(['opened red']));

  test('never another rule', () => expect(look(graded(hours(1), { ruleId: 'gen.rr.high' })).told).toEqual(['opened yellow']));

  test('never a graver finding that the same reading brings', () => {
    expect(look(graded(hours(1)), graded(hours(1), { ruleId: 'copd.spo2.critical', severity: 'critical' })).told).toEqual([
      'opened critical',
    ]);
  });

  test('counts in the open episode of its rule, which does not settle meanwhile', () => {
    const story = new Story().look(hours(0), fires(graded(hours(0)))).look(hours(1), clears(hours(1)));
    story.look(hours(2), fires(graded(hours(2))), { snoozes: [snooze] });
    expect(story.episodes).toMatchObject([{ lastSignalAt: hours(2), clearedAt: null, relapses: 0, signals: [{ count: 2 }] }]);
    expect(story.told).toEqual(['opened yellow']);
  });

  test('of a rule leaves what it supersedes quiet too', () => {
    const other = { ...snooze, ruleId: 'copd.spo2.below_target' };
    const both = [
      graded(hours(1), { anchor: 'm:1', severity: 'info', superseded: true }),
      graded(hours(1), { anchor: 'm:1', ruleId: 'copd.spo2.below_target' }),
    ];
    expect(new Story().look(hours(1), fires(...both), { snoozes: [other] }).episodes).toEqual([]);
  });

  test.each(['red', 'critical'] as const)('that a version before this kept of what is %s hides nothing of it', (severity) => {
    const kept = { ...snooze, severity, from: hours(-29 * 24) };
    const story = new Story().look(hours(1), fires(graded(hours(1), { severity })), { snoozes: [kept] });
    expect(story.told).toEqual([`opened ${severity}`]);
    expect(story.outcomes[0]?.episodes[0]?.advice).toMatchObject([{ kind: severity }]);
  });

  const still = { id: 1, ruleId: 'copd.spo2.below_target', severity: 'yellow' as const, from: hours(1.1), until: hours(72) };
  const low = (n: number) => graded(hours(n), { ruleId: still.ruleId });
  const known = () => new Story({ snoozes: [still] }).look(hours(1), fires(low(1))).person(acknowledge(hours(1.1), hours(50)));

  test.each<[string, (story: Story) => Story]>([
    ['that stands again, kept quiet', (story) => story.look(hours(2), clears(hours(2), still.ruleId)).look(hours(3), fires(low(3)))],
    ['that has never been clear', (story) => story],
    [
      'that a milder one stands beside',
      (story) => story.look(hours(3), fires(graded(hours(3), { anchor: 'm:3', severity: 'info', superseded: true }), low(3))),
    ],
  ])('of a rule %s hides no other rule as grave', (_what, goOn) => {
    const story = goOn(known());
    expect(story.told).toEqual(['opened yellow']);
    story.look(hours(26), fires(graded(hours(26), { ruleId: 'gen.rr.high' })));
    expect(story.told).toEqual(['opened yellow', 'relapsed yellow']);
    expect(story.outcomes.at(-1)?.episodes[0]?.advice).toMatchObject([{ kind: 'yellow' }]);
    expect(story.episodes).toMatchObject([{ severity: 'yellow', relapses: 1, acknowledgedAt: null }]);
    // From now on it is known like any other.
    const again = graded(hours(27), { ruleId: 'gen.rr.high' });
    expect(story.person(acknowledge(hours(26.5), hours(50))).look(hours(27), fires(again)).told).toHaveLength(2);
  });

  test('of a graver rule hides no milder one either, which is told as grave as it is', () => {
    const story = known().look(hours(2), fires(low(2)));
    story.look(hours(3), fires(graded(hours(1.5), { ruleId: 'gen.rr.odd', severity: 'info' })));
    expect(story.told).toEqual(['opened yellow', 'relapsed info']);
    // What is snoozed stays quiet; nothing worse than it was snoozed for does.
    expect(story.look(hours(4), fires(low(4))).told).toHaveLength(2);
    expect(story.look(hours(5), fires(low(5)), { snoozes: [] }).told.slice(2)).toEqual(['severity_rose yellow']);
  });

  test('covers nothing else that the same act has measured', () => {
    const pulse = graded(hours(2), { ruleId: 'gen.pulse.high', domain: 'cardiac', anchor: 'a:7' });
    const spo2 = graded(hours(2), { ruleId: still.ruleId, anchor: 'a:7' });
    expect(known().look(hours(2), fires(spo2, pulse)).told).toEqual(['opened yellow', 'relapsed yellow']);
  });

  test('that has ended covers nothing', () => {
    expect(new Story().look(hours(24), fires(graded(hours(24))), { snoozes: [snooze] }).told).toEqual(['opened yellow']);
  });
});

describe('messages that could not be delivered', () => {
  const story = () => new Story().look(hours(1), fires(graded(hours(1), { severity: 'red' })));

  test('a grave ladder moves on at once, its other steps keep their distance', () => {
    const told = story();
    const id = told.episodes[0]?.id ?? 0;
    told.look(hours(1.01), {}, { undelivered: [id] });
    expect(told.told).toEqual(['opened red', 'escalated red']);
    expect(told.episodes[0]?.nextStepAt).toEqual(new Date(hours(1.01).getTime() + 30 * 60_000));
    told.look(hours(1.02), {}, { undelivered: [] });
    expect(told.told).toHaveLength(2);
  });

  test('a yellow one waits: the worklist is where it is told', () => {
    const told = new Story().look(hours(1), fires(graded(hours(1))));
    const before = told.episodes[0]?.nextStepAt;
    told.look(hours(1.01), {}, { undelivered: [told.episodes[0]?.id ?? 0] });
    expect(told.episodes[0]?.nextStepAt).toEqual(before);
  });
});

describe('a graver problem covers a milder one of the same patient and unit', () => {
  const red = (n: number) => graded(hours(n), { severity: 'red', ruleId: 'copd.spo2.below_target' });
  const pulse = (n: number) => graded(hours(n), { ruleId: 'gen.pulse.high', domain: 'cardiac' });
  const pressure = (n: number, severity: Severity = 'yellow') =>
    graded(hours(n), { ruleId: 'htn.mean.high', domain: 'blood_pressure', severity });

  test('the yellow pulse of the very act whose saturation is red is counted and shown, and nobody is told twice', () => {
    const anchor = 'a:77';
    const act = [
      graded(hours(0), { severity: 'red', ruleId: 'copd.spo2.below_target', anchor }),
      graded(hours(0), { ruleId: 'gen.pulse.high', domain: 'cardiac', anchor }),
    ];
    const story = new Story().look(hours(0), fires(...act));
    expect(story.told).toEqual(['opened red']);
    expect(story.episodes).toMatchObject([{ domains: ['cardiac', 'respiratory'], signals: [{ count: 1 }, { count: 1 }] }]);
    expect(story.outcomes[0]?.episodes[0]?.steps.at(2)).toMatchObject({
      kind: 'finding',
      reason: { en: 'low (covered by a graver rule)' },
    });
  });

  test('a new area that comes later is told, however grave what stands: the nurse has not seen it', () => {
    const story = new Story().look(hours(0), fires(red(0))).look(hours(0.1), fires(pulse(0.1)));
    expect(story.told).toEqual(['opened red', 'domain_joined red']);
  });

  test('a yellow one of its own waits, and comes forward when the red is closed', () => {
    const story = new Story().look(hours(0), fires(red(0), pressure(0)));
    expect(story.told).toEqual(['opened red']);
    expect(story.outcomes[0]?.episodes[1]?.steps.at(-1)?.reason.en).toBe(
      'Covered by a red episode of the same unit: told when that no longer stands',
    );
    story
      .person(acknowledge(hours(0.2), hours(1.5)))
      .look(hours(0.3))
      .person(close(hours(1)))
      .look(hours(1));
    expect(story.told).toEqual(['opened red', 'escalated yellow']);
    expect(story.episodes[1]).toMatchObject({ severity: 'yellow', ladderStepsTaken: 1, ladderStartedAt: hours(1) });
  });

  test('a yellow one that was told of before has its ladder wait; a look in between says nothing anew', () => {
    const story = new Story().look(hours(0), fires(pressure(0))).look(hours(1), fires(red(1)));
    expect(story.told).toEqual(['opened yellow', 'opened red']);
    story
      .person(acknowledge(hours(1.1), hours(8)), 1)
      .look(hours(2))
      .look(hours(3));
    expect(story.outcomes.slice(2).flatMap(({ episodes }) => episodes.flatMap(({ steps }) => steps))).toEqual([]);
    // It would have been reminded of after four hours of opening.
    expect(story.look(hours(4)).told).toHaveLength(2);
    expect(story.episodes[0]?.nextStepAt).toEqual(hours(24));
  });

  test.each<[string, GradedFinding, string]>([
    ['red is never covered', pressure(0.1, 'red'), 'opened red'],
    ['a silence is never covered', graded(hours(0.1), { ruleId: 'svc.missing', domain: 'silence' }), 'opened yellow'],
    ['a technical fault is never covered', graded(hours(0.1), { ruleId: 'gen.tech', domain: 'technical' }), 'opened yellow'],
    ['info is told as ever', pressure(0.1, 'info'), 'opened info'],
  ])('%s', (_, finding, told) => {
    expect(new Story().look(hours(0), fires(red(0))).look(hours(0.1), fires(finding)).told).toContain(told);
  });

  test('with another unit it is told as ever: its people have not seen the patient', () => {
    const night = 14;
    const story = new Story().look(hours(night), fires(red(night), pressure(night)));
    expect(story.episodes).toMatchObject([{ ownerUnitId: 3 }, { ownerUnitId: 1 }]);
    expect(story.told.sort()).toEqual(['opened red', 'opened yellow']);
  });

  test('what no longer stands covers nothing, though nobody has closed it', () => {
    const story = new Story().look(hours(0), fires(red(0), pressure(0))).look(hours(1), clears(hours(1), 'copd.spo2.below_target'));
    expect(story.told).toContain('escalated yellow');
  });
});

test('a normal reading after one that fired at once is added to its open episode, and changes nothing else in it', () => {
  const critical = (n: number, given = {}) => graded(hours(n), { ruleId: 'copd.spo2.critical', severity: 'critical', ...given });
  const normal = critical(0.15, { result: 'not_confirmed', reason: { nb: '93 %', en: '93%' } });
  const story = new Story().look(hours(0), fires(critical(0)));
  const [before] = story.episodes;
  story.look(hours(0.16), fires(normal)).look(hours(0.161), fires(normal));
  expect(story.outcomes[1]?.episodes[0]).toMatchObject({
    steps: expect.arrayContaining([expect.objectContaining({ kind: 'finding', reason: { nb: '93 %', en: '93%' } })]),
    findings: [normal.finding],
  });
  expect(story.episodes).toMatchObject([
    { severity: 'critical', clearedAt: null, lastSignalAt: before?.lastSignalAt, signals: [{ count: 1 }] },
  ]);
  expect(story.outcomes[2]?.episodes).toEqual([]);
  expect(new Story().look(hours(0), fires(normal)).episodes).toEqual([]);
});

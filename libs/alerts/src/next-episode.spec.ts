import type { Domain, Finding, Severity } from '@varde/rules';
import type { Episode, EpisodeStep } from './episode.js';
import { IllegalMove } from './illegal-move.js';
import { chooseEpisode } from './join.js';
import { ladderStepKey, mergeNotices, withEpisodeId } from './notice.js';
import { needsSecondLook, settlesAt } from './closing.js';
import { nextEpisode, snoozeOf } from './next-episode.js';
import { stateOf } from './state.js';
import { findSnooze } from './snooze.js';
import type { FindingStep, Step, Transition } from './step.js';

const NURSE = 7;
const BY_NURSE = { byPersonId: NURSE, zone: 'Europe/Oslo' };
const hours = (n: number) => new Date(Date.parse('2026-01-15T08:00:00Z') + n * 3_600_000);
const words = (text: string) => ({ nb: text, en: text });
const placement = { ownerUnitId: 3, pathwayId: 1, pathwayVersion: 4, reason: words('Owner: the only one') };

interface Signalled {
  readonly ruleId?: string;
  readonly domain?: Domain;
  readonly severity?: Severity;
  readonly seenAt?: Date;
  readonly quiet?: FindingStep['quiet'];
  readonly ownerUnitId?: number;
}

function finding(at: Date, given: Signalled = {}): FindingStep {
  const { ruleId = 'copd.spo2.drop', domain = 'respiratory', severity = 'yellow', seenAt = at, quiet = null, ownerUnitId = 3 } = given;
  const rule: Finding = {
    ruleId,
    ruleVersion: 1,
    domain,
    result: 'fire',
    severity,
    anchor: `t:${at.toISOString()}`,
    at,
    receivedAt: seenAt,
    readingIds: [1],
    limits: [],
    reason: words(`${ruleId} at ${at.toISOString()}`),
    pendingUntil: null,
    superseded: false,
  };
  const placed = { ...placement, ownerUnitId };
  return { kind: 'finding', at: seenAt, patientId: 11, finding: rule, severity, reason: rule.reason, placement: placed, quiet };
}

const cleared = (at: Date, ruleId = 'copd.spo2.drop', observedAt = at): Step => ({
  kind: 'cleared',
  at,
  ruleId,
  observedAt,
  reason: words(`${ruleId} is clear`),
});
const acknowledge = (at: Date, endsAt: Date | null = null): Step => ({ kind: 'acknowledge', at, ...BY_NURSE, endsAt });
const close = (at: Date): Step => ({ kind: 'close', at, byPersonId: NURSE, outcome: 'seen_by_gp', note: '', secondLook: true });

/** The whole story: the last episode with every line and notice on the way. */
function after(...steps: readonly Step[]): Transition {
  return steps.reduce<Transition | undefined>((so, step) => {
    const next = nextEpisode(so?.episode, step);
    return { episode: next.episode, steps: [...(so?.steps ?? []), ...next.steps], notices: [...(so?.notices ?? []), ...next.notices] };
  }, undefined)!;
}
const kinds = (steps: readonly EpisodeStep[]) => steps.map(({ kind }) => kind);
const causes = ({ notices }: Transition) => notices.map(({ cause }) => cause);

describe('a finding', () => {
  test('opens an episode with its owner, its frozen pathway, and one notice to the owner', () => {
    const { episode, steps, notices } = after(finding(hours(0), { severity: 'red' }));
    expect(episode).toMatchObject({
      ...{ id: 0, patientId: 11, domains: ['respiratory'], severity: 'red', ownerUnitId: 3, pathwayId: 1, pathwayVersion: 4, version: 1 },
      ...{ openedAt: hours(0), lastSignalAt: hours(0), ladderStartedAt: hours(0), ladderStepsTaken: 0, nextStepAt: hours(0) },
    });
    expect(kinds(steps)).toEqual(['opened', 'finding']);
    expect(notices).toMatchObject([{ key: '0/opened/1', cause: 'opened', severity: 'red', unitId: 3, at: hours(0) }]);
  });

  test('of the same rule and severity is counted, nobody is told again (E1)', () => {
    const story = after(finding(hours(0)), finding(hours(24)), finding(hours(48)));
    expect(story.episode.signals).toMatchObject([{ count: 3, firstAt: hours(0), lastAt: hours(48), standing: true }]);
    expect(causes(story)).toEqual(['opened']);
  });

  test('of a graver rule raises the severity, tells, and begins the ladder again even when a person has it', () => {
    const worse = finding(hours(2), { ruleId: 'copd.spo2.below_target', severity: 'red' });
    const story = after(finding(hours(0)), acknowledge(hours(1), hours(9)), worse);
    expect(stateOf(story.episode)).toBe('waiting');
    expect(story.episode).toMatchObject({ severity: 'red', ladderStartedAt: hours(2), acknowledgementEndsAt: null, nextStepAt: hours(2) });
    expect(causes(story)).toEqual(['opened', 'severity_rose']);
  });

  test('of a milder rule changes neither severity nor ladder nor who has it', () => {
    const milder = finding(hours(2), { ruleId: 'gen.spo2.reduced', severity: 'yellow' });
    const story = after(finding(hours(0), { severity: 'red' }), acknowledge(hours(1)), milder);
    expect(story.episode).toMatchObject({ severity: 'red', ladderStartedAt: hours(0), acknowledgedByPersonId: NURSE });
    expect(causes(story)).toEqual(['opened']);
  });

  test('of a new domain tells, and leaves the person who has it with it', () => {
    const story = after(finding(hours(0)), acknowledge(hours(1)), finding(hours(2), { ruleId: 'hf.weight.gain_3d', domain: 'fluid' }));
    expect(story.episode).toMatchObject({ domains: ['fluid', 'respiratory'], acknowledgedByPersonId: NURSE });
    expect(story.notices.map(({ key }) => key)).toEqual(['0/opened/1', '0/domain_joined/fluid']);
  });

  test('that is new in domain and graver is told once', () => {
    const story = after(finding(hours(0)), finding(hours(1), { ruleId: 'gen.temp.very_high', domain: 'infection', severity: 'red' }));
    expect(causes(story)).toEqual(['opened', 'severity_rose']);
    expect(kinds(story.steps)).toEqual(['opened', 'finding', 'finding', 'severity_rose', 'domain_joined']);
  });

  test('after all was clear is a relapse in the open episode', () => {
    const story = after(finding(hours(0), { severity: 'red' }), acknowledge(hours(1)), cleared(hours(10)), finding(hours(20)));
    expect(story.episode).toMatchObject({
      relapses: 1,
      clearedAt: null,
      severity: 'yellow',
      acknowledgedAt: null,
      ladderStartedAt: hours(20),
    });
    expect(causes(story)).toEqual(['opened', 'relapsed']);
  });

  test('milder than what had cleared is as grave as it is itself, and is still closed by two persons', () => {
    const critical = (at: Date) => finding(at, { severity: 'critical', ruleId: 'copd.spo2.critical' });
    const seen = [critical(hours(0)), acknowledge(hours(0.1)), cleared(hours(10), 'copd.spo2.critical')];
    const other = after(...seen, finding(hours(20)));
    const same = after(...seen, finding(hours(20), { ruleId: 'copd.spo2.critical' }));
    for (const { episode, steps, notices } of [other, same]) {
      expect(episode).toMatchObject({ severity: 'yellow', relapses: 1 });
      expect(needsSecondLook(episode)).toBe(true);
      expect(settlesAt({ ...episode, clearedAt: hours(30) })).toBeNull();
      expect(kinds(steps).slice(-3)).toEqual(['finding', 'relapsed', 'severity_fell']);
      expect(notices.at(-1)).toMatchObject({ cause: 'relapsed', severity: 'yellow' });
    }
    // Grave again, it is told as a rise; a yellow one 72 hours after a yellow one makes nothing graver.
    expect(nextEpisode(same.episode, critical(hours(21)))).toMatchObject({
      episode: { severity: 'critical' },
      notices: [{ cause: 'severity_rose' }],
    });
    expect(nextEpisode(same.episode, finding(hours(100))).episode).toMatchObject({ severity: 'yellow', relapses: 2 });
  });

  test('milder, after 72 hours, is as grave as what still stands', () => {
    const red = finding(hours(0), { severity: 'red', ruleId: 'copd.spo2.below_target' });
    expect(after(red, acknowledge(hours(1)), finding(hours(73))).episode).toMatchObject({ severity: 'red', relapses: 1 });
  });

  test('milder does not make it milder while nobody has it: what was red is seen as red first', () => {
    expect(after(finding(hours(0), { severity: 'red' }), cleared(hours(10)), finding(hours(20))).episode).toMatchObject({
      ...{ severity: 'red', relapses: 1 },
    });
  });

  test('more than 72 hours after the last signal is told again, in the same episode while it is open', () => {
    expect(causes(after(finding(hours(0)), finding(hours(72))))).toEqual(['opened']);
    expect(causes(after(finding(hours(0)), finding(hours(73))))).toEqual(['opened', 'relapsed']);
  });
});

describe('a late finding', () => {
  test('lowers nothing and moves no last signal', () => {
    const story = after(finding(hours(5), { severity: 'red' }), finding(hours(1), { seenAt: hours(6) }));
    expect(story.episode).toMatchObject({ severity: 'red', lastSignalAt: hours(5) });
    expect(causes(story)).toEqual(['opened']);
  });

  test('that is graver raises the severity', () => {
    const story = after(finding(hours(5)), finding(hours(1), { seenAt: hours(6), severity: 'critical', ruleId: 'copd.spo2.critical' }));
    expect(story.episode).toMatchObject({ severity: 'critical', lastSignalAt: hours(5) });
  });

  test('older than the reading that cleared its rule is counted and stays clear', () => {
    const story = after(finding(hours(0)), cleared(hours(5)), finding(hours(3), { seenAt: hours(6) }));
    expect(story.episode).toMatchObject({ clearedAt: hours(5), relapses: 0 });
    expect(story.episode.signals).toMatchObject([{ count: 2, standing: false, clearedAt: hours(5), lastAt: hours(3) }]);
    expect(causes(story)).toEqual(['opened']);
  });
});

describe('a clear', () => {
  test('of the last standing signal clears the episode and ends nothing', () => {
    const other = finding(hours(1), { ruleId: 'gen.rr.high' });
    const half = after(finding(hours(0)), other, cleared(hours(2)));
    expect(half.episode.clearedAt).toBeNull();
    const whole = nextEpisode(half.episode, cleared(hours(3), 'gen.rr.high'));
    expect(whole.episode).toMatchObject({ clearedAt: hours(3), closedAt: null, ownerUnitId: 3 });
  });

  test('by a reading older than the newest signal clears nothing (L4)', () => {
    const { episode } = after(finding(hours(2)));
    expect(nextEpisode(episode, cleared(hours(3), 'copd.spo2.drop', hours(1)))).toEqual({ episode, steps: [], notices: [] });
  });

  test('of a rule that does not stand changes nothing', () => {
    const { episode } = after(finding(hours(0)));
    expect(nextEpisode(episode, cleared(hours(1), 'gen.rr.high')).episode).toBe(episode);
  });
});

describe('settling (E7)', () => {
  test.each([
    ['yellow', 48, 'settled'],
    ['info', 48, 'settled'],
    ['yellow', 47.99, null],
    ['red', 480, null],
    ['critical', 480, null],
  ] as const)('%s, clear, after %d hours: %s', (severity, n, outcome) => {
    const { episode } = after(finding(hours(0), { severity }), cleared(hours(2)), { kind: 'settle', at: hours(n) });
    expect(episode.outcome).toBe(outcome);
    expect(episode.closedByPersonId).toBeNull();
  });

  test('not while a signal stands', () => {
    const { episode } = after(finding(hours(0)), { kind: 'settle', at: hours(100) });
    expect(stateOf(episode)).toBe('waiting');
    expect(settlesAt(episode)).toBeNull();
  });

  test('an old reading that opens an episode leaves it 48 hours to be seen', () => {
    const { episode } = after(finding(hours(-70), { seenAt: hours(0) }), cleared(hours(1)));
    expect(settlesAt(episode)).toEqual(hours(48));
  });

  test('a clear that comes later than 48 hours settles from then', () => {
    expect(settlesAt(after(finding(hours(0)), cleared(hours(60))).episode)).toEqual(hours(60));
  });
});

describe('a person', () => {
  test('acknowledges: the ladder stops and the acknowledgement has an end', () => {
    const { episode } = after(finding(hours(0)), acknowledge(hours(1), hours(9)));
    expect(episode).toMatchObject({ acknowledgedAt: hours(1), acknowledgementEndsAt: hours(9), nextStepAt: null, ownerUnitId: 3 });
  });

  test('may take over from another', () => {
    const { episode } = after(finding(hours(0)), acknowledge(hours(1)), { ...acknowledge(hours(2)), byPersonId: 8 } as Step);
    expect(episode).toMatchObject({ acknowledgedByPersonId: 8, acknowledgedAt: hours(2) });
  });

  test('whose acknowledgement has run out hands it back to the queue of the owner, and the owner is told', () => {
    const { episode } = after(finding(hours(0)), acknowledge(hours(1), hours(9)));
    expect(nextEpisode(episode, { kind: 'run_out', at: hours(8.9) }).episode).toBe(episode);
    const back = nextEpisode(episode, { kind: 'run_out', at: hours(9) });
    expect(back.episode).toMatchObject({
      acknowledgedAt: null,
      acknowledgedByPersonId: null,
      ladderStartedAt: hours(9),
      nextStepAt: hours(9),
    });
    expect(back.notices).toMatchObject([{ key: `0/acknowledgement_ran_out/${hours(9).toISOString()}`, unitId: 3 }]);
  });

  test('lets go of it: the ladder begins again', () => {
    const { episode, steps } = after(finding(hours(0)), acknowledge(hours(1)), {
      kind: 'release',
      at: hours(2),
      byPersonId: NURSE,
      note: 'off',
    });
    expect(episode).toMatchObject({ acknowledgedAt: null, ladderStartedAt: hours(2), nextStepAt: hours(2) });
    expect(steps.at(-1)).toMatchObject({ kind: 'noted', byPersonId: NURSE, reason: { en: 'Put back in the queue: off' } });
  });

  test('closes with an outcome: no clock is left running and no signal standing', () => {
    const { episode, steps } = after(finding(hours(0), { severity: 'red' }), acknowledge(hours(1), hours(9)), close(hours(2)));
    expect(episode).toMatchObject({
      closedAt: hours(2),
      closedByPersonId: NURSE,
      outcome: 'seen_by_gp',
      nextStepAt: null,
      acknowledgementEndsAt: null,
    });
    expect(episode.signals.some(({ standing }) => standing)).toBe(false);
    expect(steps.at(-1)).toMatchObject({ kind: 'closed', reason: { nb: 'Avsluttet, sett av fastlege', en: 'Closed, seen by the GP' } });
  });

  test('may write a note before and after closing', () => {
    const note: Step = { kind: 'note', at: hours(3), byPersonId: NURSE, note: 'rang dattera' };
    expect(kinds(after(finding(hours(0)), note, close(hours(4)), note).steps)).toEqual(['opened', 'finding', 'noted', 'closed', 'noted']);
  });
});

describe('coming back', () => {
  const closed = () => after(finding(hours(0), { severity: 'red' }), close(hours(1))).episode;

  test('within 72 hours of closing it is the same episode again, told and placed anew (E4)', () => {
    const back = nextEpisode(closed(), finding(hours(41), { severity: 'red', ownerUnitId: 9 }));
    expect(back.episode).toMatchObject({
      relapses: 1,
      closedAt: null,
      outcome: null,
      closedByPersonId: null,
      ownerUnitId: 9,
      severity: 'red',
    });
    expect(kinds(back.steps)).toEqual(['finding', 'relapsed', 'owner_changed']);
    expect(back.notices).toMatchObject([{ key: '0/relapsed/1', unitId: 9 }]);
  });

  test('at the severity of what came back, not of what was closed', () => {
    expect(nextEpisode(closed(), finding(hours(10))).episode.severity).toBe('yellow');
  });

  test('the last moment is 72 hours; after it the closed one is left alone (E5)', () => {
    expect(nextEpisode(closed(), finding(hours(73))).episode.relapses).toBe(1);
    expect(() => nextEpisode(closed(), finding(hours(73.01)))).toThrow(IllegalMove);
    expect(chooseEpisode([closed()], finding(hours(73.01)).finding)).toBeUndefined();
  });
});

describe('moves that are not legal', () => {
  const waiting = () => after(finding(hours(0))).episode;
  const held = () => after(finding(hours(0)), acknowledge(hours(1))).episode;
  const ended = () => after(finding(hours(0)), close(hours(1))).episode;
  const climb = { ladderStartedAt: hours(0), ladderStepsTaken: 1, nextStepAt: null, unreached: false, steps: [], notices: [] };

  test.each<[string, () => Episode | undefined, Step]>([
    ['acknowledge before opening', () => undefined, acknowledge(hours(1))],
    ['clear before opening', () => undefined, cleared(hours(1))],
    ['acknowledge what is closed', ended, acknowledge(hours(2))],
    ['close what is closed', ended, close(hours(2))],
    ['clear what is closed', ended, cleared(hours(2))],
    ['settle what is closed', ended, { kind: 'settle', at: hours(99) }],
    ['escalate what is closed', ended, { kind: 'escalate', at: hours(2), climb }],
    ['escalate what a person has', held, { kind: 'escalate', at: hours(2), climb }],
    ['run out what nobody has', waiting, { kind: 'run_out', at: hours(2) }],
    ['let go of what nobody has', waiting, { kind: 'release', at: hours(2), byPersonId: NURSE, note: '' }],
    ['acknowledge into the past', waiting, acknowledge(hours(2), hours(2))],
    ['open without an owner', () => undefined, { ...finding(hours(0)), placement: null }],
    ['snooze a rule that has not signalled', waiting, snooze('gen.rr.high', hours(4))],
    ['snooze into the past', waiting, snooze('copd.spo2.drop', hours(2))],
    ['snooze a critical signal', () => after(finding(hours(0), { severity: 'critical' })).episode, snooze('copd.spo2.drop', hours(4))],
    ['snooze a red signal', () => after(finding(hours(0), { severity: 'red' })).episode, snooze('copd.spo2.drop', hours(4))],
  ])('%s', (_, episode, step) => {
    expect(() => nextEpisode(episode(), step)).toThrow(expect.objectContaining({ name: 'IllegalMove' }));
  });

  test('a due ladder step that is only scheduled is a bug', () => {
    const step: Step = { kind: 'escalate', at: hours(2), climb: { ...climb, nextStepAt: hours(2) } };
    expect(() => nextEpisode(waiting(), step)).toThrow(RangeError);
  });
});

describe('a snooze', () => {
  const episode = after(finding(hours(0))).episode;
  const step = snooze('copd.spo2.drop', hours(10));
  const set = { id: 1, ...snoozeOf(episode, step as Extract<Step, { kind: 'snooze' }>) };

  test.each([
    ['its rule', 'copd.spo2.drop', 'yellow', 3, true],
    ['a milder signal of its rule', 'copd.spo2.drop', 'info', 3, true],
    ['never anything worse', 'copd.spo2.drop', 'red', 3, false],
    ['never another rule', 'copd.spo2.below_target', 'yellow', 3, false],
    ['not before it begins', 'copd.spo2.drop', 'yellow', 1, false],
    ['not from its end on', 'copd.spo2.drop', 'yellow', 10, false],
  ] as const)('covers %s', (...[, ruleId, severity, at, covered]) => {
    expect(findSnooze([set], ruleId, severity, hours(at)) !== undefined).toBe(covered);
  });

  test.each(['red', 'critical'] as const)('kept from an older version covers nothing that is %s', (severity) => {
    const kept = { ...set, severity };
    expect(findSnooze([kept], kept.ruleId, severity, hours(3))).toBeUndefined();
    expect(findSnooze([kept], kept.ruleId, 'yellow', hours(3))).toBe(kept);
  });

  test('and its undoing are lines of the history', () => {
    const undo: Step = { kind: 'undo_snooze', at: hours(3), byPersonId: NURSE, ruleId: 'copd.spo2.drop' };
    expect(kinds(after(finding(hours(0)), step, undo).steps)).toEqual(['opened', 'finding', 'snoozed', 'snooze_undone']);
  });

  test('a quiet finding is counted: no relapse, no notice, no ladder', () => {
    const story = after(finding(hours(0)), cleared(hours(1)), finding(hours(3), { quiet: 'snoozed' }));
    expect(story.episode).toMatchObject({ relapses: 0, clearedAt: null, ladderStartedAt: hours(0) });
    expect(causes(story)).toEqual(['opened']);
  });
});

describe('notices', () => {
  test('a stored draft carries the id of its episode', () => {
    const [draft] = after(finding(hours(0))).notices;
    expect(withEpisodeId(draft!, 42).key).toBe('42/opened/1');
  });

  test('of several in one look the most telling goes to each unit; other ladder steps stay', () => {
    const story = after(finding(hours(0)), finding(hours(1), { ruleId: 'r', severity: 'red' }));
    const key = ladderStepKey(story.episode, 0);
    const step = (unitId: number, stepKey: string) => ({ ...story.notices[0]!, key: stepKey, cause: 'escalated' as const, unitId });
    const merged = mergeNotices([...story.notices, step(3, key), step(3, 'later'), step(8, key)], story.episode, key);
    expect(merged.map(({ cause, severity, unitId }) => [cause, severity, unitId])).toEqual([
      ['opened', 'red', 3],
      ['escalated', 'yellow', 3],
      ['escalated', 'yellow', 8],
    ]);
  });
});

function snooze(ruleId: string, until: Date): Step {
  return { kind: 'snooze', at: hours(2), ...BY_NURSE, ruleId, until, note: 'known' };
}

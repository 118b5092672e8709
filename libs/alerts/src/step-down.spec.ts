import type { Finding, Severity } from '@varde/rules';
import { needsPerson, settlesAt } from './closing.js';
import type { Episode } from './episode.js';
import { nextEpisode } from './next-episode.js';
import type { Step, Transition } from './step.js';

const HOUR_MS = 3_600_000;
const hours = (n: number): Date => new Date(Date.parse('2026-01-15T08:00:00Z') + n * HOUR_MS);
const words = (text: string) => ({ nb: text, en: text });

function found(ruleId: string, severity: Severity, at: Date): Step {
  const finding: Finding = {
    ruleId,
    ruleVersion: 1,
    domain: 'respiratory',
    result: 'fire',
    severity,
    anchor: `m:${at.getTime()}`,
    at,
    receivedAt: at,
    readingIds: [1],
    limits: [],
    reason: words(ruleId),
    pendingUntil: null,
    superseded: false,
  };
  const placement = { ownerUnitId: 3, pathwayId: 1, pathwayVersion: 1, reason: words('the only one') };
  return { kind: 'finding', at, patientId: 11, finding, severity, reason: finding.reason, placement, quiet: null };
}
const clear = (ruleId: string, at: Date): Step => ({ kind: 'cleared', at, ruleId, observedAt: at, reason: words(`${ruleId} is clear`) });
const settle = (at: Date): Step => ({ kind: 'settle', at });
const acknowledge = (at: Date): Step => ({ kind: 'acknowledge', zone: 'Europe/Oslo', at, byPersonId: 7, endsAt: null });

function after(...steps: readonly Step[]): Transition {
  let episode: Episode | undefined;
  const story: { steps: Transition['steps'][number][]; notices: Transition['notices'][number][] } = { steps: [], notices: [] };
  for (const step of steps) {
    const next = nextEpisode(episode, step);
    episode = next.episode;
    story.steps.push(...next.steps);
    story.notices.push(...next.notices);
  }
  return { episode: episode as Episode, ...story };
}

const RED_AND_YELLOW = [found('copd.spo2.below_target', 'red', hours(0)), found('copd.pulse.rise', 'yellow', hours(1))];

test('the severity falls to the highest open signal while a person has the episode', () => {
  const { episode, steps } = after(...RED_AND_YELLOW, acknowledge(hours(2)), clear('copd.spo2.below_target', hours(3)), settle(hours(3)));
  expect(episode.severity).toBe('yellow');
  expect(steps.at(-1)).toMatchObject({
    kind: 'severity_fell',
    reason: { en: 'Severity down from red to yellow: what was gravest has cleared' },
  });
});

test('it does not fall while nobody has it: what was red is seen as red first', () => {
  const waiting = after(...RED_AND_YELLOW, clear('copd.spo2.below_target', hours(3)), settle(hours(3)));
  expect(waiting.episode.severity).toBe('red');
  const seen = nextEpisode(waiting.episode, acknowledge(hours(4)));
  expect(seen.episode.severity).toBe('yellow');
  expect(seen.steps.map(({ kind }) => kind)).toEqual(['acknowledged', 'severity_fell']);
});

test('it does not fall when all is clear', () => {
  const { episode } = after(
    found('copd.spo2.below_target', 'red', hours(0)),
    acknowledge(hours(1)),
    clear('copd.spo2.below_target', hours(2)),
  );
  expect(episode).toMatchObject({ severity: 'red', clearedAt: hours(2) });
});

test('an episode that was red is closed by a person, however mild it has become', () => {
  const { episode } = after(
    ...RED_AND_YELLOW,
    acknowledge(hours(2)),
    clear('copd.spo2.below_target', hours(3)),
    settle(hours(3)),
    clear('copd.pulse.rise', hours(4)),
  );
  expect(episode.severity).toBe('yellow');
  expect(needsPerson(episode)).toBe(true);
  expect(settlesAt(episode)).toBeNull();
});

test('rising again to where it was is told again', () => {
  const { notices } = after(
    found('copd.pulse.rise', 'yellow', hours(0)),
    found('copd.spo2.below_target', 'red', hours(1)),
    acknowledge(hours(2)),
    clear('copd.spo2.below_target', hours(3)),
    settle(hours(3)),
    found('copd.spo2.drop_large', 'red', hours(4)),
  );
  expect(notices.map(({ cause }) => cause)).toEqual(['opened', 'severity_rose', 'severity_rose']);
  expect(new Set(notices.map(({ key }) => key)).size).toBe(3);
});

describe('red or worse, while only something milder stands', () => {
  const grave = (severity: Severity, at: Date): Step => found(`copd.spo2.${severity}`, severity, at);
  const yellow = (at: Date): Step => found('copd.spo2.drop', 'yellow', at);
  const seen = (severity: Severity) => [yellow(hours(0)), grave(severity, hours(0.1)), acknowledge(hours(0.2))];

  test.each(['red', 'critical'] as const)('is a relapse when all as grave has cleared: %s', (severity) => {
    const story = after(...seen(severity), clear(`copd.spo2.${severity}`, hours(1)), grave(severity, hours(4)));
    expect(story.episode).toMatchObject({ severity, relapses: 1, acknowledgedAt: null, ladderStartedAt: hours(4) });
    expect(story.notices.at(-1)).toMatchObject({ cause: 'relapsed', severity });
  });

  test('is a relapse of what it is itself when something graver has cleared', () => {
    const story = after(...seen('critical'), clear('copd.spo2.critical', hours(1)), grave('red', hours(4)));
    expect(story.episode).toMatchObject({ severity: 'red', relapses: 1, acknowledgedAt: null });
  });

  test.each<[string, readonly Step[]]>([
    ['when one as grave stands', [grave('red', hours(4))]],
    ['when it is older than what cleared the other', [clear('copd.spo2.red', hours(5)), grave('red', hours(4))]],
    ['when it is yellow', [clear('copd.spo2.red', hours(1)), yellow(hours(4))]],
  ])('but not %s', (_, steps) => {
    expect(after(...seen('red'), ...steps).episode).toMatchObject({ relapses: 0, acknowledgedByPersonId: 7 });
  });
});

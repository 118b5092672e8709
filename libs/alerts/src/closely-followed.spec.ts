import type { Domain, Severity } from '@varde/rules';
import { closelyFollowedFrom, isFollowedClosely } from './closely-followed.js';
import type { Episode } from './episode.js';
import { nextEpisode } from './next-episode.js';
import type { FindingStep } from './step.js';

const hours = (n: number): Date => new Date(Date.parse('2026-03-02T09:00:00Z') + n * 3_600_000);

const words = { nb: 'lav', en: 'low' };

function step(at: Date, severity: Severity = 'yellow', ruleId = 'copd.spo2.drop', domain: Domain = 'respiratory'): FindingStep {
  const anchor = `t:${at.toISOString()}`;
  const finding: FindingStep['finding'] = {
    ...{ ruleId, ruleVersion: 1, domain, result: 'fire', severity, anchor, at, receivedAt: at, readingIds: [], limits: [] },
    ...{ reason: words, pendingUntil: null, superseded: false },
  };
  const placement = { ownerUnitId: 1, pathwayId: 1, pathwayVersion: 1, reason: words };
  return { kind: 'finding', at, patientId: 11, finding, severity, reason: words, placement, quiet: null };
}
const open = (severity: Severity, domain: Domain = 'respiratory'): Episode =>
  nextEpisode(undefined, step(hours(0), severity, 'a.rule', domain)).episode;
const fires = (episode: Episode, at: Date, severity: Severity, ruleId?: string): Episode =>
  nextEpisode(episode, { ...step(at, severity, ruleId), placement: episode.closedAt === null ? null : step(at).placement }).episode;
const clears = (episode: Episode, at: Date, ruleId = 'a.rule'): Episode =>
  nextEpisode(episode, { kind: 'cleared', at, ruleId, observedAt: at, reason: words }).episode;
const closes = (episode: Episode, at: Date): Episode =>
  nextEpisode(episode, { kind: 'close', at, byPersonId: 5, outcome: 'treated_at_home', note: '', secondLook: false }).episode;

describe('a patient is followed closely', () => {
  test.each<[string, Episode, boolean]>([
    ['yellow', open('yellow'), true],
    ['red', open('red'), true],
    ['critical', open('critical'), true],
    ['for information only', open('info'), false],
    ['silence alone', open('yellow', 'silence'), false],
    ['silence alone, red', open('red', 'silence'), false],
    ['equipment alone', open('yellow', 'technical'), false],
    ['silence and equipment', { ...open('yellow', 'silence'), domains: ['silence', 'technical'] }, false],
    ['silence and breathing', { ...open('yellow'), domains: ['respiratory', 'silence'] }, true],
    ['yellow, all clear', clears(open('yellow'), hours(1)), false],
    ['red, all clear: a person ends it', clears(open('red'), hours(1)), true],
    ['fallen to yellow from red, all clear', { ...clears(open('red'), hours(1)), severity: 'yellow' }, true],
    ['closed', closes(open('red'), hours(1)), false],
  ])('%s', (_name, episode, expected) => {
    expect(isFollowedClosely(episode)).toBe(expected);
    expect(closelyFollowedFrom([episode])).toEqual(expected ? hours(0) : null);
  });

  test('from the oldest of several on', () => {
    const younger = nextEpisode(undefined, step(hours(5))).episode;
    expect(closelyFollowedFrom([younger, open('red')])).toEqual(hours(0));
    expect(closelyFollowedFrom([younger, open('info'), closes(open('red'), hours(6))])).toEqual(hours(5));
    expect(closelyFollowedFrom([])).toBeNull();
  });
});

describe('it counts anew', () => {
  test.each<[string, Episode, number]>([
    ['what was for information only has risen', fires(open('info'), hours(30), 'yellow'), 30],
    ['what was all clear has come back', fires(clears(open('yellow'), hours(2)), hours(30), 'yellow'), 30],
    ['what was closed has come back', fires(closes(open('red'), hours(2)), hours(30), 'yellow'), 30],
    ['not when it rises further', fires(open('yellow'), hours(30), 'red'), 0],
    ['not when more is found', fires(open('yellow'), hours(30), 'yellow', 'another.rule'), 0],
    ['not when it comes back after 72 silent hours: nobody said it was over', fires(open('yellow'), hours(100), 'yellow'), 0],
    ['not when red comes back before a person has closed it', fires(clears(open('red'), hours(2)), hours(30), 'red'), 0],
  ])('%s', (_name, episode, expected) => {
    expect(closelyFollowedFrom([episode])).toEqual(hours(expected));
  });

  describe('not when the patient is not told', () => {
    const quietly = (episode: Episode, at: Date, quiet: 'snoozed' | 'superseded' = 'snoozed'): Episode =>
      nextEpisode(episode, { ...step(at, 'yellow', 'a.rule'), placement: null, quiet }).episode;
    const clear = clears(open('yellow'), hours(2));
    const fromOf = (episode: Episode): Date | null => closelyFollowedFrom([episode]);

    test.each(['snoozed', 'superseded'] as const)('of what is %s and has come back, all clear meanwhile, however often', (quiet) => {
      const back = quietly(clear, hours(10), quiet);
      expect([back.clearedAt, fromOf(back), fromOf(quietly(back, hours(20), quiet))]).toEqual([null, null, null]);
      expect(fromOf(clears(quietly(back, hours(20), quiet), hours(21)))).toBeNull();
    });

    test('until they are: from then on, and for as long as anything stands', () => {
      const told = nextEpisode(quietly(clear, hours(10)), {
        ...step(hours(12), 'yellow', 'b.rule'),
        placement: null,
        onlySnoozedStands: true,
      });
      expect(fromOf(told.episode)).toEqual(hours(12));
      expect(fromOf(clears(told.episode, hours(13), 'b.rule'))).toEqual(hours(12));
      expect(fromOf(fires(quietly(clear, hours(10)), hours(12), 'red'))).toEqual(hours(12));
      expect(fromOf(fires(quietly(clear, hours(10)), hours(12), 'yellow', 'b.rule'))).toBeNull();
    });

    test('but what they were told of, and what a person is to end, goes on', () => {
      expect(fromOf(quietly(open('yellow'), hours(10)))).toEqual(hours(0));
      expect(fromOf(quietly(clears(open('red'), hours(2)), hours(10)))).toEqual(hours(0));
    });

    test('nor when it comes into another that is all clear; beside what they know of, it is known', () => {
      const absorb = (episode: Episode, other: Episode): Episode =>
        nextEpisode(episode, {
          ...({ kind: 'absorb', zone: 'Europe/Oslo', at: hours(15), owner: 'Nordvik', reason: words } as const),
          ...{ other, isTold: false, onlySnoozedStands: false },
        }).episode;
      const back = { ...quietly(clear, hours(10)), id: 2 };
      const other = { ...clears(open('yellow', 'fluid'), hours(3)), id: 1, openedAt: hours(-5) };
      expect(fromOf(absorb(other, back))).toBeNull();
      const known = fires({ ...open('yellow', 'fluid'), id: 1 }, hours(11), 'yellow', 'c.rule');
      expect(fromOf(clears(absorb(known, back), hours(16), 'c.rule'))).toEqual(hours(0));
    });
  });

  test('not when two become one: as the older of them that is not all clear', () => {
    const absorb = (episode: Episode, other: Episode): Episode =>
      nextEpisode(episode, {
        ...({ kind: 'absorb', zone: 'Europe/Oslo', at: hours(6), owner: 'Nordvik', reason: words } as const),
        ...{ other, isTold: true, onlySnoozedStands: false },
      }).episode;
    const [clear, older] = [
      { ...clears(open('yellow'), hours(2)), id: 1 },
      { ...open('yellow'), id: 3 },
    ];
    const younger = { ...nextEpisode(undefined, step(hours(4))).episode, id: 2 };
    expect(closelyFollowedFrom([absorb(clear, younger)])).toEqual(hours(4));
    expect(closelyFollowedFrom([absorb(younger, older)])).toEqual(hours(0));
    expect(closelyFollowedFrom([absorb(younger, clear)])).toEqual(hours(4));
  });
});

import { readFileSync } from 'node:fs';
import type { Domain } from '@varde/rules';
import type { Episode } from './episode.js';
import {
  breathlessTimes,
  BRIDGE_WITHIN_MS,
  BRIDGED_DOMAINS,
  JOIN_WITHIN_MS,
  REOPEN_WITHIN_MS,
  SETTLE_AFTER_MS,
  YELLOW_TOGETHER_WITHIN_MS,
} from './episode-policy.js';
import { chooseEpisode } from './join.js';
import { needsPerson } from './closing.js';
import { NEVER_OFFERED } from './queue.js';

const HOUR_MS = 3_600_000;
const hours = (n: number) => new Date(Date.parse('2026-01-15T08:00:00Z') + n * HOUR_MS);

function open(domain: Domain, at = hours(0), id = 1): Episode {
  const signal = {
    ruleId: domain,
    ruleVersion: 1,
    domain,
    severity: 'yellow',
    count: 1,
    firstAt: at,
    lastAt: at,
    standing: true,
    clearedAt: null,
  };
  return {
    ...{
      id,
      patientId: 11,
      domains: [domain],
      severity: 'yellow',
      signals: [{ ...signal, severity: 'yellow' }],
      openedAt: at,
      begunAgainAt: null,
      lastSignalAt: at,
    },
    ...NEVER_OFFERED,
    ...{ ownerUnitId: 3, acknowledgedAt: null, acknowledgedByPersonId: null, acknowledgementEndsAt: null, clearedAt: null },
    ...{ closedAt: null, closedByPersonId: null, outcome: null, relapses: 0, pathwayId: 1, pathwayVersion: 1 },
    ...{ ladderStartedAt: at, ladderStepsTaken: 0, nextStepAt: null, version: 1 },
  };
}

describe('which episode a finding belongs to', () => {
  const of = (episodes: readonly Episode[], domain: Domain, at: Date) => chooseEpisode(episodes, { domain, at })?.id;

  test.each<[string, readonly Episode[], Domain, number, number | undefined]>([
    ['none is there', [], 'respiratory', 1, undefined],
    ['the open one of its domain', [open('respiratory')], 'respiratory', 20, 1],
    ['the open one of its domain, however old', [open('respiratory')], 'respiratory', 500, 1],
    ['a bridged domain within 24 hours', [open('respiratory')], 'fluid', 24, 1],
    ['a bridged domain after 24 hours', [open('respiratory')], 'fluid', 24.1, undefined],
    ['a bridged domain that arrives late', [open('respiratory')], 'infection', -24, 1],
    ['technical hides in no clinical episode', [open('respiratory')], 'technical', 1, undefined],
    ['silence joins no clinical episode', [open('cardiac')], 'silence', 1, undefined],
    ['nothing clinical joins a technical one', [open('technical')], 'respiratory', 1, undefined],
    ['blood pressure is not bridged', [open('respiratory')], 'blood_pressure', 1, undefined],
    ['of two to bridge to, the newest', [open('respiratory', hours(0), 1), open('fluid', hours(5), 2)], 'cardiac', 10, 2],
    ['its own domain before the bridge', [open('respiratory', hours(0), 1), open('fluid', hours(5), 2)], 'respiratory', 10, 1],
  ])('%s', (...[, episodes, domain, at, expected]) => expect(of(episodes, domain, hours(at))).toBe(expected));

  describe('with breathlessness answered', () => {
    const at = (domain: Domain, hour: number, answered: number) =>
      chooseEpisode([open('respiratory')], { domain, at: hours(hour) }, [hours(answered)])?.id;
    test.each<[string, Domain, number, number, number | undefined]>([
      ['a bridged domain within 72 hours', 'fluid', 72, 71, 1],
      ['not after 72 hours', 'fluid', 72.1, 72, undefined],
      ['answered 24 hours after the finding', 'fluid', 40, 64, 1],
      ['answered 24 hours before it', 'fluid', 40, 16, 1],
      ['not when it was answered longer ago', 'fluid', 40, 15.9, undefined],
      ['blood pressure is still not bridged', 'blood_pressure', 1, 1, undefined],
      ['nor is technical', 'technical', 1, 1, undefined],
    ])('%s', (...[, domain, hour, answered, expected]) => expect(at(domain, hour, answered)).toBe(expected));

    test('a yes to any of its questions is such an answer; a no or another question is not', () => {
      const set = (items: Record<string, boolean>) => ({
        measurementId: 1,
        questionnaire: 'daily',
        items,
        observedAt: hours(0),
        receivedAt: hours(1),
      });
      for (const item of [
        'dyspnoea_worse',
        'breathlessness_worse',
        'woke_breathless',
        'breathless_at_rest_severe',
        'cannot_finish_sentence',
      ]) {
        expect(breathlessTimes([set({ [item]: true })])).toEqual([hours(0)]);
        expect(breathlessTimes([set({ [item]: false })])).toEqual([]);
      }
      expect(breathlessTimes([set({ cough_worse: true })])).toEqual([]);
    });
  });

  test('a closed one is not brought back while an open one has a domain of it', () => {
    const closed = { ...open('respiratory'), domains: ['fluid', 'respiratory'] as const, closedAt: hours(2) };
    expect(of([closed, open('cardiac', hours(3), 2)], 'fluid', hours(4))).toBe(2);
    const taken = { ...open('fluid', hours(3), 2), domains: ['cardiac', 'fluid'] as const };
    expect(of([closed, taken], 'respiratory', hours(40))).toBe(2);
  });
});

test('the times are those the rule catalogue gives', () => {
  const policy = JSON.parse(readFileSync('libs/rules/src/catalogue/rules-catalogue.json', 'utf8')).episode_policy as Record<
    string,
    string
  > & { close: Record<string, string> };
  const hoursIn = (text: string) => Number(/(\d+) hours/.exec(text)?.[1]) * HOUR_MS;
  expect(hoursIn(policy['join']!)).toBe(JOIN_WITHIN_MS);
  expect(hoursIn(policy['bridge']!)).toBe(BRIDGE_WITHIN_MS);
  expect(hoursIn(policy['reopen']!)).toBe(REOPEN_WITHIN_MS);
  expect(hoursIn(policy.close['yellow']!)).toBe(SETTLE_AFTER_MS);
  expect(hoursIn(policy['severity']!)).toBe(YELLOW_TOGETHER_WITHIN_MS);
  for (const domain of BRIDGED_DOMAINS) expect(policy['bridge']).toContain(domain);
  expect((['info', 'yellow', 'red', 'critical'] as const).map((severity) => needsPerson({ severity, signals: [] }))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

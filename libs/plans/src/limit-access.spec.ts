import { mayChangePersonalLimit, mayChangeUnitLimit, maySwitchRule, type ChangeableRule, type NurseRange } from './limit-access.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const rule = (whoMayChange: readonly string[], severity = 'red'): ChangeableRule => ({
  ...{ id: 'r', whoMayChange, severity },
  ranges: [
    {
      ...{ ruleId: 'r', ruleVersion: 1, parameter: 'limit', default: 90, min: 80, max: 95, unit: 'mm[Hg]', safetyFloor: 85 },
      lessSensitive: 'lower',
    },
  ],
});
const proposed = (value: number) => ({ parameter: 'limit', value, reason: 'why', validFrom: NOW, validTo: null });
const PHYSICIANS = rule(['treating_physician', 'two_person past the safety floor']);
const range: NurseRange = { min: 88, max: 92, until: null, zone: 'Europe/Oslo' };
const at = (day: number) => new Date(NOW.getTime() + day * 86_400_000);
const passing = { ...range, until: at(5) };

describe('a personal limit', () => {
  test.each<[string, ChangeableRule, number, { roles: string[]; nurseRange: NurseRange | null }, string]>([
    ['a physician inside the range', PHYSICIANS, 88, { roles: ['physician'], nurseRange: null }, 'alone'],
    ['a physician at the floor', PHYSICIANS, 85, { roles: ['physician'], nurseRange: null }, 'alone'],
    ['a physician past the floor', PHYSICIANS, 84, { roles: ['physician'], nurseRange: null }, 'with a second'],
    ['a physician outside the range', PHYSICIANS, 79, { roles: ['physician'], nurseRange: range }, 'outside-range'],
    ['a rule of nobody', rule(['nobody']), 88, { roles: ['physician', 'nurse', 'team_lead'], nurseRange: range }, 'fixed-in-code'],
    ["the programme lead's own rule", rule(['programme_lead']), 88, { roles: ['physician'], nurseRange: null }, 'not-your-role'],
    ['a nurse without a range', PHYSICIANS, 88, { roles: ['nurse'], nurseRange: null }, 'not-your-role'],
    ['a nurse inside the range left by a physician', PHYSICIANS, 88, { roles: ['nurse'], nurseRange: range }, 'alone'],
    ['a nurse outside it', PHYSICIANS, 87, { roles: ['nurse'], nurseRange: range }, 'not-your-role'],
    [
      'a nurse past the floor, whatever the range',
      PHYSICIANS,
      84,
      { roles: ['nurse'], nurseRange: { ...range, min: 80, max: 95 } },
      'not-your-role',
    ],
    ["a nurse's own rule", rule(['dho_nurse']), 88, { roles: ['nurse'], nurseRange: null }, 'alone'],
    ['a team lead', PHYSICIANS, 88, { roles: ['team_lead'], nurseRange: range }, 'not-your-role'],
  ])('%s', (...[, given, value, by, expected]) => {
    const answer = mayChangePersonalLimit(given, proposed(value), by);
    expect(answer.accepted ? (answer.needsSecond ? 'with a second' : 'alone') : answer.refusal).toBe(expected);
  });

  test.each<[string, Date, Date | null, boolean]>([
    ['within its time', at(0), at(4), true],
    ['to its very end', at(4), at(5), true],
    ['beyond it', at(0), at(6), false],
    ['for ever', at(0), null, false],
    ['after it', at(5), at(6), false],
  ])('a nurse sets it by a range that ends: %s', (_name, validFrom, validTo, accepted) => {
    const by = { roles: ['nurse'], nurseRange: passing };
    const answer = mayChangePersonalLimit(PHYSICIANS, { ...proposed(88), validFrom, validTo }, by);
    expect(answer.accepted).toBe(accepted);
    if (answer.accepted) return;
    expect(answer.reason).toEqual({
      nb: 'Sykepleier kan sette grensen fra 88 til 92, og ikke lenger enn til lørdag 7. mars 2026 kl. 09.00',
      en: 'A nurse may set the limit from 88 to 92, and not beyond Saturday 7 March 2026 at 09:00',
    });
  });
});

test.each<[ChangeableRule, number, string]>([
  [PHYSICIANS, 88, 'alone'],
  [PHYSICIANS, 84, 'with a second'],
  [PHYSICIANS, 70, 'outside-range'],
  [rule(['nobody']), 88, 'fixed-in-code'],
])('the default of a unit %#', (given, value, expected) => {
  const answer = mayChangeUnitLimit(given, proposed(value));
  expect(answer.accepted ? (answer.needsSecond ? 'with a second' : 'alone') : answer.refusal).toBe(expected);
});

test.each<[ChangeableRule, boolean, string]>([
  [rule(['programme_lead'], 'yellow'), true, 'alone'],
  [rule(['programme_lead'], 'yellow'), false, 'alone'],
  [rule(['programme_lead'], 'red'), true, 'alone'],
  [rule(['programme_lead'], 'red'), false, 'with a second'],
  [rule(['treating_physician'], 'critical'), false, 'with a second'],
  [rule(['nobody'], 'yellow'), false, 'fixed-in-code'],
])('switching a rule %#', (given, enabled, expected) => {
  const answer = maySwitchRule(given, enabled);
  expect(answer.accepted ? (answer.needsSecond ? 'with a second' : 'alone') : answer.refusal).toBe(expected);
});

import { CATALOGUE as catalogue, planOf } from '../../../test/clinic.js';
import { tellCatNote } from './cat-note.js';
import type { DailyMedian } from './finding.js';

const AT = new Date('2026-01-15T12:00:00Z');
const TODAY = Math.floor(AT.getTime() / 86_400_000);
/** One answer a week; the newest a week before. */
const weekly = (...scores: number[]): DailyMedian[] =>
  scores.map((score, at) => ({
    ...{ metric: 'cat-score', day: TODAY - 7 * (scores.length - at), median: score, highest: score, readings: 1 },
  }));
const copd = { programme: 'copd', from: new Date('2025-01-01T00:00:00Z'), to: null } as const;
const plan = planOf({ enrolments: [copd] });
const note = (score: number, dailyMedians: readonly DailyMedian[], given = plan) =>
  tellCatNote({ catalogue, plan: given, dailyMedians }, { score, at: AT });

test.each([
  [20, false],
  [20.9, false],
  [21, true],
  [22, true],
  [22.9, true],
  [23, false],
  [30, false],
  [15, false],
])('of a baseline of 19, %p is noted: %p (from 4 on the rule says it)', (score, isNoted) => {
  expect(note(score, weekly(18, 19, 19, 20)) !== null).toBe(isNoted);
});

test('it says the baseline and of when it is', () => {
  expect(note(21, weekly(18, 19, 20))).toEqual({
    nb: 'CAT-skår 21 poeng er 2 poeng over personlig utgangsverdi 19 poeng (torsdag 25. desember til torsdag 8. januar). 2 poeng er den minste endringen som betyr noe; 4 poeng eller mer gir en hendelse.',
    en: 'CAT score 21 points is 2 points above the personal baseline of 19 points (Thursday 25 December to Thursday 8 January). 2 points is the smallest change that matters; 4 points or more makes an episode.',
  });
});

test('the limit in force is what the rule goes by: none is noted where it begins at 2, and more where it begins at 6', () => {
  const limited = (value: number) =>
    planOf({
      enrolments: [copd],
      limits: [
        {
          ...{
            ruleId: 'copd.cat.rise',
            parameter: 'rise',
            value,
            unit: 'points',
            ownerId: 7,
            approvedBy: null,
            reason: 'agreed',
            version: 2,
          },
          ...{ id: 3, setByPersonId: 7, setAt: AT, validFrom: new Date('2025-12-01T00:00:00Z'), validTo: null },
        },
      ],
    });
  const days = weekly(19, 19, 19);
  expect(note(22, days, limited(2))).toBeNull();
  expect(note(24, days, limited(6))?.nb).toContain('6 poeng eller mer gir en hendelse');
  expect(note(25, days, limited(6))).toBeNull();
});

test('nothing is noted without a baseline, nor of days that are left out of it, nor of who is not in the programme', () => {
  expect(note(22, [])).toBeNull();
  expect(note(22, weekly(19, 19))).toBeNull();
  expect(
    note(
      22,
      weekly(19, 19, 19, 19).map((day) => ({ ...day, leftOut: true })),
    ),
  ).toBeNull();
  expect(note(22, weekly(19, 19, 19), planOf())).toBeNull();
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAMMES, type Programme } from '@varde/plans';
import { defaultSchedule } from './default-schedule.js';

const START = new Date('2026-01-12T08:00:00Z');
const DAY_MS = 86_400_000;

interface Entry {
  readonly id: Programme;
  readonly schedule_default: { readonly start_phase: string; readonly then: string };
}
const file = join(__dirname, '../../../rules/src/catalogue/rules-catalogue.json');
const { programmes } = JSON.parse(readFileSync(file, 'utf8')) as { readonly programmes: readonly Entry[] };

/** What is asked for on a day of the programme: what, when, and on how many days a week. */
function askedOn(programme: Programme, day: number): readonly string[] {
  const atMs = START.getTime() + day * DAY_MS;
  return defaultSchedule(programme, START)
    .filter(({ from, to }) => from.getTime() <= atMs && (to === null || to.getTime() > atMs))
    .map(({ metric, atLocal, weekdays, onlyInEpisode }) => {
      return `${metric.replace('questionnaire:', '')} ${atLocal} ${weekdays.length}${onlyInEpisode === true ? ' in an episode' : ''}`;
    });
}

describe('what a programme asks for by default, against the words of the catalogue', () => {
  test('every programme has words', () => expect(programmes.map(({ id }) => id).sort()).toEqual([...PROGRAMMES].sort()));

  test.each<[Programme, keyof Entry['schedule_default'], string, number, readonly string[]]>([
    ['copd', 'start_phase', 'daily for 14 days (SpO2, pulse, symptoms)', 13, ['spo2 09:00 7', 'daily 09:00 7', 'weekly 09:00 1']],
    [
      ...(['copd', 'then'] as const),
      'SpO2, pulse and symptoms 2 days a week when stable, daily while an episode is open; CAT weekly to monthly',
      14,
      ['spo2 09:00 2', 'daily 09:00 2', 'weekly 09:00 1', 'spo2 09:00 7 in an episode', 'daily 09:00 7 in an episode'],
    ],
    ['hf', 'start_phase', 'daily for 14 days', 13, ['weight 09:00 7', 'systolic 09:00 7', 'daily 09:00 7']],
    [
      ...(['hf', 'then'] as const),
      'weight daily; pressure, pulse and symptoms daily or 3 days a week',
      14,
      ['weight 09:00 7', 'systolic 09:00 3', 'daily 09:00 3'],
    ],
    ['htn', 'start_phase', '2 readings morning and evening for 7 days', 6, ['systolic 09:00 7', 'systolic 19:00 7']],
    [
      ...(['htn', 'then'] as const),
      '7-day protocol before each review, otherwise one or two paired sessions a week at most',
      7,
      ['systolic 19:00 2', 'systolic 09:00 2'],
    ],
    ['dm', 'then', 'as ordered', 14, []],
    [
      ...(['frail', 'start_phase'] as const),
      'daily for 14 days',
      13,
      ['weight 09:00 7', 'systolic 09:00 7', 'systolic-standing 09:00 7', 'daily 09:00 7'],
    ],
    [
      ...(['frail', 'then'] as const),
      'questionnaire daily or 3 days a week, weight weekly, pressure weekly incl. standing',
      14,
      ['weight 09:00 1', 'systolic 09:00 1', 'systolic-standing 09:00 1', 'daily 09:00 3'],
    ],
  ])('%s, %s: %s', (...[programme, phase, says, day, asked]) => {
    expect(programmes.find(({ id }) => id === programme)?.schedule_default[phase]).toBe(says);
    expect(new Set(askedOn(programme, day))).toEqual(new Set(asked));
  });
});

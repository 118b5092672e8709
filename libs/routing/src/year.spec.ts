import type { Climb } from '@varde/alerts';
import { SEVERITIES, type Severity } from '@varde/rules';
import { DEFAULT_PATHWAY } from './default-pathway.js';
import { dueLadderSteps } from './ladder.js';
import { chooseOwner } from './owner.js';
import { isStaffed } from './reach.js';
import { teamOf, unitOf, type Team, type Unit } from './unit.js';
import { waitingEpisode } from './waiting-episode.js';

/**
 * A small community through a whole leap year, hour by hour, both nights when the clock changes included: who is responsible for an episode
 * that opens then, by severity and municipality; that somebody who is there is told at once; and that where nobody is, the very look that
 * opens it says so, so that the patient is given emergency advice.
 */

const HOUR_MS = 3_600_000;
const YEAR = 2028;
const BEGINS = Date.parse('2028-01-01T00:00:00+01:00');
const HOURS = 8_784;
const WORKDAYS = [1, 2, 3, 4, 5];
const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
const [STORVIK, NESSET, LYNGNES] = [1, 2, 3];

const OFFICE = [{ weekdays: WORKDAYS, from: '08:00', to: '15:30' }];
/** The Wednesday before Easter, closed from noon: no public holiday, said by the unit itself. */
const HALF_DAY = { day: Date.UTC(YEAR, 3, 12), hours: [{ from: '08:00', to: '12:00' }] };
const unit = (id: number, name: string, careLevel: Unit['careLevel'], more: Partial<Unit> & Pick<Unit, 'openingHours'>): Unit =>
  unitOf({ id, name, careLevel, zone: 'Europe/Oslo', onHolidays: 'closed', ...more });

const LEGEVAKT = unit(1, 'joint legevakt', 'legevakt', {
  // When doctors' offices are closed; a holiday is as a Sunday. Written by the day, not over midnight: the morning after a Sunday has it too.
  openingHours: [
    { weekdays: WORKDAYS, from: '00:00', to: '08:00' },
    { weekdays: WORKDAYS, from: '15:00', to: '24:00' },
    { weekdays: [6, 7], from: '00:00', to: '24:00' },
  ],
  onHolidays: 'as_sunday',
  organisationIds: [STORVIK, NESSET],
});
const HOME = unit(2, 'home nursing', 'home_nursing', {
  openingHours: [{ weekdays: ALL_DAYS, from: '00:00', to: '24:00' }],
  onHolidays: 'as_usual',
});
const TEAMS: Readonly<Record<string, Team>> = {
  Storvik: teamOf(
    [
      unit(11, 'Storvik follow-up', 'dho', { openingHours: OFFICE }),
      unit(12, 'Storvik doctors', 'gp', { openingHours: OFFICE }),
      LEGEVAKT,
      HOME,
    ],
    { municipalityId: STORVIK },
  ),
  Nesset: teamOf(
    [
      unit(21, 'Nesset follow-up', 'dho', {
        openingHours: [{ weekdays: ALL_DAYS, from: '08:00', to: '20:00' }],
        onHolidays: 'as_usual',
        organisationIds: [NESSET],
      }),
      unit(22, 'Nesset doctors', 'gp', { openingHours: OFFICE, organisationIds: [NESSET] }),
      LEGEVAKT,
    ],
    { municipalityId: NESSET },
  ),
  Lyngnes: teamOf(
    [
      unit(31, 'Lyngnes follow-up', 'dho', { openingHours: OFFICE, specialDays: [HALF_DAY], organisationIds: [LYNGNES] }),
      unit(32, 'Lyngnes doctor', 'gp', { openingHours: OFFICE, specialDays: [HALF_DAY], organisationIds: [LYNGNES] }),
    ],
    { municipalityId: LYNGNES },
  ),
};

/** What an hour came to: the owner, and whether the patient is on their own. */
interface Hour {
  readonly at: Date;
  readonly owner: Unit;
  readonly climb: Climb;
}

function openAt(team: Team, severity: Severity, at: Date): Hour {
  const { unitId } = chooseOwner(DEFAULT_PATHWAY, team, severity, at);
  const owner = team.units.find(({ id }) => id === unitId)!;
  const climb = dueLadderSteps(waitingEpisode(severity, unitId, at), DEFAULT_PATHWAY, team, at)!;
  return { at, owner, climb };
}

const year = new Map<string, readonly Hour[]>();
beforeAll(() => {
  for (const [name, team] of Object.entries(TEAMS))
    for (const severity of SEVERITIES) {
      const hours = Array.from({ length: HOURS }, (_, hour) => openAt(team, severity, new Date(BEGINS + hour * HOUR_MS)));
      year.set(`${name} ${severity}`, hours);
    }
});

const cells = Object.keys(TEAMS).flatMap((name) => SEVERITIES.map((severity) => [name, severity] as const));
const hoursOf = (name: string, severity: Severity) => year.get(`${name} ${severity}`) ?? [];
const isGrave = (severity: Severity) => severity === 'red' || severity === 'critical';

test('the year has all its hours, and ends where the next begins', () => {
  expect(new Date(BEGINS + HOURS * HOUR_MS)).toEqual(new Date('2029-01-01T00:00:00+01:00'));
});

describe.each(cells)('%s, %s', (name, severity) => {
  const team = TEAMS[name]!;

  test('has exactly one owner of the team at every hour, and always a next clock', () => {
    const wrong = hoursOf(name, severity).filter(
      ({ at, owner, climb }) => !team.units.includes(owner) || !climb.nextStepAt || climb.nextStepAt <= at,
    );
    expect(wrong.map(({ at }) => at.toISOString())).toEqual([]);
  });

  test('tells somebody who is there at once, or says at once that nobody is', () => {
    const wrong = hoursOf(name, severity).filter(({ at, climb }) => {
      if (!isGrave(severity)) return climb.unreached;
      const told = climb.notices.map(({ unitId }) => team.units.find(({ id }) => id === unitId)!);
      const isReached = told.some((each) => isStaffed(each, at));
      return climb.unreached ? told.length > 0 || team.units.some((each) => isStaffed(each, at)) : !isReached;
    });
    expect(wrong.map(({ at }) => at.toISOString())).toEqual([]);
  });

  test('waits, when nobody is there, for the first moment that somebody is', () => {
    const waiting = hoursOf(name, severity).filter(({ climb }) => climb.unreached);
    const wrong = waiting.filter(({ climb: { nextStepAt } }) => {
      const before = new Date(nextStepAt!.getTime() - 1);
      return !team.units.some((each) => isStaffed(each, nextStepAt!)) || team.units.some((each) => isStaffed(each, before));
    });
    expect(wrong.map(({ at }) => at.toISOString())).toEqual([]);
  });
});

/** Hours of the year that each unit owns, and hours when nobody is there for it. */
const tableOf = (name: string, severity: Severity) => {
  const hours = hoursOf(name, severity);
  const owned = new Map<string, number>();
  for (const { owner } of hours) owned.set(owner.careLevel, (owned.get(owner.careLevel) ?? 0) + 1);
  return { ...Object.fromEntries(owned), unreached: hours.filter(({ climb }) => climb.unreached).length };
};

// 260 weekdays less 9 holidays on them: 251 workdays, open at eight whole hours (08 to 15); 2,008 hours.
const OPEN = 251 * 8;
// The island closes at noon on one of them: 4 hours less.
const ISLAND = OPEN - 4;
// Nesset is open at twelve whole hours of all 366 days.
const NESSET_OPEN = 366 * 12;

test.each<[string, Severity, Record<string, number>]>([
  ['Storvik', 'info', { dho: HOURS, unreached: 0 }],
  ['Storvik', 'yellow', { dho: HOURS, unreached: 0 }],
  ['Storvik', 'red', { dho: OPEN, legevakt: HOURS - OPEN, unreached: 0 }],
  ['Storvik', 'critical', { dho: OPEN, legevakt: HOURS - OPEN, unreached: 0 }],
  ['Nesset', 'info', { dho: HOURS, unreached: 0 }],
  ['Nesset', 'yellow', { dho: HOURS, unreached: 0 }],
  ['Nesset', 'red', { dho: NESSET_OPEN, legevakt: HOURS - NESSET_OPEN, unreached: 0 }],
  ['Nesset', 'critical', { dho: NESSET_OPEN, legevakt: HOURS - NESSET_OPEN, unreached: 0 }],
  ['Lyngnes', 'info', { dho: HOURS, unreached: 0 }],
  ['Lyngnes', 'yellow', { dho: HOURS, unreached: 0 }],
  ['Lyngnes', 'red', { dho: HOURS, unreached: HOURS - ISLAND }],
  ['Lyngnes', 'critical', { dho: HOURS, unreached: HOURS - ISLAND }],
])('%s, %s: so many hours of the year are whose', (name, severity, expected) => expect(tableOf(name, severity)).toEqual(expected));

test.each([
  // Both nights when the clock changes, an ordinary night, and every kind of day out of the ordinary.
  ['2028-03-26T02:00:00+01:00', 'legevakt', true],
  ['2028-10-29T02:30:00+02:00', 'legevakt', true],
  ['2028-10-29T02:30:00+01:00', 'legevakt', true],
  ['2028-01-12T03:00:00+01:00', 'legevakt', true],
  ['2028-01-12T10:00:00+01:00', 'dho', false],
  ['2028-05-17T12:00:00+02:00', 'legevakt', true],
  ['2028-05-25T09:00:00+02:00', 'legevakt', true],
  ['2028-04-13T10:00:00+02:00', 'legevakt', true],
  ['2028-12-26T10:00:00+01:00', 'legevakt', true],
  ['2028-04-12T11:59:00+02:00', 'dho', false],
  ['2028-04-12T12:00:00+02:00', 'dho', true],
])('red at %s: in Storvik the %s; on the island nobody: %s', (text, owner, isAlone) => {
  const at = new Date(text);
  expect(openAt(TEAMS['Storvik']!, 'red', at).owner.careLevel).toBe(owner);
  expect(openAt(TEAMS['Lyngnes']!, 'red', at).climb.unreached).toBe(isAlone);
});

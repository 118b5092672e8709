// Red and critical at every hour of a year at which nobody is at work: the patient is told in the very look that finds it.
import { isStaffed, teamOf, unitOf } from '@varde/routing';
import { decide } from './decide.js';
import { fires, graded, nothing, quiet } from '../../../test/look-story.js';

const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Oslo';
/** From the first to the last hour of 2026 in Oslo, both changes of the clock among them. */
const [FIRST, END] = [Date.parse('2026-01-01T00:00:00+01:00'), Date.parse('2027-01-01T00:00:00+01:00')];
const DAY_SERVICE = unitOf({
  ...{ id: 1, name: 'Oppfølging Øyvær', careLevel: 'dho', zone: ZONE, onHolidays: 'closed' },
  openingHours: [{ weekdays: [1, 2, 3, 4, 5], from: '08:00', to: '15:30' }],
});

test.each([
  ['red', [/^Ingen følger med på målingene dine nå\./, /116117/, /113/]],
  ['critical', [/^Ring 113 nå\./, /Ingen følger med/]],
] as const)('%s', (severity, says) => {
  const wrong: unknown[] = [];
  let unstaffed = 0;
  for (let ms = FIRST; ms < END; ms += HOUR_MS) {
    const now = new Date(ms);
    if (isStaffed(DAY_SERVICE, now)) continue;
    unstaffed++;
    const outcome = decide({ ...quiet, team: teamOf([DAY_SERVICE]), now }, { ...nothing, ...fires(graded(now, { severity })) });
    const advice = outcome.episodes.flatMap((change) => change.advice ?? []);
    const isTold = advice.length === 1 && advice[0]?.kind === severity && says.every((words) => words.test(advice[0]?.text.nb ?? ''));
    const isOwned = outcome.episodes[0]?.episode.ownerUnitId === DAY_SERVICE.id && (outcome.nextLookAt ?? now) > now;
    if (!isTold || !isOwned) wrong.push([now, advice, outcome.nextLookAt]);
  }
  expect(wrong).toEqual([]);
  // 250 working days of seven and a half hours, give or take the holidays on weekdays.
  expect(unstaffed).toBeGreaterThan(6_500);
});

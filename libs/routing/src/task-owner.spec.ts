import { teamOf, unitOf, type CareLevel, type Team } from './unit.js';
import { taskOwner } from './task-owner.js';

const team = (...levels: CareLevel[]): Team =>
  teamOf(levels.map((careLevel, index) => unitOf({ id: index + 1, name: careLevel, careLevel, zone: 'Europe/Oslo', openingHours: [] })));

test.each([
  [team('dho', 'gp'), 'physician', 2],
  [team('dho', 'gp'), 'nurse', 1],
  [team('dho', 'hospital_outpatient'), 'physician', 2],
  [team('home_nursing', 'dho'), 'programme_lead', 2],
  [team('dho'), 'physician', 1],
  [team('amk'), 'nurse', null],
  [team(), 'team_lead', null],
] as const)('%#: a task for the %s', (given, role, expected) => {
  expect(taskOwner(given, role)).toBe(expected);
});

test('no task goes to a guest', () => {
  const given = team('dho', 'gp', 'home_nursing');
  expect(taskOwner({ ...given, guestUnitIds: [1] }, 'nurse')).toBe(3);
  expect(taskOwner({ ...given, guestUnitIds: [2] }, 'physician')).toBe(1);
  expect(taskOwner({ ...given, guestUnitIds: [1, 2, 3] }, 'nurse')).toBeNull();
});

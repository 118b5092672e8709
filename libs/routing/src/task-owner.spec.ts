import { teamOf, unitOf, type CareLevel, type Team } from './unit.js';
import { responsibleUnitOf, taskOwner } from './task-owner.js';

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

test.each<[string, Team, number | null]>([
  ['the unit that has it', { ...team('dho', 'gp', 'hospital_outpatient'), responsibleUnitId: 3 }, 3],
  ['else the GP', team('dho', 'gp'), 2],
  ['the GP where that unit is only a guest', { ...team('dho', 'gp', 'hospital_outpatient'), responsibleUnitId: 3, guestUnitIds: [3] }, 2],
  ['nobody that we know', team('dho', 'hospital_outpatient'), null],
])('responsible for the treatment is %s', (_name, given, expected) => {
  expect(responsibleUnitOf(given)?.id ?? null).toBe(expected);
});

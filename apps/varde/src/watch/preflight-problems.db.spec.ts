import type { Duty } from '@varde/routing';
import { changeRosterKept, saveDuty, savePerson } from '@varde/store';
import { makeTestCommunity, makeTestPatient, NO_PASSWORD, saveOpenUnit, type TestCommunity } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { WalkedChains } from './preflight-chains.js';
import { walkAll } from './preflight.js';

/** Monday 12 January 2026, 09:00 in Oslo. */
const NOW = new Date('2026-01-12T09:00:00+01:00');
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000);

const db = testDatabase();
let community: TestCommunity;
beforeAll(async () => {
  community = await makeTestCommunity(db.manager, 'problems', NOW);
});
afterEach(async () => {
  await db.database.dataSource.query(`update patient set monitored_to = $1`, [NOW]);
});

/** A follow-up service that never closes, and whom it has: a team lead, unless nobody. */
async function addUnit(name: string, isStaffed = true): Promise<{ unitId: number; personId: number }> {
  const unitId = await saveOpenUnit(db.manager, { organisationId: community.organisationId, name, careLevel: 'dho' });
  const person = { username: name, name, passwordHash: NO_PASSWORD, roles: ['team_lead' as const], organisationId: null };
  return { unitId, personId: isStaffed ? await savePerson(db.manager, { ...person, unitIds: [unitId] }, NOW) : 0 };
}
const addPatient = (dhoId: number) => makeTestPatient(db.manager, { ...community, dhoId }, NOW);
async function keepRoster(unitId: number, duty: Duty): Promise<void> {
  await saveDuty(db.manager, unitId, { duty: [duty], byPersonId: null }, NOW);
  await changeRosterKept(db.manager, unitId, true, NOW);
}
const walkedTasks = async () => {
  await walkAll(db.database, new WalkedChains(), NOW);
  return db.database.dataSource.query<{ unit_id: number; key: string; due_at: Date }[]>(
    `select unit_id, key, due_at from task where kind = 'preflight' and state = 'open' order by key`,
  );
};

test.each([
  ['an hour before the end of the 14 days is found', 'soon', 13 * 24 + 23, 1],
  ['an hour after it is not found yet', 'later', 14 * 24 + 1, 0],
] as const)('a roster that runs out %s', async (_, name, lastsH, found) => {
  const { unitId, personId } = await addUnit(name);
  await addPatient(unitId);
  await keepRoster(unitId, { personId, kind: 'shift', from: hours(-1), to: hours(lastsH) });
  const task = { unit_id: unitId, key: `preflight:nobody_on_duty:${unitId}`, due_at: hours(lastsH) };
  expect(await walkedTasks()).toEqual(found === 1 ? [task] : []);
});

test('a unit without people, and one with nobody but an untested number: a task each, of whoever leads there', async () => {
  const [empty, called] = [await addUnit('empty', false), await addUnit('called')];
  for (const { unitId } of [empty, called]) await addPatient(unitId);
  await keepRoster(called.unitId, { personId: called.personId, kind: 'on_call', from: hours(-1), to: hours(24 * 20) });
  expect(await walkedTasks()).toEqual([
    { unit_id: empty.unitId, key: `preflight:empty_unit:${empty.unitId}`, due_at: NOW },
    { unit_id: called.unitId, key: `preflight:untested_contact:${called.unitId}`, due_at: NOW },
  ]);
});

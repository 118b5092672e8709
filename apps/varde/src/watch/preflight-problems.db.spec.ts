import type { Duty } from '@varde/routing';
import { changePerson, changeRosterKept, saveDuty, savePerson, type PersonRole } from '@varde/store';
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

/** A follow-up service that never closes, and whom it has: a team lead unless said otherwise, or nobody. */
async function addUnit(name: string, role: PersonRole | null = 'team_lead'): Promise<{ unitId: number; personId: number }> {
  const unitId = await saveOpenUnit(db.manager, { organisationId: community.organisationId, name, careLevel: 'dho' });
  return { unitId, personId: role === null ? 0 : await addPerson(name, role, unitId) };
}
const addPerson = (name: string, role: PersonRole, unitId: number) =>
  savePerson(db.manager, { username: name, name, passwordHash: NO_PASSWORD, roles: [role], organisationId: null, unitIds: [unitId] }, NOW);
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
  const [empty, called] = [await addUnit('empty', null), await addUnit('called')];
  for (const { unitId } of [empty, called]) await addPatient(unitId);
  await keepRoster(called.unitId, { personId: called.personId, kind: 'on_call', from: hours(-1), to: hours(24 * 20) });
  expect(await walkedTasks()).toEqual([
    { unit_id: empty.unitId, key: `preflight:empty_unit:${empty.unitId}`, due_at: NOW },
    { unit_id: called.unitId, key: `preflight:untested_contact:${called.unitId}`, due_at: NOW },
  ]);
});

test('nobody but an operator on call is nobody on duty, and a unit of operators alone has nobody', async () => {
  const [led, operated] = [await addUnit('led'), await addUnit('operated', 'operator')];
  for (const { unitId } of [led, operated]) await addPatient(unitId);
  const operatorId = await addPerson('odd', 'operator', led.unitId);
  const duty = (personId: number, kind: Duty['kind'], fromH: number, toH: number) => ({
    personId,
    kind,
    from: hours(fromH),
    to: hours(toH),
  });
  await saveDuty(db.manager, led.unitId, { duty: [duty(operatorId, 'on_call', -1, 24 * 20)], byPersonId: null }, NOW);
  await keepRoster(led.unitId, duty(led.personId, 'shift', -1, 24));
  expect(await walkedTasks()).toEqual([
    { unit_id: operated.unitId, key: `preflight:empty_unit:${operated.unitId}`, due_at: NOW },
    { unit_id: led.unitId, key: `preflight:nobody_on_duty:${led.unitId}`, due_at: hours(24) },
  ]);
  await db.database.dataSource.query('delete from preflight_due');
  await changePerson(db.manager, operated.personId, { roles: ['operator', 'team_lead'] }, NOW);
  expect(await db.database.dataSource.query('select 1 from preflight_due')).toHaveLength(1);
  await changePerson(db.manager, led.personId, { roles: ['operator'] }, NOW);
  expect(await walkedTasks()).toMatchObject([{ key: `preflight:empty_unit:${led.unitId}`, due_at: NOW }]);
});

import type { Duty } from '@varde/routing';
import {
  askContactTest,
  changeHolidays,
  changeOpeningHours,
  changePerson,
  changeResponsibility,
  changeRosterKept,
  changeTeam,
  changeUnitOwners,
  closeTask,
  confirmContact,
  contactTestCode,
  endDuty,
  inTransaction,
  isPreflightDue,
  movePatient,
  readDuty,
  readPreflight,
  readTasks,
  removeContact,
  saveContact,
  saveDuty,
  saveOrganisation,
  savePathway,
  savePerson,
  type Task,
  type Viewer,
} from '@varde/store';
import {
  makeTestCommunity,
  makeTestPatient,
  NO_PASSWORD,
  saveOpenUnit,
  TEST_ROUTES,
  type TestCommunity,
} from '../../../../test/community.js';
import { openTestDatabase, testLog, type TestDatabase } from '../../../../test/engine.js';
import type { Log } from '../log.js';
import { WalkedChains } from './preflight-chains.js';
import { Preflight, walkAll } from './preflight.js';

const HOUR_MS = 3_600_000;
/** Monday 12 January 2026, 09:00 in Oslo. */
const NOW = new Date('2026-01-12T09:00:00+01:00');
const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);
const SECRET = 'the key of an installation';

describe('holes become tasks', () => {
  let db: TestDatabase;
  let community: TestCommunity;
  const patientIds: number[] = [];
  let lead: Viewer;
  let nurseId = 0;
  const manager = () => db.database.dataSource.manager;
  const walk = (at: Date) => walkAll(db.database, new WalkedChains(), at);
  const tasks = async (state: Task['state'] = 'open') =>
    (await readTasks(manager(), lead, { unitId: null, forRole: 'team_lead', patientId: null, state, limit: 50 })).filter(
      ({ kind }) => kind === 'preflight',
    );
  const person = (username: string, roles: Viewer['roles']) => ({
    username,
    name: username,
    passwordHash: NO_PASSWORD,
    roles,
    organisationId: null,
    unitIds: [community.dhoId],
  });
  const shift = (from: number, to: number): Duty => ({ personId: nurseId, kind: 'shift', from: hours(from), to: hours(to) });
  const enter = (...duty: Duty[]) => saveDuty(manager(), community.dhoId, { duty, byPersonId: null }, NOW);

  let contactId = 0;
  const addContact = async (at: Date) => {
    const contact = { unitId: community.dhoId, personId: null, channel: 'sms' as const, address: '+4790000001', signingSecret: null };
    contactId = await saveContact(manager(), contact, null, at);
  };
  const confirmNewest = async (at: Date) => {
    await askContactTest(manager(), contactId, null, at);
    const [test] = await manager().query<{ id: number }[]>(`select id from contact_test where contact_id = $1`, [contactId]);
    const code = contactTestCode(SECRET, test?.id ?? 0);
    await confirmContact(manager(), { contactId, code, byPersonId: null }, SECRET, at);
  };
  const moveAway = async (patientId: number, at: Date) => {
    const { communityId } = community;
    const municipalityId = await saveOrganisation(manager(), { communityId, name: 'Nabovik', kind: 'municipality' });
    const unitId = await saveOpenUnit(manager(), { organisationId: municipalityId, name: 'Follow-up there', careLevel: 'dho' });
    const moving = { patientId, municipalityId, unitIds: [unitId], responsibleUnitId: null, reason: 'a new address' };
    await inTransaction(db.database.dataSource, (tx) => movePatient(tx, lead, moving, at));
  };

  beforeAll(async () => {
    db = await openTestDatabase();
    community = await makeTestCommunity(manager(), 'preflight', NOW);
    for (let count = 0; count < 3; count++) patientIds.push(await makeTestPatient(manager(), community, NOW));
    lead = { ...person('lise', ['team_lead']), personId: await savePerson(manager(), person('lise', ['team_lead']), NOW) };
    nurseId = await savePerson(manager(), person('nils', ['nurse']), NOW);
  }, 60_000);
  afterAll(() => db.close());

  test('a change is due, a walk has seen it, and a unit with people that never closes has no hole', async () => {
    expect(await isPreflightDue(manager())).toBe(true);
    expect(await walk(NOW)).toBe(true);
    expect(await isPreflightDue(manager())).toBe(false);
    expect(await readPreflight(manager(), lead, { unitId: null, patientId: null }, NOW)).toEqual({ walkedAt: NOW, holes: [] });
    expect(await tasks()).toEqual([]);
  });

  test('a roster with a gap is one task of the unit, with the hours, the steps and how many patients', async () => {
    await enter(shift(-1, 96), shift(100, 24 * 15));
    await changeRosterKept(manager(), community.dhoId, true, NOW);
    expect(await isPreflightDue(manager())).toBe(true);
    await walk(NOW);
    const [task, ...others] = await tasks();
    expect(others).toEqual([]);
    expect(task).toMatchObject({
      unitId: community.dhoId,
      patientId: null,
      forRole: 'team_lead',
      key: `preflight:nobody_on_duty:${community.dhoId}`,
      dueAt: hours(96),
    });
    expect(task?.reason).toEqual({
      nb: 'Follow-up: ingen på vakt fredag 16. januar kl. 09.00 til fredag 16. januar kl. 13.00 (akutt rød: trinn 1 av 1, arbeidslisten; rød: trinn 1 av 1, arbeidslisten; gul: trinn 1 av 1, arbeidslisten; info: trinn 1 av 1, arbeidslisten). Gjelder 3 pasienter.',
      en: 'Follow-up: nobody on duty Friday 16 January at 09:00 to Friday 16 January at 13:00 (critical: step 1 of 1, worklist; red: step 1 of 1, worklist; yellow: step 1 of 1, worklist; info: step 1 of 1, worklist). Concerns 3 patients.',
    });
    const { holes } = await readPreflight(manager(), lead, { unitId: community.dhoId, patientId: patientIds[1]! }, NOW);
    expect(holes).toMatchObject([{ fromAt: hours(96), toAt: hours(100), patientCount: 3, unit: 'Follow-up' }]);
    expect(holes[0]?.patients.map(({ id }) => id)).toEqual(patientIds);
  });

  test('the same task says what there is after the next change; an older walk that ends later changes nothing', async () => {
    await enter(shift(96, 98));
    await walk(hours(1));
    expect(await tasks()).toMatchObject([{ dueAt: hours(98), raisedAt: NOW }]);
    expect(await walk(NOW)).toBe(false);
    expect(await tasks()).toMatchObject([{ dueAt: hours(98) }]);
  });

  test('it settles by itself when somebody is on duty, and a person need not close it', async () => {
    await enter(shift(98, 100));
    await walk(hours(2));
    expect(await tasks()).toEqual([]);
    expect(await tasks('settled')).toMatchObject([{ key: `preflight:nobody_on_duty:${community.dhoId}`, closedAt: hours(2) }]);
  });

  test('one that a person has dismissed rests, until something near comes that was not known', async () => {
    const duties = await readDuty(manager(), community.dhoId, { from: NOW, to: hours(24 * 20) });
    const far = duties.find(({ from }) => from.getTime() === hours(98).getTime())!;
    await endDuty(manager(), { unitId: community.dhoId, dutyId: far.id, byPersonId: null }, hours(3));
    await walk(hours(3));
    const [task] = await tasks();
    await closeTask(manager(), lead, { taskId: task!.id, state: 'dismissed', outcome: 'the GP answers then' }, hours(4));
    await walk(hours(5));
    expect(await tasks()).toEqual([]);
    const first = duties.find(({ from }) => from.getTime() === hours(-1).getTime())!;
    await endDuty(manager(), { unitId: community.dhoId, dutyId: first.id, byPersonId: null }, hours(6));
    await walk(hours(6));
    expect(await tasks()).toMatchObject([{ dueAt: hours(6) }]);
  });

  test.each([
    ['opening hours', () => changeOpeningHours(manager(), community.dhoId, [{ weekdays: [1], from: '08:00', to: '16:00' }], hours(7))],
    ['a person who leaves', () => changePerson(manager(), nurseId, { active: false }, hours(7))],
    ['a team', () => changeTeam(manager(), patientIds[0]!, [community.gpId], hours(7))],
    ['a contact', () => addContact(hours(7))],
    ['a contact that was tested', () => confirmNewest(hours(7))],
    ['a contact that is gone', () => removeContact(manager(), contactId, null, hours(7))],
    ['holidays', () => changeHolidays(manager(), community.dhoId, { onHolidays: 'closed', specialDays: [] }, hours(7))],
    ['who is responsible', () => changeResponsibility(manager(), patientIds[1]!, { responsibleUnitId: community.dhoId }, hours(7))],
    ['the owners of a unit', () => changeUnitOwners(manager(), community.dhoId, [], hours(7))],
    ['where a patient lives', () => moveAway(patientIds[2]!, hours(7))],
    [
      'a pathway',
      () =>
        savePathway(
          manager(),
          { id: community.pathwayId, communityId: community.communityId, name: 'next', routes: TEST_ROUTES, inForceFrom: hours(7) },
          hours(7),
        ),
    ],
  ])('a change of %s is due', async (_, change) => {
    await walk(hours(7));
    expect(await isPreflightDue(manager())).toBe(false);
    await change();
    expect(await isPreflightDue(manager())).toBe(true);
  });

  test('the service walks by itself when something is due, once however many ask, and asks every day', async () => {
    const [one, other] = [0, 1].map(() => new Preflight(db.database, testLog as unknown as Log)) as [Preflight, Preflight];
    const walks = await Promise.all([one.walkWhenDue(hours(8)), other.walkWhenDue(hours(8))]);
    expect(walks.filter(Boolean)).toHaveLength(1);
    expect(await one.walkWhenDue(hours(9))).toBe(false);
    await one.remind(hours(10));
    await other.remind(hours(11));
    expect(await isPreflightDue(manager())).toBe(true);
    expect(await other.walkWhenDue(hours(11))).toBe(true);
    await one.remind(hours(20));
    expect(await isPreflightDue(manager())).toBe(false);
    await one.remind(hours(35));
    expect(await isPreflightDue(manager())).toBe(true);
  });
});

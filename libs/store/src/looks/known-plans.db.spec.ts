import { makeTestCommunity, makeTestPatient, makeTestPerson } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import { changeSchedule } from '../directory/schedules.js';
import { inTransaction } from '../server/in-transaction.js';
import { readKnownPlans, readPlans } from './plans-read.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const DAY_MS = 86_400_000;

describe('care plans that are kept between looks', () => {
  const db = testDatabase();
  let patientId = 0;
  let unitId = 0;
  let personId = 0;
  beforeAll(async () => {
    const community = await makeTestCommunity(db.manager, 'kept-plans', NOW);
    unitId = community.dhoId;
    patientId = await makeTestPatient(db.manager, community, NOW);
    personId = await makeTestPerson(db.manager, 'kept-plans-lead', 'team_lead', NOW);
  });

  /** As a round of looks reads it. */
  const readKnown = (now = NOW) =>
    inTransaction(
      db.database.dataSource,
      async (tx) => {
        const [patient] = await tx.query<{ version: number }[]>(`select plan_version as version from patient where id = $1`, [patientId]);
        return (await readKnownPlans(tx, [{ patientId, planVersion: patient?.version ?? 0 }], now)).get(patientId);
      },
      'REPEATABLE READ',
    );
  const expectAsRead = async (now = NOW): Promise<void> => {
    const known = await readKnown(now);
    const read = (await readPlans(db.manager, [patientId], now)).get(patientId);
    expect(read).toBeDefined();
    expect({ ...known, frozenPathway: null }).toEqual({ ...read, frozenPathway: null });
  };

  test('stay the same objects while nothing changes', async () => {
    const [first, second] = [await readKnown(), await readKnown(new Date(NOW.getTime() + 60_000))];
    expect(second?.plan).toBe(first?.plan);
    expect(second?.team).toBe(first?.team);
    await expectAsRead();
  });

  test('are read again when something else is agreed with the patient', async () => {
    const before = await readKnown();
    await changeSchedule(db.manager, patientId, [{ metric: 'spo2', atLocal: '07:15', weekdays: [1, 2, 3] }], NOW);
    expect((await readKnown())?.plan).not.toBe(before?.plan);
    await expectAsRead();
  });

  test('are read again with the next day: what ended long ago falls out of them', async () => {
    const before = await readKnown();
    expect((await readKnown(new Date(NOW.getTime() + DAY_MS)))?.plan).not.toBe(before?.plan);
    await expectAsRead(new Date(NOW.getTime() + DAY_MS));
  });

  test.each([
    `insert into unit_limit (unit_id, rule_id, parameter, value, reason, set_by_person_id, set_at, valid_from, version)
     values ($1, 'gen.spo2.low', 'limit', 91, 'a spec', $2, now(), '2026-01-01', 1)`,
    `update unit_limit set value = 92 where unit_id = $1 and set_by_person_id = $2`,
    `insert into rule_switch (unit_id, rule_id, enabled, reason, set_by_person_id, set_at, valid_from, version)
     values ($1, 'gen.spo2.low', false, 'a spec', $2, now(), '2026-01-01', 1)`,
    `delete from rule_switch where unit_id = $1 and set_by_person_id = $2`,
  ])('are read again when a unit of the team changes its rules, although no patient was touched: %s', async (sql) => {
    const before = await readKnown();
    await db.manager.query(sql, [unitId, personId]);
    expect((await readKnown())?.plan).not.toBe(before?.plan);
    await expectAsRead();
  });
});

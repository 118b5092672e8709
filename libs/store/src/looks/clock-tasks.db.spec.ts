import type { ClockSeen } from '@varde/look';
import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import { testDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { changeTeam } from '../directory/teams.js';
import { closeTask } from '../episodes/tasks.js';
import { inTransaction } from '../server/in-transaction.js';
import { saveClockTasks } from './clock-tasks.js';

const NOW = new Date('2026-03-02T08:00:00Z');
const hours = (count: number): Date => new Date(NOW.getTime() + count * 3_600_000);
const DAY_MS = 86_400_000;

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(() => db.database.dataSource.query(`delete from task`));

const tasks = (): Promise<{ id: number; unit_id: number; state: string }[]> =>
  db.database.dataSource.query(`select id::int, unit_id, state from task order by id`);
const seen = (at: Date, change: Partial<ClockSeen>): ClockSeen => ({
  ...{ of: 'device', key: 'clock-ahead:device/1', name: 'OX-1', patientId: small.patients.first, unitId: small.units.north },
  ...{ receivedAt: at, aheadMs: DAY_MS },
  ...change,
});
const keep = (at: Date, clocks: readonly ClockSeen[]): Promise<void> =>
  inTransaction(db.database.dataSource, (tx) => saveClockTasks(tx, clocks, at));

describe("a device's task stays one of the patient, whichever unit does tasks now:", () => {
  beforeEach(async () => {
    await changeTeam(db.manager, small.patients.first, [small.units.clinic], NOW);
    await keep(NOW, [seen(NOW, { unitId: small.units.clinic })]);
    await changeTeam(db.manager, small.patients.first, [small.units.clinic, small.units.north], hours(1));
    expect(await tasks()).toMatchObject([{ unit_id: small.units.clinic, state: 'open' }]);
  });

  test('settled when the clock is set', async () => {
    await keep(hours(2), [seen(hours(2), { aheadMs: null })]);
    expect(await tasks()).toMatchObject([{ state: 'settled' }]);
  });

  test('at rest when a person has closed it', async () => {
    const nurse = viewerOf(small.people.nora, [small.units.clinic]);
    await closeTask(db.manager, nurse, { taskId: (await tasks())[0]?.id ?? 0, state: 'dismissed', outcome: 'not needed' }, hours(2));
    await keep(hours(3), [seen(hours(3), {})]);
    expect(await tasks()).toMatchObject([{ state: 'dismissed' }]);
  });
});

test("a gateway's task is one of its unit", async () => {
  const gateway = { of: 'gateway', key: 'clock-ahead:gateway/liten/gw-1', patientId: null } as const;
  const { north, south } = small.units;
  await keep(NOW, [seen(NOW, { ...gateway, unitId: north }), seen(NOW, { ...gateway, unitId: south })]);
  await keep(hours(1), [seen(hours(1), { ...gateway, unitId: north, aheadMs: null })]);
  expect((await tasks()).map(({ unit_id, state }) => [unit_id, state])).toEqual(
    expect.arrayContaining([
      [north, 'settled'],
      [south, 'open'],
    ]),
  );
  await keep(hours(2), [seen(hours(2), { ...gateway, unitId: north })]);
  expect((await tasks()).filter(({ state }) => state === 'open')).toHaveLength(2);
});

test('many clocks take as many statements as one does', async () => {
  const clocks = (aheadMs: number | null) =>
    Array.from({ length: 40 }, (_, nth) => seen(NOW, { key: `clock-ahead:device/${nth}`, aheadMs: nth % 2 === 0 ? DAY_MS : aheadMs }));
  await keep(NOW, clocks(DAY_MS));
  expect(await tasks()).toHaveLength(40);
  const counts = await inTransaction(db.database.dataSource, async (tx) => [
    await statementsOf(tx, () => saveClockTasks(tx, clocks(DAY_MS), NOW)),
    await statementsOf(tx, () => saveClockTasks(tx, clocks(null), NOW)),
    await statementsOf(tx, () => saveClockTasks(tx, clocks(DAY_MS), NOW)),
  ]);
  expect(counts).toEqual([1, 2, 2]);
  expect((await tasks()).filter(({ state }) => state === 'open')).toHaveLength(40);
});

/** How many statements go to the database meanwhile. */
async function statementsOf(tx: EntityManager, work: () => Promise<void>): Promise<number> {
  const client = (await tx.queryRunner?.connect()) as PoolClient;
  const query = client.query.bind(client) as (...given: readonly unknown[]) => unknown;
  let count = 0;
  const counted = (...given: readonly unknown[]): unknown => {
    count++;
    return query(...given);
  };
  Object.assign(client, { query: counted });
  try {
    await work();
  } finally {
    Object.assign(client, { query });
  }
  return count;
}

import { inTransaction, openDatabase, saveWorklistChanges, type Database } from '@varde/store';
import { DatabaseDoor } from '../../../../test/drills/blind-rig.js';
import { isNative, testDatabase, testLog } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { eventually } from '../../../../test/whole-way.js';
import { openLog } from '../log.js';
import { ChangeFeed } from './change-feed.js';

const TIMERS_LEFT = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;

describe('the connection by which the live worklist hears of changes breaks and comes back, and the poll never comes', () => {
  const db = testDatabase();
  let small: SmallCommunity;
  let door: DatabaseDoor;
  let throughDoor: Database;
  let told: string[] = [];
  let leave: () => void;

  const changes = (times: number): Promise<void> =>
    inTransaction(db.database.dataSource, (tx) =>
      saveWorklistChanges(
        tx,
        Array.from({ length: times }, () => ({
          ...{ at: new Date(), patientId: small.patients.first, episodeId: null, unitId: small.units.north, kind: 'changed' as const },
        })),
      ),
    );
  const newest = async (): Promise<number> => {
    const [row] = await db.manager.query<{ id: number }[]>(`select max(id)::int as id from worklist_change`);
    return row?.id ?? 0;
  };

  beforeAll(async () => {
    small = await saveSmallCommunity(db.database.dataSource);
    door = await DatabaseDoor.open(db.url);
    throughDoor = await openDatabase({ databaseUrl: door.url, dataDir: '', log: testLog });
  });
  afterAll(async () => {
    await throughDoor.close();
    await door.close();
  });
  beforeEach(async () => {
    await changes(3);
    told = [];
    // All timers but the poll's run: what is told has been heard of.
    jest.useFakeTimers({ doNotFake: [...TIMERS_LEFT, 'setTimeout', 'clearTimeout'] });
    const feed = new ChangeFeed(throughDoor, openLog('silent'), async () => undefined);
    const joined = await feed.follow({
      push: (all) => void told.push(...all.map(({ id }) => `change ${id}`)),
      startOver: (position) => void told.push(`start over ${position}`),
    });
    leave = joined.leave;
    await changes(1);
    await eventually('it follows', () => told.length > 0);
    told = [];
  });
  afterEach(() => {
    leave();
    jest.useRealTimers();
  });

  test('what has changed meanwhile is told', async () => {
    door.shut();
    await changes(1);
    door.reopen();
    const last = await newest();
    await eventually('it is told', () => told.length > 0);
    expect(told).toEqual([`change ${last}`]);
  });

  test('a database that has gone back meanwhile is begun anew with', async () => {
    door.shut();
    const before = (await newest()) - 2;
    await db.manager.query(`delete from worklist_change where id > $1`, [before]);
    await db.manager.query(`select setval('worklist_change_id', $1)`, [before]);
    door.reopen();
    await eventually('everybody starts over', () => told.length > 0);
    await changes(1);
    await eventually('what comes then is told', () => told.length > 1);
    expect(told).toEqual([`start over ${before}`, `change ${before + 1}`]);
  });

  (isNative ? test : test.skip)(
    'what nobody heard of is told when that connection alone was ended (native only: the embedded engine has one backend)',
    async () => {
      await db.manager.query(
        `insert into worklist_change (id, at, patient_id, unit_id, kind) values (nextval('worklist_change_id'), now(), $1, $2, 'changed')`,
        [small.patients.first, small.units.north],
      );
      await db.manager.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'varde listener' and datname = current_database()`,
      );
      const last = await newest();
      await eventually('it is told', () => told.length > 0);
      expect(told).toEqual([`change ${last}`]);
    },
  );
});

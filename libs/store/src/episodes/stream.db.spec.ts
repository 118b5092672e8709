import { testDatabase } from '../../../../test/engine.js';
import { saveSmallCommunity, type SmallCommunity } from '../../../../test/small-community.js';
import { inTransaction } from '../server/in-transaction.js';
import {
  hasGoneBack,
  readKeptChanges,
  readWorklistChanges,
  saveWorklistChanges,
  WORKLIST_CHANNEL,
  type WorklistChangeKind,
} from './stream.js';

const db = testDatabase();
let small: SmallCommunity;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
});
beforeEach(() => db.database.dataSource.query(`truncate worklist_change`));

const NOW = new Date('2026-03-02T08:00:00Z');
const aChange = (patientId: number, kind: WorklistChangeKind = 'changed') => ({ at: NOW, patientId, episodeId: null, unitId: null, kind });
const save = (...kinds: WorklistChangeKind[]) =>
  inTransaction(db.database.dataSource, (tx) =>
    saveWorklistChanges(
      tx,
      kinds.map((kind) => aChange(small.patients.first, kind)),
    ),
  );
const kept = () => inTransaction(db.database.dataSource, readKeptChanges);

test('changes are read in order, after an id, with the units that may be told', async () => {
  await save('opened', 'changed', 'closed');
  const { dataSource } = db.database;
  const all = await readWorklistChanges(dataSource, 0, 10);
  expect(all.map(({ kind }) => kind)).toEqual(['opened', 'changed', 'closed']);
  expect(all[0]?.seenByUnitIds).toEqual([small.units.north, small.units.clinic]);
  expect((await readWorklistChanges(dataSource, all[0]!.id, 1)).map(({ kind }) => kind)).toEqual(['changed']);
});

test('nothing to tell takes no lock and tells nobody', async () => {
  await save();
  expect(await readWorklistChanges(db.database.dataSource, 0, 10)).toEqual([]);
});

test('whoever listens is woken once the changes can be read', async () => {
  const woken = new Promise<number>((resolve) => {
    void db.database.listen(WORKLIST_CHANNEL, () => {
      void readWorklistChanges(db.database.dataSource, 0, 10).then((changes) => resolve(changes.length));
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await save('opened');
  expect(await woken).toBe(1);
});

test('what is kept: from the oldest on, and after the last trimming nothing but the end', async () => {
  await save('opened', 'changed', 'closed');
  const ids = (await readWorklistChanges(db.database.dataSource, 0, 10)).map(({ id }) => id);
  expect(await kept()).toEqual({ resumableFrom: ids[0]! - 1, newest: ids[2] });
  await db.database.dataSource.query(`delete from worklist_change where id = $1`, [ids[0]]);
  expect(await kept()).toEqual({ resumableFrom: ids[0], newest: ids[2] });
  await db.database.dataSource.query(`delete from worklist_change`);
  expect(await kept()).toEqual({ resumableFrom: ids[2], newest: ids[2] });
});

test('a database has gone back when it does not know a change that was seen, but not when the change was trimmed', async () => {
  const { dataSource } = db.database;
  const goneBack = (...ids: number[]) => Promise.all(ids.map((id) => hasGoneBack(dataSource, id)));
  await save('opened', 'changed', 'closed', 'opened', 'closed');
  const [first = 0, second = 0, third = 0, fourth = 0, last = 0] = (await readWorklistChanges(dataSource, 0, 10)).map(({ id }) => id);
  await dataSource.query(`delete from worklist_change where id <= $1`, [second]);
  expect(await goneBack(first, second, third, last)).toEqual([false, false, false, false]);
  // A failover leaps over the ids that may have been given out: others follow, and those that were lost are missing.
  await dataSource.query(`delete from worklist_change where id = $1`, [fourth]);
  expect(await goneBack(third, fourth, last, last + 1)).toEqual([false, true, false, true]);
  await dataSource.query(`delete from worklist_change`);
  expect(await goneBack(last, last + 1)).toEqual([false, true]);
});

test('a reader that follows concurrent writers sees every id once and in order: no id appears behind it', async () => {
  const seen: number[] = [];
  let isWriting = true;
  const writers = Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 20; round += 1) {
        await inTransaction(db.database.dataSource, async (tx) => {
          await tx.query(`select pg_sleep(random() * 0.005)`);
          await saveWorklistChanges(tx, [aChange(small.patients.first), aChange(small.patients.second)]);
        });
      }
    }),
  ).finally(() => {
    isWriting = false;
  });
  for (let isLast = false; !isLast;) {
    isLast = !isWriting;
    const changes = await readWorklistChanges(db.database.dataSource, seen.at(-1) ?? 0, 7);
    if (changes.length > 0) isLast = false;
    seen.push(...changes.map(({ id }) => id));
  }
  await writers;
  const rows: { id: number }[] = await db.database.dataSource.query(`select id::int from worklist_change order by id`);
  expect(seen).toEqual(rows.map(({ id }) => id));
  expect(seen).toHaveLength(160);
});

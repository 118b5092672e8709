import { testDatabase } from '../../../../test/engine.js';
import { anEpisode, saveAnEpisode, saveSmallCommunity, viewerOf, type SmallCommunity } from '../../../../test/small-community.js';
import { readChart, readSeries, refuseUnseen, type SeriesQuestion } from './charts.js';
import { readPatientEpisodes } from './episode-story.js';
import { NotFound } from '../directory/illegal.js';
import { runPolicies } from '../server/housekeeping.js';
import { inTransaction } from '../server/in-transaction.js';
import { readReadiness } from './readiness.js';
import { seenBy } from './visibility.js';
import type { Viewer } from '../directory/sessions.js';

const db = testDatabase();
let small: SmallCommunity;
let nora: Viewer;
let siri: Viewer;
beforeAll(async () => {
  small = await saveSmallCommunity(db.database.dataSource);
  nora = viewerOf(small.people.nora, [small.units.north]);
  siri = viewerOf(small.people.siri, [small.units.south]);
});

const NOW = new Date('2026-03-02T08:00:00Z');
const at = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);
const series = (given: Partial<SeriesQuestion>, viewer = nora) =>
  readSeries(db.manager, viewer, {
    patientId: small.patients.first,
    metric: 'pulse',
    from: at(0),
    to: at(24),
    points: 10,
    ...given,
  });

test('a chart has plan, team, and the devices worn now', async () => {
  const { dataSource } = db.database;
  const { first } = small.patients;
  await dataSource.query(
    `insert into device (community_id, name, kind, registered_at) values ($1, 'A1', 'scale', $2), ($1, 'A2', 'scale', $2)`,
    [small.communityId, at(-99)],
  );
  await dataSource.query(
    `insert into wearer (device_id, patient_id, from_at, to_at) select id, $1, $2, case name when 'A2' then $3::timestamptz end from device`,
    [first, at(-98), at(-1)],
  );
  const chart = await readChart(dataSource.manager, nora, first, NOW);
  expect(chart).toMatchObject({ name: 'Første Oppdiktet', planVersion: 1, plan: { zone: 'Europe/Oslo' }, lookedAt: null });
  expect(chart.team.map(({ name, organisation }) => [name, organisation])).toEqual([
    ['Oppfølging Nordvik', 'Nordvik kommune'],
    ['Lungepoliklinikken', 'Sykehuset'],
  ]);
  expect(chart.devices).toMatchObject([{ name: 'A1', kind: 'scale', from: at(-98) }]);
});

test('nothing of a patient is read for a person of other units', async () => {
  const { manager } = db.database.dataSource;
  const { first } = small.patients;
  const question = { patientId: first, state: 'all' as const, beforeId: null, limit: 10 };
  await expect(readChart(manager, siri, first, NOW)).rejects.toThrow(NotFound);
  await expect(readPatientEpisodes(manager, siri, question)).rejects.toThrow(NotFound);
  await expect(refuseUnseen(manager, siri, first)).rejects.toThrow(NotFound);
  await expect(series({}, siri)).rejects.toThrow(NotFound);
});

test.each(['patient_id', 'w.patient_id'])('who is seen is asked of the row, however its column is spelt: %s', async (column) => {
  const seen = await db.database.dataSource.query(`select patient_id from patient_watch w where ${seenBy(column, '$1')}`, [siri.unitIds]);
  expect(seen).toEqual([{ patient_id: small.patients.south }]);
});

test('few readings come as they are; more than asked for as stretches whose values leave out the doubtful', async () => {
  const values: [number, number, string | null][] = [
    [0, 60, null],
    [0.5, 64, null],
    [0.6, 190, 'jump'],
    [5, 200, 'jump'],
    [5.1, 180, 'jump'],
  ];
  for (const [index, [hours, value, doubt]] of values.entries()) {
    await db.database.dataSource.query(
      `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt) values ($1, 'pulse', $2, $3, $4, $2, $5)`,
      [small.patients.first, at(hours), index, value, doubt],
    );
  }
  expect(await series({ points: 5 })).toMatchObject({
    resolution: 'raw',
    points: values.map(([hours, value, doubt]) => ({ observedAt: at(hours), value, doubt })),
  });
  expect(await series({ points: 4, to: at(8) })).toEqual({
    resolution: 'buckets',
    bucketMs: 2 * 3_600_000,
    buckets: [
      { from: at(0), min: 60, median: 62, max: 64, count: 3, doubtful: 1 },
      { from: at(4), min: 180, median: 190, max: 200, count: 2, doubtful: 2 },
    ],
  });
  expect(await series({ from: at(1), to: at(5) })).toEqual({ resolution: 'raw', points: [] });
});

test('episodes are listed newest first, a page at a time, by state', async () => {
  const { dataSource } = db.database;
  const { first } = small.patients;
  const closed = { closedAt: at(2), closedByPersonId: small.people.nora, outcome: 'admitted' as const };
  const one = await saveAnEpisode(dataSource, anEpisode(small, at(0), closed));
  const two = await saveAnEpisode(dataSource, anEpisode(small, at(1), closed));
  const three = await saveAnEpisode(dataSource, anEpisode(small, at(3)));
  const list = async (given: { state?: 'open' | 'closed'; beforeId?: number; limit?: number }) =>
    (await readPatientEpisodes(dataSource.manager, nora, { patientId: first, state: 'all', beforeId: null, limit: 10, ...given })).map(
      ({ id }) => id,
    );
  expect(await list({})).toEqual([three, two, one]);
  expect(await list({ limit: 2 })).toEqual([three, two]);
  expect(await list({ beforeId: two })).toEqual([one]);
  expect(await list({ state: 'open' })).toEqual([three]);
  expect(await list({ state: 'closed' })).toEqual([two, one]);
});

test('ready is: every migration applied, and nobody due for more than a minute', async () => {
  const { dataSource } = db.database;
  const ready = () => readReadiness(dataSource.manager, NOW);
  await dataSource.query(`update patient_watch set due_at = $1`, [new Date(NOW.getTime() - 59_000)]);
  expect(await ready()).toEqual({ missingMigrations: [], watchBehindSince: null, forgets: [] });
  const since = new Date(NOW.getTime() - 61_000);
  await dataSource.query(`update patient_watch set due_at = $1`, [since]);
  await dataSource.query(`delete from migration where name = 'Episodes0003'`);
  expect(await ready()).toMatchObject({ missingMigrations: ['Episodes0003'], watchBehindSince: since });
});

test('ready is also a server that cannot forget what it has acknowledged', async () => {
  const forgets = (...how: readonly string[]) =>
    inTransaction(db.database.dataSource, async (tx) => {
      for (const sql of how) await tx.query(sql);
      return (await readReadiness(tx, NOW)).forgets;
    });
  expect(await forgets()).toEqual([]);
  expect(await forgets('set local synchronous_commit = off')).toEqual(['synchronous_commit']);
  // No session can turn fsync off: what the server would say is said for it.
  const saysOff = `create function planted.current_setting(name text) returns text language sql as
    $$ select case when name = 'fsync' then 'off' else pg_catalog.current_setting(name) end $$`;
  const planted = ['create schema planted', saysOff, 'set local search_path = planted, pg_catalog, public'];
  expect(await forgets(...planted)).toEqual(['fsync']);
});

test('stretches of a day are whole days, summed up beforehand where the edition can, and tell the same', async () => {
  const { dataSource } = db.database;
  for (let day = 0; day < 12; day++) {
    for (const [hour, value] of [
      [1, 90 + day],
      [9, 92 + day],
      [20, 95 + day],
    ] as const) {
      await dataSource.query(
        `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at) values ($1, 'spo2', $2, $3, $4, $2)`,
        [small.patients.first, new Date(Date.UTC(2026, 0, 1 + day, hour)), 1000 + day * 24 + hour, value],
      );
    }
  }
  const question = { metric: 'spo2' as const, from: new Date('2026-01-01T06:00:00Z'), to: new Date('2026-01-13T00:00:00Z'), points: 15 };
  const expected = Array.from({ length: 12 }, (_, day) => ({
    from: new Date(Date.UTC(2026, 0, 1 + day)),
    count: 3,
    doubtful: 0,
    min: 90 + day,
    median: 92 + day,
    max: 95 + day,
  }));
  expect(await series(question)).toEqual({ resolution: 'buckets', bucketMs: 86_400_000, buckets: expected });
  const [aggregate] = await dataSource.query(`select to_regclass('reading_daily') is not null as there`);
  expect(aggregate).toEqual({ there: db.database.edition === 'full' });
});

test('days long past are summed up, and anew when their wearer is corrected or a reading comes late', async () => {
  const { dataSource } = db.database;
  const { first, second } = small.patients;
  const [day, hour] = [86_400_000, 3_600_000];
  const from = Math.floor(Date.now() / day) * day - 200 * day;
  const put = (patientId: number, atMs: number, value: number): Promise<unknown> =>
    dataSource.query(
      `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at) values ($1, 'weight', $2, $3, $4, now())`,
      [patientId, new Date(atMs), Math.floor(atMs / hour), value],
    );
  const read = async (patientId: number): Promise<unknown> => {
    const days = { from: new Date(from), to: new Date(from + 4 * day), points: 5, metric: 'weight' as const };
    const answer = await readSeries(dataSource.manager, viewerOf(small.people.nora, [small.units.north, small.units.clinic]), {
      ...days,
      patientId,
    });
    return answer.resolution === 'buckets' ? answer.buckets.map(({ count, max }) => [count, max]) : answer.points.length;
  };
  for (let hours = 0; hours < 96; hours += 12) {
    await put(first, from + hours * hour, 80);
    await put(second, from + hours * hour + 1, 60);
  }
  await put(first, Date.now() - 5 * day, 80);
  const refresh = (): Promise<unknown> => runPolicies(dataSource, 'policy_refresh_continuous_aggregate');
  await refresh();
  expect(await read(first)).toEqual([80, 80, 80, 80].map((value) => [2, value]));

  await dataSource.query(`update reading set patient_id = $1 where patient_id = $2 and metric = 'weight' and observed_at < $3`, [
    first,
    second,
    new Date(from + day),
  ]);
  await put(first, from + 3 * day + hour, 95);
  await refresh();
  expect([await read(first), await read(second)]).toEqual([
    [
      [4, 80],
      [2, 80],
      [2, 80],
      [3, 95],
    ],
    [
      [2, 60],
      [2, 60],
      [2, 60],
    ],
  ]);
});

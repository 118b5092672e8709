import { endWearer, saveWearer } from '@varde/store';
import type { OutgoingReading } from '@varde/wire';
import { makeTestPatient } from '../../../../test/community.js';
import { testDatabase } from '../../../../test/engine.js';
import {
  addTestHome,
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  spotCheck,
  wall,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';
import type { EntityManager } from 'typeorm';

const DAYS = 20;
/** In the morning, so many days before. */
const morning = (daysAgo: number): Date => minutes(-daysAgo * 1440);
/** A device's whole memory, oldest first: one measurement each morning. */
const MEMORY: readonly OutgoingReading[] = Array.from({ length: DAYS }, (_, at) =>
  spotCheck(morning(DAYS - at), { stored: true, pulse: 60 + at }),
);
const UPLOADED = { receivedAt: minutes(1), clock: { reading: wall(NOW), readAt: NOW } };

describe('readings so old that the full edition has compressed them (the Apache edition has no compression: there the chunks are ordinary)', () => {
  const db = testDatabase();
  let room: TestIngest;
  let home: TestHome;
  let neighbour: TestHome;

  const query = <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => db.manager.query(sql, values);
  const take = async (readings: readonly OutgoingReading[], of = home) => (await room.ingest.take(obs(of, readings, UPLOADED)))?.results[0];
  const stored = (patientId: number) =>
    query<{ day: number; metric: string; value: number; doubt: string | null }>(
      `select round(extract(epoch from $2::timestamptz - observed_at) / 86400)::int as day, metric, value, doubt
       from reading where patient_id = $1 order by observed_at, metric`,
      [patientId, NOW],
    );
  const daysOf = async (patientId: number): Promise<number[]> => [...new Set((await stored(patientId)).map(({ day }) => day))];
  const compress = async (): Promise<void> => {
    if (db.database.edition === 'full') await query(`select compress_chunk(chunk) from show_chunks('reading') chunk`);
  };
  /** In a transaction that fails when it has to unpack more readings than one home's. */
  const unpackingLittle = (act: (tx: EntityManager) => Promise<unknown>): Promise<void> =>
    db.manager.transaction(async (tx) => {
      if (db.database.edition === 'full') await tx.query(`set local timescaledb.max_tuples_decompressed_per_dml_transaction = 100`);
      await act(tx);
    });
  const compressedChunks = async (): Promise<number> => {
    const [row] = await query<{ count: number }>(
      `select count(*) filter (where is_compressed)::int as count from timescaledb_information.chunks where hypertable_name = 'reading'`,
    );
    return row?.count ?? 0;
  };

  beforeAll(async () => {
    room = openTestIngest(db.database, { checkCredentials: false });
    home = await makeTestHome(db.database, 'old');
    neighbour = await addTestHome(db.database, home.community, 'neighbour');
    for (const table of ['wearer', 'enrolment']) await query(`update ${table} set from_at = $1`, [morning(DAYS + 5)]);
  });
  afterAll(() => room.ingest.stop());

  beforeEach(async () => {
    await query(`delete from measurement`);
    await query(`truncate reading`);
    for (const each of [home, neighbour]) await take(MEMORY, each);
    expect(await daysOf(home.patientId)).toHaveLength(DAYS);
    await compress();
    expect((await compressedChunks()) > 0).toBe(db.database.edition === 'full');
  });

  test('a whole memory uploaded again is stored once', async () => {
    const before = await stored(home.patientId);
    expect(await take(MEMORY)).toMatchObject({ status: 'duplicate' });
    expect(await take([MEMORY[3] as OutgoingReading])).toMatchObject({ status: 'duplicate' });
    expect(await stored(home.patientId)).toEqual(before);
  });

  test('an act between them that comes late is stored once, and so is its copy', async () => {
    const late = spotCheck(new Date(morning(9).getTime() + 3 * 3_600_000), { stored: true, spo2: 84 });
    expect(await take([...MEMORY, late])).toMatchObject({ status: 'stored', readings: 1 });
    expect(await take([late])).toMatchObject({ status: 'duplicate' });
    expect((await stored(home.patientId)).filter(({ metric, value }) => metric === 'spo2' && value === 84)).toHaveLength(1);
    expect(await stored(home.patientId)).toHaveLength(2 * (DAYS + 1));
  });

  test('another value with the key of one that is there is kept beside it, marked and doubtful', async () => {
    expect(await take([{ ...spotCheck(morning(9), { stored: true, spo2: 84, pulse: 71 }) }])).toMatchObject({ status: 'stored' });
    const spo2 = (await stored(home.patientId)).filter(({ day, metric }) => day === 9 && metric === 'spo2');
    expect(spo2.map(({ value, doubt }) => [value, doubt]).sort()).toEqual([
      [84, 'conflict'],
      [93, null],
    ]);
  });

  test('a wearer corrected backwards takes the readings along, and nobody else’s is unpacked for it', async () => {
    await query(
      `insert into reading (patient_id, metric, observed_at, measurement_id, value, received_at, doubt)
       select -1, 'spo2', $1::timestamptz - i * interval '1 hour', -i, 95, $1, 'wearer-unsure' from generate_series(1, 400) i`,
      [NOW],
    );
    await compress();
    const other = await makeTestPatient(db.manager, home.community, morning(2));
    const [wearer] = await query<{ id: number }>(`select id from wearer where patient_id = $1`, [home.patientId]);
    await unpackingLittle((tx) => endWearer(tx, wearer?.id ?? 0, morning(8.5), minutes(2)));
    const doubts = async (): Promise<number[]> => (await stored(home.patientId)).flatMap(({ day, doubt }) => (doubt === null ? [] : [day]));
    expect(new Set(await doubts())).toEqual(new Set([8, 7, 6, 5, 4, 3, 2, 1]));
    await compress();
    const given = { deviceId: home.deviceId, userSlot: null, patientId: other, from: morning(8.5) };
    await unpackingLittle((tx) => saveWearer(tx, given, minutes(3)));
    expect((await stored(other)).map(({ day, doubt }) => [day, doubt])).toEqual(
      [8, 7, 6, 5, 4, 3, 2, 1].flatMap((day) => [
        [day, null],
        [day, null],
      ]),
    );
    expect(await daysOf(home.patientId)).toEqual(Array.from({ length: DAYS - 8 }, (_, at) => DAYS - at));
    expect(await stored(neighbour.patientId)).toHaveLength(2 * DAYS);
    expect(await take(MEMORY)).toMatchObject({ status: 'duplicate' });
  });
});

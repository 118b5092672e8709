import { claimParkedReady, readRefused, saveDevice, saveWearer, trimExpired } from '@varde/store';
import { testDatabase } from '../../../../test/engine.js';
import {
  makeTestHome,
  minutes,
  obs,
  openTestIngest,
  readKept,
  readStored,
  spotCheck,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';

const DAY = 1440;

describe('what belongs to nobody here', () => {
  const db = testDatabase();
  let room: TestIngest;
  let at: TestHome;
  let counted = 0;

  beforeAll(() => {
    room = openTestIngest(db.database);
  });
  afterAll(() => room.ingest.stop());
  beforeEach(async () => {
    at = await makeTestHome(db.database, `un${++counted}`);
  });

  const heard = (minute: number, device = 'NEIGHBOUR', spo2 = 93) => obs(at, [spotCheck(minutes(minute), { spo2 })], { device });
  const take = async (delivery: ReturnType<typeof heard>) => (await room.ingest.take(delivery))?.results[0];
  /** So many more like the one that is there. */
  const fill = (many: number, reason = 'unknown-device') =>
    db.manager.query(
      `insert into refused (received_at, last_received_at, community_id, client_id, topic, payload, digest, measurement_index, reason, detail,
         parked, device_id)
       select received_at, last_received_at, community_id, client_id, topic, payload, sha256(n::text::bytea), -1, reason, detail, parked, device_id
       from refused, generate_series(1, $2) n where topic like 'varde/v1/' || $1 || '/%' and reason = $3`,
      [at.community.code, many, reason],
    );
  const lines = async () =>
    (await readRefused(db.database.dataSource, { community: at.community.code }, { limit: 500, before: null })).entries;

  test('500 of a topic are kept; the next are one line that counts, and are not parked', async () => {
    expect(await take(heard(0))).toMatchObject({ status: 'parked', reason: 'unknown-device' });
    await fill(498);
    const [first, second] = [heard(1), heard(2)];
    expect((await Promise.all([first, second].map(take))).map((answer) => answer?.status)).toEqual(['parked', 'rejected']);
    for (const minute of [3, 4]) expect(await take(heard(minute))).toMatchObject({ status: 'rejected', reason: 'unknown-device' });
    // What is kept and comes again is counted where it stands; another device has room of its own.
    expect(await take(first)).toMatchObject({ status: 'parked' });
    expect(await take(heard(5, 'ANOTHER'))).toMatchObject({ status: 'parked' });
    expect((await lines()).slice(0, 3)).toMatchObject([
      { topic: expect.stringContaining('ANOTHER') as string, timesReceived: 1, isCounted: false },
      { reason: 'unknown-device', timesReceived: 3, isCounted: true, parked: false, payloadBytes: 0, receivedAt: second.receivedAt },
      { timesReceived: 2, isCounted: false, parked: true },
    ]);
    expect((await readKept(db.database, at)).length).toBe(502);
  });

  test('what is kept is taken in when the device is registered and worn, and then there is room again', async () => {
    await take(heard(-3));
    await fill(499);
    await take(heard(-2));
    const { manager } = db;
    const { communityId } = at.community;
    const deviceId = await saveDevice(manager, { communityId, name: 'NEIGHBOUR', kind: 'pulse-oximeter', model: null }, minutes(1));
    await saveWearer(manager, { deviceId, userSlot: null, patientId: at.patientId, from: minutes(-10) }, minutes(1));
    const ready = await claimParkedReady(db.database.dataSource, minutes(2), 1_000);
    const [line] = (await lines()).filter(({ isCounted }) => isCounted);
    expect([ready.length, line?.timesReceived]).toEqual([500, 1]);
    await room.ingest.reprocess(ready);
    expect(await readStored(db.database, { ...at, deviceId })).toHaveLength(2);
    expect(await room.ingest.reprocess([line!.id])).toMatchObject([{ result: 'still-open' }]);
    expect((await lines()).filter(({ state }) => state === 'open')).toEqual([line]);
  });

  test('of a device that nobody wears, and what is processed again is never only counted', async () => {
    await take(heard(0));
    const { communityId } = at.community;
    await saveDevice(db.manager, { communityId, name: 'NEIGHBOUR', kind: 'pulse-oximeter', model: null }, minutes(1));
    await take(heard(1));
    await fill(499, 'no-wearer');
    expect(await take(heard(2))).toMatchObject({ status: 'rejected', reason: 'no-wearer' });
    const [unknown] = (await readKept(db.database, at)).filter(({ reason }) => reason === 'unknown-device');
    expect(await room.ingest.reprocess([unknown!.id])).toMatchObject([{ result: 'processed' }]);
    expect((await lines())[0]).toMatchObject({ reason: 'no-wearer', isCounted: false, parked: true });
  });

  test('after 90 days it is counted on the same line, and not before', async () => {
    const first = heard(0);
    for (const delivery of [first, heard(60), heard(120), first]) await take(delivery);
    const old = async (minute: number) => {
      await trimExpired(db.database.dataSource, minutes(minute));
      return (await lines()).map(({ isCounted, timesReceived, payloadBytes }) => [isCounted, timesReceived, payloadBytes > 0]);
    };
    const kept = [false, 1, true];
    expect(await old(90 * DAY - 1)).toEqual([kept, kept, [false, 2, true]]);
    expect(await old(90 * DAY + 61)).toEqual([[true, 3, false], kept]);
    expect(await old(90 * DAY + 121)).toEqual([[true, 4, false]]);
    const [line] = await lines();
    expect([line?.receivedAt, line?.lastReceivedAt]).toEqual([heard(0).receivedAt, heard(120).receivedAt]);
    expect(await old(400 * DAY)).toEqual([[true, 4, false]]);
  });
});

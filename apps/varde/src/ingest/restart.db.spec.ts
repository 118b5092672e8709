import type { OutgoingReading } from '@varde/wire';
import { testDatabase } from '../../../../test/engine.js';
import {
  makeTestHome,
  minutes,
  NOW,
  obs,
  openTestIngest,
  readKept,
  readStored,
  spotCheck,
  wall,
  type MessageChange,
  type TestHome,
  type TestIngest,
} from '../../../../test/ingest-rig.js';

/** What a gateway's clock shows that is some minutes behind, and says nothing of that. */
const byGateway = (at: Date, offMin: number): Date => new Date(at.getTime() - offMin * 60_000);

function undated(at: Date, offMin: number, isStored = false): OutgoingReading {
  const { deviceTime: _, ...reading } = spotCheck(at, { gatewayTime: byGateway(at, offMin), ...(isStored && { stored: true }) });
  return reading;
}
const dated = (at: Date, offMin: number, isStored = false): OutgoingReading =>
  spotCheck(at, { gatewayTime: byGateway(at, offMin), ...(isStored && { stored: true }) });

describe('how far a gateway’s clock is off is kept over a restart, and what it sends again is stored once, at the time it had', () => {
  const db = testDatabase();
  let homes = 0;

  const fresh = (): TestIngest => openTestIngest(db.database, { checkCredentials: false });

  /** A service that has heard the gateway for twenty minutes, unlike a `fresh` one. */
  async function experienced(home: TestHome, offMin: number): Promise<TestIngest> {
    const room = fresh();
    for (const minute of [-20, -14, -8, -2]) {
      const at = minutes(minute);
      await room.ingest.take(obs(home, [undated(at, offMin)], { receivedAt: at, sentAt: byGateway(at, offMin) }));
    }
    return room;
  }

  const forgetClocks = (): Promise<unknown> => db.manager.query('delete from gateway_clock');

  // The message, and when it is taken to have been measured: by whoever knows the gateway, and by a service that has never heard of it, which believes
  // a gateway that is behind until ten minutes of messages agree that it is.
  test.each<[string, { offMin: number; reading: OutgoingReading; change?: MessageChange; knownAt: Date; freshAt: Date }]>([
    ['live, without a time of its device', { offMin: 180, reading: undated(NOW, 180), knownAt: NOW, freshAt: minutes(-180) }],
    ['live, and the gateway ahead', { offMin: -180, reading: undated(NOW, -180), knownAt: NOW, freshAt: NOW }],
    ['live, by a device that is right', { offMin: 180, reading: dated(NOW, 180), knownAt: NOW, freshAt: minutes(-180) }],
    [
      'from the memory of a device whose clock was read',
      {
        ...{ offMin: 180, reading: dated(minutes(-60), 180, true), knownAt: minutes(-60), freshAt: minutes(-240) },
        change: { clock: { reading: wall(NOW), readAt: byGateway(NOW, 180) } },
      },
    ],
    ['from a memory without times', { offMin: 180, reading: undated(NOW, 180, true), knownAt: NOW, freshAt: minutes(-180) }],
  ])('an act %s', async (_, { offMin, reading, change, knownAt, freshAt }) => {
    for (const service of ['the same', 'restarted', 'new'] as const) {
      const home = await makeTestHome(db.database, `again${++homes}`);
      for (const table of ['wearer', 'enrolment'])
        await db.manager.query(`update ${table} set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-10 * 1440)]);
      const known = await experienced(home, offMin);
      const before = await readStored(db.database, home);
      const message = obs(home, [reading], { ...change, receivedAt: minutes(0.1), sentAt: byGateway(minutes(0.1), offMin) });
      if (service === 'new') await forgetClocks();
      const [first, second] = service === 'the same' ? [known, fresh()] : [fresh(), known];
      expect((await first.ingest.take(message))?.results).toMatchObject([{ status: 'stored', readings: 1 }]);
      const stored = await readStored(db.database, home);
      const [added] = stored.filter(({ observedAt }) => !before.some((each) => each.observedAt.getTime() === observedAt.getTime()));
      expect([service, stored.length, added?.observedAt]).toEqual([service, before.length + 2, service === 'new' ? freshAt : knownAt]);
      for (const dup of [true, false]) {
        const answer = await second.ingest.take({ ...message, dup, receivedAt: minutes(dup ? 1 : 2) });
        expect(answer?.results).toMatchObject([{ status: 'duplicate' }]);
      }
      expect([await readStored(db.database, home), await readKept(db.database, home)]).toEqual([stored, []]);
      for (const { ingest } of [first, second]) await ingest.stop();
    }
  });

  test('acts before and after it have the same time and doubt, and the clock is known to be behind at once', async () => {
    const home = await makeTestHome(db.database, `again${++homes}`);
    const takeAt = async (room: TestIngest, minute: number, waitedMin = 0): Promise<void> => {
      const sentAt = byGateway(minutes(minute - waitedMin), 20);
      await room.ingest.take(obs(home, [undated(minutes(minute), 20)], { receivedAt: minutes(minute), sentAt }));
    };
    const seen = async () =>
      db.manager.query<{ off: number; quality: string; doubt: string | null; behind: string | null }[]>(
        `select extract(epoch from m.received_at - m.observed_at)::int as off, m.time_quality as quality, r.doubt, m.detail ->> 'gatewayBehindMs' as behind
         from measurement m join reading r on r.measurement_id = m.id and r.metric = 'spo2' where m.device_id = $1 order by m.id`,
        [home.deviceId],
      );
    const known = await experienced(home, 20);
    await takeAt(known, 1);
    const restarted = fresh();
    await takeAt(restarted, 2);
    // One that waited for a quarter of an hour says nothing new, to either.
    await takeAt(restarted, 3, 15);
    const [before, after, waited] = (await seen()).slice(-3);
    expect(before).toEqual({ off: 0, quality: 'gateway', doubt: null, behind: '1200000' });
    expect([after, waited]).toEqual([before, before]);
    for (const { ingest } of [known, restarted]) await ingest.stop();
  });

  test('a message of a clock that stays as it is writes nothing of it', async () => {
    const home = await makeTestHome(db.database, `again${++homes}`);
    const versions = () =>
      db.manager.query<object[]>(
        `select g.client_id, g.xmin::text from gateway_clock g join community c on c.id = g.community_id where c.code = $1`,
        [home.community.code],
      );
    const room = await experienced(home, 180);
    const written = await versions();
    expect(written).toMatchObject([{ client_id: home.gateway }]);
    for (let minute = 1; minute < 60; minute += 7) {
      const at = minutes(minute);
      // A second or two on the way, as it goes.
      const sentAt = new Date(byGateway(at, 180).getTime() - (minute % 3) * 1000);
      await room.ingest.take(obs(home, [undated(at, 180)], { receivedAt: at, sentAt }));
    }
    expect(await versions()).toEqual(written);
    const at = minutes(70);
    await room.ingest.take(obs(home, [undated(at, 0)], { receivedAt: at, sentAt: at }));
    expect(await versions()).not.toEqual(written);
    await room.ingest.stop();
  });
});

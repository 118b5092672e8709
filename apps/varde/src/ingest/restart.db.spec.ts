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

describe('how far a gateway’s clock is off is learnt anew after a restart, and what it sends again is stored once, at the time it had', () => {
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

  // The message, and when it is taken to have been measured: by whoever knows the gateway, and by a service that has just begun and believes a
  // gateway that is behind until ten minutes of messages agree that it is.
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
    for (const isKnownFirst of [true, false]) {
      const home = await makeTestHome(db.database, `again${++homes}`);
      for (const table of ['wearer', 'enrolment'])
        await db.manager.query(`update ${table} set from_at = $2 where patient_id = $1`, [home.patientId, minutes(-10 * 1440)]);
      const known = await experienced(home, offMin);
      const before = await readStored(db.database, home);
      const message = obs(home, [reading], { ...change, receivedAt: minutes(0.1), sentAt: byGateway(minutes(0.1), offMin) });
      const [first, second] = isKnownFirst ? [known, fresh()] : [fresh(), known];
      expect((await first.ingest.take(message))?.results).toMatchObject([{ status: 'stored', readings: 1 }]);
      const stored = await readStored(db.database, home);
      const [added] = stored.filter(({ observedAt }) => !before.some((each) => each.observedAt.getTime() === observedAt.getTime()));
      expect([stored.length, added?.observedAt]).toEqual([before.length + 2, isKnownFirst ? knownAt : freshAt]);
      for (const dup of [true, false]) {
        const answer = await second.ingest.take({ ...message, dup, receivedAt: minutes(dup ? 1 : 2) });
        expect(answer?.results).toMatchObject([{ status: 'duplicate' }]);
      }
      expect([await readStored(db.database, home), await readKept(db.database, home)]).toEqual([stored, []]);
      for (const { ingest } of [first, second]) await ingest.stop();
    }
  });
});

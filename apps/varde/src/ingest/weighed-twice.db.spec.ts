import { randomUUID } from 'node:crypto';
import { encodeRaw, type OutgoingFrame } from '@varde/wire';
import { encodeBodyComposition } from '../../../../libs/wire/src/gatt/body-composition.js';
import { hexOfBytes } from '../../../../libs/wire/src/gatt/bytes.js';
import { encodeWeight } from '../../../../libs/wire/src/gatt/weight.js';
import { testDatabase } from '../../../../test/engine.js';
import { addTestHome, bare, makeTestHome, minutes, openTestIngest, readStored, wall, type TestHome } from '../../../../test/ingest-rig.js';

describe('a scale that tells one weighing by two characteristics', () => {
  const db = testDatabase();
  let first: TestHome;
  beforeAll(async () => {
    first = await makeTestHome(db.database, 'scales');
  });

  const deviceTime = wall(minutes(5));
  const gatewayTime = minutes(5.02);
  const weight = (kg: number): OutgoingFrame => ({
    ...{ format: 'gatt', characteristic: '2A9D', gatewayTime },
    hex: hexOfBytes(encodeWeight({ unit: 'kg', weight: kg, deviceTime, user: null, bmi: null, trailingBytes: 0 })),
  });
  const composition = (kg: number): OutgoingFrame => {
    const nothingElse = { basalMetabolismKj: null, musclePercent: null, muscleMass: null, fatFreeMass: null, softLeanMass: null };
    const none = { ...nothingElse, bodyWaterMass: null, impedanceOhm: null, height: null, isMultiPacket: false, trailingBytes: 0 };
    const bytes = encodeBodyComposition({ unit: 'kg', bodyFatPercent: 22, deviceTime, user: null, weight: kg, ...none });
    return { format: 'gatt', characteristic: '2A9C', gatewayTime, hex: hexOfBytes(bytes) };
  };

  /** What is stored after these messages of frames, one after the other. */
  async function storedOf(name: string, messages: readonly (readonly OutgoingFrame[])[]): Promise<unknown[]> {
    const home = await addTestHome(db.database, first.community, name);
    const { ingest } = openTestIngest(db.database, { now: () => minutes(6) });
    for (const frames of messages) {
      const device = { id: home.device, idType: 'serial' } as const;
      const payload = encodeRaw({ messageId: randomUUID(), sentAt: gatewayTime, device, frames });
      await ingest.take(bare(home, `dev/${home.device}/raw`, payload, minutes(5.05)));
    }
    const parked = await db.database.dataSource.query<{ id: number }[]>(`select id::float8 from refused where device_id = $1`, [
      home.deviceId,
    ]);
    await ingest.reprocess(parked.map(({ id }) => id));
    await ingest.stop();
    return (await readStored(db.database, home)).map(({ metric, value }) => `${metric} ${value}`).sort();
  }

  test.each<[string, readonly (readonly OutgoingFrame[])[]]>([
    ['in one message', [[weight(83), composition(83)]]],
    ['the weight first', [[weight(83)], [composition(83)]]],
    ['the composition first', [[composition(83)], [weight(83)]]],
    ['processed again for a frame that nobody can read', [[weight(83), composition(83), { ...weight(83), characteristic: '2AFF' }]]],
    ['both, and both again', [[weight(83), composition(83)], [composition(83)], [weight(83)]]],
  ])('has one weight: %s', async (name, messages) => {
    expect(await storedOf(name.replaceAll(/\W/g, '-'), messages)).toEqual(['body-fat 22', 'weight 83']);
  });

  test('has both where they differ', async () => {
    expect(await storedOf('differ', [[weight(83), composition(83.5)]])).toEqual(['body-fat 22', 'weight 83', 'weight 83.5']);
    expect(await storedOf('differ-apart', [[weight(83)], [composition(83.5)]])).toEqual(['body-fat 22', 'weight 83', 'weight 83.5']);
  });
});

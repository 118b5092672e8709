import { randomUUID } from 'node:crypto';
import { encodeRaw, type OutgoingFrame } from '@varde/wire';
import { testDatabase } from '../../../../test/engine.js';
import { addTestHome, bare, makeTestHome, minutes, openTestIngest, readStored, type TestHome } from '../../../../test/ingest-rig.js';

describe('a scale that tells one weighing by two characteristics', () => {
  const db = testDatabase();
  let first: TestHome;
  beforeAll(async () => {
    first = await makeTestHome(db.database, 'scales');
  });

  const gatewayTime = minutes(5.02);
  /** 2 March 2026, 09:05:00. */
  const PRINTED = 'ea070302090500';
  /** In steps of 5 g, low byte first. */
  const grams = (kg: number): string => {
    const steps = Math.round(kg * 200);
    return [steps & 255, steps >> 8].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  const frame = (characteristic: string, hex: string): OutgoingFrame => ({ format: 'gatt', characteristic, gatewayTime, hex });
  const weight = (kg: number): OutgoingFrame => frame('2A9D', `02${grams(kg)}${PRINTED}`);
  /** With 22.0 % of fat. */
  const composition = (kg: number): OutgoingFrame => frame('2A9C', `0204dc00${PRINTED}${grams(kg)}`);

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

  describe('without a clock', () => {
    /** A frame that the gateway has so many seconds after the first. */
    const heard = (seconds: number, characteristic: string, hex: string): OutgoingFrame => ({
      ...{ format: 'gatt', characteristic, hex, gatewayTime: new Date(gatewayTime.getTime() + seconds * 1_000) },
    });
    const weightAt = (seconds: number, kg: number): OutgoingFrame => heard(seconds, '2A9D', `00${grams(kg)}`);
    const compositionAt = (seconds: number, kg: number): OutgoingFrame => heard(seconds, '2A9C', `0004dc00${grams(kg)}`);

    test.each<[string, readonly (readonly OutgoingFrame[])[], number]>([
      ['in one message', [[weightAt(0, 83), compositionAt(0.7, 83)]], 1],
      ['the weight first', [[weightAt(0, 83)], [compositionAt(0.7, 83)]], 1],
      ['the composition first', [[compositionAt(0, 83)], [weightAt(1.2, 83)]], 1],
      ['processed again', [[weightAt(0, 83), compositionAt(0.7, 83), { ...weightAt(0, 83), characteristic: '2AFF' }]], 1],
      [
        'weighed anew half a minute later',
        [
          [weightAt(0, 83), compositionAt(0.7, 83)],
          [weightAt(30, 83), compositionAt(30.7, 83)],
        ],
        2,
      ],
      ['weighed anew in one message', [[weightAt(0, 83), compositionAt(0.7, 83), weightAt(30, 83), compositionAt(30.7, 83)]], 2],
    ])('has one weight of one weighing: %s', async (name, messages, weighings) => {
      const stored = await storedOf(`unset-${name.replaceAll(/\W/g, '-')}`, messages);
      expect(stored.filter((each) => each === 'weight 83')).toHaveLength(weighings);
      expect(stored.filter((each) => each === 'body-fat 22')).toHaveLength(weighings);
    });
  });

  test('has both where they differ', async () => {
    expect(await storedOf('differ', [[weight(83), composition(83.5)]])).toEqual(['body-fat 22', 'weight 83', 'weight 83.5']);
    expect(await storedOf('differ-apart', [[weight(83)], [composition(83.5)]])).toEqual(['body-fat 22', 'weight 83', 'weight 83.5']);
  });
});

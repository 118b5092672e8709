import { randomUUID } from 'node:crypto';
import { encodeRaw, type OutgoingFrame } from '@varde/wire';
import { testDatabase } from '../../../../test/engine.js';
import { bare, makeTestHome, NOW, openTestIngest, readStored, type TestHome, type TestIngest } from '../../../../test/ingest-rig.js';

const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);
const hex = (value: number): string => value.toString(16).padStart(2, '0');
/** One second of a continuous saturation (0x2A5F), which the oximeter may call an early estimate. */
const second = (seconds: number, spo2: number, isEarly = false): OutgoingFrame => ({
  format: 'gatt',
  characteristic: '2A5F',
  hex: isEarly ? `04${hex(spo2)}0048004000` : `00${hex(spo2)}004800`,
  gatewayTime: at(seconds),
});

describe('a stream: a reading every second', () => {
  const db = testDatabase();
  let room: TestIngest;
  let home: TestHome;
  let counted = 0;

  beforeAll(() => {
    room = openTestIngest(db.database);
  });
  afterAll(() => room.ingest.stop());
  beforeEach(async () => {
    home = await makeTestHome(db.database, `s${++counted}`);
  });

  const take = async (frames: readonly OutgoingFrame[]) => {
    const sentAt = frames.at(-1)?.gatewayTime ?? NOW;
    const payload = encodeRaw({ messageId: randomUUID(), sentAt, device: { id: home.device, idType: 'serial' }, frames });
    return (await room.ingest.take(bare(home, `dev/${home.device}/raw`, payload, new Date(sentAt.getTime() + 500))))?.results[0];
  };
  const saturations = async () =>
    (await readStored(db.database, home)).flatMap(({ metric, value, doubt }) => (metric === 'spo2' ? [[value, doubt]] : []));
  const leftOut = async (): Promise<number> =>
    Number((await room.metrics.getSingleMetric('varde_ingest_thinned_total')?.get())?.values[0]?.value ?? 0);

  test('is kept once a minute; the answer and a counter say what was left out', async () => {
    const before = await leftOut();
    const seconds = Array.from({ length: 90 }, (_, each) => second(each, 94 - (each % 3)));
    expect(await take(seconds)).toMatchObject({ status: 'stored', readings: 2, reason: 'stream' });
    expect(await take([second(90, 93)])).toMatchObject({ status: 'duplicate', reason: 'stream' });
    expect(await take([second(120, 91)])).toEqual({ messageId: expect.any(String) as string, status: 'stored', readings: 1 });
    expect((await saturations()).map(([value]) => value)).toEqual([94, 94, 91]);
    expect(await leftOut()).toBe(before + 89);
  });

  test('a doubtful second never takes the place of a sure one', async () => {
    await take([second(0, 71, true), second(1, 72, true), second(5, 93), second(6, 92)]);
    expect(await saturations()).toEqual([
      [71, 'preliminary'],
      [93, null],
    ]);
  });

  test('by two gateways it is one', async () => {
    await take([second(0, 93)]);
    const payload = encodeRaw({
      messageId: randomUUID(),
      sentAt: at(1),
      device: { id: home.device, idType: 'serial' },
      frames: [second(1, 93)],
    });
    const topic = `varde/v1/${home.community.code}/gw-other/dev/${home.device}/raw`;
    await room.ingest.take({ ...bare(home, '', payload, at(2)), clientId: 'gw-other', topic });
    expect(await saturations()).toHaveLength(1);
  });
});

import { randomUUID } from 'node:crypto';
import { encodeRaw, type AckResult } from '@varde/wire';
import { testDatabase } from '../../../../test/engine.js';
import { bare, makeTestHome, minutes, openTestIngest, readStored, type TestHome } from '../../../../test/ingest-rig.js';

const DAY = 1440;

describe('a memory whose records have no time, uploaded again every day', () => {
  const db = testDatabase();

  const upload = (home: TestHome, day: number) => {
    const at = minutes(day * DAY);
    const frame = { format: 'gatt', characteristic: '2A5E', gatewayTime: at, stored: true } as const;
    // The same saturation twice in the memory, told apart by the sequence, and another.
    const frames = [
      { ...frame, key: 'seq:42', hex: '02560048000002' },
      { ...frame, key: 'seq:43', hex: '02560048000002' },
      { ...frame, key: 'seq:44', hex: '025b0048000002' },
    ];
    const payload = encodeRaw({ messageId: randomUUID(), sentAt: at, device: { id: home.device, idType: 'serial' }, frames });
    return bare(home, `dev/${home.device}/raw`, payload, minutes(day * DAY + 0.01));
  };

  test('is stored once', async () => {
    const home = await makeTestHome(db.database, 'undated');
    const { ingest } = openTestIngest(db.database, { now: () => minutes(5 * DAY) });
    const results: (AckResult | undefined)[] = [];
    for (const day of [2, 3, 4]) results.push((await ingest.take(upload(home, day)))?.results[0]);
    await ingest.stop();
    expect(results.map((result) => result?.status)).toEqual(['stored', 'duplicate', 'duplicate']);
    const stored = await readStored(db.database, home);
    expect(stored.map(({ metric, value }) => [metric, value])).toEqual([
      ...[
        ['pulse', 72],
        ['spo2', 86],
      ],
      ...[
        ['pulse', 72],
        ['spo2', 86],
      ],
      ...[
        ['pulse', 72],
        ['spo2', 91],
      ],
    ]);
    expect(new Set(stored.map(({ doubt }) => doubt))).toEqual(new Set(['time-unknown']));
    expect(stored.every(({ observedAt }) => observedAt.getTime() === minutes(2 * DAY).getTime())).toBe(true);
  });
});

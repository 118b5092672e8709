import { randomUUID } from 'node:crypto';
import { encodeRaw } from '@varde/wire';
import { testDatabase } from '../../../../test/engine.js';
import { bare, makeTestHome, minutes, NOW, openTestIngest, readStored } from '../../../../test/ingest-rig.js';

describe('a gateway that forwards frames and does not know whose', () => {
  const db = testDatabase();

  test('they are read as the model that was registered', async () => {
    const at = await makeTestHome(db.database, 'thin');
    await db.database.dataSource.query(`update device set model = 'Beurer BM85BT' where id = $1`, [at.deviceId]);
    const payload = encodeRaw({
      messageId: randomUUID(),
      sentAt: NOW,
      device: { id: at.device, idType: 'serial' },
      // Pulse 66 with its high byte first, and a user byte that no flag announces.
      frames: [{ format: 'gatt', characteristic: '2A35', hex: '16800051000000ea070302091c280042010000', gatewayTime: NOW }],
    });
    const room = openTestIngest(db.database, { now: () => minutes(1) });
    const ack = await room.ingest.take(bare(at, `dev/${at.device}/raw`, payload, minutes(0.1)));
    await room.ingest.stop();
    expect(ack?.results[0]).toMatchObject({ status: 'stored' });
    const stored = await readStored(db.database, at);
    expect(stored.find(({ metric }) => metric === 'pulse')).toMatchObject({ value: 66, doubt: null });
  });
});

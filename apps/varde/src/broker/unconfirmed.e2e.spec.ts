import { generate } from 'mqtt-packet';
import { connectPacket } from '../../../../test/broker-rig.js';
import { openTestDatabase, type TestDatabase } from '../../../../test/engine.js';
import { RawConnection } from '../../../../test/lean-client.js';
import { addHome, eventually, foundCommunity, mqttPort, startService } from '../../../../test/whole-way.js';
import type { Service } from '../start.js';

let db: TestDatabase;
let service: Service;
beforeAll(async () => {
  db = await openTestDatabase();
  service = await startService(db.url, { VARDE_ROLES: 'broker,ingest' });
});
afterAll(async () => {
  await service.stop();
  await db.close();
});

test('what a gateway had not confirmed when it fell out is sent again as soon as it is back', async () => {
  const { dataSource } = db.database;
  const founded = await foundCommunity(db.database, { since: new Date(Date.now() - 86_400_000) });
  const { tenant, secret, patientId } = await addHome(db.database, founded, { gateway: 'gw', programmes: [], devices: [] });
  /** With a session that is kept; it confirms nothing. */
  const comes = async (): Promise<RawConnection> => {
    const connection = await RawConnection.open(mqttPort(service));
    connection.send(connectPacket({ username: `${tenant}/gw`, password: Buffer.from(secret), clean: false }));
    await connection.bytes(4);
    return connection;
  };
  const isTold = (connection: RawConnection) => () => connection.received.includes('Les dette');
  const before = await comes();
  const subscriptions = [{ topic: `varde/v1/${tenant}/gw/advice`, qos: 1 as const }];
  before.send(generate({ cmd: 'subscribe', messageId: 1, subscriptions }));
  await dataSource.query(
    `insert into home_advice (patient_id, key, kind, text_nb, text_en, answers, must_answer, community_id, client_id, device_name, advised_at,
       of_use_until, next_try_at) values ($1, 'k', 'green', 'Les dette', 'Read this', '{}', false, $2, 'gw', 'TB', now(), now() + interval '1 hour', now())`,
    [patientId, founded.communityId],
  );
  await eventually('it is sent', isTold(before));
  before.close();
  const back = await comes();
  // Well before the half minute after which whatever nobody confirms is sent again.
  await eventually('it is sent again', isTold(back), 10_000);
  back.close();
}, 60_000);

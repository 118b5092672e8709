import { saveCredential } from '@varde/store';
import { decodeAck, type AckStatus } from '@varde/wire';
import type { MqttClient } from 'mqtt';
import type { Delivery } from '../../apps/varde/src/ingest/delivery.js';
import { startSubscriber, type Subscriber } from '../../apps/varde/src/ingest/subscriber.js';
import { DatabaseDoor } from '../drills/blind-rig.js';
import { openTestDatabase, testLog, type TestDatabase } from '../engine.js';
import { addTestHome, makeTestHome, minutes, obs, openTestIngest, spotCheck, type TestHome, type TestIngest } from '../ingest-rig.js';
import { DRILL_SECRET, ServiceProcess } from '../service-process.js';
import { connectGateway, MOSQUITTO, startMosquitto, type ExternalBroker } from './mosquitto.js';

const when = MOSQUITTO === null ? describe.skip : describe;
const title =
  MOSQUITTO === null ? 'behind Mosquitto (skipped: no mosquitto on this machine, apt-get install mosquitto)' : 'behind Mosquitto';
const RECEIVED = new Date();
const until = async (done: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> => {
  const endMs = Date.now() + timeoutMs;
  while (!(await done())) {
    if (Date.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

when(title, () => {
  let broker: ExternalBroker;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker.stop());

  describe('with the database', () => {
    let db: TestDatabase;
    let homes: TestHome[];
    const gateways: MqttClient[] = [];
    const answers = new Map<string, AckStatus[]>();
    /** Acts that are stored of those measured from a minute on. */
    const stored = async (fromMinute: number): Promise<number> => {
      const [row] = await db.database.dataSource.query<{ acts: number }[]>(
        `select count(*)::int as acts from measurement where observed_at >= $1`,
        [minutes(fromMinute)],
      );
      return row?.acts ?? 0;
    };
    const answered = (ids: readonly string[]): number => ids.filter((id) => answers.has(id)).length;

    beforeAll(async () => {
      db = await openTestDatabase();
      const first = await makeTestHome(db.database, 'ext');
      homes = [first];
      for (let count = 2; count <= 10; count += 1) homes.push(await addTestHome(db.database, first.community, String(count)));
      for (const home of homes) {
        const gateway = await connectGateway(broker.url, home.gateway);
        await gateway.subscribeAsync(`varde/v1/${home.community.code}/${home.gateway}/ack`, { qos: 1 });
        gateway.on('message', (_, payload) => {
          for (const { messageId, status } of decodeAck(payload)?.results ?? [])
            answers.set(messageId, [...(answers.get(messageId) ?? []), status]);
        });
        gateways.push(gateway);
      }
    });
    afterAll(async () => {
      await Promise.all(gateways.map((gateway) => gateway.endAsync()));
      await db.close();
    });

    /** Publishes `count` acts from every gateway and answers with the message ids. */
    const publishAll = async (count: number, fromMinute: number): Promise<string[]> => {
      const ids: string[] = [];
      const messages = Array.from({ length: count }, (_, place) =>
        homes.map((home, at) => {
          const messageId = `00000000-0000-4000-8000-${String(fromMinute + place).padStart(6, '0')}${String(at).padStart(6, '0')}`;
          ids.push(messageId);
          // Acts of the past, as the subscribers read the real clock.
          const act = spotCheck(minutes(fromMinute + place));
          return { gateway: gateways[at]!, message: obs(home, [act], { messageId, receivedAt: RECEIVED }) };
        }),
      );
      await Promise.all(
        messages.flat().map(({ gateway, message }) => gateway.publishAsync(message.topic, Buffer.from(message.payload), { qos: 1 })),
      );
      return ids;
    };

    test('two subscribers share the work: each act is stored once and answered once', async () => {
      const open = (clientId: string): { room: TestIngest; subscriber: Subscriber; taken: () => number } => {
        let taken = 0;
        const late: { subscriber?: Subscriber } = {};
        const room = openTestIngest(db.database, {
          publishAck: (tenant, gateway, ack) => late.subscriber?.publishAck(tenant, gateway, ack),
        });
        const take = (delivery: Delivery): Promise<unknown> => {
          taken += 1;
          return room.ingest.take(delivery);
        };
        late.subscriber = startSubscriber({ url: broker.url, share: 'varde', clientId, log: testLog, now: () => new Date() }, { take });
        return { room, subscriber: late.subscriber, taken: () => taken };
      };
      const members = [open('two-1'), open('two-2')];
      await Promise.all(members.map(({ subscriber }) => subscriber.subscribed));
      const ids = await publishAll(40, 0);
      await until(() => answers.size === ids.length);
      expect(await stored(0)).toBe(400);
      expect(ids.every((id) => answers.get(id)?.join() === 'stored')).toBe(true);
      expect(members.map(({ taken }) => taken() >= 100)).toEqual([true, true]);
      expect(members.reduce((sum, { taken }) => sum + taken(), 0)).toBe(400);
      await Promise.all(members.map(async ({ room, subscriber }) => Promise.all([subscriber.stop(), room.ingest.stop()])));
    });

    describe('and two processes of the service', () => {
      let door: DatabaseDoor;
      let services: ServiceProcess[];

      beforeAll(async () => {
        // The sessions of the test before are gone for good, as those of processes that were taken away.
        for (const clientId of ['two-1', 'two-2']) await (await connectGateway(broker.url, clientId)).endAsync();
        const { communityId } = homes[0]!.community;
        for (const { gateway } of homes)
          await saveCredential(db.database.dataSource.manager, { communityId, clientId: gateway }, DRILL_SECRET, new Date());
        door = await DatabaseDoor.open(db.url);
        const env = (place: number) => ({ MQTT_URL: broker.url, MQTT_CLIENT: `${place}` });
        services = await Promise.all(
          [1, 2].map((place) => ServiceProcess.start({ databaseUrl: door.url, roles: 'ingest', env: env(place) })),
        );
        let probe = 500;
        // What is sent before the first subscription stands, the broker forgets.
        for (const service of services) {
          await until(async () => {
            await publishAll(1, probe++);
            return (await answersOf(service)) > 0;
          });
        }
      }, 120_000);
      afterAll(async () => {
        await Promise.all(services.map((service) => service.kill()));
        await door.close();
      });

      const answersOf = async (service: ServiceProcess): Promise<number> => {
        const metrics = await (await fetch(`${service.apiUrl}/metrics`)).text();
        return [...metrics.matchAll(/^varde_ingest_messages_total\{.*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
      };
      const twice = async (): Promise<number> => {
        const [row] = await db.database.dataSource.query<{ acts: number }[]>(
          `select count(*)::int as acts from (select from measurement group by device_id, printed having count(*) > 1) copies`,
        );
        return row?.acts ?? 0;
      };

      test('one killed in the middle and started again: nothing is lost, nothing is there twice', async () => {
        const publishing = publishAll(200, 1_000);
        await until(async () => (await stored(1_000)) >= 300);
        await services[1]!.kill();
        const ids = await publishing;
        await services[1]!.startAgain();
        await until(async () => (await stored(1_000)) === ids.length && answered(ids) === ids.length, 60_000);
        expect(await twice()).toBe(0);
      }, 120_000);

      test('the database away for seconds, and one killed before it is back: nothing is acknowledged meanwhile, and all is stored once', async () => {
        const publishing = publishAll(100, 2_000);
        await until(async () => (await stored(2_000)) >= 300);
        door.shut();
        const first = await publishing;
        const meanwhile = await publishAll(20, 3_000);
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        const then = await stored(2_000);
        expect(answered(first)).toBeLessThanOrEqual(then);
        expect(answered(meanwhile)).toBe(0);
        // Nor to the broker: what this process holds comes again.
        await services[0]!.kill();
        door.reopen();
        await services[0]!.startAgain();
        const ids = [...first, ...meanwhile];
        await until(async () => (await stored(2_000)) === ids.length && answered(ids) === ids.length, 30_000);
        expect(await twice()).toBe(0);
        // What was committed when the answer of the database was lost comes again.
        expect(ids.flatMap((id) => answers.get(id)).filter((status) => status !== 'stored' && status !== 'duplicate')).toEqual([]);
      }, 60_000);
    });
  });

  describe('when a message is acknowledged', () => {
    interface Taken {
      readonly delivery: Delivery;
      readonly commit: () => void;
      readonly fail: (error: Error) => void;
    }
    const open = async (share: string, windowMessages: number): Promise<{ taken: Taken[]; gateway: MqttClient }> => {
      const taken: Taken[] = [];
      const take = (delivery: Delivery): Promise<unknown> =>
        new Promise((resolve, reject) => taken.push({ delivery, commit: () => resolve(null), fail: reject }));
      const options = { url: broker.url, share, clientId: `${share}-1`, windowMessages, log: testLog, now: () => new Date() };
      const subscriber = startSubscriber(options, { take });
      await subscriber.subscribed;
      const gateway = await connectGateway(broker.url, `gw-${share}`);
      opened.push({ subscriber, gateway });
      return { taken, gateway };
    };
    const send = (gateway: MqttClient, share: string, count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, (_, place) => gateway.publishAsync(`varde/v1/${share}/gw/status`, `${place}`, { qos: 1 })));
    const payloads = (taken: readonly Taken[]): number[] => taken.map(({ delivery }) => Number(Buffer.from(delivery.payload).toString()));
    const opened: { subscriber: Subscriber; gateway: MqttClient }[] = [];
    afterEach(async () => {
      for (const { subscriber, gateway } of opened.splice(0)) await Promise.all([subscriber.stop(), gateway.endAsync()]);
    });

    test('not before the commit: the broker sends its window and then waits', async () => {
      const { taken, gateway } = await open('window', 10);
      await send(gateway, 'window', 30);
      await until(() => taken.length >= 10);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(taken).toHaveLength(10);
      // Out of order: the acknowledgement of the second waits for the first.
      taken[1]!.commit();
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(taken).toHaveLength(10);
      taken[0]!.commit();
      await until(() => taken.length > 11);
      await new Promise((resolve) => setTimeout(resolve, 200));
      // Mosquitto 2.0.11 sends more than the window allows; no more than one of those is read.
      expect(taken.length).toBeLessThanOrEqual(13);
      for (let at = 0; at < 30; at += 1) {
        await until(() => taken.length > at);
        taken[at]!.commit();
      }
      expect(payloads(taken)).toEqual(Array.from({ length: 30 }, (_, place) => place));
    });

    test('what was not committed comes again after the connection is back, what was does not', async () => {
      const { taken, gateway } = await open('again', 100);
      await send(gateway, 'again', 20);
      await until(() => taken.length === 20);
      for (const each of taken.slice(0, 5)) each.commit();
      await new Promise((resolve) => setTimeout(resolve, 100));
      taken[5]!.fail(new Error('not committed'));
      for (const each of taken.slice(6)) each.commit();
      await until(() => taken.length === 35);
      expect(payloads(taken.slice(20))).toEqual(Array.from({ length: 15 }, (_, place) => place + 5));
      for (const each of taken.slice(20)) each.commit();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(taken).toHaveLength(35);
    });
  });
});

import type { LeanClient } from '../lean-client.js';
import { ServiceProcess } from '../service-process.js';
import {
  clientOf,
  eventually,
  foundHomes,
  numbersOf,
  openDrillDatabase,
  pause,
  readCount,
  spo2Message,
  type DrillDatabase,
  type DrillHome,
} from './drill-rig.js';

const READINGS = Number(process.env['VARDE_DRILL_READINGS'] ?? 20_000);
const SEED = Number(process.env['VARDE_DRILL_SEED'] ?? 7);
const HOMES = 40;
const REPEATED = 0.2;
const OUT_OF_ORDER = 0.2;

let drill: DrillDatabase;
beforeAll(async () => {
  drill = await openDrillDatabase();
});
afterAll(() => drill.close());

test(`${READINGS} readings, repeated, out of order, service and database killed: acknowledged is stored, once (seed ${SEED})`, async () => {
  const chance = numbersOf(SEED);
  const homes = await foundHomes(drill.database, HOMES);
  const service = await ServiceProcess.start({ databaseUrl: drill.url, roles: 'broker,ingest,watch' });
  const clients = homes.map((home) => clientOf(home, service.mqttPort));
  const killing = { isOver: false };
  try {
    const sent = publishAll(homes, clients, chance);
    await Promise.all(clients.map((client) => client.connect().catch(() => undefined)));
    const idle = Promise.all(clients.map((client) => client.whenIdle())).then(() => (killing.isOver = true));
    const kills = await killWhile(killing, service, drill, chance);
    await idle;

    const stored: { key: string; copies: number }[] = await drill.database.dataSource.query(
      `select d.name || ' ' || m.device_time as key, count(*)::int as copies
       from measurement m join device d on d.id = m.device_id join reading r on r.measurement_id = m.id group by 1`,
    );
    expect(stored.filter(({ copies }) => copies !== 1)).toEqual([]);
    expect(new Set(stored.map(({ key }) => key))).toEqual(new Set(sent.values()));
    expect(new Set(clients.flatMap((client) => [...client.acknowledged].filter((each) => each < READINGS))).size).toBe(READINGS);
    expect(kills.service).toBeGreaterThanOrEqual(2);
    expect(kills.database).toBeGreaterThanOrEqual(1);
    await eventually('every reading has been looked at', async () => (await waiting(drill)) === 0, 60_000);
  } finally {
    killing.isOver = true;
    for (const client of clients) client.kill();
    await service.kill();
  }
}, 400_000);

/** Queues every reading, some twice, at the clients; answers what must be in the database, by sequence. */
function publishAll(homes: readonly DrillHome[], clients: readonly LeanClient[], chance: () => number): Map<number, string> {
  const sent = new Map<number, string>();
  const [begin, perHome] = [Date.now() - READINGS * 1000, READINGS / HOMES];
  for (const [place, home] of homes.entries()) {
    for (const number of shuffledInPart(perHome, chance)) {
      const at = new Date(begin + (number * HOMES + place) * 1000);
      const sequence = place * perHome + number;
      const message = spo2Message(home, 90 + (number % 8), at);
      sent.set(sequence, `${home.device} ${at.toISOString()}`);
      clients[place]?.publish(sequence, message);
      if (chance() < REPEATED) clients[place]?.publish(sequence + READINGS, message);
    }
  }
  return sent;
}

/** Numbers from 0 up, a fifth of them swapped with a later neighbour. */
function shuffledInPart(count: number, chance: () => number): number[] {
  const order = Array.from({ length: count }, (_, number) => number);
  for (let place = 0; place < count; place++) {
    if (chance() >= OUT_OF_ORDER) continue;
    const other = Math.min(count - 1, place + 1 + Math.floor(chance() * 30));
    [order[place], order[other]] = [order[other] as number, order[place] as number];
  }
  return order;
}

/** Kills the service again and again, and the database in between; at least twice and once however fast the load is done. */
async function killWhile(killing: { isOver: boolean }, service: ServiceProcess, database: DrillDatabase, chance: () => number) {
  const kills = { service: 0, database: 0 };
  for (let round = 0; round < 2 || (!killing.isOver && round < 12); round++) {
    await pause(200 + chance() * 1_500);
    if (round % 2 === 1) {
      await database.kill();
      kills.database += 1;
      await pause(300 + chance() * 500);
    }
    await service.kill();
    kills.service += 1;
    await service.startAgain();
  }
  return kills;
}

function waiting({ database }: DrillDatabase): Promise<number> {
  return readCount(database, `select count(*)::int as n from arrival`);
}
